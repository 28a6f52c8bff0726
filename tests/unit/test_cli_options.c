// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The command line: what it takes, what it refuses, and that nothing is ignored. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/options.h"

#define WORDS_MAX 24

static struct options options;

/* The words are whodel's arguments; a space parts them. */
static enum options_result parse(const char *words)
{
	static char copy[256];
	static char name[] = "whodel";
	static char *argv[WORDS_MAX + 2];
	int argc = 1;

	options_free(&options);
	argv[0] = name;
	strcpy(copy, words);
	for (char *word = strtok(copy, " "); word && argc <= WORDS_MAX; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	return options_parse(argc, argv, &options);
}

static void test_nothing(void **state)
{
	(void)state;
	assert_int_equal(parse(""), OPTIONS_GO);
	assert_string_equal(options.format, "table");
	assert_string_equal(options.probe, "auto");
	assert_int_equal(options.transport, BPFCHAN_AUTO);
	assert_int_equal(options.args, PROBE_ARGS_FULL);
	assert_int_equal(options.buffer_bytes, 0);
	assert_int_equal(options.count, 0);
	assert_false(options.failed);
	assert_false(options.collapse);
	assert_null(options.command);
}

static void test_all(void **state)
{
	(void)state;
	assert_int_equal(parse("-x -v --collapse -o json -d 1.5 -n 7 -p 12 --pid 13 -u 0 -c rm"),
			 OPTIONS_GO);
	assert_true(options.failed && options.verbose && options.collapse);
	assert_string_equal(options.format, "json");
	assert_true(options.duration > 1.4 && options.duration < 1.6);
	assert_int_equal(options.count, 7);
	assert_int_equal(options.filter.pids.count, 2);
	assert_int_equal(options.filter.pids.items[1], 13);
	assert_int_equal(options.filter.uids.items[0], 0);
	assert_string_equal(options.filter.comms.items[0], "rm");
	assert_int_equal(parse("--path=/a* --exclude /b --args none --transport perf --pages 8"),
			 OPTIONS_GO);
	assert_string_equal(options.filter.paths.items[0], "/a*");
	assert_string_equal(options.filter.excludes.items[0], "/b");
	assert_int_equal(options.args, PROBE_ARGS_NONE);
	assert_int_equal(options.transport, BPFCHAN_PERF);
	assert_int_equal(options.perf_pages, 8);
	assert_int_equal(parse("-u root --buffer 64K --probe tracepoint"), OPTIONS_GO);
	assert_int_equal(options.filter.uids.items[0], 0);
	assert_int_equal(options.buffer_bytes, 65536);
	assert_string_equal(options.probe, "tracepoint");
}

static void test_command(void **state)
{
	(void)state;
	assert_int_equal(parse("-x -- rm -rf -x --help"), OPTIONS_GO);
	assert_string_equal(options.command[0], "rm");
	assert_string_equal(options.command[3], "--help");
	assert_null(options.command[4]);
	assert_int_equal(parse("-- sh -- -c"), OPTIONS_GO);
	assert_string_equal(options.command[1], "--");
}

static void test_answers(void **state)
{
	(void)state;
	assert_int_equal(parse("--help"), OPTIONS_DONE);
	assert_int_equal(parse("-h"), OPTIONS_DONE);
	assert_int_equal(parse("--version"), OPTIONS_DONE);
}

static void test_refuses(void **state)
{
	static const char *const wrong[] = {
		"--nonsense",
		"-Z",
		"stray",
		"rm -rf",
		"--",
		"-x --",
		"--buffer",
		"-o",
		"--buffer 0",
		"--buffer 12Q",
		"--buffer 1KB",
		"--buffer -1",
		"--buffer +1",
		"--buffer K",
		"--buffer 0x10",
		"--buffer 99999999999999999999",
		"--buffer 99999999999T",
		"--pages 7 --transport perf",
		"--pages 0 --transport perf",
		"--pages -8 --transport perf",
		"--pages 8",
		"--pages 8 --transport ring",
		"--transport perf --pages 8 --buffer 1M",
		"--transport pipe",
		"-o xml",
		"--args all",
		"--probe magic",
		"-p 0",
		"-p -1",
		"-p x",
		"-p 1x",
		"-p 99999999999",
		"-u no-such-user-anywhere",
		"-c sixteen-bytes-xx",
		"-d 0",
		"-d -1",
		"-d x",
		"-d inf",
		"-d nan",
		"-d 1s",
		"-n 0",
		"-n -1",
		"-n x",
		"--help=x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (parse(wrong[i]) != OPTIONS_WRONG)
			fail_msg("taken: %s", wrong[i]);
}

static void test_sizes(void **state)
{
	static const struct {
		const char *text;
		size_t bytes;
	} cases[] = {
		{ "0", 0 },	      { "1", 1 },
		{ "64K", 65536 },     { "64k", 65536 },
		{ "8M", 8 << 20 },    { "1G", 1 << 30 },
		{ "2T", 2ULL << 40 }, { "16777215T", 16777215ULL << 40 },
	};
	size_t bytes;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bytes = 4711;
		assert_int_equal(parse_size(cases[i].text, &bytes), 0);
		assert_int_equal(bytes, cases[i].bytes);
	}
	bytes = 4711;
	assert_int_equal(parse_size("16777216T", &bytes), -EINVAL);
	assert_int_equal(parse_size("", &bytes), -EINVAL);
	assert_int_equal(parse_size(" 1", &bytes), -EINVAL);
	assert_int_equal(parse_size("1 ", &bytes), -EINVAL);
	assert_int_equal(bytes, 4711);
}

static int free_last(void **state)
{
	(void)state;
	options_free(&options);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing), cmocka_unit_test(test_all),
		cmocka_unit_test(test_command), cmocka_unit_test(test_answers),
		cmocka_unit_test(test_refuses), cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, free_last);
}
