/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The ways in which a name, or what it stands for, can vanish: one table, walked by the self-test.
 * Each way is carried out in a process of its own, on a file of its own, in a scratch folder.
 */
#ifndef WHODEL_WAYS_H
#define WHODEL_WAYS_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "trace/deletion.h"

/* What the process that goes a way writes down before it does, shared with who compares. */
struct expected {
	pid_t pid;
	pid_t tid;
	pid_t ppid;
	char path[PATH_MAX];  /* the true one, on the host */
	char seen[PATH_MAX];  /* as the process sees it */
	char other[PATH_MAX]; /* where a file came from, or went to; "": no such name */
	struct stat stat;     /* of what goes */
	bool has_identity;
	bool tried;
	int error;     /* that the way ended with; 0 */
	char why[128]; /* it was not tried */
};

/* Where a way is gone. */
struct scene {
	char dir[PATH_MAX]; /* an empty folder; absolute */
	struct expected *expected;
};

enum way_silence {
	WAY_TOLD,
	WAY_SILENT, /* nothing goes: no event is right */
};

struct way {
	const char *name;
	enum deletion_op op;
	enum deletion_via via;
	enum way_silence silence;
	int error; /* it has to fail with this */
	/* Goes the way; 0, or -errno of what it tried. WAY_UNTRIED: said why in expected. */
	int (*run)(struct scene *scene);
	const char *tracepoint_gap;    /* why the tracepoint probe does not see it; NULL: it does */
	const char *tracepoint_partly; /* and why it sees less than all; NULL: it need not */
};

#define WAY_UNTRIED 1

/* Ended by one without a name. */
extern const struct way way_table[];

/* Ways that no test here can go, and why they are not seen: by any probe or by some. */
struct unseen {
	const char *way;
	const char *probes; /* "all", or the names of those that are blind */
	const char *why;
};

/* Ended by one without a way. */
extern const struct unseen unseen_table[];

#endif
