// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/history.h"
#include "cli/history_options.h"
#include "cli/message.h"
#include "cli/subcommand.h"
#include "cli/who.h"
#include "trace/clone.h"

#define FOLLOW_MS 200 /* between two looks at the store */

struct log {
	struct history *history;
	struct deletion **last; /* -n: a ring of the last ones */
	uint64_t count;
};

static int tell(void *ctx, const struct deletion *deletion)
{
	struct log *log = ctx;

	if (!matcher_takes(log->history->matcher, deletion))
		return 0;
	return history_tell(log->history, deletion);
}

/* Against the order of recording, until there are as many as asked for. */
static int keep(void *ctx, const struct deletion *deletion)
{
	struct log *log = ctx;
	struct deletion **larger;

	if (!matcher_takes(log->history->matcher, deletion))
		return 0;
	larger = reallocarray(log->last, log->count + 1, sizeof(struct deletion *));
	if (!larger)
		return -ENOMEM;
	log->last = larger;
	larger[log->count] = deletion_clone(deletion);
	if (!larger[log->count])
		return -ENOMEM;
	return ++log->count >= log->history->options->count ? 1 : 0;
}

static bool wanted(void *ctx, const struct event *event)
{
	const struct log *log = ctx;

	return matcher_wants(log->history->matcher, event);
}

static int tell_kept(struct log *log)
{
	int ret = 0;

	for (uint64_t i = log->count; i > 0; i--) {
		if (!ret)
			ret = history_tell(log->history, log->last[i - 1]);
		deletion_clone_free(log->last[i - 1]);
	}
	free(log->last);
	return ret;
}

/* 1: the output cannot be written; 0; -errno */
static int read_all(struct log *log, struct reader_mark *mark)
{
	const struct options *options = log->history->options;
	struct reader_scan scan = {
		.newest_first = options->count > 0,
		.since = options->asked.since,
		.until = options->asked.until,
		.wanted = wanted,
		.on_deletion = options->count ? keep : tell,
		.ctx = log,
	};
	int ret = reader_tail(log->history->reader, 0, mark);

	if (ret)
		return ret;
	ret = reader_scan(log->history->reader, &scan);
	if (options->count) {
		int told = tell_kept(log);

		ret = ret < 0 ? ret : told;
	}
	history_tell_trees(log->history);
	return ret;
}

/* A reader that went away is seen although nothing is written. */
static bool wait_a_little(void)
{
	struct pollfd output = { .fd = STDOUT_FILENO };

	return poll(&output, 1, FOLLOW_MS) == 0 || !(output.revents & POLLERR);
}

static int follow(struct log *log, struct reader_mark *mark)
{
	const struct asked *asked = &log->history->options->asked;
	struct reader_scan scan = {
		.since = asked->since,
		.until = asked->until,
		.wanted = wanted,
		.on_deletion = tell,
		.ctx = log,
	};
	int ret = 0;

	while (!ret && wait_a_little()) {
		reader_end(log->history->reader);
		ret = reader_begin(log->history->reader);
		if (!ret)
			ret = reader_scan_from(log->history->reader, &scan, mark);
		if (!ret)
			ret = log->history->output_err = output_flush(log->history->output);
	}
	return ret < 0 && !log->history->output_err ? ret : 0;
}

static int run_log(struct history *history)
{
	struct log log = { .history = history };
	struct answer answer = { 0 };
	struct reader_mark mark;
	int ret = read_all(&log, &mark);

	if (!ret && history->options->asked.follow && !history->output_err) {
		history->output_err = output_flush(history->output);
		if (!history->output_err)
			ret = follow(&log, &mark);
	}
	if (ret < 0)
		return history_failed(history, "read", ret);
	answer.found = history->found > 0;
	return history_answer(history, &answer);
}

static int run(const struct options *options)
{
	struct history history;
	int err = history_open(&history, options, false);

	if (!err)
		err = run_log(&history);
	return history_close(&history) || err ? STATUS_FAILED : STATUS_OK;
}

int log_main(int argc, char **argv)
{
	return subcommand_main(argc, argv, log_options, run);
}
