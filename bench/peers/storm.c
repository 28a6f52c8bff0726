// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * storm make FOLDER DIRECTORIES FILES: FOLDER/0/file-000000 and so on, so many in each directory
 * and numbered through all of them, so that the name alone tells which file it was.
 *
 * storm delete FOLDER DIRECTORIES FILES: deletes them, one process to a directory. Says "ready",
 * starts them all when its standard input ends, and writes "PID WALL_NS CPU_NS" for each.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct storm {
	const char *folder;
	unsigned int directories;
	unsigned int files; /* in each */
};

static void name_file(char *to, size_t size, unsigned int i)
{
	snprintf(to, size, "file-%06u", i);
}

static void name_directory(const struct storm *storm, unsigned int number, char *to, size_t size)
{
	if (snprintf(to, size, "%s/%u", storm->folder, number) >= (int)size)
		errx(1, "%s: too long", storm->folder);
}

static int open_directory(const struct storm *storm, unsigned int number)
{
	char path[4096];
	int fd;

	name_directory(storm, number, path, sizeof(path));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		err(1, "open %s", path);
	return fd;
}

static void make_files(int dir, unsigned int from, unsigned int to)
{
	char file[32];

	for (unsigned int i = from; i < to; i++) {
		int fd;

		name_file(file, sizeof(file), i);
		fd = openat(dir, file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		if (fd < 0)
			err(1, "make %s", file);
		close(fd);
	}
}

static void make(const struct storm *storm)
{
	char path[4096];

	for (unsigned int i = 0; i < storm->directories; i++) {
		int dir;

		name_directory(storm, i, path, sizeof(path));
		if (mkdir(path, 0700))
			err(1, "mkdir %s", path);
		dir = open_directory(storm, i);
		make_files(dir, i * storm->files, (i + 1) * storm->files);
		close(dir);
	}
}

static long long now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void delete_files(int dir, unsigned int from, unsigned int to)
{
	char file[32];

	for (unsigned int i = from; i < to; i++) {
		name_file(file, sizeof(file), i);
		if (unlinkat(dir, file, 0))
			err(1, "unlink %s", file);
	}
}

/* A child's part: waits for the end of @go, deletes, says how long it took. */
static void delete_one(const struct storm *storm, unsigned int number, int go)
{
	int dir = open_directory(storm, number);
	long long wall;
	long long cpu;
	char byte;

	if (read(go, &byte, 1) != 0)
		err(1, "wait for the others");
	wall = now(CLOCK_MONOTONIC);
	cpu = now(CLOCK_PROCESS_CPUTIME_ID);
	delete_files(dir, number * storm->files, (number + 1) * storm->files);
	cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	wall = now(CLOCK_MONOTONIC) - wall;
	dprintf(STDOUT_FILENO, "%d %lld %lld\n", getpid(), wall, cpu);
	_exit(0);
}

static void start(const struct storm *storm, unsigned int number, int go[2])
{
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (pid > 0)
		return;
	close(go[1]);
	delete_one(storm, number, go[0]);
}

static int wait_all(unsigned int processes)
{
	int failed = 0;
	int status;

	while (processes--)
		failed |= wait(&status) < 0 || status != 0;
	return failed;
}

static int delete_all(const struct storm *storm)
{
	char byte;
	int go[2];

	if (pipe2(go, O_CLOEXEC))
		err(1, "pipe");
	for (unsigned int i = 0; i < storm->directories; i++)
		start(storm, i, go);
	dprintf(STDOUT_FILENO, "ready\n");
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	close(go[1]);
	return wait_all(storm->directories);
}

int main(int argc, char **argv)
{
	struct storm storm;

	if (argc != 5 || (strcmp(argv[1], "make") != 0 && strcmp(argv[1], "delete") != 0))
		errx(2, "usage: storm make|delete FOLDER DIRECTORIES FILES");
	storm.folder = argv[2];
	storm.directories = (unsigned int)strtoul(argv[3], NULL, 10);
	storm.files = (unsigned int)strtoul(argv[4], NULL, 10);
	if (strcmp(argv[1], "delete") == 0)
		return delete_all(&storm);
	make(&storm);
	return 0;
}
