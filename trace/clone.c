// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "trace/clone.h"

#include <stdlib.h>
#include <string.h>

/* One block: the two structs, and behind them the strings. */
struct clone {
	struct deletion deletion; /* first: what the caller has */
	struct process process;
	char strings[];
};

/* Each pointer to a string in @deletion and @process, in turn, until @visit is done with all. */
static void each_string(struct deletion *deletion, struct process *process,
			void (*visit)(void *ctx, const char **string), void *ctx)
{
	const char **of_deletion[] = {
		&deletion->path, &deletion->path_seen, &deletion->replaced_by, &deletion->to,
		&deletion->comm, &deletion->host,      &deletion->boot,	       &deletion->match,
	};
	const char **of_process[] = {
		&process->user, &process->exe,	     &process->cgroup,
		&process->unit, &process->container, &process->cause,
	};

	for (size_t i = 0; i < sizeof(of_deletion) / sizeof(of_deletion[0]); i++)
		visit(ctx, of_deletion[i]);
	for (size_t i = 0; i < sizeof(of_process) / sizeof(of_process[0]); i++)
		visit(ctx, of_process[i]);
	for (unsigned int i = 0; i < process->arg_count; i++)
		visit(ctx, &process->args[i]);
	for (unsigned int i = 0; i < process->ancestor_count; i++)
		visit(ctx, &process->ancestors[i].comm);
}

static void add_size(void *ctx, const char **string)
{
	size_t *size = ctx;

	if (*string)
		*size += strlen(*string) + 1;
}

static void move_string(void *ctx, const char **string)
{
	char **to = ctx;
	const char *copy = *to;

	if (!*string)
		return;
	*to = stpcpy(*to, *string) + 1;
	*string = copy;
}

struct deletion *deletion_clone(const struct deletion *deletion)
{
	struct deletion source = *deletion;
	struct process process = { 0 };
	struct clone *clone;
	size_t size = 0;
	char *to;

	if (deletion->process)
		process = *deletion->process;
	each_string(&source, &process, add_size, &size);
	clone = malloc(sizeof(*clone) + size);
	if (!clone)
		return NULL;
	clone->deletion = source;
	clone->process = process;
	clone->process.rendered = NULL;
	if (deletion->process)
		clone->deletion.process = &clone->process;
	to = clone->strings;
	each_string(&clone->deletion, &clone->process, move_string, &to);
	return &clone->deletion;
}

void deletion_clone_free(struct deletion *clone)
{
	if (clone && clone->process)
		free(clone->process->rendered);
	free(clone);
}
