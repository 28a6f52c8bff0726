// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Bytes chosen by strangers, made safe to print and reversible. */
#include "output/escape.h"

#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

struct range {
	uint32_t first;
	uint32_t last;
};

/* Lead bytes C0, C1 and F5 to FF start nothing in UTF-8. */
static size_t sequence_length(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead < 0xc2)
		return 0;
	if (lead < 0xe0)
		return 2;
	if (lead < 0xf0)
		return 3;
	return lead < 0xf5 ? 4 : 0;
}

size_t utf8_decode(const char *text, size_t length, uint32_t *point)
{
	static const unsigned char lead_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *bytes = (const unsigned char *)text;
	size_t count = length ? sequence_length(bytes[0]) : 0;
	uint32_t value;

	if (count == 0 || count > length)
		return 0;
	value = bytes[0] & lead_bits[count];
	for (size_t i = 1; i < count; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (bytes[i] & 0x3f);
	}
	if (value < smallest[count] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*point = value;
	return count;
}

bool utf8_valid(const char *text, size_t length)
{
	const char *end = text + length;
	uint32_t point;

	while (text < end) {
		size_t count =
			(unsigned char)*text < 0x80 ? 1 : utf8_decode(text, end - text, &point);

		if (count == 0)
			return false;
		text += count;
	}
	return true;
}

static bool in_ranges(const struct range *ranges, size_t count, uint32_t point)
{
	for (size_t i = 0; i < count && ranges[i].first <= point; i++)
		if (point <= ranges[i].last)
			return true;
	return false;
}

static char *put_hex(char *to, char kind, uint32_t value, int digits)
{
	*to++ = '\\';
	*to++ = kind;
	while (digits-- > 0)
		*to++ = hex_digits[value >> (4 * digits) & 0xf];
	return to;
}

/* Beyond ASCII, what moves a cursor or reorders text; sorted. */
static const struct range unruly[] = {
	{ 0x80, 0x9f },	    /* C1 controls */
	{ 0x61c, 0x61c },   /* Arabic letter mark */
	{ 0x200e, 0x200f }, /* left-to-right and right-to-left marks */
	{ 0x2028, 0x202e }, /* line and paragraph separator, bidi embeddings and overrides */
	{ 0x2066, 0x2069 }, /* bidi isolates */
};

/* ASCII that a JSON string holds as it is. */
static const bool json_plain[256] = {
	[0x20 ... 0x21] = true,
	[0x23 ... 0x5b] = true,
	[0x5d ... 0x7e] = true,
};

static const char json_short[128] = {
	['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
	['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't',
};

static char *json_ascii(char *to, unsigned char byte)
{
	if (!json_short[byte])
		return put_hex(to, 'u', byte, 4);
	*to++ = '\\';
	*to++ = json_short[byte];
	return to;
}

char *escape_json(char *to, const char *text, size_t length, bool *utf8)
{
	const char *end = text + length;

	while (text < end) {
		uint32_t point;
		size_t count;

		while (text < end && json_plain[(unsigned char)*text])
			*to++ = *text++;
		if (text == end)
			break;
		count = utf8_decode(text, end - text, &point);
		if (count == 0) {
			to = mempcpy(to, "\xef\xbf\xbd", 3);
			*utf8 = false;
			count = 1;
		} else if (count == 1) {
			to = json_ascii(to, point);
		} else if (in_ranges(unruly, sizeof(unruly) / sizeof(unruly[0]), point)) {
			to = put_hex(to, 'u', point, 4);
		} else {
			to = mempcpy(to, text, count);
		}
		text += count;
	}
	return to;
}

/*
 * Beyond ASCII, what a reader cannot see or takes for a space, besides the unruly ones: Unicode
 * 15's Cf, Zs, Zl, Zp, variation selectors, fillers and noncharacters; sorted.
 */
static const struct range unseen[] = {
	{ 0x80, 0xa0 },	      { 0xad, 0xad },	    { 0x34f, 0x34f },	  { 0x600, 0x605 },
	{ 0x61c, 0x61c },     { 0x6dd, 0x6dd },	    { 0x70f, 0x70f },	  { 0x890, 0x891 },
	{ 0x8e2, 0x8e2 },     { 0x115f, 0x1160 },   { 0x1680, 0x1680 },	  { 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f },   { 0x2000, 0x200f },   { 0x2028, 0x202f },	  { 0x205f, 0x206f },
	{ 0x2800, 0x2800 },   { 0x3000, 0x3000 },   { 0x3164, 0x3164 },	  { 0xfdd0, 0xfdef },
	{ 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 },	  { 0xfff0, 0xfffb },
	{ 0xfffe, 0xffff },   { 0x110bd, 0x110bd }, { 0x110cd, 0x110cd }, { 0x13430, 0x1343f },
	{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
};

/* ASCII that a field shows without quotes, and a shell reads back. */
static const bool field_bare[128] = {
	['#'] = true, ['%'] = true,	    ['+' ... ':'] = true, /* + , - . / 0 to 9 : */
	['='] = true, ['@' ... 'Z'] = true, ['^' ... '_'] = true,
	['~'] = true, ['a' ... 'z'] = true,
};

static const char field_short[128] = {
	['\\'] = '\\', ['\''] = '\'', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
};

static bool visible(uint32_t point)
{
	return !in_ranges(unseen, sizeof(unseen) / sizeof(unseen[0]), point);
}

/* A shell takes ~ in front for a home, # for a comment. */
static bool is_bare(const char *text, size_t length)
{
	const char *end = text + length;

	if (length == 0 || *text == '~' || *text == '#')
		return false;
	while (text < end) {
		uint32_t point;
		size_t count;

		if ((unsigned char)*text < 0x80) {
			if (!field_bare[(unsigned char)*text++])
				return false;
			continue;
		}
		count = utf8_decode(text, end - text, &point);
		if (count == 0 || !visible(point))
			return false;
		text += count;
	}
	return true;
}

static char *field_ascii(char *to, unsigned char byte)
{
	if (field_short[byte]) {
		*to++ = '\\';
		*to++ = field_short[byte];
		return to;
	}
	if (byte < 0x20 || byte == 0x7f)
		return put_hex(to, 'x', byte, 2);
	*to++ = (char)byte;
	return to;
}

static char *field_point(char *to, const char *text, size_t count, uint32_t point)
{
	if (count == 1)
		return field_ascii(to, point);
	if (visible(point))
		return mempcpy(to, text, count);
	return point > 0xffff ? put_hex(to, 'U', point, 8) : put_hex(to, 'u', point, 4);
}

char *escape_field(char *to, const char *text, size_t length)
{
	const char *end = text + length;

	if (is_bare(text, length))
		return mempcpy(to, text, length);
	to = mempcpy(to, "$'", 2);
	while (text < end) {
		uint32_t point;
		size_t count = utf8_decode(text, end - text, &point);

		if (count) {
			to = field_point(to, text, count, point);
			text += count;
		} else {
			to = put_hex(to, 'x', (unsigned char)*text++, 2);
		}
	}
	*to++ = '\'';
	return to;
}

char *escape_csv(char *to, const char *text, size_t length, bool *exact)
{
	const char *end = text + length;

	while (text < end) {
		uint32_t point;
		size_t count = utf8_decode(text, (size_t)(end - text), &point);

		if (count == 0 || point < 0x20 || point == 0x7f || !visible(point)) {
			to = mempcpy(to, "\xef\xbf\xbd", 3);
			*exact = false;
		} else {
			if (point == '"')
				*to++ = '"';
			to = mempcpy(to, text, count);
		}
		text += count ? count : 1;
	}
	return to;
}

char *escape_base64(char *to, const char *bytes, size_t length)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *from = (const unsigned char *)bytes;

	for (size_t i = 0; i < length; i += 3) {
		size_t left = length - i;
		uint32_t three = (uint32_t)from[i] << 16;

		if (left > 1)
			three |= (uint32_t)from[i + 1] << 8;
		if (left > 2)
			three |= from[i + 2];
		*to++ = digits[three >> 18];
		*to++ = digits[three >> 12 & 63];
		*to++ = left > 1 ? digits[three >> 6 & 63] : '=';
		*to++ = left > 2 ? digits[three & 63] : '=';
	}
	return to;
}
