// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Which deletions become one tree, in both orders, and what its sums are. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "output/collapse.h"

static char told[4096];
static int stop_with;

static int on_deletion(void *ctx, const struct deletion *deletion)
{
	size_t used = strlen(told);

	(void)ctx;
	snprintf(told + used, sizeof(told) - used, "%u %s %s;", deletion->pid,
		 deletion_op_name(deletion->op), deletion->path);
	return stop_with;
}

static int on_tree(void *ctx, const struct tree *tree)
{
	size_t used = strlen(told);

	(void)ctx;
	snprintf(told + used, sizeof(told) - used, "%u tree %s f%ju d%ju x%ju b%ju%s %jd-%jd%s%s;",
		 tree->first->pid, tree->root, (uintmax_t)tree->files, (uintmax_t)tree->directories,
		 (uintmax_t)tree->failures, (uintmax_t)tree->bytes, tree->bytes_known ? "" : "+",
		 (intmax_t)tree->since.tv_sec, (intmax_t)tree->until.tv_sec,
		 tree->root_removed ? " removed" : "", tree->unproven ? " ~" : "");
	return stop_with;
}

static struct collapse *open_collapse(bool newest_first)
{
	struct collapse_opts opts = {
		.newest_first = newest_first,
		.on_deletion = on_deletion,
		.on_tree = on_tree,
	};
	struct collapse *collapse;

	told[0] = '\0';
	stop_with = 0;
	assert_int_equal(collapse_new(&opts, &collapse), 0);
	return collapse;
}

/* "-" in front: rmdir; "!": it failed; ">": a move; "~": unproven. Each is of 10 bytes. */
static int feed(struct collapse *collapse, time_t at, uint32_t pid, const char *path)
{
	char copy[256];
	struct process process = { .pid = pid, .start_time = 7, .user = "u", .exe = "/e" };
	struct deletion deletion = {
		.time = { .tv_sec = at },
		.identity = { .known = true, .size_known = true, .size = 10 },
		.pid = pid,
		.comm = "rm",
		.process = &process,
	};
	int err;

	for (; *path != '/'; path++) {
		deletion.op = *path == '-'   ? DELETION_RMDIR
			      : *path == '>' ? DELETION_MOVE
					     : deletion.op;
		deletion.outcome = *path == '!' ? OUTCOME_FAILED : deletion.outcome;
		deletion.incomplete |= *path == '~' ? 1U << INCOMPLETE_PATH_UNVERIFIED : 0;
	}
	strcpy(copy, path);
	deletion.path = copy;
	err = collapse_feed(collapse, &deletion);
	memset(copy, 'X', sizeof(copy)); /* what is kept is a copy */
	memset(&process, 0xff, sizeof(process));
	return err;
}

/* Paths of one process, a second apart. */
static void feed_all(struct collapse *collapse, const char *const *paths)
{
	for (time_t at = 1; *paths; paths++, at++)
		assert_int_equal(feed(collapse, at, 5, *paths), 0);
	assert_int_equal(collapse_flush(collapse, NULL), 0);
	collapse_free(collapse);
}

static void check(bool newest_first, const char *const *paths, const char *expected)
{
	feed_all(open_collapse(newest_first), paths);
	assert_string_equal(told, expected);
}

static void test_trees(void **state)
{
	(void)state;
	check(false, (const char *[]){ "/d/a", "/d/s/b", "-/d/s", "/d/c", "-/d", NULL },
	      "5 tree /d f3 d2 x0 b30 1-5 removed;");
	/* Depth first: the root goes up as what was in it has gone. */
	check(false, (const char *[]){ "/r/d/s/a", "-/r/d/s", "/r/d/b", "-/r/d", NULL },
	      "5 tree /r/d f2 d2 x0 b20 1-4 removed;");
	check(false, (const char *[]){ "/r/d/s/a", "-/r/d/s", "-/r/d", NULL },
	      "5 tree /r/d f1 d2 x0 b10 1-3 removed;");
	/* rm -r a b: two trees. */
	check(false,
	      (const char *[]){ "/r/a/1", "/r/a/2", "-/r/a", "/r/b/1", "/r/b/2", "-/r/b", NULL },
	      "5 tree /r/a f2 d1 x0 b20 1-3 removed;5 tree /r/b f2 d1 x0 b20 4-6 removed;");
	/* The root directory's own files. */
	check(false, (const char *[]){ "/a", "/b", "/c", NULL }, "5 tree / f3 d0 x0 b30 1-3;");
	/* A name that only begins alike is not below. */
	check(false, (const char *[]){ "/d/a", "/d/b", "/dd/c", "/dd/d", NULL },
	      "5 unlink /d/a;5 unlink /d/b;5 unlink /dd/c;5 unlink /dd/d;");
	check(false, (const char *[]){ "/d/a", "!/d/b", "!-/d", "~/d/c", NULL },
	      "5 tree /d f2 d0 x2 b20 1-4 ~;");
}

static void test_newest_first(void **state)
{
	(void)state;
	check(true, (const char *[]){ "-/d", "/d/c", "-/d/s", "/d/s/b", "/d/a", NULL },
	      "5 tree /d f3 d2 x0 b30 1-5 removed;");
	check(true,
	      (const char *[]){ "-/r/b", "/r/b/2", "/r/b/1", "-/r/a", "/r/a/2", "/r/a/1", NULL },
	      "5 tree /r/b f2 d1 x0 b20 1-3 removed;5 tree /r/a f2 d1 x0 b20 4-6 removed;");
}

static void test_few_and_others(void **state)
{
	(void)state;
	check(false, (const char *[]){ "/d/a", NULL }, "5 unlink /d/a;");
	check(false, (const char *[]){ "/d/a", "/d/b", NULL }, "5 unlink /d/a;5 unlink /d/b;");
	/* A move is told where it happened, and parts what is around it. */
	check(false, (const char *[]){ "/d/a", "/d/b", "/d/c", ">/d/m", "/d/e", NULL },
	      "5 tree /d f3 d0 x0 b30 1-3;5 move /d/m;5 unlink /d/e;");
}

static void test_processes(void **state)
{
	struct collapse *collapse = open_collapse(false);

	(void)state;
	for (int i = 1; i <= 3; i++) {
		assert_int_equal(feed(collapse, i, 5, "/d/a"), 0);
		assert_int_equal(feed(collapse, i, 6, "/d/b"), 0);
	}
	assert_string_equal(told, "");
	assert_int_equal(feed(collapse, 9, 6, "/e/b"), 0);
	assert_string_equal(told, "6 tree /d f3 d0 x0 b30 1-3;");
	assert_int_equal(collapse_flush(collapse, &(struct timespec){ .tv_sec = 3 }), 0);
	assert_string_equal(told, "6 tree /d f3 d0 x0 b30 1-3;");
	assert_int_equal(collapse_flush(collapse, &(struct timespec){ .tv_sec = 4 }), 0);
	assert_string_equal(told, "6 tree /d f3 d0 x0 b30 1-3;5 tree /d f3 d0 x0 b30 1-3;");
	collapse_free(collapse);
}

/* More processes than are held: each of them is told, none is told twice. */
static void test_many_processes(void **state)
{
	struct collapse *collapse = open_collapse(false);
	unsigned int lines = 0;

	(void)state;
	for (uint32_t pid = 1; pid <= 100; pid++)
		assert_int_equal(feed(collapse, pid, pid, "/d/a"), 0);
	assert_int_equal(collapse_flush(collapse, NULL), 0);
	for (const char *at = told; (at = strchr(at, ';')); at++)
		lines++;
	assert_int_equal(lines, 100);
	collapse_free(collapse);
}

static void test_stops(void **state)
{
	struct collapse *collapse = open_collapse(false);

	(void)state;
	assert_int_equal(feed(collapse, 1, 5, "/d/a"), 0);
	stop_with = -EPIPE;
	assert_int_equal(feed(collapse, 2, 5, ">/d/b"), -EPIPE);
	stop_with = 0;
	assert_int_equal(collapse_flush(collapse, NULL), 0);
	assert_string_equal(told, "5 unlink /d/a;");
	collapse_free(collapse);
	collapse_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trees),	       cmocka_unit_test(test_newest_first),
		cmocka_unit_test(test_few_and_others), cmocka_unit_test(test_processes),
		cmocka_unit_test(test_many_processes), cmocka_unit_test(test_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
