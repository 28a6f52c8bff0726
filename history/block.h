/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * A block: events, each written as its difference to the one before it of the same process.
 * docs/store.md has the bytes. What the writer and the reader remember of that event is in
 * history/recall.h.
 */
#ifndef WHODEL_BLOCK_H
#define WHODEL_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/event.h"
#include "history/names.h"

#define BLOCK_EVENTS_MAX 4096
#define BLOCK_BYTES_MAX	 ((size_t)256 << 10)
#define BLOCK_NAME_MAX	 8192 /* bytes of one name; PATH_MAX is 4096 */

/* What follows in an event; the order of the bits is not that of the bytes. */
enum block_flag {
	BLOCK_PROCESS = 1 << 0,
	BLOCK_DIRECTORY = 1 << 1,
	BLOCK_CPU = 1 << 2,
	BLOCK_SEQ = 1 << 3,
	BLOCK_IDENTITY = 1 << 4,
	BLOCK_WHAT = 1 << 5,
	BLOCK_COMM = 1 << 6,
	BLOCK_KIND = 1 << 7,
	BLOCK_TID = 1 << 8,
	BLOCK_SEEN = 1 << 9,
	BLOCK_OTHER = 1 << 10,
	BLOCK_NO_PATH = 1 << 11,
};

struct block_writer;

/* 0 or -ENOMEM */
int block_writer_new(struct block_writer **out);

void block_writer_free(struct block_writer *writer);

/* 0; -ENOMEM; -E2BIG: a name longer than BLOCK_NAME_MAX. Then the event is not in the block. */
int block_writer_add(struct block_writer *writer, const struct deletion *deletion);

/* No room for another one: it wants block_writer_reset(). */
bool block_writer_full(const struct block_writer *writer);

/* Start an empty block. */
void block_writer_reset(struct block_writer *writer);

/* What a block has become so far; points into the writer, until the next call on it. */
struct block_view {
	unsigned int events;
	int64_t since;
	int64_t until;
	const struct names *names;
	const uint8_t *data;
	size_t size;
	const uint32_t *hashes; /* path_hash() of each path in it, in no order */
	unsigned int hash_count;
};

struct block_view block_writer_view(const struct block_writer *writer);

/* What the lookup knows a path by. Slashes at its end do not count. */
uint32_t path_hash(const char *path, size_t size);

struct block_reader;

/*
 * block_reader_open - read a row of the table "block"
 * @names, @data: the columns' bytes; @data must stay until block_reader_free()
 *
 * Returns 0, -ENOMEM, or -EBADMSG: not a block's.
 */
int block_reader_open(const void *names, size_t names_size, const void *data, size_t size,
		      struct block_reader **out);

void block_reader_free(struct block_reader *reader);

/*
 * The next event: 1; 0 at the end; -EBADMSG: damaged, and no later call gives more; -ENOMEM. The
 * names in @event are valid until the next call.
 */
int block_reader_next(struct block_reader *reader, struct event *event);

#endif
