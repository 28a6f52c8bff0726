/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * From deletions to the store, by way of a bounded queue and one writing thread, so that a slow
 * disk does not hold up the drain. What finds no room is counted, with its time, and stored as a
 * loss as soon as that can be.
 *
 * All functions are the reading thread's. Nothing is printed.
 */
#ifndef WHODEL_RECORDER_H
#define WHODEL_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/forward.h"
#include "history/store.h"

struct recorder;

/* Half a million deletions wait in so much: some seconds of a storm. */
#define RECORDER_QUEUE_BYTES ((size_t)16 << 20)

/* Nothing older than this is only in memory: recorder_tick() is to be called as often. */
#define RECORDER_TICK_MS 500

struct recorder_opts {
	const char *path;
	gid_t group;
	uint64_t keep_seconds; /* 0: for ever */
	uint64_t keep_bytes;   /* 0: without limit */
	size_t queue_bytes;    /* 0: RECORDER_QUEUE_BYTES */
	const char *machine;   /* forward: whose store it is, to the end; NULL: do not */
	char *error;	       /* one line: why recorder_open() failed */
	size_t error_size;
};

/*
 * recorder_open - open the store, and start to write
 *
 * A store that is damaged is put aside, as FILE.damaged-TIME, and a new one made;
 * recorder_status() says so. Else as store_open().
 */
int recorder_open(const struct recorder_opts *opts, struct recorder **out);

/*
 * recorder_begin - say what it is that is recorded, and since when; before anything is added
 * @recording: its strings must stay until recorder_close()
 */
void recorder_begin(struct recorder *recorder, const struct recording *recording);

/* Readable after commits, and when the status has changed. */
int recorder_fd(const struct recorder *recorder);

/* Always taken: stored, or counted as lost. */
void recorder_add(struct recorder *recorder, const struct deletion *deletion);
void recorder_cover(struct recorder *recorder, const struct coverage *coverage);

void recorder_canary(struct recorder *recorder, int64_t time);

/* A stream has acknowledged so much; stored with what comes next, within a second. */
void recorder_forwarded(struct recorder *recorder, const struct forward_cursor *cursor);

/*
 * recorder_tick - hand over what has come in
 * @until: all that was seen up to then has been added
 * @always: also where nothing has come; else that is said every ten seconds only
 *
 * Returns the number of this hand-over, for recorder_status().done.
 */
uint64_t recorder_tick(struct recorder *recorder, int64_t until, bool always);

struct recorder_status {
	int64_t recording; /* its row */
	uint64_t events;   /* added */
	uint64_t stored;   /* of them, committed */
	uint64_t dropped;  /* of them, no room: told as losses */
	uint64_t done;	   /* hand-overs that are committed */
	size_t queue_bytes;
	size_t queue_limit;
	uint64_t store_bytes;
	uint64_t removed; /* by retention */
	int64_t until;	  /* as committed */
	int64_t canary;
	int error;	     /* -errno: the store cannot be written now; 0: it can */
	int64_t error_since; /* wall clock, ns */
	char damaged[256];   /* where a damaged store was put; "" if there was none */
};

/* Reading it makes recorder_fd() unreadable. */
void recorder_status(struct recorder *recorder, struct recorder_status *status);

/*
 * recorder_close - write all that is left, and end
 * @until: of the last hand-over, the moment of the stop; 0: it is no clean stop
 *
 * Returns 0, or why the rest could not be written; that time is a gap then, which the next
 * recorder tells. @recorder may be NULL.
 */
int recorder_close(struct recorder *recorder, int64_t until);

#endif
