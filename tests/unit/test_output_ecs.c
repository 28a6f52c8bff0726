// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* ECS documents, read back by another parser: each field where ECS has it and of ECS's type. */
#include "tests/unit/json_fixture.h"

#include <time.h>

/* "process.parent.pid"; NULL: absent */
static json_t *field(json_t *document, const char *path)
{
	char copy[64];
	char *rest = copy;
	const char *key;

	assert_true(strlen(path) < sizeof(copy));
	strcpy(copy, path);
	while (document && (key = strsep(&rest, ".")))
		document = json_object_get(document, key);
	return document;
}

static void assert_text(json_t *document, const char *path, const char *expected)
{
	json_t *value = field(document, path);

	if (!json_is_string(value) || strcmp(json_string_value(value), expected) != 0)
		fail_msg("%s is not %s", path, expected);
}

static void assert_integer(json_t *document, const char *path, json_int_t expected)
{
	json_t *value = field(document, path);

	if (!json_is_integer(value) || json_integer_value(value) != expected)
		fail_msg("%s is not %lld", path, (long long)expected);
}

static void assert_absent(json_t *document, const char *path)
{
	if (field(document, path))
		fail_msg("%s is there", path);
}

/* An array of one text. */
static void assert_one(json_t *document, const char *path, const char *expected)
{
	json_t *value = field(document, path);

	assert_int_equal(json_array_size(value), 1);
	assert_string_equal(json_string_value(json_array_get(value, 0)), expected);
}

static void assert_file(json_t *event)
{
	assert_text(event, "file.path", "/srv/www/a.html");
	assert_text(event, "file.directory", "/srv/www");
	assert_text(event, "file.name", "a.html");
	assert_text(event, "file.extension", "html");
	assert_text(event, "file.inode", "131074");
	assert_text(event, "file.device", "8:1");
	assert_integer(event, "file.size", 4711);
	assert_text(event, "file.uid", "33");
	assert_text(event, "file.mode", "0644");
	assert_text(event, "file.type", "file");
}

static void assert_process(json_t *event)
{
	assert_integer(event, "process.pid", 31337);
	assert_integer(event, "process.thread.id", 31338);
	assert_text(event, "process.thread.name", "rm");
	assert_text(event, "process.executable", "/usr/bin/rm");
	assert_integer(event, "process.args_count", 3);
	assert_int_equal(json_array_size(field(event, "process.args")), 3);
	assert_integer(event, "process.parent.pid", 991);
	assert_text(event, "process.parent.name", "bash");
	assert_text(event, "user.id", "33");
	assert_text(event, "user.name", "www-data");
	assert_text(event, "user.effective.id", "0");
}

static void assert_own(json_t *event)
{
	assert_text(event, "whodel.via", "syscall");
	assert_integer(event, "whodel.cpu", 1);
	assert_int_equal(json_array_size(field(event, "whodel.incomplete")), 0);
	assert_integer(event, "whodel.generation", 3000000000);
	assert_integer(event, "whodel.links", 2);
	assert_integer(event, "whodel.login_uid", 1000);
	assert_integer(event, "whodel.audit_session", 7);
	assert_int_equal(json_array_size(field(event, "whodel.ancestors")), 2);
	assert_text(event, "whodel.cgroup", "/system.slice/cron.service");
	assert_text(event, "whodel.unit", "cron.service");
	assert_text(event, "whodel.cause", "cron");
}

static void test_whole_event(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, "ecs");
	fixture_join_process(&f);
	for (int i = 0; i < 2; i++) { /* the second time from what the process keeps */
		json_t *event = parse_line(&f);

		assert_text(event, "@timestamp", "2026-01-02T03:03:04.123456789Z");
		assert_true(json_is_string(field(event, "ecs.version")));
		assert_text(event, "event.kind", "event");
		assert_one(event, "event.category", "file");
		assert_one(event, "event.type", "deletion");
		assert_text(event, "event.action", "unlink");
		assert_text(event, "event.outcome", "success");
		assert_absent(event, "error");
		assert_file(event);
		assert_process(event);
		assert_own(event);
		json_decref(event);
		assert_non_null(f.process.rendered);
	}
	fixture_close(&f);
}

/* Not the first thread: its name is not the process's. */
static void test_thread(void **state)
{
	struct fixture f;
	json_t *event;

	(void)state;
	fixture_open(&f, "ecs");
	fixture_join_process(&f);
	event = parse_line(&f);
	assert_absent(event, "process.name");
	json_decref(event);
	f.deletion.tid = f.deletion.pid;
	event = parse_line(&f);
	assert_text(event, "process.name", "rm");
	json_decref(event);
	fixture_close(&f);
}

static void test_nothing_known(void **state)
{
	static const char *const absent[] = {
		"file",		"user",		 "container",	     "process.executable",
		"process.args", "process.start", "process.parent",   "process.entity_id",
		"whodel.links", "whodel.cgroup", "whodel.ancestors",
	};
	struct fixture f;
	json_t *event;

	(void)state;
	fixture_open(&f, "ecs");
	f.deletion.path = NULL;
	f.deletion.identity.known = false;
	f.deletion.incomplete = 1U << INCOMPLETE_NAME_UNREAD;
	event = parse_line(&f);
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		assert_absent(event, absent[i]);
	assert_integer(event, "process.pid", 31337);
	assert_one(event, "whodel.incomplete", "name_unread");
	json_decref(event);
	fixture_close(&f);
}

/* No user of that number, no arguments kept, no login, in no container; then in one. */
static void test_partly_known(void **state)
{
	struct fixture f;
	json_t *event;

	(void)state;
	fixture_open(&f, "ecs");
	fixture_join_process(&f);
	f.process.user = NULL;
	f.process.args_known = false;
	f.process.login_uid = UINT32_MAX;
	f.process.ppid = 992; /* not the nearest ancestor that was told */
	event = parse_line(&f);
	assert_text(event, "user.id", "33");
	assert_absent(event, "user.name");
	assert_absent(event, "process.args");
	assert_absent(event, "process.args_count");
	assert_absent(event, "process.parent.name");
	assert_absent(event, "whodel.login_uid");
	assert_absent(event, "container");
	json_decref(event);
	fixture_forget(&f);
	f.process.container = "6d5a0b";
	event = parse_line(&f);
	assert_text(event, "container.id", "6d5a0b");
	json_decref(event);
	fixture_close(&f);
}

static void test_outcomes(void **state)
{
	struct fixture f;
	json_t *event;

	(void)state;
	fixture_open(&f, "ecs");
	f.deletion.outcome = OUTCOME_FAILED;
	f.deletion.error = EPERM;
	event = parse_line(&f);
	assert_text(event, "event.outcome", "failure");
	assert_text(event, "error.code", "EPERM");
	json_decref(event);
	f.deletion.outcome = OUTCOME_UNKNOWN;
	event = parse_line(&f);
	assert_text(event, "event.outcome", "unknown");
	assert_absent(event, "error");
	json_decref(event);
	fixture_close(&f);
}

static void test_operations(void **state)
{
	static const char *const types[DELETION_OPS] = {
		"deletion", "deletion", "deletion", "change", "change",
	};
	struct fixture f;

	(void)state;
	fixture_open(&f, "ecs");
	for (int op = 0; op < DELETION_OPS; op++) {
		json_t *event;

		f.deletion.op = (enum deletion_op)op;
		event = parse_line(&f);
		assert_one(event, "event.type", types[op]);
		assert_text(event, "event.action", deletion_op_name((enum deletion_op)op));
		json_decref(event);
	}
	fixture_close(&f);
}

static void test_path_parts(void **state)
{
	static const struct {
		const char *path, *directory, *name, *extension;
	} cases[] = {
		{ "/a", "/", "a", NULL },
		{ "/", "/", NULL, NULL },
		{ "/x/.bashrc", "/x", ".bashrc", NULL },
		{ "/x/.a.b", "/x", ".a.b", "b" },
		{ "/x.d/a", "/x.d", "a", NULL },
		{ "/x/a.tar.gz", "/x", "a.tar.gz", "gz" },
		{ "/x/a.", "/x", "a.", NULL },
	};
	static const char *const keys[] = { "file.directory", "file.name", "file.extension" };
	struct fixture f;

	(void)state;
	fixture_open(&f, "ecs");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *expected[] = { cases[i].directory, cases[i].name, cases[i].extension };
		json_t *event;

		f.deletion.path = cases[i].path;
		event = parse_line(&f);
		for (int part = 0; part < 3; part++)
			if (expected[part])
				assert_text(event, keys[part], expected[part]);
			else
				assert_absent(event, keys[part]);
		json_decref(event);
	}
	fixture_close(&f);
}

/* The end of a path that was cut is no file's name. */
static void test_cut_path(void **state)
{
	struct fixture f;
	json_t *event;

	(void)state;
	fixture_open(&f, "ecs");
	f.deletion.incomplete = 1U << INCOMPLETE_PATH_TRUNCATED;
	event = parse_line(&f);
	assert_text(event, "file.path", "/srv/www/a.html");
	assert_absent(event, "file.name");
	assert_absent(event, "file.extension");
	json_decref(event);
	fixture_close(&f);
}

static void assert_reversible(json_t *event, const char *plain, const char *raw, const char *name)
{
	assert_reverses(field(event, plain), field(event, raw), name);
}

static void assert_names(json_t *event, const char *name)
{
	json_t *parent = json_array_get(field(event, "whodel.ancestors"), 0);

	assert_reversible(event, "file.path", "whodel.path_raw", name);
	assert_reversible(event, "whodel.path_seen", "whodel.path_seen_raw", name);
	assert_reversible(event, "whodel.replaced_by", "whodel.replaced_by_raw", name);
	assert_reversible(event, "process.thread.name", "whodel.comm_raw", name);
	assert_reversible(event, "process.executable", "whodel.exe_raw", name);
	assert_reversible(event, "user.name", "whodel.user_raw", name);
	assert_reversible(event, "container.id", "whodel.container_raw", name);
	assert_reversible(event, "whodel.cgroup", "whodel.cgroup_raw", name);
	assert_reverses(json_object_get(parent, "comm"), json_object_get(parent, "comm_raw"), name);
	assert_reverses(json_array_get(field(event, "process.args"), 1),
			json_array_get(field(event, "whodel.args_raw"), 1), name);
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
	f->process.ancestors[0].comm = name;
	event = parse_line(f);
	assert_names(event, name);
	json_decref(event);
}

static void test_names(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, "ecs");
	fixture_join_process(&f);
	for (size_t i = 0; i < WILD_NAMES; i++)
		check_everywhere(&f, wild_names[i]);
	for (int first = 1; first < 256; first++)
		for (int second = 0; second < 256; second++)
			check_everywhere(&f, (char[]){ (char)first, (char)second, '\0' });
	fixture_close(&f);
}

/* Between two outputs a process changes hands; neither may show what the other keeps. */
static void test_two_outputs(void **state)
{
	struct fixture f;
	struct output *json;
	struct output_opts opts;
	char *line;

	(void)state;
	fixture_open(&f, "ecs");
	fixture_join_process(&f);
	opts = (struct output_opts){ .notes_fd = f.notes_fd };
	assert_int_equal(output_open("json", f.notes_fd, &opts, &json), 0);
	for (int i = 0; i < 2; i++) {
		json_t *event = parse_line(&f);

		assert_process(event);
		json_decref(event);
		assert_int_equal(output_deletion(json, &f.deletion), 0);
		assert_int_equal(output_flush(json), 0);
		line = fixture_written(f.notes_fd);
		event = parse(line);
		assert_integer(event, "ppid", 991);
		json_decref(event);
		free(line);
	}
	assert_int_equal(output_close(json), 0);
	fixture_close(&f);
}

/* This host's name and boot; a stored event keeps its own, and no start by a clock of today. */
static void test_host(void **state)
{
	char name[65];
	struct fixture f;
	json_t *event;

	(void)state;
	assert_int_equal(gethostname(name, sizeof(name)), 0);
	fixture_open(&f, "ecs");
	fixture_join_process(&f);
	event = parse_line(&f);
	assert_text(event, "host.name", name);
	assert_int_equal(strlen(json_string_value(field(event, "host.boot.id"))), 36);
	assert_true(json_is_string(field(event, "process.start")));
	json_decref(event);
	fixture_forget(&f);
	f.deletion.host = "web1";
	f.deletion.boot = "5f0c2e1a-0000-4000-8000-000000000000";
	event = parse_line(&f);
	assert_text(event, "host.name", "web1");
	assert_text(event, "host.boot.id", f.deletion.boot);
	assert_text(event, "process.entity_id",
		    "5f0c2e1a-0000-4000-8000-000000000000-31337-981000000000");
	assert_absent(event, "process.start");
	json_decref(event);
	fixture_close(&f);
}

static void test_loss(void **state)
{
	static const struct loss_by by[] = { { 991, "rm", 2 }, { 0, NULL, 1 } };
	struct fixture f;
	json_t *event;
	char *line;

	(void)state;
	fixture_open(&f, "ecs");
	assert_int_equal(output_loss(f.out, &(struct loss){ .lost = 3,
							    .reason = "buffer full",
							    .since = { 1767322984, 0 },
							    .until = { 1767322985, 5 },
							    .by = by,
							    .by_count = 2 }),
			 0);
	line = fixture_written(f.data_fd);
	event = parse(line);
	assert_text(event, "@timestamp", "2026-01-02T03:03:05.000000005Z");
	assert_text(event, "event.kind", "pipeline_error");
	assert_text(event, "event.reason", "buffer full");
	assert_text(event, "event.start", "2026-01-02T03:03:04.000000000Z");
	assert_integer(event, "whodel.lost", 3);
	assert_int_equal(json_array_size(field(event, "whodel.by")), 2);
	assert_integer(json_array_get(field(event, "whodel.by"), 0), "pid", 991);
	assert_absent(json_array_get(field(event, "whodel.by"), 1), "pid");
	json_decref(event);
	free(line);
	fixture_close(&f);
}

static void test_summary(void **state)
{
	struct fixture f;
	json_t *event;
	char *line;

	(void)state;
	fixture_open(&f, "ecs");
	assert_int_equal(
		output_summary(f.out, &(struct summary){ .seen = 9,
							 .delivered = 5,
							 .filtered = 1,
							 .lost = 3,
							 .losses = { { "buffer full", 3 } },
							 .transport = "ring",
							 .buffer_bytes = 4096,
							 .probe = "tracepoint",
							 .seconds = 1.5 }),
		0);
	line = fixture_written(f.data_fd);
	event = parse(line);
	assert_text(event, "event.kind", "metric");
	assert_integer(event, "event.duration", 1500000000);
	assert_integer(event, "whodel.seen", 9);
	assert_integer(event, "whodel.lost", 3);
	assert_text(json_array_get(field(event, "whodel.losses"), 0), "reason", "buffer full");
	assert_text(event, "whodel.probe", "tracepoint");
	json_decref(event);
	free(line);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_event),   cmocka_unit_test(test_thread),
		cmocka_unit_test(test_nothing_known), cmocka_unit_test(test_partly_known),
		cmocka_unit_test(test_outcomes),      cmocka_unit_test(test_operations),
		cmocka_unit_test(test_path_parts),    cmocka_unit_test(test_cut_path),
		cmocka_unit_test(test_names),	      cmocka_unit_test(test_two_outputs),
		cmocka_unit_test(test_host),	      cmocka_unit_test(test_loss),
		cmocka_unit_test(test_summary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
