/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The directories of one process, and the ways to write a name in them. */
#ifndef WHODEL_TEST_MIXED_WORLD_H
#define WHODEL_TEST_MIXED_WORLD_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define PATH_ROOM 16384
#define DIRS_MAX  80
#define LEFT_MAX  8

struct dir {
	struct dir *parent; /* NULL: the top */
	char name[NAME_MAX + 1];
	char link[16]; /* a symbolic link to it beside it; "": none */
	int fd;	       /* O_PATH */
	bool moves;    /* may be renamed */
	bool bound;    /* below the bind mount: another mount than the rest */
};

/* A file that an operation left behind: the next one removes it. */
struct left {
	struct dir *dir;
	char leaf[NAME_MAX + 1];
	bool folder;
};

struct worker {
	unsigned int number;
	uint64_t random;
	uint64_t operations; /* told so far */
	FILE *reference;
	const char *top; /* the host's path of the top directory */
	bool chrooted;	 /* into the top directory */
	bool bound;	 /* the top has a bind mount */
	int proc;	 /* /proc, also from within the chroot */
	unsigned int serial;
	struct dir dirs[DIRS_MAX];
	unsigned int dir_count;
	unsigned int near_count; /* of them; the others are deep down */
	struct dir *full;	 /* never empty */
	struct dir *locked;	 /* where only root may delete */
	struct dir *bind;	 /* the mount point itself */
	struct left left[LEFT_MAX];
	unsigned int left_count;
};

/* One name as a system call is given it, and as it must come out. */
struct name {
	struct dir *dir;
	char leaf[PATH_MAX];
	int base;		 /* the directory that the string starts from */
	char string[PATH_ROOM];	 /* what the system call is given */
	char path[PATH_ROOM];	 /* the true one, on the host; "": none */
	char written[PATH_ROOM]; /* as the string says, resolved on paper */
	char seen[PATH_ROOM];	 /* as the process sees it */
};

uint32_t random_below(struct worker *worker, uint32_t limit);

/* A directory for an operation to work in. */
struct dir *random_dir(struct worker *worker);

/* The tree of one process; dies of what goes wrong. */
void world_make(struct worker *worker);

struct dir *add_dir(struct worker *worker, struct dir *parent, const char *name);

/* One that was never there before: of all kinds of bytes. */
void new_leaf(struct worker *worker, char leaf[NAME_MAX + 1]);

/* Write @leaf in @dir in one of the ways there are. */
void write_name(struct worker *worker, struct dir *dir, const char *leaf, struct name *out);

/* In the form that needs no more than the descriptor of the directory. */
void write_plain(struct worker *worker, struct dir *dir, const char *leaf, struct name *out);

/* The absolute form, if a system call takes it: else -1. */
int write_absolute(struct worker *worker, struct dir *dir, const char *leaf, struct name *out);

void leave(struct worker *worker, struct dir *dir, const char *leaf, bool folder);

#endif
