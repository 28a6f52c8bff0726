/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * What became of a path: its deletions, those of the directories above it, and where it was moved
 * to. docs/who.md has the rules.
 */
#ifndef WHODEL_TRAIL_H
#define WHODEL_TRAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/reader.h"

struct trail_question {
	const char *path; /* absolute, without ".", "..", doubled slashes or one at its end */
	int64_t since;	  /* of the events, both included */
	int64_t until;
	size_t most; /* events of the path itself, and as many of the directories above */
	bool failed; /* attempts that failed too */
};

/* Its "match" field says how each one came into the answer. */
#define MATCH_PATH     "path"	  /* it is the path's own */
#define MATCH_ANCESTOR "ancestor" /* of a directory above: what was at the path went with it */
#define MATCH_AFTER    "after"	  /* the same, but nothing shows that something was at the path */
#define MATCH_FOLLOWED "followed" /* of the place that the one before it moved the path to */

struct trail {
	struct deletion **events; /* the last one first; what was followed stands behind its move */
	size_t count;
	char *now; /* where the last move led to, and nothing is known to have happened; or NULL */
};

/* 0 or -errno; @trail is to be freed in any case. */
int trail_find(struct reader *reader, const struct trail_question *question, struct trail *trail);

void trail_free(struct trail *trail);

#endif
