// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "trace/filter.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

int number_list_add(struct number_list *list, uint32_t item)
{
	uint32_t *items = reallocarray(list->items, list->count + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	items[list->count++] = item;
	list->items = items;
	return 0;
}

int string_list_add(struct string_list *list, const char *item)
{
	const char **items = reallocarray(list->items, list->count + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	items[list->count++] = item;
	list->items = items;
	return 0;
}

static bool has_number(const struct number_list *list, uint32_t number)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i] == number)
			return true;
	return false;
}

static bool has_string(const struct string_list *list, const char *string)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->items[i], string))
			return true;
	return false;
}

static bool glob_matches(const char *glob, const char *path)
{
	return path && fnmatch(glob, path, 0) == 0;
}

static bool any_glob_matches(const struct string_list *globs, const struct deletion *deletion)
{
	for (size_t i = 0; i < globs->count; i++)
		if (glob_matches(globs->items[i], deletion->path) ||
		    glob_matches(globs->items[i], deletion->path_seen))
			return true;
	return false;
}

/* Whose facts were lost may be the one that is looked for. */
static bool user_passes(const struct filter *filter, const struct deletion *deletion)
{
	return !filter->uids.count || !deletion->process ||
	       has_number(&filter->uids, deletion->process->uid);
}

/* IDs, of 64 digits, may be shortened; a name is a name. */
static bool is_short_for(const char *item, const char *container)
{
	size_t size = strlen(item);

	return !strcmp(item, container) ||
	       (size > 0 && strlen(container) == 64 && !strncmp(item, container, size));
}

bool filter_has_container(const struct filter *filter, const char *container)
{
	for (size_t i = 0; i < filter->containers.count; i++)
		if (*container && is_short_for(filter->containers.items[i], container))
			return true;
	return false;
}

/* Whose cgroup is not known may be in the one that is looked for. */
static bool container_passes(const struct filter *filter, const struct process *process)
{
	if (!filter->containers.count || !process || !process->cgroup)
		return true;
	return process->container && filter_has_container(filter, process->container);
}

struct filter filter_rest(const struct filter *filter)
{
	return (struct filter){
		.containers = filter->containers,
		.paths = filter->paths,
		.excludes = filter->excludes,
	};
}

bool filter_passes(const struct filter *filter, const struct deletion *deletion)
{
	if (filter->pids.count && !has_number(&filter->pids, deletion->pid))
		return false;
	if (filter->comms.count && !has_string(&filter->comms, deletion->comm))
		return false;
	if (!user_passes(filter, deletion) || !container_passes(filter, deletion->process))
		return false;
	if (filter->paths.count && deletion->path && !any_glob_matches(&filter->paths, deletion))
		return false;
	return !any_glob_matches(&filter->excludes, deletion);
}

void filter_free(struct filter *filter)
{
	free(filter->pids.items);
	free(filter->uids.items);
	free(filter->comms.items);
	free(filter->containers.items);
	free(filter->paths.items);
	free(filter->excludes.items);
	*filter = (struct filter){ 0 };
}
