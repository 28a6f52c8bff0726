/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* One deletion as it is stored: what repeats is a number of a row. */
#ifndef WHODEL_EVENT_H
#define WHODEL_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/deletion.h"

/* A path: the directory's bytes, which end in "/" or are none, and then the name's. */
struct place {
	uint64_t directory; /* row of directory; 0: the path is not known */
	const char *name;   /* not NUL-terminated */
	size_t size;
};

struct event {
	int64_t time; /* wall clock, ns since 1970 */
	enum deletion_op op;
	enum deletion_via via;
	enum outcome outcome;
	int error; /* OUTCOME_FAILED: a positive errno */
	uint32_t incomplete;
	struct place path;
	struct place seen;  /* path_seen; directory 0 where it does not differ */
	struct place other; /* to, or replaced_by */
	struct identity identity;
	uint64_t process;   /* row of process; 0: its facts were lost */
	uint32_t pid;	    /* 0 where there is a row, which has it */
	int32_t tid_offset; /* tid - pid */
	uint64_t comm;	    /* row of text */
	uint32_t cpu;
	uint64_t seq;
};

#endif
