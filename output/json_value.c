// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "output/json_value.h"

#include <string.h>

#include "output/escape.h"

void json_put_string(struct buffer *buffer, const char *text, bool *utf8)
{
	size_t length = strlen(text);
	char *to = buffer_room(buffer, ESCAPE_JSON_SIZE(length) + 2);

	if (!to)
		return;
	*to++ = '"';
	to = escape_json(to, text, length, utf8);
	*to++ = '"';
	buffer_take(buffer, to);
}

void json_put_base64(struct buffer *buffer, const char *bytes)
{
	size_t length = strlen(bytes);
	char *to = buffer_room(buffer, ESCAPE_BASE64_SIZE(length) + 2);

	if (!to)
		return;
	*to++ = '"';
	to = escape_base64(to, bytes, length);
	*to++ = '"';
	buffer_take(buffer, to);
}

/* strerrorname_np() has no name for what the kernel keeps to itself: then the number. */
void json_put_error(struct buffer *buffer, int error)
{
	const char *name = strerrorname_np(error);

	buffer_put_text(buffer, "\"");
	if (name)
		buffer_put_text(buffer, name);
	else
		buffer_put_number(buffer, (uint64_t)error);
	buffer_put_text(buffer, "\"");
}

static size_t utc_second(char *text, size_t size, time_t at)
{
	struct tm tm;

	return gmtime_r(&at, &tm) ? strftime(text, size, "%Y-%m-%dT%H:%M:%S.", &tm) : 0;
}

void json_put_time(struct second *second, struct buffer *buffer, struct timespec time)
{
	buffer_put_text(buffer, "\"");
	second_put(second, buffer, time.tv_sec, utc_second);
	buffer_put_nanoseconds(buffer, (uint32_t)time.tv_nsec);
	buffer_put_text(buffer, "Z\"");
}
