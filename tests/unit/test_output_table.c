// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The table: one tame line an event, fields that cannot pose as others, and names to be had back.
 */
#include "tests/unit/output_fixture.h"

#include <time.h>

#define TOKENS_MAX 16

struct tokens {
	char *text[TOKENS_MAX];
	bool quoted[TOKENS_MAX];
	unsigned int count;
	char bytes[32768];
};

static int hex(const char **at, int digits)
{
	int value = 0;

	for (; digits > 0; digits--, (*at)++) {
		assert_non_null(strchr("0123456789abcdef", **at));
		value = value << 4 | (**at <= '9' ? **at - '0' : **at - 'a' + 10);
	}
	return value;
}

static char *put_utf8(char *to, unsigned int point)
{
	if (point < 0x80) {
		*to++ = (char)point;
		return to;
	}
	if (point < 0x800) {
		*to++ = (char)(0xc0 | point >> 6);
	} else {
		if (point < 0x10000) {
			*to++ = (char)(0xe0 | point >> 12);
		} else {
			*to++ = (char)(0xf0 | point >> 18);
			*to++ = (char)(0x80 | (point >> 12 & 0x3f));
		}
		*to++ = (char)(0x80 | (point >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (point & 0x3f));
	return to;
}

static char *unescape(const char **at, char *to)
{
	static const char shorts[] = "n\nr\rt\t\\\\''";
	const char *letter = *at + 1;
	const char *found;

	*at += 2;
	if (*letter == 'x')
		*to++ = (char)hex(at, 2);
	else if (*letter == 'u')
		to = put_utf8(to, (unsigned int)hex(at, 4));
	else if (*letter == 'U')
		to = put_utf8(to, (unsigned int)hex(at, 8));
	else {
		for (found = shorts; *found && *found != *letter; found += 2)
			;
		assert_true(*found);
		*to++ = found[1];
	}
	return to;
}

/* What $'...' at @at stands for; moves @at behind it. */
static char *read_quoted(const char **at, char *to)
{
	*at += 2;
	while (**at != '\'') {
		assert_true(**at);
		if (**at == '\\')
			to = unescape(at, to);
		else
			*to++ = *(*at)++;
	}
	++*at;
	assert_true(**at == ' ' || **at == '\n');
	return to;
}

static char *read_bare(const char **at, char *to)
{
	while (**at != ' ' && **at != '\n')
		*to++ = *(*at)++;
	return to;
}

/* Splits a line as its description says, with no help from the code under test. */
static void split(const char *at, struct tokens *tokens)
{
	char *to = tokens->bytes;

	while (*at && *at != '\n') {
		bool quoted = strncmp(at, "$'", 2) == 0;

		if (*at == ' ') {
			at++;
			continue;
		}
		assert_true(tokens->count < TOKENS_MAX);
		tokens->text[tokens->count] = to;
		tokens->quoted[tokens->count++] = quoted;
		to = quoted ? read_quoted(&at, to) : read_bare(&at, to);
		*to++ = '\0';
	}
}

/* The head is behind us. */
static void open_table(struct fixture *f)
{
	fixture_open(f, "table");
	assert_int_equal(output_flush(f->out), 0);
	free(fixture_written(f->data_fd));
}

static void assert_line(struct fixture *f, const char *expected)
{
	char *line = fixture_line(f);

	assert_string_equal(line, expected);
	free(line);
}

static void test_head_is_written_once(void **state)
{
	struct fixture f;
	char *text;

	(void)state;
	fixture_open(&f, "table");
	fixture_join_process(&f);
	assert_int_equal(output_deletion(f.out, &f.deletion), 0);
	assert_int_equal(output_deletion(f.out, &f.deletion), 0);
	assert_int_equal(output_flush(f.out), 0);
	text = fixture_written(f.data_fd);
	assert_string_equal(
		text, "TIME         PID     USER     COMM       PARENT     OP      RESULT   PATH\n"
		      "03:03:04.123 31337   www-data rm         bash       unlink  ok       "
		      "/srv/www/a.html\n"
		      "03:03:04.123 31337   www-data rm         bash       unlink  ok       "
		      "/srv/www/a.html\n");
	free(text);
	fixture_close(&f);
}

static void test_nothing_before_the_first_flush(void **state)
{
	struct output_opts opts = { .notes_fd = -1 };
	struct output *out;

	(void)state;
	assert_int_equal(output_open("table", -1, &opts, &out), 0);
	assert_int_equal(output_close(out), 0);
}

static void test_replace_and_what_is_unproven(void **state)
{
	struct fixture f;

	(void)state;
	open_table(&f);
	fixture_join_process(&f);
	f.deletion.op = DELETION_REPLACE;
	f.deletion.replaced_by = "/tmp/new one";
	f.deletion.incomplete = 1U << INCOMPLETE_PATH_UNVERIFIED;
	assert_line(&f, "03:03:04.123 31337   www-data rm         bash       replace ok     ~ "
			"/srv/www/a.html by $'/tmp/new one'\n");
	f.deletion.replaced_by = NULL;
	f.deletion.path_seen = "/a.html";
	f.deletion.incomplete = UINT32_MAX;
	assert_line(&f, "03:03:04.123 31337   www-data rm         bash       replace ok     ~ "
			"/srv/www/a.html by ? seen as /a.html [path_truncated mount_unknown "
			"name_unread directory_unknown victim_unknown process_unknown]\n");
	fixture_close(&f);
}

static void test_outcomes(void **state)
{
	struct fixture f;

	(void)state;
	open_table(&f);
	fixture_join_process(&f);
	f.deletion.op = DELETION_RMDIR;
	f.deletion.outcome = OUTCOME_FAILED;
	f.deletion.error = ENOTEMPTY; /* longer than its column */
	assert_line(&f, "03:03:04.123 31337   www-data rm         bash       rmdir   ENOTEMPTY "
			"/srv/www/a.html\n");
	f.deletion.error = 524;
	assert_line(&f, "03:03:04.123 31337   www-data rm         bash       rmdir   524      "
			"/srv/www/a.html\n");
	f.deletion.outcome = OUTCOME_UNKNOWN;
	assert_line(&f, "03:03:04.123 31337   www-data rm         bash       rmdir   ?        "
			"/srv/www/a.html\n");
	fixture_close(&f);
}

/* What is longer than its column takes from the blanks behind it. */
static void test_long_fields_keep_the_path_in_place(void **state)
{
	struct fixture f;

	(void)state;
	open_table(&f);
	fixture_join_process(&f);
	f.deletion.comm = "containerd-shim";
	f.process.user = NULL;
	f.process.ancestor_count = 0;
	assert_line(&f, "03:03:04.123 31337   33       containerd-shim ?     unlink  ok       "
			"/srv/www/a.html\n");
	fixture_close(&f);
}

static void test_unknown(void **state)
{
	struct fixture f;

	(void)state;
	open_table(&f);
	f.deletion.path = f.deletion.comm = NULL;
	f.deletion.incomplete = 1U << INCOMPLETE_PROCESS_UNKNOWN | 1U << INCOMPLETE_NAME_UNREAD;
	assert_line(&f, "03:03:04.123 31337   ?        ?          ?          unlink  ok       "
			"? [name_unread process_unknown]\n");
	fixture_close(&f);
}

/* A name is never the "?" of what is unknown. */
static void assert_name(const struct tokens *tokens, unsigned int index, const char *name)
{
	assert_string_equal(tokens->text[index], name);
	if (strcmp(name, "?") == 0)
		assert_true(tokens->quoted[index]);
}

static void check_everywhere(struct fixture *f, const char *name)
{
	struct tokens tokens = { .count = 0 };
	char *line;

	f->deletion.op = DELETION_REPLACE;
	f->deletion.path = f->deletion.path_seen = f->deletion.replaced_by = name;
	f->deletion.comm = f->process.user = f->process.ancestors[0].comm = name;
	line = fixture_line(f);
	assert_tame_line(line);
	split(line, &tokens);
	free(line);
	assert_int_equal(tokens.count, 13);
	assert_string_equal(tokens.text[1], "31337");
	assert_name(&tokens, 2, name);
	assert_name(&tokens, 3, name);
	assert_name(&tokens, 4, name);
	assert_string_equal(tokens.text[5], "replace");
	assert_string_equal(tokens.text[6], "ok");
	assert_name(&tokens, 7, name);
	assert_string_equal(tokens.text[8], "by");
	assert_name(&tokens, 9, name);
	assert_string_equal(tokens.text[10], "seen");
	assert_string_equal(tokens.text[11], "as");
	assert_name(&tokens, 12, name);
}

static void test_every_byte_and_pair(void **state)
{
	struct fixture f;

	(void)state;
	open_table(&f);
	fixture_join_process(&f);
	for (int first = 1; first < 256; first++)
		for (int second = 0; second < 256; second++)
			check_everywhere(&f, (char[]){ (char)first, (char)second, '\0' });
	fixture_close(&f);
}

static void test_wild_names(void **state)
{
	struct fixture f;

	(void)state;
	open_table(&f);
	fixture_join_process(&f);
	for (size_t i = 0; i < WILD_NAMES; i++)
		check_everywhere(&f, wild_names[i]);
	fixture_close(&f);
}

static void test_long_paths_are_whole(void **state)
{
	static const size_t lengths[] = { 255, 3000, 4096, 5000 };
	struct fixture f;

	(void)state;
	open_table(&f);
	fixture_join_process(&f);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		char name[5001] = "";

		memset(name, 'x', lengths[i]);
		check_everywhere(&f, name);
		memset(name, 0x01, lengths[i]);
		check_everywhere(&f, name);
	}
	fixture_close(&f);
}

/* bash itself, told to print every wild name and every byte as the table shows it. */
static void test_a_shell_reads_it_back(void **state)
{
	char script[] = "/tmp/whodel-table-XXXXXX";
	char command[128];
	char name[3] = "";
	char bytes[256];
	struct fixture f;
	FILE *bash, *to;
	int fd;

	(void)state;
	open_table(&f);
	fd = mkstemp(script);
	assert_true(fd >= 0);
	to = fdopen(fd, "w");
	for (size_t i = 1; i < 256 + WILD_NAMES; i++) {
		char *line;

		name[0] = (char)i;
		f.deletion.path = i < 256 ? name : wild_names[i - 256];
		line = fixture_line(&f);
		fprintf(to, "printf '%%s\\0' %s", line + 69);
		free(line);
	}
	assert_int_equal(fclose(to), 0);
	snprintf(command, sizeof(command), "LC_ALL=C.UTF-8 bash %s", script);
	bash = popen(command, "r"); /* NOLINT(cert-env33-c): a shell is what is tested */
	assert_non_null(bash);
	for (size_t i = 1; i < 256 + WILD_NAMES; i++) {
		char *read = bytes;
		int c;

		while ((c = getc(bash)) > 0 && read < bytes + sizeof(bytes) - 1)
			*read++ = (char)c;
		*read = '\0';
		assert_int_equal(c, 0);
		name[0] = (char)i;
		assert_string_equal(bytes, i < 256 ? name : wild_names[i - 256]);
	}
	assert_int_equal(pclose(bash), 0);
	unlink(script);
	fixture_close(&f);
}

static void check_notes(struct fixture *f, const char *expected)
{
	char *text = fixture_written(f->notes_fd);

	assert_string_equal(text, expected);
	free(text);
	text = fixture_written(f->data_fd);
	assert_string_equal(text, "");
	free(text);
}

static void test_summary(void **state)
{
	struct summary summary = {
		.seen = 5,
		.delivered = 5,
		.transport = "ring",
		.buffer_bytes = (8 << 20) + 3 * 4096,
		.probe = "tracepoint",
		.seconds = 3.21,
	};
	struct fixture f;

	(void)state;
	open_table(&f);
	assert_int_equal(output_summary(f.out, &summary), 0);
	check_notes(&f, "5 deletions seen: 5 shown, 0 filtered, 0 lost "
			"(ring, 8.0 MiB, tracepoint probe, 3.2 s)\n");
	summary.seen = 9;
	summary.filtered = 1;
	summary.lost = 3;
	summary.losses[0].reason = "buffer full";
	summary.losses[0].count = 2;
	summary.losses[1].reason = "skipped by the kernel";
	summary.losses[1].count = 1;
	assert_int_equal(output_summary(f.out, &summary), 0);
	check_notes(&f, "9 deletions seen: 5 shown, 1 filtered, 3 lost "
			"(ring, 8.0 MiB, tracepoint probe, 3.2 s)\n"
			"3 lost: buffer full (2), skipped by the kernel (1); try --buffer 16M\n");
	fixture_close(&f);
}

/* More memory is advice only where memory was short, and never more than a buffer can be. */
static void test_advice(void **state)
{
	struct summary summary = {
		.seen = 1,
		.lost = 1,
		.losses = { { "record too long", 1 } },
		.transport = "perf",
		.buffer_bytes = 24576,
		.probe = "tracepoint",
	};
	struct fixture f;

	(void)state;
	open_table(&f);
	assert_int_equal(output_summary(f.out, &summary), 0);
	check_notes(&f, "1 deletion seen: 0 shown, 0 filtered, 1 lost "
			"(perf, 24.0 KiB, tracepoint probe, 0.0 s)\n1 lost: record too long (1)\n");
	summary.losses[0].reason = "buffer full";
	assert_int_equal(output_summary(f.out, &summary), 0);
	check_notes(&f, "1 deletion seen: 0 shown, 0 filtered, 1 lost "
			"(perf, 24.0 KiB, tracepoint probe, 0.0 s)\n"
			"1 lost: buffer full (1); try --buffer 8M\n");
	summary.buffer_bytes = 1ULL << 30;
	assert_int_equal(output_summary(f.out, &summary), 0);
	check_notes(&f, "1 deletion seen: 0 shown, 0 filtered, 1 lost "
			"(perf, 1.0 GiB, tracepoint probe, 0.0 s)\n"
			"1 lost: buffer full (1); try --buffer 2048M\n");
	summary.buffer_bytes = 2ULL << 30;
	assert_int_equal(output_summary(f.out, &summary), 0);
	check_notes(&f, "1 deletion seen: 0 shown, 0 filtered, 1 lost "
			"(perf, 2.0 GiB, tracepoint probe, 0.0 s)\n1 lost: buffer full (1)\n");
	fixture_close(&f);
}

static void test_loss(void **state)
{
	const struct loss_by by[] = { { 991, "r m\n", 2 }, { 0, NULL, 1 } };
	struct loss loss = {
		.lost = 3,
		.reason = "buffer full",
		.since = { 1767322984, 1000000 },
		.until = { 1767322985, 999999999 },
		.by = by,
		.by_count = 2,
	};
	struct fixture f;

	(void)state;
	open_table(&f);
	assert_int_equal(output_loss(f.out, &loss), 0);
	check_notes(&f, "whodel: 3 deletions lost, 03:03:04.001 to 03:03:05.999: buffer full "
			"($'r m\\n'[991]: 2, others: 1)\n");
	loss.by = NULL;
	loss.lost = 1;
	assert_int_equal(output_loss(f.out, &loss), 0);
	check_notes(&f, "whodel: 1 deletion lost, 03:03:04.001 to 03:03:05.999: buffer full\n");
	fixture_close(&f);
}

static void test_time_is_local(void **state)
{
	struct fixture f;

	(void)state;
	setenv("TZ", "UTC-5:30", 1);
	tzset();
	open_table(&f);
	fixture_join_process(&f);
	assert_line(&f, "08:33:04.123 31337   www-data rm         bash       unlink  ok       "
			"/srv/www/a.html\n");
	fixture_close(&f);
	setenv("TZ", "UTC", 1);
	tzset();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_head_is_written_once),
		cmocka_unit_test(test_nothing_before_the_first_flush),
		cmocka_unit_test(test_replace_and_what_is_unproven),
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_long_fields_keep_the_path_in_place),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_every_byte_and_pair),
		cmocka_unit_test(test_wild_names),
		cmocka_unit_test(test_long_paths_are_whole),
		cmocka_unit_test(test_a_shell_reads_it_back),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_advice),
		cmocka_unit_test(test_loss),
		cmocka_unit_test(test_time_is_local),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
