/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * How far the store's events are told to a stream. Events are numbered from 1 in the order of
 * recording; a number stands for the same event for ever, since what retention removes takes its
 * numbers along. docs/fleet.md has the whole of it.
 *
 * Writing functions are for inside a transaction, and return as those of store.h.
 */
#ifndef WHODEL_FORWARD_H
#define WHODEL_FORWARD_H

#include <stdint.h>

#include "history/reader.h"
#include "history/store.h"

#define STORE_UUID 33

/* What is acknowledged: all up to here. */
struct forward_cursor {
	char uuid[STORE_UUID]; /* the store's */
	struct reader_mark mark;
	uint64_t number;      /* of the event before the mark */
	int64_t coverage;     /* row */
	uint64_t unforwarded; /* numbers that were removed before they were told, up to this */
};

/*
 * store_forward_begin - have a cursor; a new one stands before the store's first event
 * @machine: whose store it is: a copy on another machine gets a new identity
 */
int store_forward_begin(struct store *store, const char *machine);

/* Moves forward only, and not for another store's cursor. */
int store_forwarded(struct store *store, const struct forward_cursor *cursor);

/* Blocks up to @last are being removed: what was not told of them is counted, to be told. */
int store_forward_skip(struct store *store, int64_t last);

/* 0; -ENODATA: nothing is to be forwarded */
int forward_read(struct reader *reader, struct forward_cursor *cursor);

/* Events behind the cursor. */
int forward_lag(struct reader *reader, const struct forward_cursor *cursor, uint64_t *events);

#endif
