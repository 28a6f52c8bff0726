// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The table on terminals of some width: nothing is cut, and an event stays one event. */
#include "tests/unit/output_fixture.h"

#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>

struct terminal {
	struct fixture f;
	int master, slave;
};

static void resize(struct terminal *t, unsigned short columns)
{
	struct winsize size = { .ws_row = 24, .ws_col = columns };

	assert_int_equal(ioctl(t->slave, TIOCSWINSZ, &size), 0);
}

/* A terminal of so many columns, which changes nothing of what is written to it. */
static void open_terminal(struct terminal *t, unsigned short columns)
{
	struct output_opts opts;
	struct termios raw;

	fixture_open(&t->f, "table");
	fixture_join_process(&t->f);
	assert_int_equal(output_close(t->f.out), 0);
	assert_int_equal(openpty(&t->master, &t->slave, NULL, NULL, NULL), 0);
	assert_int_equal(tcgetattr(t->slave, &raw), 0);
	cfmakeraw(&raw);
	assert_int_equal(tcsetattr(t->slave, TCSANOW, &raw), 0);
	resize(t, columns);
	opts = (struct output_opts){ .notes_fd = t->f.notes_fd };
	assert_int_equal(output_open("table", t->slave, &opts, &t->f.out), 0);
}

static void close_terminal(struct terminal *t)
{
	fixture_close(&t->f);
	close(t->master);
	close(t->slave);
}

static void assert_shows(struct terminal *t, const char *expected)
{
	char text[1024] = "";
	size_t used = 0;

	assert_int_equal(output_flush(t->f.out), 0);
	while (used < strlen(expected)) {
		ssize_t got = read(t->master, text + used, sizeof(text) - 1 - used);

		assert_true(got > 0);
		used += (size_t)got;
	}
	assert_string_equal(text, expected);
}

static void put_deletion(struct terminal *t)
{
	assert_int_equal(output_deletion(t->f.out, &t->f.deletion), 0);
}

#define HEAD "TIME         PID     USER     COMM       PARENT     OP      RESULT   PATH\n"
#define WHO  "03:03:04.123 31337   www-data rm         bash       "

static void test_a_path_that_does_not_fit_has_its_own_line(void **state)
{
	struct terminal t;

	(void)state;
	open_terminal(&t, 84); /* to the last column */
	put_deletion(&t);
	assert_shows(&t, HEAD WHO "unlink  ok       /srv/www/a.html\n");
	resize(&t, 83);
	put_deletion(&t);
	assert_shows(&t, WHO "unlink  ok\n      /srv/www/a.html\n");
	t.f.deletion.incomplete =
		1U << INCOMPLETE_PATH_UNVERIFIED | 1U << INCOMPLETE_PATH_TRUNCATED;
	t.f.deletion.path_seen = "/a b";
	put_deletion(&t);
	assert_shows(&t,
		     WHO "unlink  ok\n    ~ /srv/www/a.html seen as $'/a b' [path_truncated]\n");
	close_terminal(&t);
}

static void test_wide_characters_are_counted_twice(void **state)
{
	struct terminal t;

	(void)state;
	open_terminal(&t, 74);
	t.f.deletion.path = "/\xe6\x96\x87\xe6\x96\x87";
	put_deletion(&t);
	assert_shows(&t, HEAD WHO "unlink  ok       /\xe6\x96\x87\xe6\x96\x87\n");
	t.f.deletion.path = "/\xe6\x96\x87\xe6\x96\x87/";
	put_deletion(&t);
	assert_shows(&t, WHO "unlink  ok\n      /\xe6\x96\x87\xe6\x96\x87/\n");
	close_terminal(&t);
}

static void test_a_tree_does_so_too(void **state)
{
	struct terminal t;
	struct tree tree;

	(void)state;
	open_terminal(&t, 90);
	tree = (struct tree){
		.first = &t.f.deletion,
		.root = "/srv/www",
		.files = 2,
		.bytes = 3,
		.bytes_known = true,
		.since = t.f.deletion.time,
		.until = t.f.deletion.time,
	};
	assert_int_equal(output_tree(t.f.out, &tree), 0);
	assert_shows(&t, HEAD WHO "tree    ok\n"
				  "      /srv/www (2 files, 0 directories, 3 bytes, 0.0 s)\n");
	close_terminal(&t);
}

static void test_a_wide_terminal_has_wider_columns(void **state)
{
	struct terminal t;

	(void)state;
	open_terminal(&t, 160);
	t.f.deletion.comm = "containerd-shim";
	t.f.process.ancestors[0].comm = "fifteen-letters";
	t.f.deletion.outcome = OUTCOME_FAILED;
	t.f.deletion.error = ENOTEMPTY;
	put_deletion(&t);
	assert_shows(&t, "TIME         PID     USER         COMM            PARENT          "
			 "OP      RESULT      PATH\n"
			 "03:03:04.123 31337   www-data     containerd-shim fifteen-letters "
			 "unlink  ENOTEMPTY   /srv/www/a.html\n");
	close_terminal(&t);
}

/* A terminal of no known size, such as a serial one, has no limit. */
static void test_no_size_is_no_limit(void **state)
{
	struct terminal t;

	(void)state;
	open_terminal(&t, 0);
	put_deletion(&t);
	assert_shows(&t, HEAD WHO "unlink  ok       /srv/www/a.html\n");
	close_terminal(&t);
}

/* An event in two lines that could not be written is one that is lost. */
static void test_two_lines_unwritten_are_one_event(void **state)
{
	struct terminal t;

	(void)state;
	open_terminal(&t, 40);
	assert_shows(&t, HEAD);
	put_deletion(&t);
	put_deletion(&t);
	close(t.master);
	assert_int_equal(output_flush(t.f.out), -EIO);
	assert_int_equal(output_unwritten(t.f.out), 2);
	assert_int_equal(output_close(t.f.out), -EIO);
	fixture_forget(&t.f);
	close(t.slave);
	close(t.f.data_fd);
	close(t.f.notes_fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_path_that_does_not_fit_has_its_own_line),
		cmocka_unit_test(test_wide_characters_are_counted_twice),
		cmocka_unit_test(test_a_tree_does_so_too),
		cmocka_unit_test(test_a_wide_terminal_has_wider_columns),
		cmocka_unit_test(test_no_size_is_no_limit),
		cmocka_unit_test(test_two_lines_unwritten_are_one_event),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
