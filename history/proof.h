/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the store can prove about a stretch of time: the end of every answer. */
#ifndef WHODEL_PROOF_H
#define WHODEL_PROOF_H

#include <stdint.h>

#include "history/reader.h"
#include "output/answer.h"

struct proof {
	struct answer_gap *gaps;
	unsigned int gap_count;
	char **strings; /* what gaps and unseen point to */
	size_t string_count;
	const char **unseen;
	size_t unseen_count;
};

struct proof_window {
	int64_t since; /* INT64_MIN: from the first record on */
	int64_t until; /* up to the moment of asking at most */
};

/*
 * proof_read - fill in the window, its gaps and what was not visible
 * @answer: from "recorded" to "unseen"; points into @proof, which is to be freed in any case
 *
 * A window that begins before the first record, or ends behind the last, has a gap there.
 */
int proof_read(struct reader *reader, const struct proof_window *window, struct proof *proof,
	       struct answer *answer);

void proof_free(struct proof *proof);

#endif
