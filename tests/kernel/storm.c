// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * storm FOLDER PROCESSES FILES: so many processes make so many files each in FOLDER/0, FOLDER/1,
 * ... and, once all have, delete them all at once. Writes "NUMBER PID" for each to FOLDER/pids.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static void delete (int dir, unsigned int files)
{
	char file[32];

	for (unsigned int i = 0; i < files; i++) {
		name(file, sizeof(file), i);
		if (unlinkat(dir, file, 0))
			err(1, "unlink %s", file);
	}
}

/* Says that it is ready through one pipe, and waits for the end of another. */
static void run(const char *folder, unsigned int files, int ready, int go)
{
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char byte;

	if (dir < 0)
		err(1, "open %s", folder);
	make(dir, files);
	if (write(ready, "", 1) != 1 || read(go, &byte, 1) != 0)
		err(1, "wait for the others");
	delete (dir, files);
	_exit(0);
}

static void start(const char *top, FILE *pids, unsigned int number, unsigned int files, int ready,
		  int go[2])
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
		run(folder, files, ready, go[0]);
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
	FILE *pids;
	char byte;

	if (argc != 4)
		errx(2, "usage: storm FOLDER PROCESSES FILES");
	processes = (unsigned int)strtoul(argv[2], NULL, 10);
	snprintf(path, sizeof(path), "%s/pids", argv[1]);
	pids = fopen(path, "we");
	if (!pids || pipe2(ready, O_CLOEXEC) || pipe2(go, O_CLOEXEC))
		err(1, "set up");
	for (unsigned int i = 0; i < processes; i++)
		start(argv[1], pids, i, (unsigned int)strtoul(argv[3], NULL, 10), ready[1], go);
	fclose(pids);
	for (unsigned int i = 0; i < processes; i++)
		if (read(ready[0], &byte, 1) != 1)
			err(1, "wait for the files");
	close(go[1]);
	return wait_all(processes);
}
