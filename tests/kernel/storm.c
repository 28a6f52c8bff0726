// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * storm FOLDER PROCESSES FILES [random]: so many processes make so many files each in FOLDER/0,
 * FOLDER/1, ... and, once all have, delete them all at once, in order or in none. Writes "NUMBER
 * PID" for each to FOLDER/pids, and to FOLDER/cpu the microseconds of CPU that deleting took it.
 */
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void name(char *to, size_t size, unsigned int i)
{
	snprintf(to, size, "file-%06u", i);
}

static void make(int dir, unsigned int files)
{
	char file[32];

	for (unsigned int i = 0; i < files; i++) {
		int fd;

		name(file, sizeof(file), i);
		fd = openat(dir, file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		if (fd < 0)
			err(1, "make %s", file);
		close(fd);
	}
}

/* The same numbers each time, and no order that a cache could like. */
static unsigned int *shuffle(unsigned int files)
{
	unsigned int *order = calloc(files, sizeof(*order));
	unsigned int random = 12345;

	if (!order)
		err(1, "order of %u files", files);
	for (unsigned int i = 0; i < files; i++) {
		unsigned int other;

		random = random * 1664525 + 1013904223;
		other = (unsigned int)((unsigned long long)random * (i + 1) >> 32);
		order[i] = order[other];
		order[other] = i;
	}
	return order;
}

static void delete (int dir, unsigned int files, const unsigned int *order)
{
	char file[32];

	for (unsigned int i = 0; i < files; i++) {
		name(file, sizeof(file), order ? order[i] : i);
		if (unlinkat(dir, file, 0))
			err(1, "unlink %s", file);
	}
}

static long cpu_used(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec +
	       usage.ru_stime.tv_usec;
}

static bool in_order = true;

/* Says that it is ready through one pipe, and waits for the end of another. */
static void run(const char *folder, unsigned int files, int cpu, int ready, int go)
{
	unsigned int *order = in_order ? NULL : shuffle(files);
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char byte;
	long before;

	if (dir < 0)
		err(1, "open %s", folder);
	make(dir, files);
	if (write(ready, "", 1) != 1 || read(go, &byte, 1) != 0)
		err(1, "wait for the others");
	before = cpu_used();
	delete (dir, files, order);
	dprintf(cpu, "%ld\n", cpu_used() - before);
	_exit(0);
}

static void start(const char *top, FILE *pids, unsigned int number, unsigned int files, int cpu,
		  int ready, int go[2])
{
	char folder[4096];
	pid_t pid;

	snprintf(folder, sizeof(folder), "%s/%u", top, number);
	if (mkdir(folder, 0700))
		err(1, "mkdir %s", folder);
	fflush(pids);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		close(go[1]);
		run(folder, files, cpu, ready, go[0]);
	}
	fprintf(pids, "%u %d\n", number, pid);
}

static int wait_all(unsigned int processes)
{
	int failed = 0;
	int status;

	while (processes--)
		failed |= wait(&status) < 0 || status != 0;
	return failed;
}

int main(int argc, char **argv)
{
	unsigned int processes;
	char path[4096];
	int ready[2];
	int go[2];
	int cpu;
	FILE *pids;
	char byte;

	in_order = argc != 5 || strcmp(argv[4], "random") != 0;
	if (argc != 4 && in_order)
		errx(2, "usage: storm FOLDER PROCESSES FILES [random]");
	processes = (unsigned int)strtoul(argv[2], NULL, 10);
	snprintf(path, sizeof(path), "%s/pids", argv[1]);
	pids = fopen(path, "we");
	snprintf(path, sizeof(path), "%s/cpu", argv[1]);
	cpu = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	if (!pids || cpu < 0 || pipe2(ready, O_CLOEXEC) || pipe2(go, O_CLOEXEC))
		err(1, "set up");
	for (unsigned int i = 0; i < processes; i++)
		start(argv[1], pids, i, (unsigned int)strtoul(argv[3], NULL, 10), cpu, ready[1],
		      go);
	fclose(pids);
	for (unsigned int i = 0; i < processes; i++)
		if (read(ready[0], &byte, 1) != 1)
			err(1, "wait for the files");
	close(go[1]);
	return wait_all(processes);
}
