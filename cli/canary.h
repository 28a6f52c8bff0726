/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The recorder deletes a file of its own and sees whether that comes through: what silence is
 * worth. Times are wall clock, ns.
 */
#ifndef WHODEL_CANARY_H
#define WHODEL_CANARY_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/deletion.h"

/* So long a canary may be on its way; a reader that is starved of CPU needs some of it. */
#define CANARY_PATIENCE_NS 5000000000LL

struct canary {
	const char *folder;  /* where it is made; if that fails, in one that is in memory */
	int64_t interval;    /* ns */
	char name[48];	     /* of the last one */
	uint32_t pid;	     /* ours, as the kernel shows it; 0: none has come yet */
	int64_t sent;	     /* 0: none is on its way */
	int64_t arrived;     /* the last one; 0: none */
	int64_t next;	     /* when to send again */
	unsigned int missed; /* in a row */
};

/* Make one and delete it. 0 or -errno: no folder would have it. */
int canary_send(struct canary *canary, int64_t now);

/* Is this deletion the canary? Then it has arrived. */
bool canary_take(struct canary *canary, const struct deletion *deletion, int64_t now);

/* Ours, and no news to anyone: the canary, a file of the store. */
bool canary_is_own(const struct canary *canary, const struct deletion *deletion);

/* Has it been on its way for too long? Told once; then it is sent again at once. */
bool canary_is_missing(struct canary *canary, int64_t now);

/* It may have been lost in a crowd, which is counted by itself: it is due again. */
void canary_forget(struct canary *canary);

bool canary_is_due(const struct canary *canary, int64_t now);

#endif
