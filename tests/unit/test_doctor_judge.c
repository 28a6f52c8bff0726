// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The doctor's verdicts: it must find each fault that an event can have. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

#include "doctor/judge.h"

#define BIT(reason) (1U << (reason))

static struct way way;
static struct expected expected;
static struct process process;
static struct deletion deletion;
static struct finding finding;

/* An unlink that was seen whole. */
static int set_up(void **state)
{
	(void)state;
	way = (struct way){ .name = "a way", .op = DELETION_UNLINK };
	expected = (struct expected){ .pid = 7, .tid = 8, .ppid = 6, .tried = true };
	strcpy(expected.path, "/d/file");
	strcpy(expected.seen, "/d/file");
	expected.has_identity = true;
	expected.stat.st_ino = 12;
	expected.stat.st_mode = S_IFREG | 0600;
	expected.stat.st_nlink = 2;
	expected.stat.st_size = 7;
	expected.stat.st_uid = 1000;
	expected.stat.st_dev = makedev(8, 1);
	process = (struct process){ .ppid = 6 };
	deletion = (struct deletion){
		.op = DELETION_UNLINK,
		.path = "/d/file",
		.pid = 7,
		.tid = 8,
		.process = &process,
		.identity = { .known = true,
			      .size_known = true,
			      .inode = 12,
			      .size = 7,
			      .device_major = 8,
			      .device_minor = 1,
			      .links = 1,
			      .owner = 1000,
			      .mode = S_IFREG | 0600 },
	};
	finding = (struct finding){ .way = &way };
	return 0;
}

static void judge(void)
{
	judge_event(&expected, &deletion, &finding);
	judge_end(&expected, "tracepoint", &finding);
}

static void assert_wrong(const char *what)
{
	judge();
	assert_int_equal(finding.verdict, VERDICT_WRONG);
	assert_non_null(strstr(finding.why, what));
	set_up(NULL);
}

static void test_seen(void **state)
{
	(void)state;
	judge();
	assert_int_equal(finding.verdict, VERDICT_SEEN);
	assert_string_equal(finding.why, "");
	assert_int_equal(finding.events, 1);
}

static void test_wrong(void **state)
{
	(void)state;
	deletion.op = DELETION_RMDIR;
	assert_wrong("op");
	deletion.via = VIA_IO_URING;
	assert_wrong("via");
	deletion.path = "/d/other";
	assert_wrong("path");
	deletion.path = NULL;
	assert_wrong("path");
	deletion.path_seen = "/elsewhere";
	assert_wrong("path_seen");
	deletion.outcome = OUTCOME_FAILED;
	assert_wrong("outcome");
	deletion.tid = 9;
	assert_wrong("process");
	deletion.process = NULL;
	assert_wrong("process");
	process.ppid = 1;
	assert_wrong("process");
	deletion.identity.inode = 13;
	assert_wrong("identity");
	deletion.identity.size = 8;
	assert_wrong("identity");
	deletion.identity.links = 0;
	assert_wrong("links");
	deletion.identity.known = false; /* and not said to be unknown */
	assert_wrong("identity");
	strcpy(expected.other, "/d/new");
	assert_wrong("other name");
}

/* A move is told of the one file, and not besides a replacement. */
static void test_move(void **state)
{
	(void)state;
	way.op = deletion.op = DELETION_MOVE;
	strcpy(expected.other, "/d/new");
	deletion.to = "/d/new";
	deletion.identity.links = 2;
	judge();
	assert_int_equal(finding.verdict, VERDICT_SEEN);
	deletion.op = DELETION_REPLACE;
	judge();
	assert_int_equal(finding.events, 2);
	deletion.outcome = OUTCOME_UNKNOWN; /* the same rename, seen from where it went */
	judge();
	assert_int_equal(finding.events, 2);
	set_up(NULL);
	deletion.op = DELETION_MOVE;
	judge();
	assert_int_equal(finding.verdict, VERDICT_MISSED);
}

static void test_missed(void **state)
{
	(void)state;
	judge_end(&expected, "tracepoint", &finding);
	assert_int_equal(finding.verdict, VERDICT_MISSED);
	way.tracepoint_gap = "no hook";
	judge_end(&expected, "tracepoint", &finding);
	assert_int_equal(finding.verdict, VERDICT_GAP);
	assert_string_equal(finding.why, "no hook");
	judge_end(&expected, "fentry", &finding);
	assert_int_equal(finding.verdict, VERDICT_MISSED);
}

static void test_twice(void **state)
{
	(void)state;
	judge_event(&expected, &deletion, &finding);
	judge();
	assert_int_equal(finding.verdict, VERDICT_WRONG);
}

static void test_partly(void **state)
{
	(void)state;
	deletion.identity.known = false;
	deletion.path = "/d/link/file";
	strcpy(expected.seen, "/d/link/file");
	deletion.incomplete = BIT(INCOMPLETE_IDENTITY_UNKNOWN) | BIT(INCOMPLETE_PATH_UNVERIFIED);
	judge();
	assert_int_equal(finding.verdict, VERDICT_PARTLY);
	assert_non_null(strstr(finding.why, "identity_unknown"));
	assert_int_equal(finding.incomplete, deletion.incomplete);
}

static void test_failed(void **state)
{
	(void)state;
	way.error = expected.error = ENOENT;
	expected.has_identity = false;
	deletion.identity.known = false;
	deletion.incomplete = BIT(INCOMPLETE_IDENTITY_UNKNOWN);
	assert_wrong("outcome");
	way.error = expected.error = ENOENT;
	deletion.outcome = OUTCOME_FAILED;
	deletion.error = ENOENT;
	expected.stat.st_nlink = 1; /* it stays */
	judge();
	assert_int_equal(finding.verdict, VERDICT_SEEN);
}

static void test_silence(void **state)
{
	(void)state;
	way.silence = WAY_SILENT;
	judge_end(&expected, "tracepoint", &finding);
	assert_int_equal(finding.verdict, VERDICT_SEEN);
	judge();
	assert_int_equal(finding.verdict, VERDICT_WRONG);
}

static void test_untried(void **state)
{
	(void)state;
	expected.tried = false;
	strcpy(expected.why, "cannot chroot");
	judge_end(&expected, "tracepoint", &finding);
	assert_int_equal(finding.verdict, VERDICT_UNTRIED);
	assert_string_equal(finding.why, "cannot chroot");
	set_up(NULL);
	expected.error = EPERM;
	judge();
	assert_int_equal(finding.verdict, VERDICT_WRONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_seen, set_up),
		cmocka_unit_test_setup(test_wrong, set_up),
		cmocka_unit_test_setup(test_move, set_up),
		cmocka_unit_test_setup(test_missed, set_up),
		cmocka_unit_test_setup(test_twice, set_up),
		cmocka_unit_test_setup(test_partly, set_up),
		cmocka_unit_test_setup(test_failed, set_up),
		cmocka_unit_test_setup(test_silence, set_up),
		cmocka_unit_test_setup(test_untried, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
