/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Lines on their way to a file descriptor. A line is written whole or, where memory runs out, left
 * out whole: buffer_begin_line(), any of the buffer_put_*(), buffer_end_line().
 */
#ifndef WHODEL_BUFFER_H
#define WHODEL_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Written out by buffer_end_line() from this fill level on. */
#define BUFFER_FULL_BYTES 65536

/* As a file descriptor: nothing is written, who reads takes it out of the buffer. */
#define BUFFER_MEMORY (-2)

struct buffer {
	int fd;		/* the caller's */
	int hurry_fd;	/* readable: the end was asked for, wait for a reader no longer than a while
			 */
	size_t most;	/* bytes a write may take without blocking, once the fd is writable */
	int error;	/* the write error that ended it; it sticks */
	bool no_memory; /* for the line at hand */
	char *data;
	size_t used;
	size_t size;
	size_t line;	    /* where the line at hand starts */
	size_t margin;	    /* for who puts columns: characters before the first */
	uint64_t unwritten; /* lines that were put and not wholly written */
};

void buffer_init(struct buffer *buffer, int fd);
void buffer_free(struct buffer *buffer);

/*
 * buffer_flush - write all that is held; waits where @fd does not block
 *
 * Returns 0, or the -errno of the first write that failed, then and ever after: what is put
 * afterwards goes nowhere.
 */
int buffer_flush(struct buffer *buffer);

void buffer_begin_line(struct buffer *buffer);

/* Returns 0, -ENOMEM where the line was left out, or as buffer_flush(). */
int buffer_end_line(struct buffer *buffer);

/* Slow way of buffer_room(). */
char *buffer_grow(struct buffer *buffer, size_t bytes);

/* Room for @bytes more at the end; taken by buffer_take(). NULL: no memory. */
static inline char *buffer_room(struct buffer *buffer, size_t bytes)
{
	if (buffer->size - buffer->used >= bytes)
		return buffer->data + buffer->used;
	return buffer_grow(buffer, bytes);
}

/* @end: the end of what was written into the room */
static inline void buffer_take(struct buffer *buffer, const char *end)
{
	buffer->used = (size_t)(end - buffer->data);
}

static inline void buffer_put(struct buffer *buffer, const char *bytes, size_t length)
{
	char *room = buffer_room(buffer, length);

	if (!room)
		return;
	memcpy(room, bytes, length);
	buffer->used += length;
}

static inline void buffer_put_text(struct buffer *buffer, const char *text)
{
	buffer_put(buffer, text, strlen(text));
}

void buffer_put_number(struct buffer *buffer, uint64_t number);

/* Nine digits of a second's fraction, or three. */
void buffer_put_nanoseconds(struct buffer *buffer, uint32_t nanoseconds);
void buffer_put_milliseconds(struct buffer *buffer, uint32_t nanoseconds);

/* For lines that are rare. */
__attribute__((format(printf, 2, 3))) void buffer_printf(struct buffer *buffer, const char *format,
							 ...);

#endif
