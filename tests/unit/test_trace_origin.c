// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Causes: each by its evidence, and none where the evidence could be forged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "trace/origin.h"

#define ID "b3c348230c35ac228dc66a5ff1b0db3f59d433f553424aa5b63c76d7076962e2"

static struct process process;
static struct origin origin;

static const char *name_user(void *ctx, uint32_t uid)
{
	(void)ctx;
	return uid == 0 ? "root" : uid == 1000 ? "alice" : NULL;
}

static int start(void **state)
{
	(void)state;
	process = (struct process){ .uid = 1000, .euid = 1000, .exe = "/usr/bin/rm" };
	return 0;
}

static void add(const char *comm, const char *exe, uint32_t uid, uint32_t euid)
{
	unsigned int i = process.ancestor_count++;

	process.ancestors[i] = (struct ancestor){
		.pid = 100 + i,
		.comm = comm,
		.exe = exe,
		.uid = uid,
		.euid = euid,
	};
}

static void logged_in(uint32_t uid, uint32_t session)
{
	process.login_known = true;
	process.login_uid = uid;
	process.audit_session = session;
}

static const char *cause(void)
{
	static const struct origin_users users = { .name = name_user };

	origin_find(&process, &users, &origin);
	return origin.cause;
}

static void test_nothing(void **state)
{
	(void)state;
	assert_string_equal(cause(), "");
	add("bash", "/usr/bin/bash", 1000, 1000);
	process.cgroup = "/";
	assert_string_equal(cause(), "");
	assert_string_equal(origin.unit, "");
	assert_string_equal(origin.container, "");
}

static void test_cron(void **state)
{
	(void)state;
	process.cgroup = "/system.slice/cron.service";
	add("sh", "/usr/bin/dash", 1000, 1000);
	add("cron", "/usr/sbin/cron", 0, 0);
	add("cron", "/usr/sbin/cron", 0, 0);
	add("systemd", "/usr/lib/systemd/systemd", 0, 0);
	assert_string_equal(cause(), "cron job of alice");
	assert_string_equal(origin.unit, "cron.service");
	/* a job that it left behind */
	process.ancestor_count = 1;
	assert_string_equal(cause(), "cron job");
	/* cron itself */
	process.exe = "/usr/sbin/cron";
	assert_string_equal(cause(), "unit cron.service");
}

static void test_names_are_no_evidence(void **state)
{
	(void)state;
	add("cron", "/home/alice/cron", 1000, 1000);
	add("cron", NULL, 0, 0);
	add("sudo", "/tmp/usr/bin/sudo", 0, 0);
	assert_string_equal(cause(), "");
}

/* The real program, run by oneself: LD_PRELOAD makes anything of it. */
static void test_not_root(void **state)
{
	(void)state;
	add("cron", "/usr/sbin/cron", 1000, 1000);
	add("sudo", "/usr/bin/sudo", 1000, 1000);
	assert_string_equal(cause(), "");
}

/* In a mount namespace of one's own anything can lie at that path. */
static void test_foreign(void **state)
{
	(void)state;
	add("cron", "/usr/sbin/cron", 0, 0);
	process.ancestors[0].exe_foreign = true;
	assert_string_equal(cause(), "");
}

static void test_at(void **state)
{
	(void)state;
	add("sh", "/bin/dash", 4711, 4711);
	add("atd", "/usr/sbin/atd", 1, 0);
	assert_string_equal(cause(), "at job of 4711");
}

static void test_ssh(void **state)
{
	(void)state;
	process.uid = 0;
	add("bash", "/usr/bin/bash", 1000, 1000);
	add("sshd", "/usr/sbin/sshd", 1000, 1000);
	add("sshd", "/usr/sbin/sshd", 0, 0);
	assert_string_equal(cause(), "ssh session of alice");
	logged_in(1000, 7);
	assert_string_equal(cause(), "ssh session 7 of alice");
	process.cgroup = "/user.slice/user-1000.slice/session-9.scope";
	assert_string_equal(cause(), "ssh session 9 of alice");
	process.ancestor_count = 1;
	assert_string_equal(cause(), "login session 9 of alice");
	process.cgroup = NULL;
	assert_string_equal(cause(), "login session 7 of alice");
	process.audit_session = UINT32_MAX;
	assert_string_equal(cause(), "");
}

static void test_sudo(void **state)
{
	(void)state;
	process.uid = 0;
	add("bash", "/usr/bin/bash", 0, 0);
	add("sudo", "/usr/bin/sudo", 0, 0);
	add("bash", "/usr/bin/bash", 1000, 1000);
	assert_string_equal(cause(), "sudo by alice");
	add("sshd", "/usr/lib/openssh/sshd-session", 0, 0);
	assert_string_equal(cause(), "sudo by alice, ssh session of alice");
	logged_in(4711, 3);
	assert_string_equal(cause(), "sudo by 4711, ssh session 3 of 4711");
	/* its monitor, then itself: who asked is behind both */
	start(NULL);
	add("sudo", "/usr/bin/sudo", 0, 0);
	add("sudo", "/usr/bin/sudo", 0, 0);
	add("bash", "/usr/bin/bash", 1000, 1000);
	assert_string_equal(cause(), "sudo by alice");
	/* who asked is not to be seen */
	process.ancestor_count = 2;
	assert_string_equal(cause(), "sudo");
}

static void test_units(void **state)
{
	(void)state;
	process.cgroup = "/system.slice/nginx.service";
	assert_string_equal(cause(), "unit nginx.service");
	process.cgroup = "/user.slice/user-1000.slice/user@1000.service/app.slice/b.service";
	assert_string_equal(cause(), "user unit b.service of alice");
	assert_string_equal(origin.unit, "b.service");
	/* users name their units as they like */
	process.cgroup = "/user.slice/user-1000.slice/user@1000.service/app.slice/cron.service";
	assert_string_equal(cause(), "user unit cron.service of alice");
}

static void test_containers(void **state)
{
	(void)state;
	process.cgroup = "/system.slice/docker-" ID ".scope";
	assert_string_equal(cause(), "container b3c348230c35");
	assert_string_equal(origin.container, ID);
	process.cgroup = "/web";
	assert_string_equal(cause(), "");
	process.incomplete = 1U << INCOMPLETE_EXE_MOUNT_UNKNOWN;
	assert_string_equal(cause(), "container web");
	add("runc", "/usr/sbin/runc", 0, 0);
	add("sh", "/usr/bin/dash", 0, 0);
	add("cron", "/usr/sbin/cron", 0, 0);
	assert_string_equal(cause(), "container web, cron job of root");
}

/* Names fill what they are given and no more. */
static const char *name_long(void *ctx, uint32_t uid)
{
	static char name[5000];

	(void)ctx;
	(void)uid;
	memset(name, 'x', sizeof(name) - 1);
	return name;
}

static void test_long(void **state)
{
	static const struct origin_users users = { .name = name_long };
	char cgroup[300];

	(void)state;
	memset(cgroup, 'c', sizeof(cgroup));
	cgroup[0] = '/';
	cgroup[256] = '\0';
	process.cgroup = cgroup;
	process.incomplete = 1U << INCOMPLETE_EXE_MOUNT_UNKNOWN;
	add("sudo", "/usr/bin/sudo", 0, 0);
	add("sshd", "/usr/sbin/sshd", 0, 0);
	logged_in(1000, 7);
	origin_find(&process, &users, &origin);
	assert_int_equal(strlen(origin.container), 255);
	assert_true(strlen(origin.cause) > 600 && strlen(origin.cause) < ORIGIN_CAUSE_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_nothing, start),
		cmocka_unit_test_setup(test_cron, start),
		cmocka_unit_test_setup(test_names_are_no_evidence, start),
		cmocka_unit_test_setup(test_not_root, start),
		cmocka_unit_test_setup(test_foreign, start),
		cmocka_unit_test_setup(test_at, start),
		cmocka_unit_test_setup(test_ssh, start),
		cmocka_unit_test_setup(test_sudo, start),
		cmocka_unit_test_setup(test_units, start),
		cmocka_unit_test_setup(test_containers, start),
		cmocka_unit_test_setup(test_long, start),
	};

	return cmocka_run_group_tests_name("trace/origin", tests, NULL, NULL);
}
