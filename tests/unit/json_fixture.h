/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What an output of JSON lines made of a deletion, read back by another parser. */
#ifndef WHODEL_JSON_FIXTURE_H
#define WHODEL_JSON_FIXTURE_H

#include "tests/unit/output_fixture.h"

#include <jansson.h>

/* Strict: refuses control bytes, bytes that are not UTF-8, and a key given twice. */
static inline json_t *parse(const char *line)
{
	json_error_t error;
	json_t *event;

	assert_tame_line(line);
	event = json_loads(line, JSON_REJECT_DUPLICATES, &error);
	if (!event)
		fail_msg("%s in: %s", error.text, line);
	return event;
}

static inline json_t *parse_line(struct fixture *f)
{
	char *line = fixture_line(f);
	json_t *event = parse(line);

	free(line);
	return event;
}

static inline int base64_digit(char c)
{
	const char *digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = strchr(digits, c);

	assert_true(c && at);
	return (int)(at - digits);
}

/* Into @to, which has room for as much as @text. */
static inline void base64_decode(const char *text, char *to)
{
	unsigned int bits = 0;
	unsigned int value = 0;

	assert_int_equal(strlen(text) % 4, 0);
	for (; *text && *text != '='; text++) {
		value = value << 6 | (unsigned int)base64_digit(*text);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			*to++ = (char)(value >> bits & 0xff);
		}
	}
	*to = '\0';
}

/* @raw where there is one, else @plain, is @expected; and @raw is there only where needed. */
static inline void assert_reverses(json_t *plain, json_t *raw, const char *expected)
{
	char decoded[8192];

	assert_true(json_is_string(plain));
	if (!raw) {
		assert_string_equal(json_string_value(plain), expected);
		return;
	}
	assert_non_null(strstr(json_string_value(plain), "\xef\xbf\xbd"));
	assert_true(strlen(json_string_value(raw)) < sizeof(decoded));
	base64_decode(json_string_value(raw), decoded);
	assert_string_equal(decoded, expected);
}

#endif
