// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "cli/who.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/asked_path.h"
#include "cli/history.h"
#include "cli/history_options.h"
#include "cli/message.h"
#include "cli/subcommand.h"
#include "history/holders.h"
#include "history/trail.h"
#include "trace/cleanup.h"

#define MOST_OF_PATH   10
#define MOST_OF_SEARCH 100

enum who_status {
	WHO_FOUND = STATUS_OK,
	WHO_NOT_THERE = 3, /* and that is proved */
	WHO_NOT_KNOWN = 4, /* something may have been missed */
};

static int status_of(const struct answer *answer)
{
	if (answer->found)
		return WHO_FOUND;
	return answer_is_proved(answer) ? WHO_NOT_THERE : WHO_NOT_KNOWN;
}

static int finish(struct history *history, struct answer *answer)
{
	int err = history_answer(history, answer);

	return err ? STATUS_FAILED : status_of(answer);
}

/* ---- of one path ---- */

/* The content may be there yet: the last name went, and not to another place. */
static bool may_be_held(const struct deletion *deletion)
{
	return (deletion->op == DELETION_UNLINK || deletion->op == DELETION_REPLACE) &&
	       deletion->outcome == OUTCOME_DONE && deletion->identity.known &&
	       deletion->identity.links == 0 && S_ISREG(deletion->identity.mode);
}

static int find_holders(const struct trail *trail, struct holders *holders)
{
	for (size_t i = 0; i < trail->count; i++)
		if (may_be_held(trail->events[i]))
			return holders_find(trail->events[i], holders);
	return 0;
}

static int tell_trail(struct history *history, const struct trail *trail)
{
	for (size_t i = 0; i < trail->count && !history->output_err; i++)
		history->output_err = output_story(history->output, trail->events[i]);
	return history->output_err;
}

static int answer_path(struct history *history, const char *path, const struct trail *trail)
{
	struct holders holders = { 0 };
	struct answer answer = { .path = path, .found = trail->count > 0, .now = trail->now };
	int err = find_holders(trail, &holders);
	int status;

	answer.holders = holders.items;
	answer.holder_count = holders.count;
	if (!err)
		tell_trail(history, trail);
	status = err ? STATUS_FAILED : finish(history, &answer);
	holders_free(&holders);
	return status;
}

static int find_trail(struct history *history, const char *path, struct trail *trail)
{
	const struct options *options = history->options;
	struct trail_question question = {
		.path = path,
		.since = options->asked.since,
		.until = options->asked.until,
		.most = options->count ? options->count : MOST_OF_PATH,
		.failed = options->failed,
	};

	return trail_find(history->reader, &question, trail);
}

static int who_path(struct history *history)
{
	_cleanup_free_ char *path = asked_path(history->options->asked.path);
	struct trail trail = { 0 };
	int err = path ? find_trail(history, path, &trail) : -ENOMEM;
	int status = STATUS_FAILED;

	if (err)
		history_failed(history, "look for the path", err);
	else
		status = answer_path(history, path, &trail);
	trail_free(&trail);
	return status;
}

/* ---- a search ---- */

static int take(void *ctx, const struct deletion *deletion)
{
	struct history *history = ctx;
	uint64_t most = history->options->count ? history->options->count : MOST_OF_SEARCH;

	if (!matcher_takes(history->matcher, deletion))
		return 0;
	if (history_tell(history, deletion))
		return 1;
	return history->found >= most ? 1 : 0;
}

static bool wanted(void *ctx, const struct event *event)
{
	struct history *history = ctx;

	return matcher_wants(history->matcher, event);
}

static int who_search(struct history *history)
{
	struct reader_scan scan = {
		.newest_first = true,
		.since = history->options->asked.since,
		.until = history->options->asked.until,
		.wanted = wanted,
		.on_deletion = take,
		.ctx = history,
	};
	int err = reader_scan(history->reader, &scan);
	struct answer answer = { .found = history->found > 0 };

	if (err < 0) {
		history_failed(history, "search", err);
		return STATUS_FAILED;
	}
	history_tell_trees(history);
	return finish(history, &answer);
}

static int run(const struct options *options)
{
	struct history history;
	int status = STATUS_FAILED;

	if (!history_open(&history, options, true))
		status = options->asked.path ? who_path(&history) : who_search(&history);
	return history_close(&history) ? STATUS_FAILED : status;
}

int who_main(int argc, char **argv)
{
	return subcommand_main(argc, argv, who_options, run);
}
