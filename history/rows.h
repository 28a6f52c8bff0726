/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The rows that events refer to, read once and kept, and a stored event as a struct deletion. */
#ifndef WHODEL_ROWS_H
#define WHODEL_ROWS_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "history/event.h"

struct rows;

/* @db must stay until rows_free(). 0 or -errno; -EUCLEAN: it is no store. */
int rows_new(sqlite3 *db, struct rows **out);

void rows_free(struct rows *rows);

struct row_bytes {
	const char *bytes; /* not NUL-terminated */
	size_t size;
};

/* A directory's path, valid until the next call; -EUCLEAN: there is no such row. */
int rows_directory(struct rows *rows, uint64_t row, struct row_bytes *out);

/*
 * rows_deletion - what an event of @recording says, with all it refers to
 *
 * The strings and the process are valid until the next call. Returns 0, -ENOMEM, -EUCLEAN for a
 * row that is not there, or what reading the store met.
 */
int rows_deletion(struct rows *rows, int64_t recording, const struct event *event,
		  struct deletion *out);

#endif
