// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "output/json_member.h"

#include <string.h>

#include "output/escape.h"
#include "output/json_value.h"

/* The first member of an object has no comma in front. */
static void put_key(struct buffer *buffer, const char *key, const char *suffix)
{
	char last = buffer->used > buffer->line ? buffer->data[buffer->used - 1] : '{';

	if (last != '{' && last != '[')
		buffer_put_text(buffer, ",");
	buffer_put_text(buffer, "\"");
	buffer_put_text(buffer, key);
	buffer_put_text(buffer, suffix);
	buffer_put_text(buffer, "\":");
}

void json_member(struct buffer *buffer, const char *key)
{
	put_key(buffer, key, "");
}

size_t json_open_object(struct buffer *buffer, const char *key)
{
	size_t start = buffer->used;

	put_key(buffer, key, "");
	buffer_put_text(buffer, "{");
	return start;
}

void json_close_object(struct buffer *buffer, size_t start)
{
	if (buffer->used > start && buffer->data[buffer->used - 1] == '{')
		buffer->used = start;
	else
		buffer_put_text(buffer, "}");
}

void json_member_name(struct buffer *buffer, const char *key, const char *name)
{
	bool utf8;

	if (!name)
		return;
	put_key(buffer, key, "");
	json_put_string(buffer, name, &utf8);
}

void json_member_raw(struct buffer *buffer, const char *key, const char *name)
{
	if (!name || utf8_valid(name, strlen(name)))
		return;
	put_key(buffer, key, "_raw");
	json_put_base64(buffer, name);
}

void json_member_name_and_raw(struct buffer *buffer, const char *key, const char *name)
{
	json_member_name(buffer, key, name);
	json_member_raw(buffer, key, name);
}

void json_member_number(struct buffer *buffer, const char *key, uint64_t number)
{
	put_key(buffer, key, "");
	buffer_put_number(buffer, number);
}

void json_member_keyword(struct buffer *buffer, const char *key, uint64_t number)
{
	put_key(buffer, key, "");
	buffer_put_text(buffer, "\"");
	buffer_put_number(buffer, number);
	buffer_put_text(buffer, "\"");
}
