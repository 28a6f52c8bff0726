// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * mixed FOLDER SEED OPERATIONS REFERENCE: eight processes at once do so many operations all in all
 * in FOLDER: they remove, replace, move and exchange, or fail to. What must come out is written to
 * REFERENCE.0 to REFERENCE.7 by who does it, as JSON lines; mixed.py compares.
 *
 * Two of the processes are not root, one is in a chroot, one in a mount namespace of its own. Where
 * there is a FOLDER/bind, it is a bind mount of FOLDER/shared.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/mixed/acts.h"
#include "tests/mixed/attempt.h"

#define PROCESSES 8

static struct worker worker;

static void enter_chroot(void)
{
	worker.chrooted = true;
	if (chroot(worker.top) || chdir("/"))
		err(1, "chroot");
}

static void leave_namespace(void)
{
	if (unshare(CLONE_NEWNS))
		err(1, "unshare");
}

static void become_user(void)
{
	if (setresuid(1001, 1001, 1001))
		err(1, "setresuid");
}

static void become_two_users(void)
{
	if (setresuid(1002, 1003, 1003))
		err(1, "setresuid");
}

/* Before the process makes its tree, and after. */
static const struct special {
	void (*before)(void);
	void (*after)(void);
} specials[PROCESSES] = {
	[2] = { .before = become_user },
	[3] = { .before = become_two_users },
	[4] = { .before = leave_namespace },
	[5] = { .after = enter_chroot },
};

static void make_folder_at(const char *top, const char *name, mode_t mode)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	if (mkdir(path, mode) && errno != EEXIST)
		err(1, "mkdir %s", path);
}

/* What the processes find; there may be a bind mount already. */
static void make_common(const char *top)
{
	char name[16];

	umask(0);
	make_folder_at(top, "shared", 0777);
	make_folder_at(top, "shared/deeper", 0777);
	make_folder_at(top, "locked", 0755);
	make_folder_at(top, "locked/kept", 0755);
	for (unsigned int i = 0; i < PROCESSES; i++) {
		snprintf(name, sizeof(name), "p%u", i);
		make_folder_at(top, name, 0777);
	}
}

static bool has_bind(const char *top)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/bind", top);
	return access(path, F_OK) == 0;
}

static _Noreturn void run(unsigned int number, char **args, int go)
{
	const struct special *special = &specials[number];
	uint64_t operations = strtoull(args[2], NULL, 10) / PROCESSES;
	char path[PATH_MAX];
	char byte;

	worker.number = number;
	worker.top = args[0];
	worker.random = strtoull(args[1], NULL, 10) * PROCESSES + number + 1;
	worker.bound = has_bind(worker.top);
	worker.proc = open("/proc", O_PATH | O_CLOEXEC);
	snprintf(path, sizeof(path), "%s.%u", args[3], number);
	worker.reference = fopen(path, "we");
	if (!worker.reference || worker.proc < 0)
		err(1, "%s", path);
	if (special->before)
		special->before();
	world_make(&worker);
	if (special->after)
		special->after();
	process_tell(&worker);
	if (read(go, &byte, 1) != 0)
		errx(1, "the start signal is broken");
	while (worker.operations < operations)
		act(&worker);
	exit(fclose(worker.reference) ? 1 : 0);
}

int main(int argc, char **argv)
{
	int failed = 0;
	int status;
	int go[2];

	if (argc != 5)
		errx(2, "usage: mixed FOLDER SEED OPERATIONS REFERENCE");
	make_common(argv[1]);
	if (pipe2(go, O_CLOEXEC))
		err(1, "pipe");
	for (unsigned int i = 0; i < PROCESSES; i++) {
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork");
		if (pid == 0) {
			close(go[1]);
			run(i, argv + 1, go[0]);
		}
	}
	close(go[1]);
	while (wait(&status) > 0)
		failed |= status != 0;
	return failed;
}
