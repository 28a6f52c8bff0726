// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* JSON lines, read back by another parser: fields, nulls, and every name to its exact bytes. */
#include "tests/unit/json_fixture.h"

static void assert_name(json_t *object, const char *key, const char *expected)
{
	char raw[64];

	snprintf(raw, sizeof(raw), "%s_raw", key);
	assert_reverses(json_object_get(object, key), json_object_get(object, raw), expected);
}

static void assert_names(json_t *event, const char *name)
{
	json_t *args = json_object_get(event, "args");
	json_t *args_raw = json_object_get(event, "args_raw");

	assert_name(event, "path", name);
	assert_name(event, "path_seen", name);
	assert_name(event, "replaced_by", name);
	assert_name(event, "comm", name);
	assert_name(event, "exe", name);
	assert_name(event, "user", name);
	assert_name(json_array_get(json_object_get(event, "ancestors"), 0), "comm", name);
	assert_int_equal(json_array_size(args), 2);
	if (args_raw) {
		char first[16];

		assert_int_equal(json_array_size(args_raw), 2);
		base64_decode(json_string_value(json_array_get(args_raw, 0)), first);
		assert_string_equal(first, "rm");
	}
	assert_string_equal(json_string_value(json_array_get(args, 0)), "rm");
	assert_reverses(json_array_get(args, 1), json_array_get(args_raw, 1), name);
}

static void check_everywhere(struct fixture *f, const char *name)
{
	json_t *event;

	fixture_forget(f);
	f->deletion.op = DELETION_REPLACE;
	f->deletion.path = f->deletion.path_seen = f->deletion.replaced_by = name;
	f->deletion.comm = f->process.exe = f->process.user = name;
	f->process.cgroup = f->process.unit = f->process.container = f->process.cause = name;
	f->process.args[1] = name;
	f->process.arg_count = 2;
	f->process.ancestors[0].comm = name;
	event = parse_line(f);
	assert_names(event, name);
	json_decref(event);
}

static void test_every_byte_and_pair(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, "json");
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
	fixture_open(&f, "json");
	fixture_join_process(&f);
	for (size_t i = 0; i < WILD_NAMES; i++)
		check_everywhere(&f, wild_names[i]);
	fixture_close(&f);
}

static void test_long_names(void **state)
{
	static const size_t lengths[] = { 255, 3000, 4096, 5000 };
	struct fixture f;

	(void)state;
	fixture_open(&f, "json");
	fixture_join_process(&f);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		char name[5001] = "";

		memset(name, 'x', lengths[i]);
		check_everywhere(&f, name);
		memset(name, 0x01, lengths[i]); /* six times as long when escaped */
		check_everywhere(&f, name);
		memset(name, 0xff, lengths[i]);
		check_everywhere(&f, name);
	}
	fixture_close(&f);
}

/* Every field of the contract, in its order, with its value. */
static void test_whole_event(void **state)
{
	struct fixture f;
	char *line;

	(void)state;
	fixture_open(&f, "json");
	fixture_join_process(&f);
	f.deletion.seq = UINT64_MAX;
	for (int i = 0; i < 2; i++) { /* the second time from what the process keeps */
		line = fixture_line(&f);
		assert_string_equal(
			line,
			"{\"type\":\"deletion\",\"schema\":1,\"time\":\"2026-01-02T03:03:04."
			"123456789Z\","
			"\"op\":\"unlink\",\"ok\":true,\"error\":null,\"path\":\"/srv/www/a.html\","
			"\"incomplete\":[],\"inode\":131074,\"generation\":3000000000,"
			"\"device\":\"8:1\",\"size\":4711,\"links\":2,\"kind\":\"file\",\"owner\":"
			"33,"
			"\"pid\":31337,\"tid\":31338,\"comm\":\"rm\",\"start_time\":981000000000,"
			"\"ppid\":991,"
			"\"exe\":\"/usr/bin/rm\",\"args\":[\"rm\",\"-f\",\"a.html\"],\"uid\":33,"
			"\"user\":\"www-data\",\"euid\":0,\"login_uid\":1000,\"audit_session\":7,"
			"\"ancestors\":[{\"pid\":991,\"comm\":\"bash\"},{\"pid\":1,\"comm\":"
			"\"systemd\"}],"
			"\"mount_namespace\":4026531841,\"cgroup\":\"/system.slice/"
			"cron.service\",\"unit\":"
			"\"cron.service\","
			"\"container\":null,\"cause\":\"cron\","
			"\"via\":\"syscall\",\"cpu\":1,\"seq\":18446744073709551615}\n");
		free(line);
		assert_non_null(f.process.rendered);
	}
	fixture_close(&f);
}

/* The other side of a rename, who carried it out, and where a stored event comes from. */
static void test_optional_fields(void **state)
{
	struct fixture f;
	json_t *event;

	(void)state;
	fixture_open(&f, "json");
	f.deletion.op = DELETION_MOVE;
	f.deletion.via = VIA_IO_URING;
	f.deletion.to = "/srv/www/b.html";
	f.deletion.host = "web1";
	f.deletion.boot = "a-b-c";
	event = parse_line(&f);
	assert_string_equal(json_string_value(json_object_get(event, "op")), "move");
	assert_string_equal(json_string_value(json_object_get(event, "to")), "/srv/www/b.html");
	assert_string_equal(json_string_value(json_object_get(event, "via")), "io_uring");
	assert_string_equal(json_string_value(json_object_get(event, "host")), "web1");
	assert_string_equal(json_string_value(json_object_get(event, "boot")), "a-b-c");
	assert_null(json_object_get(event, "replaced_by"));
	json_decref(event);
	f.deletion.op = DELETION_TRUNCATE;
	f.deletion.via = VIA_KERNEL;
	f.deletion.host = f.deletion.boot = NULL;
	event = parse_line(&f);
	assert_string_equal(json_string_value(json_object_get(event, "op")), "truncate");
	assert_string_equal(json_string_value(json_object_get(event, "via")), "kernel");
	assert_null(json_object_get(event, "to"));
	assert_null(json_object_get(event, "host"));
	assert_null(json_object_get(event, "boot"));
	json_decref(event);
	fixture_close(&f);
}

static void assert_null_keys(json_t *event, const char *const *keys)
{
	for (; *keys; keys++)
		if (!json_is_null(json_object_get(event, *keys)))
			fail_msg("%s is not null", *keys);
}

static void test_unknown_is_null(void **state)
{
	static const char *const keys[] = {
		"ok",	     "error",
		"path",	     "replaced_by",
		"inode",     "generation",
		"device",    "size",
		"links",     "kind",
		"owner",     "start_time",
		"ppid",	     "exe",
		"args",	     "uid",
		"user",	     "euid",
		"login_uid", "audit_session",
		"ancestors", "mount_namespace",
		"cgroup",    "unit",
		"container", "cause",
		NULL,
	};
	struct fixture f;
	json_t *event;

	(void)state;
	fixture_open(&f, "json"); /* no process joined */
	f.deletion.op = DELETION_REPLACE;
	f.deletion.outcome = OUTCOME_UNKNOWN;
	f.deletion.path = f.deletion.comm = NULL;
	f.deletion.identity.known = false;
	event = parse_line(&f);
	assert_null_keys(event, keys);
	assert_null(json_object_get(event, "path_seen"));
	assert_int_equal(json_integer_value(json_object_get(event, "pid")), 31337);
	json_decref(event);
	fixture_close(&f);
}

static void test_process_half_known(void **state)
{
	static const char *const keys[] = {
		"exe", "args", "user", "login_uid", "audit_session", "size", "kind", NULL,
	};
	struct fixture f;
	json_t *event;

	(void)state;
	fixture_open(&f, "json");
	fixture_join_process(&f);
	f.process.exe = f.process.user = NULL;
	f.process.args_known = false;
	f.process.login_uid = f.process.audit_session = UINT32_MAX;
	f.process.ancestor_count = 0;
	f.deletion.identity.size_known = false;
	f.deletion.identity.mode = 0;
	event = parse_line(&f);
	assert_null_keys(event, keys);
	assert_int_equal(json_array_size(json_object_get(event, "ancestors")), 0);
	assert_true(json_is_array(json_object_get(event, "ancestors")));
	json_decref(event);
	fixture_close(&f);
}

static void check_error(struct fixture *f, int error, const char *name)
{
	json_t *event;

	f->deletion.outcome = OUTCOME_FAILED;
	f->deletion.error = error;
	event = parse_line(f);
	assert_true(json_is_false(json_object_get(event, "ok")));
	assert_string_equal(json_string_value(json_object_get(event, "error")), name);
	json_decref(event);
}

static void test_errors(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, "json");
	check_error(&f, ENOENT, "ENOENT");
	check_error(&f, ENOTEMPTY, "ENOTEMPTY");
	check_error(&f, 524, "524"); /* the kernel's own ENOTSUPP has no name here */
	fixture_close(&f);
}

static void test_incomplete(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, "json");
	for (uint32_t bits = 0; bits < 1U << (INCOMPLETE_REASONS + 1); bits++) {
		json_t *event, *reason;
		uint32_t seen = 0;
		size_t i;

		f.deletion.incomplete = bits;
		event = parse_line(&f);
		json_array_foreach(json_object_get(event, "incomplete"), i,
				   reason) for (int bit = 0; bit < INCOMPLETE_REASONS;
						bit++) if (strcmp(json_string_value(reason),
								  incomplete_name(bit)) == 0)
			seen |= 1U << bit;
		assert_int_equal(seen, bits & ((1U << INCOMPLETE_REASONS) - 1));
		assert_int_equal(i, __builtin_popcount(seen));
		json_decref(event);
	}
	fixture_close(&f);
}

/* The kept second changes with the event's, backwards too. */
static void test_time(void **state)
{
	static const struct {
		struct timespec time;
		const char *text;
	} times[] = {
		{ { 0, 0 }, "1970-01-01T00:00:00.000000000Z" },
		{ { 951782399, 999999999 }, "2000-02-28T23:59:59.999999999Z" },
		{ { 951782400, 1 }, "2000-02-29T00:00:00.000000001Z" },
		{ { 951782399, 5 }, "2000-02-28T23:59:59.000000005Z" },
		{ { 4102444800, 120000000 }, "2100-01-01T00:00:00.120000000Z" },
	};
	struct fixture f;

	(void)state;
	fixture_open(&f, "json");
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		json_t *event;

		f.deletion.time = times[i].time;
		event = parse_line(&f);
		assert_string_equal(json_string_value(json_object_get(event, "time")),
				    times[i].text);
		json_decref(event);
	}
	fixture_close(&f);
}

static void test_loss(void **state)
{
	const struct loss_by by[] = { { 991, "r\xff", 2 }, { 0, NULL, 1 } };
	const struct loss loss = {
		.lost = 3,
		.reason = "buffer full",
		.since = { 1767322984, 0 },
		.until = { 1767322985, 7 },
		.by = by,
		.by_count = 2,
	};
	struct fixture f;
	char *line;

	(void)state;
	fixture_open(&f, "json");
	assert_int_equal(output_loss(f.out, &loss), 0);
	line = fixture_written(f.data_fd);
	assert_string_equal(line,
			    "{\"type\":\"loss\",\"schema\":1,\"lost\":3,\"reason\":\"buffer full\","
			    "\"since\":\"2026-01-02T03:03:04.000000000Z\","
			    "\"until\":\"2026-01-02T03:03:05.000000007Z\","
			    "\"by\":[{\"pid\":991,\"comm\":\"r\xef\xbf\xbd\",\"comm_raw\":\"cv8=\","
			    "\"lost\":2},{\"pid\":null,\"comm\":null,\"lost\":1}]}\n");
	json_decref(parse(line));
	free(line);
	fixture_close(&f);
}

static void test_summary(void **state)
{
	const struct summary summary = {
		.seen = 10,
		.delivered = 5,
		.filtered = 2,
		.lost = 3,
		.losses = { { "buffer full", 2 }, { "skipped by the kernel", 1 } },
		.skipped = 1,
		.transport = "ring",
		.buffer_bytes = 8400896,
		.probe = "tracepoint",
		.seconds = 3.0405,
	};
	struct fixture f;
	char *line;

	(void)state;
	fixture_open(&f, "json");
	assert_int_equal(output_summary(f.out, &summary), 0);
	line = fixture_written(f.data_fd);
	assert_string_equal(line,
			    "{\"type\":\"summary\",\"schema\":1,\"seen\":10,\"delivered\":5,"
			    "\"filtered\":2,\"lost\":3,\"losses\":{\"buffer full\":2,"
			    "\"skipped by the kernel\":1},\"skipped\":1,\"transport\":\"ring\","
			    "\"buffer_bytes\":8400896,\"probe\":\"tracepoint\","
			    "\"seconds\":3.041}\n");
	json_decref(parse(line));
	free(line);
	line = fixture_written(f.notes_fd);
	assert_string_equal(line, "");
	free(line);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_byte_and_pair),
		cmocka_unit_test(test_wild_names),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_whole_event),
		cmocka_unit_test(test_optional_fields),
		cmocka_unit_test(test_unknown_is_null),
		cmocka_unit_test(test_process_half_known),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_incomplete),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_loss),
		cmocka_unit_test(test_summary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
