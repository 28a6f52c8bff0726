// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The escape functions alone: what they write, byte for byte, and that they stay in their room. */
#include "tests/unit/output_fixture.h"

#include "output/escape.h"

struct expected {
	const char *text;
	const char *escaped;
};

static const struct expected json[] = {
	{ "", "" },
	{ "plain /a-z_9~", "plain /a-z_9~" },
	{ "\"\\", "\\\"\\\\" },
	{ "\b\f\n\r\t", "\\b\\f\\n\\r\\t" },
	{ "\x01\x1f\x7f", "\\u0001\\u001f\\u007f" },
	{ "\xc2\x80\xc2\x9f\xc2\xa0", "\\u0080\\u009f\xc2\xa0" },
	{ "\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f", "\\u061c\\u200e\\u200f" },
	/* NOLINTNEXTLINE(misc-misleading-bidirectional): what is tested */
	{ "\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xae\xe2\x80\xaf",
	  "\xe2\x80\xa7\\u2028\\u202e\xe2\x80\xaf" },
	{ "\xe2\x81\xa5\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa",
	  "\xe2\x81\xa5\\u2066\\u2069\xe2\x81\xaa" },
	{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
};

static const struct expected field[] = {
	{ "", "$''" },
	{ "/srv/www/a-b_c.d,e:f=g@h%i+j^k", "/srv/www/a-b_c.d,e:f=g@h%i+j^k" },
	{ "a~#", "a~#" },
	{ "~", "$'~'" },
	{ "#", "$'#'" },
	{ "a b", "$'a b'" },
	{ "?", "$'?'" },
	{ "it's", "$'it\\'s'" },
	{ "a\\b", "$'a\\\\b'" },
	{ "\n\r\t\x1b\x7f", "$'\\n\\r\\t\\x1b\\x7f'" },
	{ "\xff"
	  "1",
	  "$'\\xff1'" },
	{ "\xe6\x96\x87\xe4\xbb\xb6", "\xe6\x96\x87\xe4\xbb\xb6" },
	{ "\xe6\x96\x87 x", "$'\xe6\x96\x87 x'" },
	/* NOLINTNEXTLINE(misc-misleading-bidirectional): what is tested */
	{ "\xe2\x80\xae", "$'\\u202e'" },
	{ "\xc2\x85\xc2\xa0", "$'\\u0085\\u00a0'" },
	{ "\xe3\x80\x80", "$'\\u3000'" },
	{ "\xf3\xa0\x80\x81", "$'\\U000e0001'" },
	{ "\xee\x80\x80", "\xee\x80\x80" }, /* private use */
};

static const struct expected base64[] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
	{ "\xfb\xef\xbe\xff", "++++/w==" },
};

static char *field_of(char *to, const char *text, size_t length)
{
	return escape_field(to, text, length);
}

static char *json_of(char *to, const char *text, size_t length)
{
	bool utf8 = true;
	char *end = escape_json(to, text, length, &utf8);

	assert_true(utf8);
	return end;
}

static void check(char *(*escape)(char *, const char *, size_t), const struct expected *list,
		  size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char room[256];
		char *end = escape(room, list[i].text, strlen(list[i].text));

		*end = '\0';
		assert_string_equal(room, list[i].escaped);
	}
}

static void test_json(void **state)
{
	(void)state;
	check(json_of, json, sizeof(json) / sizeof(json[0]));
}

static void test_field(void **state)
{
	(void)state;
	check(field_of, field, sizeof(field) / sizeof(field[0]));
}

/* RFC 4648's own vectors, and one with the last two digits. */
static void test_base64(void **state)
{
	(void)state;
	check(escape_base64, base64, sizeof(base64) / sizeof(base64[0]));
}

static void test_json_tells_what_is_not_utf8(void **state)
{
	char room[64];
	bool utf8 = true;

	(void)state;
	*escape_json(room, "a\xff\xc3", 3, &utf8) = '\0';
	assert_string_equal(room, "a\xef\xbf\xbd\xef\xbf\xbd");
	assert_false(utf8);
}

static size_t encode(uint32_t point, char *to)
{
	size_t count = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
	static const unsigned char leads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = count; i-- > 1; point >>= 6)
		to[i] = (char)(0x80 | (point & 0x3f));
	to[0] = (char)(leads[count] | point);
	return count;
}

static void test_every_code_point_decodes(void **state)
{
	(void)state;
	for (uint32_t point = 0; point <= 0x10ffff; point++) {
		bool surrogate = point >= 0xd800 && point <= 0xdfff;
		uint32_t decoded = ~point;
		char text[4];
		size_t length = encode(point, text);

		assert_int_equal(utf8_decode(text, length, &decoded), surrogate ? 0 : length);
		assert_int_equal(decoded, surrogate ? ~point : point);
		assert_int_equal(utf8_valid(text, length), !surrogate);
		if (length > 1)
			assert_int_equal(utf8_decode(text, length - 1, &decoded), 0);
	}
}

/* Of all byte strings of four, as many are one character of four bytes as there are such. */
static void test_no_other_sequence_decodes(void **state)
{
	unsigned int valid[5] = { 0 };

	(void)state;
	for (uint32_t bytes = 0; bytes <= 0xffffff; bytes++) {
		char text[4] = { (char)(bytes >> 16), (char)(bytes >> 8), (char)bytes, (char)0x80 };
		uint32_t point;

		valid[utf8_decode(text, sizeof(text), &point)]++;
	}
	assert_int_equal(valid[1], 128 << 16);
	assert_int_equal(valid[2], (0x800 - 0x80) << 8);
	assert_int_equal(valid[3], 0x10000 - 0x800 - 0x800);
	assert_int_equal(valid[4], 0x100000 >> 6);
}

/* Rooms of exactly the size promised: the address sanitizer looks. */
static void test_room_suffices(void **state)
{
	static const unsigned char worst[] = { 0x01, 0x7f, 0xff, '\'', '\\', '"', 'a', ' ' };

	(void)state;
	for (size_t i = 0; i < sizeof(worst); i++) {
		for (size_t length = 0; length < 9; length++) {
			char *text = test_malloc(length + 1);
			char *to = test_malloc(ESCAPE_JSON_SIZE(length) + 1);
			char *to_field = test_malloc(ESCAPE_FIELD_SIZE(length));
			char *to_base64 = test_malloc(ESCAPE_BASE64_SIZE(length) + 1);
			bool utf8;

			memset(text, worst[i], length);
			assert_true(escape_json(to, text, length, &utf8) <=
				    to + ESCAPE_JSON_SIZE(length));
			assert_true(escape_field(to_field, text, length) <=
				    to_field + ESCAPE_FIELD_SIZE(length));
			assert_true(escape_base64(to_base64, text, length) ==
				    to_base64 + ESCAPE_BASE64_SIZE(length));
			test_free(text);
			test_free(to);
			test_free(to_field);
			test_free(to_base64);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_field),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_json_tells_what_is_not_utf8),
		cmocka_unit_test(test_every_code_point_decodes),
		cmocka_unit_test(test_no_other_sequence_decodes),
		cmocka_unit_test(test_room_suffices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
