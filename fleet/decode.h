/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* A message back into what it was made of. What strangers sent is looked at field by field. */
#ifndef WHODEL_DECODE_MESSAGE_H
#define WHODEL_DECODE_MESSAGE_H

#include <jansson.h>

#include "history/store.h"
#include "trace/deletion.h"

enum told_type { TOLD_DELETION, TOLD_COVERAGE, TOLD_LOSS, TOLD_UNFORWARDED, TOLD_RECORDING };

/* An id: STORE-NUMBER, STORE-cROW, STORE-uFIRST-LAST, STORE-rROW-UNTIL */
struct told_id {
	char store[64];
	char kind; /* 'e', 'c', 'u', 'r' */
	uint64_t first;
	uint64_t last;
};

struct told {
	struct told_id id;
	int64_t recording; /* the source's row */
	char host[65];
	enum told_type type;
	json_t *root; /* what the strings below lie in */
	struct owned *owned;
	struct deletion deletion;
	struct process process;
	struct coverage coverage;
	struct loss_by by[32];
	struct recording facts;
	uint64_t number;
};

/* 0 or -EBADMSG */
int told_id_parse(const char *text, struct told_id *id);

/*
 * told_parse - read a message's JSON; @told has its id, recording and host already
 *
 * Returns 0; -EBADMSG: it is none of ours; -ENOTSUP: a newer whodel's; -ENOMEM. @told is to be
 * freed in any case.
 */
int told_parse(const char *data, size_t size, struct told *told);

void told_free(struct told *told);

#endif
