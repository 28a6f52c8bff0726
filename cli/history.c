// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "cli/history.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/asked_path.h"
#include "cli/message.h"
#include "history/ask.h"
#include "history/nanoseconds.h"

/* A recorder that cannot write its store answers after two seconds all the same. */
#define PATIENCE_MS 3000

/* Seconds without an event of it after which a tree is told as it is. */
#define TREE_RESTS 2

static int write_deletion(void *ctx, const struct deletion *deletion)
{
	struct history *history = ctx;

	return output_deletion(history->output, deletion);
}

static int write_tree(void *ctx, const struct tree *tree)
{
	struct history *history = ctx;

	return output_tree(history->output, tree);
}

static int open_collapse(struct history *history, bool newest_first)
{
	struct collapse_opts opts = {
		.newest_first = newest_first,
		.rest = TREE_RESTS,
		.on_deletion = write_deletion,
		.on_tree = write_tree,
		.ctx = history,
	};

	if (history->options->asked.expand || history->options->asked.follow ||
	    !output_has_trees(history->output))
		return 0;
	return collapse_new(&opts, &history->collapse);
}

/* The lists are the filter's: they must not be freed here. */
static int open_matcher(struct history *history)
{
	const struct options *options = history->options;

	history->match = options->asked.match;
	history->match.pids = options->filter.pids;
	history->match.uids = options->filter.uids;
	history->match.comms = options->filter.comms;
	history->match.globs = options->filter.paths;
	history->match.excludes = options->filter.excludes;
	history->match.failed = options->failed;
	if (options->asked.under) {
		history->under = asked_path(options->asked.under);
		if (!history->under)
			return -ENOMEM;
		history->match.under = history->under;
	}
	return matcher_new(&history->match, history->reader, &history->matcher);
}

static int open_output(struct history *history, bool newest_first)
{
	struct output_opts opts = { .notes_fd = STDERR_FILENO, .dates = true };
	int err = output_open(history->options->format, STDOUT_FILENO, &opts, &history->output);

	return err ? err : open_collapse(history, newest_first);
}

static int open_reader(struct history *history)
{
	char error[512];
	int err =
		reader_open(history->options->asked.store, &history->reader, error, sizeof(error));

	if (err)
		message("%s", error);
	return err;
}

int history_failed(const struct history *history, const char *what, int err)
{
	const char *store = history->options->asked.store;

	if (err == -EUCLEAN)
		message("cannot %s: the store %s is damaged; keep it for a look, and let whodel "
			"record start another",
			what, store);
	else
		message("cannot %s in the store %s: %s", what, store, strerror(-err));
	return err;
}

/* Let the recorder store what happened before this moment. */
static void flush_recorder(struct history *history)
{
	char answer[ASK_ANSWER_MAX];
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	history->asked = nanoseconds_of(now);
	history->running =
		!ask_recorder(history->options->asked.store, "flush", PATIENCE_MS, answer);
}

int history_open(struct history *history, const struct options *options, bool newest_first)
{
	int err;

	*history = (struct history){ .options = options };
	signal(SIGPIPE, SIG_IGN);
	flush_recorder(history);
	err = open_reader(history);
	if (err)
		return err;
	err = reader_begin(history->reader);
	if (!err)
		err = open_matcher(history);
	if (!err)
		err = open_output(history, newest_first);
	return err ? history_failed(history, "read", err) : 0;
}

int history_tell(struct history *history, const struct deletion *deletion)
{
	history->found++;
	history->output_err = history->collapse ? collapse_feed(history->collapse, deletion)
						: write_deletion(history, deletion);
	return history->output_err ? 1 : 0;
}

int history_tell_trees(struct history *history)
{
	if (history->collapse && !history->output_err)
		history->output_err = collapse_flush(history->collapse, NULL);
	return history->output_err;
}

int history_answer(struct history *history, struct answer *answer)
{
	const struct asked *asked = &history->options->asked;
	struct proof_window window = {
		.since = asked->since,
		.until = asked->until < history->asked ? asked->until : history->asked,
	};
	struct proof proof = { 0 };
	int err = proof_read(history->reader, &window, &proof, answer);

	answer->running = history->running;
	if (err)
		history_failed(history, "read the coverage", err);
	else if (!history->output_err)
		history->output_err = output_answer(history->output, answer);
	proof_free(&proof);
	return err;
}

int history_close(struct history *history)
{
	int err;

	collapse_free(history->collapse);
	err = output_close(history->output);
	if (!history->output_err)
		history->output_err = err;
	if (history->output_err)
		message("cannot write the output: %s", strerror(-history->output_err));
	matcher_free(history->matcher);
	free(history->under);
	reader_close(history->reader);
	return history->output_err;
}
