/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* One system call that may let a file go, and what is known of it: a line of the reference. */
#ifndef WHODEL_TEST_MIXED_ATTEMPT_H
#define WHODEL_TEST_MIXED_ATTEMPT_H

#include <sys/stat.h>
#include <time.h>

#include "world.h"

struct identity {
	bool known;
	struct stat stat;
	long generation; /* -1: this file system has none to tell */
};

struct attempt {
	const char *op;
	const char *effect; /* if it succeeds: "gone", "moved", "same", "exchanged" */
	bool silent;	    /* by a flag of its own it lets nothing go, even in vain */
	struct name name;
	struct name other; /* rename: where it comes from */
	bool has_other;
	struct identity identity; /* of what goes */
	struct identity moving;	  /* rename: of what takes its place, or just moves */
	struct timespec before;
	struct timespec after;
	int error;
};

/* A new one, or as much of one as the ways need that follow. */
void attempt_begin(struct attempt *attempt, const char *op, const char *effect);

/* Look at what a name stands for now. */
void identify(const struct name *name, struct identity *identity);

/* Between them the one system call; @result is what it returned, with its errno. */
void attempt_call(struct attempt *attempt);
void attempt_done(struct attempt *attempt, long result);

/* Write it down; with @must it has to have succeeded. */
void attempt_tell(struct worker *worker, const struct attempt *attempt, bool must);

/* Who this process is, before its first attempt. */
void process_tell(struct worker *worker);

#endif
