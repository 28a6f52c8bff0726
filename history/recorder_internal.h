/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the reading and the writing side of the recorder share. */
#ifndef WHODEL_RECORDER_INTERNAL_H
#define WHODEL_RECORDER_INTERNAL_H

#include <pthread.h>
#include <stdbool.h>

#include "history/queue.h"
#include "history/recorder.h"

#define RECORDER_LOSERS 16

/* What found no room, until it can be told. */
struct dropped {
	uint64_t count;
	const char *reason;
	int64_t since;
	int64_t until;
	struct loss_by by[RECORDER_LOSERS + 1]; /* the last one: all others */
	char comms[RECORDER_LOSERS][32];
	unsigned int by_count;
};

struct recorder {
	struct queue queue;
	size_t queue_limit;
	pthread_t thread;
	bool started;

	/* The reading side's */
	struct block_writer *block;
	uint64_t block_number;
	bool unsent; /* there is something that was not handed over */
	bool full;
	unsigned int handed_events; /* of the block at hand */
	int64_t handed_until;
	struct mark mark;
	uint64_t events;  /* added, */
	uint64_t refused; /* and of them had no room */
	struct dropped dropped;

	/* Both sides' */
	pthread_mutex_t lock;
	struct recorder_status status;
	struct forward_cursor forwarded;
	_Atomic bool forwarded_new; /* it is not stored yet */
	int wake;

	/* The writing side's */
	struct store_opts store_opts;
	struct store *store;
	dev_t device;  /* that the store was on when it was first opened */
	bool recorded; /* store_record() was done for this store_open() */
	struct recording recording;
	const char *machine;
	uint64_t keep_seconds;
	uint64_t keep_bytes;
	int64_t retained; /* when retention was last looked at */
	bool more_to_remove;
	int64_t stop_by; /* do not try longer; 0: no stop was asked for */
	int give_up;	 /* the error at the stop */
	char error[512]; /* where store_open() explains itself once it runs */
};

/* Wall clock, ns. */
int64_t recorder_now(void);

/* In the caller's thread; with the reason of a failure in store_opts.error. */
int writer_open(struct recorder *recorder);

/* The thread; @arg is the recorder. */
void *writer_run(void *arg);

#endif
