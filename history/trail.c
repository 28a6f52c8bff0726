// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "history/trail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "history/nanoseconds.h"
#include "trace/clone.h"

#define HOPS_MAX 256 /* moves that are followed: a made-up store must not lead on for ever */

/* A list of clones. */
struct list {
	struct deletion **items;
	size_t count;
};

static void list_free(struct list *list)
{
	for (size_t i = 0; i < list->count; i++)
		deletion_clone_free(list->items[i]);
	free(list->items);
	*list = (struct list){ 0 };
}

static int list_add(struct list *list, struct deletion *clone)
{
	struct deletion **items;

	if (!clone)
		return -ENOMEM;
	items = reallocarray(list->items, list->count + 1, sizeof(struct deletion *));
	if (!items) {
		deletion_clone_free(clone);
		return -ENOMEM;
	}
	list->items = items;
	items[list->count++] = clone;
	return 0;
}

/* Moves all of @from behind @to. */
static int list_move(struct list *to, struct list *from)
{
	int err = 0;

	for (size_t i = 0; i < from->count; i++) {
		struct deletion *item = from->items[i];

		from->items[i] = NULL;
		if (err)
			deletion_clone_free(item);
		else
			err = list_add(to, item);
	}
	free(from->items);
	*from = (struct list){ 0 };
	return err;
}

/* ---- one place ---- */

struct look {
	struct list *list;
	const char *match;
	size_t most;
	bool failed;
	bool ancestors;
};

/* What takes away all that is below. A directory that is replaced was empty, as one removed. */
static bool takes_all(const struct deletion *deletion)
{
	return deletion->outcome != OUTCOME_FAILED &&
	       (deletion->op == DELETION_MOVE || deletion->op == DELETION_RMDIR);
}

static int take(void *ctx, const struct deletion *deletion)
{
	const struct look *look = ctx;
	struct deletion copy = *deletion;
	int err;

	if (look->ancestors ? !takes_all(deletion)
			    : deletion->outcome == OUTCOME_FAILED && !look->failed)
		return 0;
	copy.match = look->match;
	err = list_add(look->list, deletion_clone(&copy));
	if (err)
		return err;
	return look->list->count >= look->most ? 1 : 0;
}

static int look_at(struct reader *reader, const char *path, struct look *look, bool newest_first,
		   int64_t since, int64_t until)
{
	struct reader_scan scan = {
		.newest_first = newest_first,
		.since = since,
		.until = until,
		.on_deletion = take,
		.ctx = look,
	};
	int ret = look->most ? reader_find(reader, path, &scan) : 0;

	return ret < 0 ? ret : 0;
}

static int by_time(const void *a, const void *b)
{
	const struct deletion *const *x = a;
	const struct deletion *const *y = b;
	int64_t left = nanoseconds_of((*x)->time);
	int64_t right = nanoseconds_of((*y)->time);

	return left < right ? -1 : left > right;
}

static int by_time_back(const void *a, const void *b)
{
	return by_time(b, a);
}

static void sort(struct list *list, bool newest_first)
{
	if (list->count)
		qsort(list->items, list->count, sizeof(struct deletion *),
		      newest_first ? by_time_back : by_time);
}

static void keep_first(struct list *list, size_t most)
{
	while (list->count > most)
		deletion_clone_free(list->items[--list->count]);
}

/* Of every directory above @path; "/" cannot go. */
static int look_above(struct reader *reader, const char *path, struct look *look, bool newest_first,
		      int64_t since, int64_t until)
{
	char *above = strdup(path);
	struct list found = { 0 };
	struct look one = *look;
	char *slash;
	int err = above ? 0 : -ENOMEM;

	one.list = &found;
	one.ancestors = true;
	while (!err && (slash = strrchr(above, '/')) && slash != above) {
		*slash = '\0';
		found = (struct list){ 0 };
		err = look_at(reader, above, &one, newest_first, since, until);
		err = err ? (list_free(&found), err) : list_move(look->list, &found);
	}
	free(above);
	sort(look->list, newest_first);
	keep_first(look->list, look->most);
	return err;
}

/* ---- following ---- */

static struct deletion *last(const struct list *list)
{
	return list->count ? list->items[list->count - 1] : NULL;
}

/* Where @path was moved to by @move, of itself or of a directory above; NULL: not known. */
static char *moved_to(const struct deletion *move, const char *path)
{
	const char *from[] = { move->path, move->path_seen };
	char *to;

	for (int i = 0; i < 2 && move->to; i++) {
		size_t size = from[i] ? strlen(from[i]) : 0;

		if (!size || strncmp(path, from[i], size) != 0 || (path[size] && path[size] != '/'))
			continue;
		to = malloc(strlen(move->to) + strlen(path + size) + 1);
		if (to)
			strcpy(stpcpy(to, move->to), path + size);
		return to;
	}
	return NULL;
}

static bool same_file(const struct identity *a, const struct identity *b)
{
	return a->inode == b->inode && a->generation == b->generation &&
	       a->device_major == b->device_major && a->device_minor == b->device_minor;
}

/* The first thing that happened to @path at or behind @since: to itself or to what it is in. */
static int first_since(struct reader *reader, const char *path, int64_t since, int64_t until,
		       struct list *out)
{
	struct look look = { .list = out, .match = MATCH_FOLLOWED, .most = 1 };
	struct list above = { 0 };
	int err = look_at(reader, path, &look, false, since, until);

	look.list = &above;
	if (!err)
		err = look_above(reader, path, &look, false, since, until);
	err = err ? (list_free(&above), err) : list_move(out, &above);
	sort(out, false);
	keep_first(out, 1);
	return err;
}

/*
 * Behind @move: what happened at the places it led to, and to where. *@known is the identity of
 * what moves, where it is known: another file at the place is not followed.
 */
static int follow(struct reader *reader, const struct deletion *move, const char *path,
		  int64_t until, struct list *out, char **now)
{
	const struct identity *known =
		move->identity.known && !strcmp(move->path ? move->path : "", path)
			? &move->identity
			: NULL;
	char *at = moved_to(move, path);
	int err = 0;

	for (unsigned int hop = 0; at && hop < HOPS_MAX; hop++) {
		struct list found = { 0 };
		struct deletion *next;
		char *to;

		err = first_since(reader, at, nanoseconds_of(move->time) + 1, until, &found);
		next = last(&found);
		if (err || !next ||
		    (known && next->identity.known && next->path && !strcmp(next->path, at) &&
		     !same_file(known, &next->identity))) {
			list_free(&found);
			break;
		}
		err = list_move(out, &found);
		if (err)
			break;
		to = next->op == DELETION_MOVE ? moved_to(next, at) : NULL;
		free(at);
		at = to;
		move = next;
	}
	if (err) {
		free(at);
		return err;
	}
	*now = at;
	return 0;
}

/* Something is there that was not made after @move. */
static bool was_there(const char *path, const struct deletion *move)
{
	struct statx st;

	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BTIME, &st))
		return false;
	return !(st.stx_mask & STATX_BTIME) ||
	       st.stx_btime.tv_sec * NANOSECONDS + st.stx_btime.tv_nsec <=
		       nanoseconds_of(move->time);
}

/* ---- the answer ---- */

struct search {
	struct reader *reader;
	const struct trail_question *question;
	struct list own;      /* the path's */
	struct list above;    /* of directories above, newer than the newest of its own */
	struct list followed; /* behind the newest of all that moved it */
	char *now;
};

static int find_own_and_above(struct search *search)
{
	const struct trail_question *question = search->question;
	struct look own = {
		.list = &search->own,
		.match = MATCH_PATH,
		.most = question->most,
		.failed = question->failed,
	};
	struct look above = {
		.list = &search->above,
		.match = MATCH_ANCESTOR,
		.most = question->most,
	};
	int64_t since = question->since;
	int err = look_at(search->reader, question->path, &own, true, since, question->until);

	if (err)
		return err;
	for (size_t i = 0; i < search->own.count; i++)
		if (search->own.items[i]->outcome != OUTCOME_FAILED) {
			since = nanoseconds_of(search->own.items[i]->time);
			break;
		}
	return look_above(search->reader, question->path, &above, true, since, question->until);
}

static int emit(struct trail *trail, struct list *from)
{
	struct list to = { trail->events, trail->count };
	int err = list_move(&to, from);

	trail->events = to.items;
	trail->count = to.count;
	return err;
}

static struct deletion *take_out(struct list *list, size_t index)
{
	struct deletion *item = list->items[index];

	memmove(list->items + index, list->items + index + 1,
		(--list->count - index) * sizeof(struct deletion *));
	return item;
}

/*
 * The newest move of a directory above of which something shows that the path was in it then: it
 * goes first. Those newer than it took away what was there before, or nothing.
 */
static int find_proved(struct search *search, size_t *index)
{
	size_t i;
	int err = 0;

	for (i = 0; i < search->above.count; i++) {
		struct deletion *move = search->above.items[i];

		if (move->op != DELETION_MOVE)
			continue; /* it was empty when it went */
		err = follow(search->reader, move, search->question->path, INT64_MAX,
			     &search->followed, &search->now);
		if (err || search->followed.count || (search->now && was_there(search->now, move)))
			break;
		free(search->now);
		search->now = NULL;
	}
	*index = i;
	return err;
}

static void doubt_before(struct search *search, size_t index)
{
	for (size_t i = 0; i < index; i++)
		search->above.items[i]->match = MATCH_AFTER;
}

/* The one to go first into @first. */
static int choose(struct search *search, struct list *first)
{
	size_t proved;
	int err = find_proved(search, &proved);

	if (err)
		return err;
	if (proved < search->above.count || search->own.count)
		doubt_before(search, proved);
	if (proved < search->above.count)
		return list_add(first, take_out(&search->above, proved));
	if (!search->own.count)
		return search->above.count ? list_add(first, take_out(&search->above, 0)) : 0;
	err = list_add(first, take_out(&search->own, 0));
	if (!err && first->items[0]->op == DELETION_MOVE)
		err = follow(search->reader, first->items[0], search->question->path, INT64_MAX,
			     &search->followed, &search->now);
	return err;
}

static int order(struct search *search, struct trail *trail)
{
	struct list first = { 0 };
	int err = choose(search, &first);

	err = err ? (list_free(&first), err) : emit(trail, &first);
	if (!err)
		err = emit(trail, &search->followed);
	if (!err)
		err = emit(trail, &search->own);
	return err ? err : emit(trail, &search->above);
}

int trail_find(struct reader *reader, const struct trail_question *question, struct trail *trail)
{
	struct search search = { .reader = reader, .question = question };
	int err = find_own_and_above(&search);

	if (!err)
		err = order(&search, trail);
	trail->now = search.now;
	list_free(&search.own);
	list_free(&search.above);
	list_free(&search.followed);
	return err;
}

void trail_free(struct trail *trail)
{
	for (size_t i = 0; i < trail->count; i++)
		deletion_clone_free(trail->events[i]);
	free(trail->events);
	free(trail->now);
	*trail = (struct trail){ 0 };
}
