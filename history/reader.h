/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The store, read: by people who ask while the recorder writes, and maybe of a file that somebody
 * has damaged or made up. Nothing is ever written.
 *
 * Functions return 0 or -errno; -EUCLEAN: the store is damaged.
 */
#ifndef WHODEL_READER_H
#define WHODEL_READER_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/event.h"
#include "history/rows.h"

struct reader;

/*
 * reader_open - open a store whose owner and mode can be trusted
 *
 * Returns 0, or -errno with one line in @error: what is wrong, and what to do.
 */
int reader_open(const char *path, struct reader **out, char *error, size_t error_size);

void reader_close(struct reader *reader);

/* What is read between the two is of one moment. */
int reader_begin(struct reader *reader);
void reader_end(struct reader *reader);

sqlite3 *reader_db(struct reader *reader);
struct rows *reader_rows(struct reader *reader);

/* A place in the order of recording: what comes behind it is what was not read yet. */
struct reader_mark {
	int64_t block;
	unsigned int events; /* of that block */
};

struct reader_scan {
	bool newest_first;
	int64_t since; /* of the events' time, both included */
	int64_t until;
	/* A cheap look, before anything is looked up; NULL: all are wanted */
	bool (*wanted)(void *ctx, const struct event *event);
	/* Anything but 0 ends it, and is returned. */
	int (*on_deletion)(void *ctx, const struct deletion *deletion);
	void *ctx;
};

/* Every event, in the order of recording or against it. */
int reader_scan(struct reader *reader, const struct reader_scan *scan);

/* From @mark on, in the order of recording; then @mark is behind the last one. */
int reader_scan_from(struct reader *reader, const struct reader_scan *scan,
		     struct reader_mark *mark);

/*
 * The events of the block that @mark is in, behind it; @mark moves with each one that was told, and
 * stays before the one that @scan ends with. Not newest first.
 */
int reader_scan_block(struct reader *reader, const struct reader_scan *scan,
		      struct reader_mark *mark);

/* The mark behind the last event but @events of them, or as few as there are. */
int reader_tail(struct reader *reader, uint64_t events, struct reader_mark *mark);

/*
 * The events of which @path is the path or was seen as the path, by way of the lookup.
 * @path: absolute, with no slash at its end; "/" itself is no event's
 */
int reader_find(struct reader *reader, const char *path, const struct reader_scan *scan);

#endif
