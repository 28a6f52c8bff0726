/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Which deletions are wanted. Conditions of one kind are alternatives, kinds must all hold.
 *
 * Globs are fnmatch(3)'s, without flags: "*" and "?" match any byte, "/" too, "[a-z]" one of a set,
 * "\" takes the next byte as it is. They are held against the path on the host, and against the
 * path as the process saw it. A path that could not be seen may be the one that is looked for: it
 * passes --path and is not excluded.
 */
#ifndef WHODEL_FILTER_H
#define WHODEL_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/deletion.h"

struct number_list {
	uint32_t *items;
	size_t count;
};

struct string_list {
	const char **items; /* not owned: the command line's */
	size_t count;
};

struct filter {
	struct number_list pids;
	struct number_list uids;
	struct string_list comms;
	struct string_list containers; /* names, or the first digits of IDs */
	struct string_list paths;
	struct string_list excludes;
};

/* 0 or -ENOMEM */
int number_list_add(struct number_list *list, uint32_t item);
int string_list_add(struct string_list *list, const char *item);

/* Is @container, "" for none, one of those that are wanted? */
bool filter_has_container(const struct filter *filter, const char *container);

/*
 * What is left to look at where the kernel side has kept to processes, users and comms already: a
 * view into @filter, not to be freed.
 */
struct filter filter_rest(const struct filter *filter);

bool filter_passes(const struct filter *filter, const struct deletion *deletion);

void filter_free(struct filter *filter);

#endif
