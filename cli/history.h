/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What who and log do alike: open the store, look for what is wanted, and write it. */
#ifndef WHODEL_HISTORY_H
#define WHODEL_HISTORY_H

#include <stdint.h>

#include "cli/options.h"
#include "history/match.h"
#include "history/proof.h"
#include "history/reader.h"
#include "output/output.h"

struct history {
	const struct options *options;
	struct reader *reader;
	struct match match;
	struct matcher *matcher;
	char *under;
	struct output *output;
	struct collapse *collapse; /* NULL: events one by one */
	uint64_t found;
	int64_t asked;	/* the moment of asking */
	bool running;	/* a recorder answered */
	int output_err; /* told by history_close() */
};

/*
 * history_open - open the store, wait until it has what happened before this moment, and hold it
 * @newest_first: the order in which events will be told
 *
 * 0, or -errno: told. @history is to be closed in any case.
 */
int history_open(struct history *history, const struct options *options, bool newest_first);

/* One event, through the trees if there are any; 0, or 1: it cannot be written. */
int history_tell(struct history *history, const struct deletion *deletion);

/* The trees that are not told yet. */
int history_tell_trees(struct history *history);

/* What was found, and the proof; @answer has what is known besides. 0 or -errno: told */
int history_answer(struct history *history, struct answer *answer);

/* Tells that the store is damaged, or what else stopped @what. Returns @err. */
int history_failed(const struct history *history, const char *what, int err);

/* Flushes. 0, or -errno: told. */
int history_close(struct history *history);

#endif
