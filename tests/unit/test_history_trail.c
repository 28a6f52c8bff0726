// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* What became of a path, from a store that was really written. */
#include "history_fixture.h"

#include "history/trail.h"

static struct history history;
static struct reader *reader;
static char told[4096];

static int set_up(void **state)
{
	(void)state;
	history_set_up(&history);
	history_open(&history);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	reader_close(reader);
	reader = NULL;
	history_tear_down(&history);
	return 0;
}

/* One event, a second after the one before. */
static void happened(enum deletion_op op, const char *path, const char *to)
{
	struct deletion *deletion = &history.deletion;

	deletion->op = op;
	deletion->to = op == DELETION_MOVE ? to : NULL;
	deletion->replaced_by = op == DELETION_REPLACE ? to : NULL;
	deletion->time.tv_sec++;
	history_add(&history, path);
	deletion->outcome = OUTCOME_DONE;
	deletion->identity = (struct identity){ 0 };
}

static void identity(uint64_t inode)
{
	history.deletion.identity = (struct identity){ .known = true, .inode = inode };
}

static void ask_most(const char *path, size_t most, bool failed)
{
	struct trail_question question = {
		.path = path,
		.since = INT64_MIN,
		.until = INT64_MAX,
		.most = most,
		.failed = failed,
	};
	struct trail trail = { 0 };
	char *at = told;

	if (!reader) {
		history_put(&history, 0, false);
		assert_int_equal(
			reader_open(history.path, &reader, history.error, sizeof(history.error)),
			0);
	}
	assert_int_equal(trail_find(reader, &question, &trail), 0);
	*at = '\0';
	for (size_t i = 0; i < trail.count; i++)
		at += sprintf(at, "%s %s %s; ", trail.events[i]->match,
			      deletion_op_name(trail.events[i]->op), trail.events[i]->path);
	sprintf(at, "now %s", trail.now ? trail.now : "-");
	trail_free(&trail);
}

static void ask(const char *path, const char *expected)
{
	ask_most(path, 10, false);
	assert_string_equal(told, expected);
}

static void test_own(void **state)
{
	(void)state;
	happened(DELETION_UNLINK, "/a/f", NULL);
	happened(DELETION_UNLINK, "/a/g", NULL);
	happened(DELETION_REPLACE, "/a/f", "/a/new");
	happened(DELETION_RMDIR, "/b", NULL);
	ask("/a/f", "path replace /a/f; path unlink /a/f; now -");
	ask("/b", "path rmdir /b; now -");
	ask("/a", "now -");
	ask("/a/f/x", "now -");
	ask("/a/ff", "now -");
	ask("/", "now -");
	ask_most("/a/f", 1, false);
	assert_string_equal(told, "path replace /a/f; now -");
}

static void test_failed(void **state)
{
	(void)state;
	happened(DELETION_UNLINK, "/a/f", NULL);
	history.deletion.outcome = OUTCOME_FAILED;
	history.deletion.error = EACCES;
	happened(DELETION_UNLINK, "/a/f", NULL);
	history.deletion.outcome = OUTCOME_FAILED;
	happened(DELETION_MOVE, "/a", "/b");
	ask("/a/f", "path unlink /a/f; now -");
	ask_most("/a/f", 10, true);
	assert_string_equal(told, "path unlink /a/f; path unlink /a/f; now -");
}

static void test_moved(void **state)
{
	(void)state;
	happened(DELETION_MOVE, "/a/f", "/b/g");
	happened(DELETION_MOVE, "/b/g", "/c/h");
	happened(DELETION_UNLINK, "/c/h", NULL);
	happened(DELETION_UNLINK, "/b/g", NULL); /* another one */
	happened(DELETION_MOVE, "/x", "/y");
	ask("/a/f", "path move /a/f; followed move /b/g; followed unlink /c/h; now -");
	ask("/x", "path move /x; now /y");
	ask("/b/g", "path unlink /b/g; path move /b/g; now -");
}

/* Only what came after the move is followed. */
static void test_moved_before(void **state)
{
	(void)state;
	happened(DELETION_UNLINK, "/b/g", NULL);
	happened(DELETION_MOVE, "/a/f", "/b/g");
	ask("/a/f", "path move /a/f; now /b/g");
}

static void test_directory_moved(void **state)
{
	(void)state;
	happened(DELETION_MOVE, "/a/d", "/b/e");
	happened(DELETION_UNLINK, "/b/e/s/f", NULL);
	happened(DELETION_MOVE, "/b", "/c");
	ask("/a/d/s/f", "ancestor move /a/d; followed unlink /b/e/s/f; now -");
	ask("/a/d/s/g", "ancestor move /a/d; followed move /b; now /c/e/s/g");
	ask("/a/d", "path move /a/d; followed move /b; now /c/e");
	ask("/a/dd/s", "now -");
}

static void test_directory_removed(void **state)
{
	(void)state;
	happened(DELETION_UNLINK, "/a/d/f", NULL);
	happened(DELETION_RMDIR, "/a/d", NULL);
	happened(DELETION_RMDIR, "/a", NULL);
	ask("/a/d/f", "path unlink /a/d/f; after rmdir /a; after rmdir /a/d; now -");
	/* Nothing else is known of it. */
	ask("/a/d/g", "ancestor rmdir /a; ancestor rmdir /a/d; now -");
}

/* It was deleted, and its directory was moved later: was there a new one in it? */
static void test_doubt(void **state)
{
	(void)state;
	happened(DELETION_UNLINK, "/a/f", NULL);
	happened(DELETION_UNLINK, "/a/g", NULL);
	happened(DELETION_MOVE, "/a", "/nowhere/b");
	happened(DELETION_UNLINK, "/nowhere/b/g", NULL);
	ask("/a/f", "path unlink /a/f; after move /a; now -");
	ask("/a/g", "ancestor move /a; followed unlink /nowhere/b/g; path unlink /a/g; now -");
}

/* The directory's name was taken again, by one that the path never was in. */
static void test_directory_again(void **state)
{
	(void)state;
	happened(DELETION_MOVE, "/a", "/nowhere/b");
	happened(DELETION_UNLINK, "/nowhere/b/f", NULL);
	happened(DELETION_MOVE, "/a", "/nowhere/c");
	happened(DELETION_RMDIR, "/a", NULL);
	ask("/a/f",
	    "ancestor move /a; followed unlink /nowhere/b/f; after rmdir /a; after move /a; "
	    "now -");
	ask("/a/g", "ancestor rmdir /a; ancestor move /a; ancestor move /a; now -");
}

/* A move leads to a place where another file is deleted: that was not the one that moved. */
static void test_identity(void **state)
{
	(void)state;
	identity(7);
	happened(DELETION_MOVE, "/a/f", "/b/g");
	identity(8);
	happened(DELETION_UNLINK, "/b/g", NULL);
	identity(9);
	happened(DELETION_MOVE, "/a/h", "/b/i");
	identity(9);
	happened(DELETION_UNLINK, "/b/i", NULL);
	ask("/a/f", "path move /a/f; now /b/g");
	ask("/a/h", "path move /a/h; followed unlink /b/i; now -");
}

/* A store that was made up can lead in circles, at one moment too. */
static void test_circle(void **state)
{
	(void)state;
	for (int i = 0; i < 600; i++) {
		happened(DELETION_MOVE, i % 2 ? "/b" : "/a", i % 2 ? "/a" : "/b");
		history.deletion.time.tv_sec -= i % 3 ? 1 : 0;
	}
	ask_most("/a/x", 10, false);
	assert_non_null(strstr(told, "ancestor move "));
	ask_most("/a", 3, false);
	assert_non_null(strstr(told, "path move /a"));
}

static void test_seen(void **state)
{
	(void)state;
	history.deletion.path_seen = "/link/f";
	happened(DELETION_UNLINK, "/real/f", NULL);
	history.deletion.path_seen = NULL;
	ask("/link/f", "path unlink /real/f; now -");
	ask("/real/f", "path unlink /real/f; now -");
}

#define TRAIL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRAIL_TEST(test_own),
		TRAIL_TEST(test_failed),
		TRAIL_TEST(test_moved),
		TRAIL_TEST(test_moved_before),
		TRAIL_TEST(test_directory_moved),
		TRAIL_TEST(test_directory_removed),
		TRAIL_TEST(test_doubt),
		TRAIL_TEST(test_directory_again),
		TRAIL_TEST(test_identity),
		TRAIL_TEST(test_circle),
		TRAIL_TEST(test_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
