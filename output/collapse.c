// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "output/collapse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "trace/clone.h"

/* Processes that delete at the same time; the one that did not for the longest gives way. */
#define GROUPS 32

/* What the table marks with "~". */
#define UNPROVEN (1U << INCOMPLETE_PATH_UNVERIFIED | 1U << INCOMPLETE_SYMLINK_UNRESOLVED)

struct group {
	uint64_t used; /* when it last grew, in events; 0: free */
	uint32_t pid;
	uint64_t start_time;
	struct tree tree;
	char *root;
	size_t root_length; /* "/" has 0: its members have "/" behind it too */
	struct deletion *kept[COLLAPSE_FEW];
	uint64_t count;
};

struct collapse {
	struct collapse_opts opts;
	struct group groups[GROUPS];
	uint64_t events;
	time_t looked; /* second of the last look for trees that are done */
};

int collapse_new(const struct collapse_opts *opts, struct collapse **out)
{
	struct collapse *collapse = calloc(1, sizeof(*collapse));

	if (!collapse)
		return -ENOMEM;
	collapse->opts = *opts;
	*out = collapse;
	return 0;
}

static void release(struct group *group)
{
	for (int i = 0; i < COLLAPSE_FEW; i++)
		deletion_clone_free(group->kept[i]);
	free(group->root);
	*group = (struct group){ 0 };
}

void collapse_free(struct collapse *collapse)
{
	if (!collapse)
		return;
	for (int i = 0; i < GROUPS; i++)
		release(&collapse->groups[i]);
	free(collapse);
}

/* ---- what is told ---- */

static int tell(const struct collapse *collapse, const struct group *group)
{
	const struct collapse_opts *opts = &collapse->opts;
	int err = 0;

	if (group->count > COLLAPSE_FEW)
		return opts->on_tree(opts->ctx, &group->tree);
	for (uint64_t i = 0; i < group->count && !err; i++)
		err = opts->on_deletion(opts->ctx, group->kept[i]);
	return err;
}

static int close_group(struct collapse *collapse, struct group *group)
{
	int err = tell(collapse, group);

	release(group);
	return err;
}

static bool is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

static struct group *least_recent(struct collapse *collapse)
{
	struct group *found = NULL;

	for (int i = 0; i < GROUPS; i++) {
		struct group *group = &collapse->groups[i];

		if (group->used && (!found || group->used < found->used))
			found = group;
	}
	return found;
}

int collapse_flush(struct collapse *collapse, const struct timespec *before)
{
	struct group *group;
	int err = 0;

	while (!err && (group = least_recent(collapse))) {
		if (before && !is_before(&group->tree.until, before))
			break;
		err = close_group(collapse, group);
	}
	return err;
}

/* By the time of the events, so that lines come nearly in its order: each second is looked at. */
static int flush_rested(struct collapse *collapse, const struct timespec *now)
{
	time_t rest = (time_t)collapse->opts.rest;
	struct group *group;
	int err = 0;

	if (!rest || now->tv_sec == collapse->looked)
		return 0;
	collapse->looked = now->tv_sec;
	while (!err && (group = least_recent(collapse))) {
		if (collapse->opts.newest_first ? group->tree.since.tv_sec <= now->tv_sec + rest
						: group->tree.until.tv_sec >= now->tv_sec - rest)
			break;
		err = close_group(collapse, group);
	}
	return err;
}

/* ---- which group ---- */

/* Below @root, of which "/" has length 0, and not the root itself. */
static bool is_below(const char *path, const char *root, size_t length)
{
	return strncmp(path, root, length) == 0 && path[length] == '/' && path[length + 1];
}

/* The length of @path's directory; 0 for the root directory. */
static size_t directory_length(const char *path, size_t length)
{
	while (length && path[length - 1] != '/')
		length--;
	return length ? length - 1 : 0;
}

static bool belongs(const struct collapse *collapse, const struct group *group, const char *path)
{
	size_t above;

	if (is_below(path, group->root, group->root_length))
		return true;
	if (strcmp(path, group->tree.root) == 0)
		return true;
	if (!group->tree.root_removed || collapse->opts.newest_first)
		return false;
	/* The root has gone: next comes what lies beside it, or the directory that held it. */
	above = directory_length(group->root, group->root_length);
	return (directory_length(path, strlen(path)) == above &&
		strncmp(path, group->root, above) == 0) ||
	       (strlen(path) == above && strncmp(path, group->root, above) == 0);
}

static bool same_process(const struct group *group, const struct deletion *deletion)
{
	return group->used && group->pid == deletion->pid &&
	       group->start_time == (deletion->process ? deletion->process->start_time : 0);
}

static struct group *find_process(struct collapse *collapse, const struct deletion *deletion)
{
	for (int i = 0; i < GROUPS; i++)
		if (same_process(&collapse->groups[i], deletion))
			return &collapse->groups[i];
	return NULL;
}

static int free_group(struct collapse *collapse, struct group **out)
{
	int err;

	for (int i = 0; i < GROUPS; i++)
		if (!collapse->groups[i].used) {
			*out = &collapse->groups[i];
			return 0;
		}
	*out = least_recent(collapse);
	err = close_group(collapse, *out);
	return err;
}

/* ---- growing ---- */

static int set_root(struct group *group, const char *path, size_t length)
{
	char *root = strndup(path, length ? length : 1); /* "/" */

	if (!root)
		return -ENOMEM;
	free(group->root);
	group->root = root;
	group->root_length = length;
	group->tree.root = root;
	group->tree.root_removed = false;
	return 0;
}

static bool removes_directory(const struct deletion *deletion)
{
	return deletion->op == DELETION_RMDIR && deletion->outcome == OUTCOME_DONE;
}

static int begin(struct group *group, const struct deletion *deletion)
{
	size_t length = strlen(deletion->path);

	group->pid = deletion->pid;
	group->start_time = deletion->process ? deletion->process->start_time : 0;
	group->tree.since = group->tree.until = deletion->time;
	group->tree.bytes_known = true;
	if (!removes_directory(deletion))
		length = directory_length(deletion->path, length);
	return set_root(group, deletion->path, length);
}

static void add_bytes(struct tree *tree, const struct identity *identity)
{
	if (!identity->known || !identity->size_known)
		tree->bytes_known = false;
	else if (identity->links == 0)
		tree->bytes += identity->size;
}

static void count(struct tree *tree, const struct deletion *deletion)
{
	if (deletion->outcome == OUTCOME_FAILED) {
		tree->failures++;
	} else if (deletion->op == DELETION_RMDIR) {
		tree->directories++;
	} else {
		tree->files++;
		add_bytes(tree, &deletion->identity);
	}
	if (is_before(&deletion->time, &tree->since))
		tree->since = deletion->time;
	if (is_before(&tree->until, &deletion->time))
		tree->until = deletion->time;
}

/* What belongs and is not below: the root itself, or what is beside or above a root that went. */
static int lift_root(struct group *group, const struct deletion *deletion)
{
	const char *path = deletion->path;

	if (is_below(path, group->root, group->root_length) || !strcmp(path, group->tree.root))
		return 0;
	return set_root(group, path,
			removes_directory(deletion) && strlen(path) < group->root_length
				? strlen(path)
				: directory_length(path, strlen(path)));
}

static int add(struct collapse *collapse, struct group *group, const struct deletion *deletion)
{
	int err = lift_root(group, deletion);

	if (err)
		return err;
	if (group->count < COLLAPSE_FEW) {
		group->kept[group->count] = deletion_clone(deletion);
		if (!group->kept[group->count])
			return -ENOMEM;
		group->tree.first = group->kept[0];
	}
	group->count++;
	group->tree.unproven |= (deletion->incomplete & UNPROVEN) != 0;
	group->used = ++collapse->events;
	count(&group->tree, deletion);
	if (removes_directory(deletion) && !strcmp(deletion->path, group->tree.root))
		group->tree.root_removed = true;
	return 0;
}

static bool can_collapse(const struct deletion *deletion)
{
	return (deletion->op == DELETION_UNLINK || deletion->op == DELETION_RMDIR) &&
	       deletion->outcome != OUTCOME_UNKNOWN && deletion->path && deletion->path[0] == '/' &&
	       deletion->path[1] && !(deletion->incomplete & 1U << INCOMPLETE_PATH_TRUNCATED);
}

/* What passes through stands where it happened: after what its process did before. */
static int pass_through(struct collapse *collapse, struct group *group,
			const struct deletion *deletion)
{
	int err = group ? close_group(collapse, group) : 0;

	return err ? err : collapse->opts.on_deletion(collapse->opts.ctx, deletion);
}

static int start_group(struct collapse *collapse, const struct deletion *deletion)
{
	struct group *group;
	int err = free_group(collapse, &group);

	if (!err)
		err = begin(group, deletion);
	if (!err)
		err = add(collapse, group, deletion);
	if (err && !group->used)
		release(group);
	return err;
}

int collapse_feed(struct collapse *collapse, const struct deletion *deletion)
{
	int err = flush_rested(collapse, &deletion->time);
	struct group *group = find_process(collapse, deletion);

	if (err)
		return err;
	if (!can_collapse(deletion))
		return pass_through(collapse, group, deletion);
	if (group && belongs(collapse, group, deletion->path))
		return add(collapse, group, deletion);
	if (group)
		err = close_group(collapse, group);
	return err ? err : start_group(collapse, deletion);
}
