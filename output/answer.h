/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * What an answer from history ends with: what was found, and what it can prove. It goes where the
 * summary of a trace goes: the last line of JSON, notes for people.
 */
#ifndef WHODEL_ANSWER_H
#define WHODEL_ANSWER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "trace/deletion.h"

/* A stretch of time within the window for which absence is not proved. */
struct answer_gap {
	const char *kind; /* "gap": nobody recorded; "loss": recorded, but some were lost */
	struct timespec since;
	struct timespec until;
	const char *reason;
	bool lost_known; /* false: nobody can know how many */
	uint64_t lost;
	const struct loss_by *by; /* NULL: not known */
	unsigned int by_count;
};

/* Somebody still has the deleted file open: its content is there yet. */
struct answer_holder {
	uint32_t pid;
	const char *comm;
	const char *link;     /* "/proc/991/fd/3": what to copy */
	const char *path;     /* as it was deleted: where to copy it to */
	bool same_generation; /* false: not to be told here; device and inode are the same */
};

struct answer {
	const char *path; /* that was asked for; NULL: a search by other things */
	bool found;
	const char *now; /* where it is now, after it was moved; NULL: not to be told, or gone */

	bool recorded;	       /* false: nothing was ever recorded, and no window known */
	bool running;	       /* the recorder, up to the moment of asking */
	struct timespec since; /* the window: what was asked for and is recorded */
	struct timespec until;
	const struct answer_gap *gaps; /* in order of time */
	unsigned int gap_count;
	uint64_t lost;	     /* in all gaps, as far as known */
	uint64_t removed;    /* events that retention took, before the window */
	const char *probe;   /* of the newest recording */
	const char **unseen; /* what was not visible, in words; ended by NULL */

	const struct answer_holder *holders;
	unsigned int holder_count;
};

/* Nothing of the window was missed, and the window is all that was asked for. */
static inline bool answer_is_proved(const struct answer *answer)
{
	return answer->recorded && answer->gap_count == 0;
}

#endif
