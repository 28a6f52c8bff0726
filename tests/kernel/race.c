// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * race FOLDER ROUNDS LIST: a thread swaps the path between two names of equal length while another
 * one unlinks it. Which file went is seen afterwards: LIST gets one line a round, "FOLDER/left.txt"
 * or "FOLDER/rightone", in the order of the deletions; rounds in which none went have no line.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_BYTES 8 /* one store swaps the whole name */

static _Alignas(NAME_BYTES) char buffer[4096];
static volatile unsigned long long *leaf;
static char *path;
static volatile bool stop;

static void *swap(void *unused)
{
	unsigned long long names[2];

	(void)unused;
	memcpy(&names[0], "left.txt", NAME_BYTES);
	memcpy(&names[1], "rightone", NAME_BYTES);
	for (unsigned int i = 0; !stop; i++)
		*leaf = names[i % 2];
	return NULL;
}

/* "FOLDER/left.txt" so that the name is aligned. */
static void lay_out(const char *folder)
{
	size_t before = (strlen(folder) + 1 + NAME_BYTES - 1) / NAME_BYTES * NAME_BYTES;

	if (before + NAME_BYTES >= sizeof(buffer))
		errx(1, "%s is too long", folder);
	path = buffer + before - strlen(folder) - 1;
	sprintf(path, "%s/left.txt", folder);
	leaf = (unsigned long long *)(buffer + before);
}

static void make(const char *name)
{
	int fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	if (fd < 0)
		err(1, "make %s", name);
	close(fd);
}

int main(int argc, char **argv)
{
	unsigned long rounds;
	pthread_t id;
	FILE *list;

	if (argc != 4)
		errx(2, "usage: race FOLDER ROUNDS LIST");
	rounds = strtoul(argv[2], NULL, 10);
	list = fopen(argv[3], "we");
	if (!list || chdir(argv[1]))
		err(1, "set up");
	lay_out(argv[1]);
	if (pthread_create(&id, NULL, swap, NULL))
		errx(1, "no thread");
	while (rounds--) {
		make("left.txt");
		make("rightone");
		if (unlink(path)) {
			if (errno != ENOENT)
				err(1, "unlink");
			continue; /* the kernel copied half of each name */
		}
		if (access("left.txt", F_OK))
			fprintf(list, "%s/left.txt\n", argv[1]);
		else if (access("rightone", F_OK))
			fprintf(list, "%s/rightone\n", argv[1]);
		else
			errx(1, "neither is gone");
	}
	stop = true;
	pthread_join(id, NULL);
	return fclose(list) != 0;
}
