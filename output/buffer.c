// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Lines on their way to a file descriptor. */
#include "output/buffer.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void buffer_init(struct buffer *buffer, int fd)
{
	struct stat st;

	*buffer = (struct buffer){ .fd = fd, .hurry_fd = -1, .most = SIZE_MAX };
	/* pipe(7): what is writable takes this much at once. A file always takes all. */
	if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
		buffer->most = PIPE_BUF;
}

void buffer_free(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){ .fd = -1, .hurry_fd = -1 };
}

/* How long a reader that does not read holds up an end that was asked for. */
#define HURRY_MS 2000

/* 0, or -ETIMEDOUT: nobody reads, and the end was asked for. */
static int wait_writable(const struct buffer *buffer)
{
	struct pollfd fds[] = {
		{ .fd = buffer->fd, .events = POLLOUT },
		{ .fd = buffer->hurry_fd, .events = POLLIN },
	};

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return -errno;
	if (fds[0].revents)
		return 0;
	return poll(fds, 1, HURRY_MS) == 0 ? -ETIMEDOUT : 0;
}

/* Returns what was written, 0 where it is worth another try, or -errno. */
static ssize_t write_some(const struct buffer *buffer, const char *data, size_t length)
{
	int err = buffer->most < SIZE_MAX ? wait_writable(buffer) : 0;
	ssize_t written;

	if (err)
		return err;
	written = write(buffer->fd, data, length < buffer->most ? length : buffer->most);
	if (written >= 0)
		return written;
	return errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
}

/* How far it got. */
static size_t write_all(struct buffer *buffer)
{
	size_t done = 0;

	while (!buffer->error && done < buffer->used) {
		ssize_t written = write_some(buffer, buffer->data + done, buffer->used - done);

		if (written < 0)
			buffer->error = (int)written;
		else
			done += (size_t)written;
	}
	return done;
}

/* What starts with a blank goes on with the line before it: the table's, on a narrow terminal. */
static uint64_t count_lines(const char *data, const char *end)
{
	uint64_t lines = 0;

	while (data < end && (data = memchr(data, '\n', (size_t)(end - data)))) {
		data++;
		lines += data == end || *data != ' ';
	}
	return lines;
}

int buffer_flush(struct buffer *buffer)
{
	size_t done;

	if (buffer->fd == BUFFER_MEMORY)
		return 0;
	done = write_all(buffer);
	if (done < buffer->used)
		buffer->unwritten += count_lines(buffer->data + done, buffer->data + buffer->used);
	buffer->used = 0;
	return buffer->error;
}

void buffer_begin_line(struct buffer *buffer)
{
	buffer->line = buffer->used;
	buffer->no_memory = false;
}

int buffer_end_line(struct buffer *buffer)
{
	buffer_put(buffer, "\n", 1);
	if (buffer->no_memory) {
		buffer->used = buffer->line;
		return -ENOMEM;
	}
	if (buffer->error || buffer->used >= BUFFER_FULL_BYTES)
		return buffer_flush(buffer);
	return 0;
}

char *buffer_grow(struct buffer *buffer, size_t bytes)
{
	size_t size = buffer->size ? buffer->size : (size_t)2 * BUFFER_FULL_BYTES;
	char *data;

	while (size - buffer->used < bytes)
		size *= 2;
	data = size > buffer->size ? realloc(buffer->data, size) : buffer->data;
	if (!data) {
		buffer->no_memory = true;
		return NULL;
	}
	buffer->data = data;
	buffer->size = size;
	return data + buffer->used;
}

void buffer_put_number(struct buffer *buffer, uint64_t number)
{
	char digits[20];
	char *first = digits + sizeof(digits);

	do {
		*--first = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	buffer_put(buffer, first, (size_t)(digits + sizeof(digits) - first));
}

static void put_padded(struct buffer *buffer, uint32_t number, int digits)
{
	char *room = buffer_room(buffer, (size_t)digits);

	if (!room)
		return;
	for (int i = digits; i-- > 0; number /= 10)
		room[i] = (char)('0' + number % 10);
	buffer->used += (size_t)digits;
}

void buffer_put_nanoseconds(struct buffer *buffer, uint32_t nanoseconds)
{
	put_padded(buffer, nanoseconds, 9);
}

void buffer_put_milliseconds(struct buffer *buffer, uint32_t nanoseconds)
{
	put_padded(buffer, nanoseconds / 1000000, 3);
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
	va_list args;
	char *room;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	room = length < 0 ? NULL : buffer_room(buffer, (size_t)length + 1);
	if (!room)
		return;
	va_start(args, format);
	vsnprintf(room, (size_t)length + 1, format, args);
	va_end(args);
	buffer->used += (size_t)length;
}
