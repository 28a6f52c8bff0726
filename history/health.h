/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Is the recorder well, and what is in the store? */
#ifndef WHODEL_HEALTH_H
#define WHODEL_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "history/reader.h"

struct health {
	/* What the recorder says itself; only where it answered. */
	bool runs;
	uint64_t pid;
	uint64_t rate; /* deletions a second, lately */
	uint64_t queue_bytes;
	uint64_t queue_limit;
	uint64_t buffer_bytes;
	uint64_t filtered;
	char error[128]; /* "": none */

	bool recorded; /* false: nothing ever was, and only the sizes are known */
	bool ended;    /* the newest recording was stopped */
	char host[256];
	char boot[40];
	char version[32];
	char probe[32];
	char transport[32];
	int64_t began;	/* of the newest recording; times are ns since 1970 */
	int64_t until;	/* all that was seen up to here is stored, or counted as lost */
	int64_t canary; /* the last one that came through */
	uint64_t recorded_events;

	uint64_t events; /* in the store */
	int64_t oldest;	 /* 0: none */
	int64_t newest;
	uint64_t bytes; /* the store's, its log included */

	bool lost_ever;
	int64_t lost_until; /* the end of the last loss */
	uint64_t lost;	    /* all that the store knows of */
	uint64_t gaps;
};

/* Asks the recorder; to be called before the store is opened. */
void health_ask(const char *path, struct health *health);

/* 0 or -errno */
int health_read(struct reader *reader, const char *path, struct health *health);

enum health_verdict {
	HEALTH_WELL,
	HEALTH_NOT_RUNNING,
	HEALTH_ERROR,	  /* it says what is wrong */
	HEALTH_STUCK,	  /* it runs, and has not said so lately */
	HEALTH_NO_CANARY, /* it runs, and does not see what it deletes itself */
	HEALTH_LOSES,	  /* events were lost lately */
};

enum health_verdict health_judge(const struct health *health, int64_t now);

/* In words, for people; and in one word, for programs. */
const char *health_verdict_text(enum health_verdict verdict);
const char *health_verdict_name(enum health_verdict verdict);

#endif
