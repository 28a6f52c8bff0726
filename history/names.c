// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "history/names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < size; i++)
		seed = (seed ^ at[i]) * 1099511628211ULL;
	return seed;
}

/* ---- room ---- */

static int grow(void **memory, size_t item, size_t needed, size_t *room)
{
	size_t more = *room ? *room : 64;
	void *grown;

	if (needed <= *room)
		return 0;
	while (more < needed)
		more *= 2;
	grown = reallocarray(*memory, more, item);
	if (!grown)
		return -ENOMEM;
	*memory = grown;
	*room = more;
	return 0;
}

static int make_room(struct names *names, size_t bytes)
{
	size_t room = names->room;
	void *items = names->items;
	void *memory = names->bytes;
	int err = grow(&items, sizeof(*names->items), (size_t)names->count + 1, &room);

	names->items = items;
	names->room = (uint32_t)room;
	if (!err)
		err = grow(&memory, 1, names->size + bytes, &names->bytes_room);
	names->bytes = memory;
	return err;
}

/* ---- slots: open addressing, at most half full ---- */

static uint32_t *find_slot(const struct names *names, const struct name *wanted, const void *bytes)
{
	uint32_t mask = names->slot_count - 1;
	uint32_t at = (uint32_t)(wanted->key ^ (wanted->key >> 32)) & mask;

	for (;; at = (at + 1) & mask) {
		const struct name *item;

		if (!names->slots[at])
			return &names->slots[at];
		item = names_get(names, names->slots[at]);
		if (item->key == wanted->key && item->kind == wanted->kind &&
		    (item->kind == NAME_PROCESS ||
		     (item->size == wanted->size &&
		      !memcmp(names->bytes + item->offset, bytes, wanted->size))))
			return &names->slots[at];
	}
}

static int make_slots(struct names *names)
{
	uint32_t count = names->slot_count ? names->slot_count * 2 : 256;
	uint32_t *slots;

	if (names->slot_count / 2 > names->count)
		return 0;
	slots = calloc(count, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	free(names->slots);
	names->slots = slots;
	names->slot_count = count;
	for (uint32_t number = 1; number <= names->count; number++) {
		const struct name *item = names_get(names, number);

		*find_slot(names, item, names->bytes + item->offset) = number;
	}
	return 0;
}

/* The bytes of a new item are put behind the others by the caller, who made the room. */
static uint32_t append(struct names *names, const struct name *name, uint32_t *slot)
{
	names->items[names->count++] = *name;
	names->size += name->size;
	*slot = names->count;
	return names->count;
}

int names_add(struct names *names, enum name_kind kind, const void *bytes, size_t size,
	      uint32_t *number)
{
	struct name name = { .kind = kind, .size = (uint32_t)size, .offset = names->size };
	uint32_t *slot;

	name.key = hash_bytes(HASH_START, bytes, size);
	if (make_slots(names) || make_room(names, size))
		return -ENOMEM;
	slot = find_slot(names, &name, bytes);
	if (!*slot) {
		memcpy(names->bytes + names->size, bytes, size);
		append(names, &name, slot);
	}
	*number = *slot;
	return 0;
}

/* ---- processes ---- */

static size_t args_size(const struct process *process)
{
	size_t size = 0;

	for (unsigned int i = 0; i < process->arg_count; i++)
		size += strlen(process->args[i]) + 1;
	return size;
}

static char *put_args(char *to, const struct process *process)
{
	for (unsigned int i = 0; i < process->arg_count; i++)
		to = stpcpy(to, process->args[i]) + 1;
	return to;
}

static size_t ancestors_size(const struct process *process)
{
	size_t size = 0;

	for (unsigned int i = 0; i < process->ancestor_count; i++)
		size += (size_t)snprintf(NULL, 0, "%u %s", process->ancestors[i].pid,
					 process->ancestors[i].comm) +
			1;
	return size;
}

static char *put_ancestors(char *to, const struct process *process)
{
	for (unsigned int i = 0; i < process->ancestor_count; i++)
		to += sprintf(to, "%u %s", process->ancestors[i].pid, process->ancestors[i].comm) +
		      1;
	return to;
}

static void fill_facts(const struct process *process, const char *const strings[FACT_STRINGS],
		       struct facts *facts)
{
	*facts = (struct facts){
		.start_time = process->start_time,
		.pid = process->pid,
		.ppid = process->ppid,
		.uid = process->uid,
		.euid = process->euid,
		.login_uid = process->login_uid,
		.audit_session = process->audit_session,
		.incomplete = process->incomplete,
		.login_known = process->login_known,
		.mount_namespace = process->mount_namespace,
	};
	for (int i = 0; i < FACT_STRINGS; i++)
		facts->sizes[i] = strings[i] ? (uint32_t)strlen(strings[i]) : FACT_NONE;
	facts->sizes[FACT_ARGS] = process->args_known ? (uint32_t)args_size(process) : FACT_NONE;
	facts->sizes[FACT_ANCESTORS] = (uint32_t)ancestors_size(process);
}

static size_t strings_size(const struct facts *facts)
{
	size_t size = 0;

	for (int i = 0; i < FACT_STRINGS; i++)
		size += facts->sizes[i] == FACT_NONE ? 0 : facts->sizes[i];
	return size;
}

static void put_facts(char *to, const struct process *process,
		      const char *const strings[FACT_STRINGS], const struct facts *facts)
{
	memcpy(to, facts, sizeof(*facts));
	to += sizeof(*facts);
	for (int i = 0; i < FACT_STRINGS; i++)
		if (i == FACT_ARGS)
			to = process->args_known ? put_args(to, process) : to;
		else if (i == FACT_ANCESTORS)
			to = put_ancestors(to, process);
		else if (strings[i])
			to = mempcpy(to, strings[i], facts->sizes[i]);
}

static int append_process(struct names *names, const struct process *process, struct name *name,
			  uint32_t *slot)
{
	const char *const strings[FACT_STRINGS] = {
		[FACT_USER] = process->user,	       [FACT_EXE] = process->exe,
		[FACT_CGROUP] = process->cgroup,       [FACT_UNIT] = process->unit,
		[FACT_CONTAINER] = process->container, [FACT_CAUSE] = process->cause,
	};
	struct facts facts;

	fill_facts(process, strings, &facts);
	name->size = (uint32_t)(sizeof(facts) + strings_size(&facts));
	/* sprintf() puts a NUL more than it is asked for. */
	if (make_room(names, (size_t)name->size + 1))
		return -ENOMEM;
	put_facts(names->bytes + names->size, process, strings, &facts);
	append(names, name, slot);
	return 0;
}

int names_add_process(struct names *names, const struct process *process, uint32_t *number)
{
	struct name name = {
		.kind = NAME_PROCESS,
		.offset = names->size,
		.key = process->number,
	};
	uint32_t *slot;

	if (make_slots(names))
		return -ENOMEM;
	slot = find_slot(names, &name, NULL);
	if (!*slot && append_process(names, process, &name, slot))
		return -ENOMEM;
	*number = *slot;
	return 0;
}

void names_facts(const struct names *names, const struct name *name, struct facts *facts)
{
	memcpy(facts, names->bytes + name->offset, sizeof(*facts));
}

const char *names_fact(const struct names *names, const struct name *name, enum fact fact,
		       uint32_t *size)
{
	const char *at = names->bytes + name->offset + sizeof(struct facts);
	struct facts facts;

	names_facts(names, name, &facts);
	if (facts.sizes[fact] == FACT_NONE)
		return NULL;
	for (unsigned int i = 0; i < fact; i++)
		at += facts.sizes[i] == FACT_NONE ? 0 : facts.sizes[i];
	*size = facts.sizes[fact];
	return at;
}

/* ---- life ---- */

void names_reset(struct names *names)
{
	names->count = 0;
	names->size = 0;
	if (names->slots)
		memset(names->slots, 0, names->slot_count * sizeof(*names->slots));
}

int names_copy(const struct names *from, struct names *to)
{
	struct names copy = { .count = from->count, .room = from->count, .size = from->size };

	copy.items = malloc(from->count * sizeof(*copy.items) + 1);
	copy.bytes = malloc(from->size + 1);
	if (!copy.items || !copy.bytes) {
		names_free(&copy);
		return -ENOMEM;
	}
	if (from->count)
		memcpy(copy.items, from->items, from->count * sizeof(*copy.items));
	if (from->size)
		memcpy(copy.bytes, from->bytes, from->size);
	*to = copy;
	return 0;
}

void names_free(struct names *names)
{
	free(names->items);
	free(names->bytes);
	free(names->slots);
	*names = (struct names){ 0 };
}
