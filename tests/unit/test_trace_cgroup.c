// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Units, sessions and containers, by the cgroups that systemd and the runtimes really make. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "trace/cgroup.h"

#define ID "b3c348230c35ac228dc66a5ff1b0db3f59d433f553424aa5b63c76d7076962e2"
#define I2 "00000000000000000000000000000000000000000000000000000000deadbeef"

static struct cgroup_names names;

static const char *unit_of(const char *path)
{
	cgroup_read(path, false, &names);
	return names.unit;
}

static const char *container_of(const char *path, bool foreign)
{
	cgroup_read(path, foreign, &names);
	return names.container;
}

static void test_units(void **state)
{
	static const struct {
		const char *path;
		const char *unit;
	} cases[] = {
		{ "/", "" },
		{ "", "" },
		{ "/init.scope", "init.scope" },
		{ "/system.slice/cron.service", "cron.service" },
		{ "/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service" },
		{ "/system.slice/systemd-udevd.service/udev", "systemd-udevd.service" },
		{ "/system.slice/srv-my\\x2ddisk.mount", "srv-my\\x2ddisk.mount" },
		{ "/system.slice/_cgroup.service", "cgroup.service" },
		{ "/_system.slice/cron.service", "cron.service" },
		{ "/user.slice/user-1000.slice/session-3.scope", "session-3.scope" },
		{ "/user.slice/user-1000.slice/user@1000.service", "user@1000.service" },
		{ "/user.slice/user-1000.slice/user@1000.service/init.scope", "init.scope" },
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice/backup.service",
		  "backup.service" },
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice/app-x\\x2dy.scope",
		  "app-x\\x2dy.scope" },
		{ "/system.slice/docker-" ID ".scope", "docker-" ID ".scope" },
		{ "/system.slice/docker-" ID ".scope/system.slice/nginx.service",
		  "docker-" ID ".scope" },
		/* slices hold no processes, and other names are no units */
		{ "/system.slice", "" },
		{ "/system.slice/plain", "" },
		{ "/system.slice/.service", "" },
		{ "/system.slice/a b.service", "" },
		{ "/system.slice/a.timer", "" },
		/* not systemd's: it has nothing there but init.scope */
		{ "/evil.service", "" },
		{ "/docker/" ID, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(unit_of(cases[i].path), cases[i].unit);
}

static void test_whose(void **state)
{
	(void)state;
	unit_of("/user.slice/user-1000.slice/user@1000.service/app.slice/backup.service");
	assert_true(names.of_user);
	assert_int_equal(names.user, 1000);
	unit_of("/user.slice/user-1000.slice/user@1000.service");
	assert_false(names.of_user);
	unit_of("/user.slice/user-1000.slice/user@1000.service/bare");
	assert_false(names.of_user);
	unit_of("/system.slice/user@x.service/a.service");
	assert_false(names.of_user);
	assert_string_equal(names.unit, "user@x.service");
}

static void test_sessions(void **state)
{
	(void)state;
	unit_of("/user.slice/user-1001.slice/session-c2.scope");
	assert_string_equal(names.session, "c2");
	assert_int_equal(names.user, 1001);
	unit_of("/system.slice/user-1001.slice/session-c2.scope");
	assert_string_equal(names.session, "");
	/* uid -1 is nobody's, and numbers end */
	unit_of("/user.slice/user-4294967295.slice/session-1.scope");
	assert_string_equal(names.session, "");
	unit_of("/user.slice/user-99999999999.slice/session-1.scope");
	assert_string_equal(names.session, "");
	unit_of("/user.slice/user-.slice/session-1.scope");
	assert_string_equal(names.session, "");
}

static void test_containers(void **state)
{
	static const struct {
		const char *path;
		const char *container;
	} cases[] = {
		{ "/", "" },
		{ "/system.slice/cron.service", "" },
		{ "/system.slice/docker-" ID ".scope", ID },
		{ "/docker/" ID, ID },
		{ "/docker/" ID "/nested", ID },
		{ "/machine.slice/libpod-" ID ".scope", ID },
		{ "/machine.slice/libpod-" ID ".scope/container", ID },
		{ "/libpod_parent/libpod-" ID, ID },
		{ "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope",
		  ID },
		{ "/kubepods/burstable/pod8f9f2e71/" ID, ID },
		{ "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod8.slice/"
		  "cri-containerd-" ID ".scope",
		  ID },
		{ "/kubepods.slice/kubepods-pod8.slice/crio-" ID ".scope", ID },
		{ "/kubepods.slice/kubepods-pod8.slice:cri-containerd:" ID, "" },
		{ "/" ID, ID },
		{ "/machine.slice/machine-web\\x2d1.scope", "web-1" },
		{ "/machine.slice/systemd-nspawn@web\\x2d1.service", "web-1" },
		{ "/machine.slice/systemd-nspawn@web.service/payload", "web" },
		{ "/lxc.payload.web/init.scope", "web" },
		/* the outermost: what is below was named in there */
		{ "/docker/" ID "/docker/" I2, ID },
		{ "/lxc.payload.web/docker/" ID, "web" },
		/* monitors, virtual machines, and what only looks like one */
		{ "/machine.slice/libpod-conmon-" ID ".scope", "" },
		{ "/kubepods.slice/crio-conmon-" ID ".scope", "" },
		{ "/libpod_parent/conmon", "" },
		{ "/lxc.monitor.web", "" },
		{ "/lxc.payload.", "" },
		{ "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope", "" },
		{ "/machine.slice/machine-.scope", "" },
		{ "/docker/" ID "0", "" },
		{ "/x" ID, "" },
		{ "/docker/B3c348230c35ac228dc66a5ff1b0db3f59d433f553424aa5b63c76d7076962e2", "" },
		{ "/docker/b3c348230c35", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(container_of(cases[i].path, false), cases[i].container);
}

/* runc's own default: nothing but a name, which any cgroup may have. */
static void test_plain(void **state)
{
	(void)state;
	assert_string_equal(container_of("/web", true), "web");
	assert_string_equal(container_of("/web", false), "");
	assert_string_equal(container_of("/web/inner", true), "");
	assert_string_equal(container_of("/", true), "");
	assert_string_equal(container_of("/system.slice/private.service", true), "");
	assert_string_equal(container_of("/init.scope", true), "");
	assert_string_equal(container_of("/system.slice", true), "");
	assert_string_equal(container_of("/docker/" ID, true), ID);
}

static void test_escapes(void **state)
{
	static const struct {
		const char *path;
		const char *container;
	} cases[] = {
		{ "/machine-a\\x2d.scope", "a-" },	 { "/machine-a\\x2.scope", "a\\x2" },
		{ "/machine-a\\x.scope", "a\\x" },	 { "/machine-a\\.scope", "a\\" },
		{ "/machine-a\\x00b.scope", "a\\x00b" }, { "/machine-\\x5cx2d.scope", "\\x2d" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(container_of(cases[i].path, false), cases[i].container);
}

/* No component of a cgroup is longer than 255 bytes, but the input may say so. */
static void test_long(void **state)
{
	char path[600] = "/system.slice/";

	(void)state;
	memset(path + 14, 'a', 400);
	strcpy(path + 414, ".service");
	assert_string_equal(unit_of(path), "");
	path[0] = '/';
	memset(path + 1, 'a', 400);
	path[401] = '\0';
	assert_string_equal(container_of(path, true), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_units),	 cmocka_unit_test(test_whose),
		cmocka_unit_test(test_sessions), cmocka_unit_test(test_containers),
		cmocka_unit_test(test_plain),	 cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests_name("trace/cgroup", tests, NULL, NULL);
}
