// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "fleet/process_numbers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history/names.h"

#define SLOTS 16384
#define MOST  32768 /* then all are forgotten */

struct known {
	struct known *next;
	uint64_t number;
	size_t size;
	char facts[];
};

struct process_numbers {
	struct known *slots[SLOTS];
	size_t count;
};

int process_numbers_new(struct process_numbers **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void process_numbers_reset(struct process_numbers *numbers)
{
	for (int i = 0; i < SLOTS; i++)
		while (numbers->slots[i]) {
			struct known *known = numbers->slots[i];

			numbers->slots[i] = known->next;
			free(known);
		}
	numbers->count = 0;
}

void process_numbers_free(struct process_numbers *numbers)
{
	if (numbers)
		process_numbers_reset(numbers);
	free(numbers);
}

static void put_string(FILE *to, const char *text)
{
	fputc(text ? '+' : '-', to);
	if (text)
		fwrite(text, 1, strlen(text) + 1, to);
}

static void put_facts(FILE *to, const char *store, const struct process *process)
{
	const char *const texts[] = { store,	       process->user, process->exe,
				      process->cgroup, process->unit, process->container,
				      process->cause };

	fprintf(to, "%llu %u %u %u %u %u %u %u %u %u %u ", (unsigned long long)process->start_time,
		process->pid, process->ppid, process->uid, process->euid, process->login_known,
		process->login_uid, process->audit_session, process->incomplete,
		process->args_known, process->arg_count);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		put_string(to, texts[i]);
	for (unsigned int i = 0; i < process->arg_count; i++)
		put_string(to, process->args[i]);
	for (unsigned int i = 0; i < process->ancestor_count; i++) {
		fprintf(to, "%u ", process->ancestors[i].pid);
		put_string(to, process->ancestors[i].comm);
	}
}

static int find(struct process_numbers *numbers, const char *facts, size_t size,
		struct process *process, struct collection *collection)
{
	struct known **slot = &numbers->slots[hash_bytes(HASH_START, facts, size) % SLOTS];
	struct known *known = *slot;

	while (known && (known->size != size || memcmp(known->facts, facts, size) != 0))
		known = known->next;
	if (!known) {
		known = malloc(sizeof(*known) + size);
		if (!known)
			return -ENOMEM;
		*known = (struct known){ *slot, collection_process(collection), size };
		memcpy(known->facts, facts, size);
		*slot = known;
		numbers->count++;
	}
	process->number = known->number;
	return 0;
}

int process_numbers_get(struct process_numbers *numbers, const char *store, struct process *process,
			struct collection *collection)
{
	char *facts = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&facts, &size);
	int err;

	if (!to)
		return -ENOMEM;
	if (numbers->count >= MOST)
		process_numbers_reset(numbers);
	put_facts(to, store, process);
	err = fclose(to) ? -ENOMEM : find(numbers, facts, size, process, collection);
	free(facts);
	return err;
}
