// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * act HOW ARGUMENT...: ways to delete that no common command has.
 *	int80 PATH        the 32-bit system call, from a 64-bit process
 *	exchange A B      renameat2() with RENAME_EXCHANGE
 *	noreplace A B     with RENAME_NOREPLACE
 *	vfork PATH        in a child that shares the parent's memory
 *	thread PATH       in a thread called "a-thread"; writes its tid
 *	unmapped PATH     the path in a page of a file that is not resident at the system call
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int report(const char *what, long ret)
{
	if (ret < 0)
		warn("%s", what);
	return ret < 0;
}

#ifdef __x86_64__
/* Kernels without CONFIG_IA32_EMULATION kill who tries: then the test fails and shows it. */
static int act_int80(char **args)
{
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long ret;

	if (low == MAP_FAILED || strlen(args[0]) >= 4096)
		err(1, "low memory");
	strcpy(low, args[0]);
	__asm__ volatile("int $0x80"
			 : "=a"(ret)
			 : "a"(10L), "b"(low)
			 : "memory", "r8", "r9", "r10", "r11");
	errno = (int)-ret;
	return report("int80 unlink", ret);
}
#else
static int act_int80(char **args)
{
	(void)args;
	errx(1, "only x86-64 has it");
}
#endif

static int act_exchange(char **args)
{
	return report("exchange", renameat2(AT_FDCWD, args[0], AT_FDCWD, args[1], RENAME_EXCHANGE));
}

static int act_noreplace(char **args)
{
	return report("noreplace",
		      renameat2(AT_FDCWD, args[0], AT_FDCWD, args[1], RENAME_NOREPLACE));
}

static int act_vfork(char **args)
{
	const char *path = args[0];
	int status;
	pid_t pid = vfork(); /* NOLINT: what is tested */

	if (pid == 0) {
		syscall(SYS_unlinkat, AT_FDCWD, path, 0); /* NOLINT: as above */
		_exit(0);
	}
	printf("%d\n", pid);
	return report("vfork", waitpid(pid, &status, 0));
}

static void *thread(void *path)
{
	prctl(PR_SET_NAME, "a-thread");
	printf("%d\n", gettid());
	return report("unlink", unlink(path)) ? path : NULL;
}

static int act_thread(char **args)
{
	pthread_t id;
	void *failed;

	if (pthread_create(&id, NULL, thread, args[0]) || pthread_join(id, &failed))
		errx(1, "no thread");
	return failed != NULL;
}

/* A private file mapping whose page was never touched: only the kernel's own copy faults it in. */
static int act_unmapped(char **args)
{
	int fd = open(args[1], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	char *path;

	if (fd < 0 || write(fd, args[0], strlen(args[0]) + 1) < 0)
		err(1, "%s", args[1]);
	path = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	if (path == MAP_FAILED)
		err(1, "map %s", args[1]);
	return report("unlink", unlink(path));
}

static const struct {
	const char *name;
	int args;
	int (*run)(char **args);
} acts[] = {
	{ "int80", 1, act_int80 },	   { "exchange", 2, act_exchange },
	{ "noreplace", 2, act_noreplace }, { "vfork", 1, act_vfork },
	{ "thread", 1, act_thread },	   { "unmapped", 2, act_unmapped },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 2 && i < sizeof(acts) / sizeof(acts[0]); i++)
		if (!strcmp(acts[i].name, argv[1]) && argc == acts[i].args + 2)
			return acts[i].run(argv + 2);
	errx(2, "usage: act HOW ARGUMENT...");
}
