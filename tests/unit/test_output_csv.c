// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* CSV, read back by RFC 4180 alone: as many fields as the header has, and every name to its bytes.
 */
#include "tests/unit/json_fixture.h" /* for base64_decode() */

#define FIELDS_MAX 64

struct row {
	char *text[FIELDS_MAX];
	bool quoted[FIELDS_MAX];
	unsigned int count;
	char bytes[16384];
};

/* What stands between quotes; returns what comes behind. */
static const char *read_quoted(const char *at, char **to)
{
	for (at++; *at != '"' || at[1] == '"'; at++) {
		assert_true(*at);
		at += *at == '"';
		*(*to)++ = *at;
	}
	return at + 1;
}

static const char *read_bare(const char *at, char **to)
{
	for (; *at != ',' && *at != '\r'; at++) {
		assert_true(*at && *at != '"' && *at != '\n');
		*(*to)++ = *at;
	}
	return at;
}

/* One line to its CRLF; returns the next one. */
static const char *read_row(const char *at, struct row *row)
{
	char *to = row->bytes;

	for (row->count = 0;; at++) {
		assert_true(row->count < FIELDS_MAX);
		row->text[row->count] = to;
		row->quoted[row->count] = *at == '"';
		at = *at == '"' ? read_quoted(at, &to) : read_bare(at, &to);
		*to++ = '\0';
		row->count++;
		if (*at != ',')
			break;
	}
	assert_memory_equal(at, "\r\n", 2);
	return at + 2;
}

static unsigned int column(const struct row *head, const char *name)
{
	for (unsigned int i = 0; i < head->count; i++)
		if (strcmp(head->text[i], name) == 0)
			return i;
	fail_msg("no column %s", name);
	return 0;
}

static void assert_back(const struct row *head, const struct row *row, const char *field,
			const char *name)
{
	unsigned int i = column(head, field);
	char decoded[2048];

	assert_true(row->quoted[i]);
	assert_null(strpbrk(row->text[i], "\n\r\t\x1b\x7f"));
	assert_false(*row->text[i] && strchr("=+-@", *row->text[i]));
	if (!*row->text[i + 1]) {
		assert_string_equal(row->text[i], name);
		return;
	}
	assert_true(strlen(row->text[i + 1]) < sizeof(decoded));
	base64_decode(row->text[i + 1], decoded);
	assert_string_equal(decoded, name);
}

static void check_everywhere(struct fixture *f, const struct row *head, const char *name)
{
	static const char *const fields[] = {
		"path", "path_seen", "replaced_by", "comm", "exe", "user", "cgroup", "cause",
	};
	struct row row = { .count = 0 };
	char *line;

	f->deletion.op = DELETION_REPLACE;
	f->deletion.path = f->deletion.path_seen = f->deletion.replaced_by = name;
	f->deletion.comm = f->process.exe = f->process.user = name;
	f->process.cgroup = f->process.cause = name;
	fixture_forget(f);
	line = fixture_line(f);
	assert_string_equal(read_row(line, &row), "");
	assert_int_equal(row.count, head->count);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		assert_back(head, &row, fields[i], name);
	free(line);
}

static void open_csv(struct fixture *f, struct row *head)
{
	char *text;

	fixture_open(f, "csv");
	fixture_join_process(f);
	assert_int_equal(output_flush(f->out), 0);
	text = fixture_written(f->data_fd);
	assert_string_equal(read_row(text, head), "");
	free(text);
}

static void test_every_byte_and_pair(void **state)
{
	struct fixture f;
	struct row head = { .count = 0 };

	(void)state;
	open_csv(&f, &head);
	for (int first = 1; first < 256; first++)
		for (int second = 0; second < 256; second++)
			check_everywhere(&f, &head, (char[]){ (char)first, (char)second, '\0' });
	fixture_close(&f);
}

static void test_wild_names(void **state)
{
	struct fixture f;
	struct row head = { .count = 0 };

	(void)state;
	open_csv(&f, &head);
	for (size_t i = 0; i < WILD_NAMES; i++)
		check_everywhere(&f, &head, wild_names[i]);
	fixture_close(&f);
}

/* Null is an empty field without quotes; and an unknown process leaves as many fields. */
static void test_unknown(void **state)
{
	struct fixture f;
	struct row head = { .count = 0 };
	struct row row = { .count = 0 };
	char *line;

	(void)state;
	open_csv(&f, &head);
	f.deletion.process = NULL;
	f.deletion.path = NULL;
	line = fixture_line(&f);
	assert_string_equal(read_row(line, &row), "");
	assert_int_equal(row.count, head.count);
	assert_false(row.quoted[column(&head, "path")]);
	assert_string_equal(row.text[column(&head, "path")], "");
	assert_string_equal(row.text[column(&head, "exe")], "");
	assert_string_equal(row.text[column(&head, "via")], "syscall");
	assert_string_equal(row.text[column(&head, "seq")], "9223372036854775807");
	free(line);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_byte_and_pair),
		cmocka_unit_test(test_wild_names),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
