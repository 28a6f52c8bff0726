/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Objects of JSON, member by member, commas seen to. What is NULL is left out, and so is an object
 * that stayed empty.
 */
#ifndef WHODEL_JSON_MEMBER_H
#define WHODEL_JSON_MEMBER_H

#include <stddef.h>
#include <stdint.h>

#include "output/buffer.h"

/* "key": and a value must follow. */
void json_member(struct buffer *buffer, const char *key);

/* Returns what json_close_object() wants back. */
size_t json_open_object(struct buffer *buffer, const char *key);
void json_close_object(struct buffer *buffer, size_t start);

/* A string; each byte that is not UTF-8 becomes U+FFFD. */
void json_member_name(struct buffer *buffer, const char *key, const char *name);

/* "key_raw" and the exact bytes, where @name is not UTF-8. */
void json_member_raw(struct buffer *buffer, const char *key, const char *name);

void json_member_name_and_raw(struct buffer *buffer, const char *key, const char *name);

void json_member_number(struct buffer *buffer, const char *key, uint64_t number);

/* A number as text: what Elasticsearch indexes as a keyword, since nobody calculates with it. */
void json_member_keyword(struct buffer *buffer, const char *key, uint64_t number);

#endif
