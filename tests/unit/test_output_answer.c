// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The end of an answer, and a deletion told at length: for people and as JSON, with wild names. */
#include <jansson.h>

#include "output_fixture.h"

static struct answer answer_of(const char *name)
{
	static struct loss_by by[2];
	static struct answer_gap gaps[2];
	static struct answer_holder holder;
	static const char *unseen[3];

	by[0] = (struct loss_by){ 7, name, 2 };
	by[1] = (struct loss_by){ .lost = 1 };
	gaps[0] = (struct answer_gap){
		.kind = "gap", .since = { 1, 2 }, .until = { 3, 4 }, .reason = name
	};
	gaps[1] = (struct answer_gap){ .kind = "loss",
				       .since = { 5, 0 },
				       .until = { 6, 0 },
				       .reason = "buffer full",
				       .lost_known = true,
				       .lost = 3,
				       .by = by,
				       .by_count = 2 };
	holder = (struct answer_holder){ 991, name, "/proc/991/fd/7", name, false };
	unseen[0] = name;
	unseen[1] = "io_uring";
	return (struct answer){
		.path = name,
		.now = name,
		.recorded = true,
		.running = true,
		.since = { 1, 0 },
		.until = { 9, 5 },
		.gaps = gaps,
		.gap_count = 2,
		.lost = 3,
		.removed = 4,
		.probe = "tracepoint",
		.unseen = unseen,
		.holders = &holder,
		.holder_count = 1,
	};
}

static void check_lines(char *text)
{
	char *rest;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char copy[4096];

		assert_true(snprintf(copy, sizeof(copy), "%s\n", line) < (int)sizeof(copy));
		assert_tame_line(copy);
	}
}

static unsigned int count_lines(const char *text)
{
	unsigned int lines = 0;

	for (; (text = strchr(text, '\n')); text++)
		lines++;
	return lines;
}

static void test_table(void **state)
{
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < WILD_NAMES; i++) {
		struct answer answer = answer_of(wild_names[i]);
		char *notes;

		fixture_open(&f, "table");
		assert_int_equal(output_answer(f.out, &answer), 0);
		notes = fixture_written(f.notes_fd);
		/* now, held, absence, window, two gaps, unseen: no name makes one more */
		assert_int_equal(count_lines(notes), 7);
		assert_non_null(strstr(notes, " with 2 gaps, 3 lost; 4 older ones"));
		assert_non_null(strstr(notes, "others: 1)"));
		check_lines(notes);
		free(notes);
		fixture_close(&f);
	}
}

static void test_table_proved(void **state)
{
	struct answer answer = { .path = "/x",
				 .recorded = true,
				 .running = true,
				 .since = { 86400, 0 },
				 .until = { 90000, 0 } };
	struct fixture f;
	char *notes;

	(void)state;
	setenv("TZ", "UTC", 1);
	fixture_open(&f, "table");
	assert_int_equal(output_answer(f.out, &answer), 0);
	notes = fixture_written(f.notes_fd);
	assert_string_equal(notes, "no deletion of /x is recorded\n"
				   "recorded from 1970-01-02 00:00:00 to 1970-01-02 01:00:00 "
				   "without a gap, 0 lost\n");
	free(notes);
	answer.recorded = answer.running = false;
	answer.found = true;
	assert_int_equal(output_answer(f.out, &answer), 0);
	notes = fixture_written(f.notes_fd);
	assert_string_equal(notes, "nothing was recorded in this time\n");
	free(notes);
	fixture_close(&f);
}

static void test_json(void **state)
{
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < WILD_NAMES; i++) {
		struct answer answer = answer_of(wild_names[i]);
		json_t *object;
		json_t *gap;
		char *line;

		fixture_open(&f, "json");
		assert_int_equal(output_answer(f.out, &answer), 0);
		line = fixture_written(f.data_fd);
		assert_tame_line(line);
		object = json_loads(line, 0, NULL);
		assert_non_null(object);
		assert_string_equal(json_string_value(json_object_get(object, "type")), "answer");
		assert_true(json_is_false(json_object_get(object, "found")));
		assert_true(json_is_false(json_object_get(object, "proved")));
		assert_int_equal(json_array_size(json_object_get(object, "gaps")), 2);
		gap = json_array_get(json_object_get(object, "gaps"), 0);
		assert_true(json_is_null(json_object_get(gap, "lost")));
		assert_true(json_is_null(json_object_get(gap, "by")));
		gap = json_array_get(json_object_get(object, "gaps"), 1);
		assert_int_equal(json_integer_value(json_object_get(gap, "lost")), 3);
		assert_int_equal(json_array_size(json_object_get(gap, "by")), 2);
		assert_int_equal(json_array_size(json_object_get(object, "unseen")), 2);
		assert_string_equal(json_string_value(json_object_get(object, "since")),
				    "1970-01-01T00:00:01.000000000Z");
		json_decref(object);
		free(line);
		fixture_close(&f);
	}
}

static void test_story(void **state)
{
	struct fixture f;
	char *text;

	(void)state;
	setenv("TZ", "UTC", 1);
	fixture_open(&f, "table");
	fixture_join_process(&f);
	f.deletion.outcome = OUTCOME_DONE;
	f.deletion.match = "followed";
	assert_int_equal(output_story(f.out, &f.deletion), 0);
	assert_int_equal(output_flush(f.out), 0);
	text = fixture_written(f.data_fd);
	assert_string_equal(
		text,
		"2026-01-02 03:03:04.123 unlink /srv/www/a.html (followed)\n"
		"    who   rm[31337], user www-data as 0, login user 1000, /usr/bin/rm: rm -f "
		"a.html\n"
		"    why   cron, unit cron.service, started by bash[991] < systemd[1]\n"
		"    what  file of 4711 bytes, inode 131074 on 8:1, owner 33, 2 names left\n");
	free(text);
	fixture_close(&f);
}

/* Whatever it is called, and whatever is not known. */
static void test_wild_story(void **state)
{
	struct fixture f;
	char *text;

	(void)state;
	for (size_t i = 0; i < WILD_NAMES; i++) {
		fixture_open(&f, "table");
		fixture_join_process(&f);
		f.deletion.path = f.deletion.comm = f.process.user = f.process.exe = wild_names[i];
		f.process.args[1] = f.process.unit = f.process.cause = wild_names[i];
		f.process.ancestors[0].comm = wild_names[i];
		assert_int_equal(output_story(f.out, &f.deletion), 0);
		f.deletion.process = NULL;
		f.deletion.identity.known = false;
		assert_int_equal(output_story(f.out, &f.deletion), 0);
		assert_int_equal(output_flush(f.out), 0);
		text = fixture_written(f.data_fd);
		assert_int_equal(count_lines(text), 4 + 2);
		check_lines(text);
		free(text);
		fixture_close(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),	   cmocka_unit_test(test_table_proved),
		cmocka_unit_test(test_json),	   cmocka_unit_test(test_story),
		cmocka_unit_test(test_wild_story),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
