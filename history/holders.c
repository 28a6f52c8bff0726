// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "history/holders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "trace/cleanup.h"

#define LINK_SIZE 48 /* of "/proc/4294967295/fd/2147483647" */

static void close_folder(DIR **folder)
{
	if (*folder)
		closedir(*folder);
}

#define _cleanup_folder_ __attribute__((cleanup(close_folder)))

enum verdict { ANOTHER_FILE, SAME_INODE, SAME_FILE };

/* The open itself is harmless: a regular file, which it is known to be. */
static enum verdict compare_generation(const char *link, const struct identity *identity)
{
	_cleanup_close_ int fd = open(link, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	unsigned long generation = 0; /* the kernel fills in 32 bits of it */

	if (fd < 0 || ioctl(fd, FS_IOC_GETVERSION, &generation))
		return SAME_INODE;
	return (uint32_t)generation == identity->generation ? SAME_FILE : ANOTHER_FILE;
}

static enum verdict compare(const char *link, const struct identity *identity)
{
	struct stat st;

	if (stat(link, &st) || !S_ISREG(st.st_mode) || st.st_nlink > 0 ||
	    st.st_ino != identity->inode || major(st.st_dev) != identity->device_major ||
	    minor(st.st_dev) != identity->device_minor)
		return ANOTHER_FILE;
	return compare_generation(link, identity);
}

static char *read_comm(const char *pid)
{
	char path[LINK_SIZE];
	char comm[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	file = fopen(path, "re");
	if (file) {
		if (!fgets(comm, sizeof(comm), file))
			comm[0] = '\0';
		fclose(file);
	}
	comm[strcspn(comm, "\n")] = '\0';
	return strdup(comm);
}

static int add(struct holders *holders, const char *pid, const char *link,
	       const struct deletion *deletion, enum verdict verdict)
{
	struct answer_holder *items =
		reallocarray(holders->items, holders->count + 1, sizeof(*items));
	struct answer_holder *item;

	if (!items)
		return -ENOMEM;
	holders->items = items;
	item = &items[holders->count];
	*item = (struct answer_holder){
		.pid = (uint32_t)strtoul(pid, NULL, 10),
		.comm = read_comm(pid),
		.link = strdup(link),
		.path = deletion->path,
		.same_generation = verdict == SAME_FILE,
	};
	holders->count++;
	return item->comm && item->link ? 0 : -ENOMEM;
}

/* The first of the process's descriptors that is the file. */
static int look_at_process(struct holders *holders, const char *pid,
			   const struct deletion *deletion)
{
	char path[LINK_SIZE];
	_cleanup_folder_ DIR *folder = NULL;
	const struct dirent *entry;

	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		enum verdict verdict;

		if (*entry->d_name == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%.20s/fd/%.12s", pid, entry->d_name);
		verdict = compare(path, &deletion->identity);
		if (verdict != ANOTHER_FILE)
			return add(holders, pid, path, deletion, verdict);
	}
	return 0;
}

int holders_find(const struct deletion *deletion, struct holders *holders)
{
	_cleanup_folder_ DIR *proc = opendir("/proc");
	const struct dirent *entry;
	int err = 0;

	if (!deletion->identity.known || !deletion->path)
		return 0;
	while (proc && !err && (entry = readdir(proc)))
		if (*entry->d_name >= '1' && *entry->d_name <= '9')
			err = look_at_process(holders, entry->d_name, deletion);
	return err;
}

void holders_free(struct holders *holders)
{
	for (unsigned int i = 0; i < holders->count; i++) {
		free((void *)holders->items[i].comm);
		free((void *)holders->items[i].link);
	}
	free(holders->items);
	*holders = (struct holders){ 0 };
}
