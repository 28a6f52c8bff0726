// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "history/match.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* What a path must end in, for a glob: what stands behind its last special character. */
struct tail {
	const char *text;
	size_t size;
};

struct matcher {
	const struct match *match;
	struct reader *reader;
	struct tail *tails; /* of the globs; NULL: one of them says nothing about the end */
	size_t under_size;  /* without a slash at its end */
	uint64_t directory; /* the last that was looked at, and whether it is under match->under */
	bool directory_under;
};

/* "*.conf" must end in ".conf". Behind a bracket or a backslash nothing is plain. */
static struct tail find_tail(const char *glob)
{
	const char *tail = glob + strlen(glob);

	if (strpbrk(glob, "[\\"))
		return (struct tail){ tail, 0 };
	while (tail > glob && tail[-1] != '*' && tail[-1] != '?')
		tail--;
	return (struct tail){ tail, strlen(tail) };
}

static int find_tails(struct matcher *matcher)
{
	const struct string_list *globs = &matcher->match->globs;

	if (!globs->count)
		return 0;
	matcher->tails = calloc(globs->count, sizeof(*matcher->tails));
	if (!matcher->tails)
		return -ENOMEM;
	for (size_t i = 0; i < globs->count; i++)
		matcher->tails[i] = find_tail(globs->items[i]);
	return 0;
}

int matcher_new(const struct match *match, struct reader *reader, struct matcher **out)
{
	struct matcher *matcher = calloc(1, sizeof(*matcher));

	if (!matcher)
		return -ENOMEM;
	matcher->match = match;
	matcher->reader = reader;
	matcher->under_size = match->under ? strlen(match->under) : 0;
	while (matcher->under_size && match->under[matcher->under_size - 1] == '/')
		matcher->under_size--;
	if (find_tails(matcher)) {
		matcher_free(matcher);
		return -ENOMEM;
	}
	*out = matcher;
	return 0;
}

void matcher_free(struct matcher *matcher)
{
	if (matcher)
		free(matcher->tails);
	free(matcher);
}

/* ---- the cheap look ---- */

/* As far as the tail reaches into the directory, the whole look decides. */
static bool ends_in(const struct place *place, const struct tail *tail)
{
	size_t size = tail->size < place->size ? tail->size : place->size;

	return memcmp(place->name + place->size - size, tail->text + tail->size - size, size) == 0;
}

static bool has_tail(const struct matcher *matcher, const struct event *event)
{
	for (size_t i = 0; i < matcher->match->globs.count; i++)
		if ((event->path.directory && ends_in(&event->path, &matcher->tails[i])) ||
		    (event->seen.directory && ends_in(&event->seen, &matcher->tails[i])))
			return true;
	return false;
}

/* @path, of @size bytes, is the directory asked for or lies in it. */
static bool is_under(const struct matcher *matcher, const char *path, size_t size)
{
	return size >= matcher->under_size &&
	       memcmp(path, matcher->match->under, matcher->under_size) == 0 &&
	       (size == matcher->under_size || path[matcher->under_size] == '/');
}

/* Its name is in the path's last part; a directory that is asked for itself is in its parent. */
static bool directory_wanted(struct matcher *matcher, const struct place *place)
{
	struct row_bytes bytes;

	if (!place->directory)
		return false;
	if (place->directory == matcher->directory)
		return matcher->directory_under;
	if (rows_directory(reader_rows(matcher->reader), place->directory, &bytes))
		return true; /* damaged: whoever reads the event says so */
	matcher->directory = place->directory;
	matcher->directory_under = is_under(matcher, bytes.bytes, bytes.size) ||
				   (bytes.size <= matcher->under_size &&
				    memcmp(bytes.bytes, matcher->match->under, bytes.size) == 0);
	return matcher->directory_under;
}

bool matcher_wants(void *ctx, const struct event *event)
{
	struct matcher *matcher = ctx;
	const struct match *match = matcher->match;

	if (event->outcome == OUTCOME_FAILED && !match->failed)
		return false;
	if (match->inode && (!event->identity.known || event->identity.inode != match->inode))
		return false;
	if (matcher->tails && !has_tail(matcher, event))
		return false;
	return !match->under || directory_wanted(matcher, &event->path) ||
	       directory_wanted(matcher, &event->seen);
}

/* ---- the whole ---- */

static bool has_number(const struct number_list *list, uint32_t number)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i] == number)
			return true;
	return false;
}

static bool has_string(const struct string_list *list, const char *string)
{
	for (size_t i = 0; string && i < list->count; i++)
		if (strcmp(list->items[i], string) == 0)
			return true;
	return false;
}

static bool has_prefix(const struct string_list *list, const char *string)
{
	for (size_t i = 0; string && i < list->count; i++)
		if (strncmp(list->items[i], string, strlen(list->items[i])) == 0)
			return true;
	return false;
}

static bool any_glob(const struct string_list *globs, const struct deletion *deletion)
{
	for (size_t i = 0; i < globs->count; i++)
		if ((deletion->path && !fnmatch(globs->items[i], deletion->path, 0)) ||
		    (deletion->path_seen && !fnmatch(globs->items[i], deletion->path_seen, 0)))
			return true;
	return false;
}

static bool process_taken(const struct match *match, const struct deletion *deletion)
{
	const struct process *process = deletion->process;

	if (match->pids.count && !has_number(&match->pids, deletion->pid))
		return false;
	if (match->comms.count && !has_string(&match->comms, deletion->comm))
		return false;
	if (match->uids.count && !(process && has_number(&match->uids, process->uid)))
		return false;
	if (match->units.count && !(process && has_string(&match->units, process->unit)))
		return false;
	return !match->containers.count ||
	       (process && has_prefix(&match->containers, process->container));
}

static bool path_taken(const struct matcher *matcher, const struct deletion *deletion)
{
	const struct match *match = matcher->match;
	const char *path = deletion->path;
	const char *seen = deletion->path_seen;

	if (match->globs.count && !any_glob(&match->globs, deletion))
		return false;
	if (match->under && !(path && is_under(matcher, path, strlen(path))) &&
	    !(seen && is_under(matcher, seen, strlen(seen))))
		return false;
	return !any_glob(&match->excludes, deletion);
}

bool matcher_takes(const struct matcher *matcher, const struct deletion *deletion)
{
	return process_taken(matcher->match, deletion) && path_taken(matcher, deletion);
}

void match_free(struct match *match)
{
	free(match->pids.items);
	free(match->uids.items);
	free(match->comms.items);
	free(match->units.items);
	free(match->containers.items);
	free(match->globs.items);
	free(match->excludes.items);
	*match = (struct match){ 0 };
}
