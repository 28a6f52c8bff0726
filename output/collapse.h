/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Trees that one process deleted, told as one: what a stream of deletions is led through before an
 * output, where people read it.
 *
 * A tree is what one process unlinked and removed below one directory, in one go. Its root is the
 * directory of the first one; it goes up to a parent only where the root itself was removed, as
 * depth-first deletion does. So "rm -r a b" gives two trees, and not one of all that is around
 * them. Up to COLLAPSE_FEW deletions are told one by one. What is not an unlink or an rmdir, or
 * has no whole path, passes through.
 */
#ifndef WHODEL_COLLAPSE_H
#define WHODEL_COLLAPSE_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/deletion.h"

#define COLLAPSE_FEW 2

struct tree {
	const char *root;	      /* a directory's path */
	const struct deletion *first; /* as it came in: stands for who did it */
	struct timespec since;	      /* the earliest and the latest of them */
	struct timespec until;
	uint64_t files; /* whatever is not a directory */
	uint64_t directories;
	uint64_t failures; /* attempts that failed, in neither of the two */
	uint64_t bytes;	   /* of files that lost their last name, as far as known */
	bool bytes_known;  /* of all of them */
	bool root_removed;
	bool unproven; /* some path is as the process wrote it */
};

struct collapse_opts {
	bool newest_first; /* the order of what comes in */
	unsigned int rest; /* seconds between events after which a tree is done; 0: any time */
	/* Both return 0, or what ends the feeding. */
	int (*on_deletion)(void *ctx, const struct deletion *deletion);
	int (*on_tree)(void *ctx, const struct tree *tree);
	void *ctx;
};

struct collapse;

/* 0 or -ENOMEM */
int collapse_new(const struct collapse_opts *opts, struct collapse **out);

/* 0, -ENOMEM, or what a callback returned. Trees come out once they can grow no more. */
int collapse_feed(struct collapse *collapse, const struct deletion *deletion);

/* Tells what has not grown since @before; all that is held where that is NULL. */
int collapse_flush(struct collapse *collapse, const struct timespec *before);

/* Nothing more is told. @collapse may be NULL. */
void collapse_free(struct collapse *collapse);

#endif
