/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What is told next: events, coverage and recordings of the store, as messages. */
#ifndef WHODEL_BATCH_H
#define WHODEL_BATCH_H

#include <nats/nats.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/forward.h"
#include "output/output.h"

#define BATCH_MESSAGES 1024
#define BATCH_ROOM     (BATCH_MESSAGES + 64 + 64 + 256) /* and what is not an event */
#define BATCH_BYTES    (1 << 20)

/* Headers, besides Nats-Msg-Id: STORE-NUMBER, STORE-cROW, ... */
#define HEADER_RECORDING "Whodel-Recording"

struct batch {
	struct reader *reader;
	struct output *json;
	natsMsg *messages[BATCH_ROOM];
	size_t count;
	size_t bytes;
	struct forward_cursor cursor; /* behind them */
	bool whole;		      /* no event was left for the next one */
	bool has_events;
	int64_t recording;	/* of the block at hand */
	int64_t told_recording; /* the newest that was told of */
	int64_t told;		/* its "until", then */
	int64_t told_at;	/* CLOCK_MONOTONIC, ns */
};

/* Fills an empty batch from its cursor on; 0, -ENODATA: the store has no cursor yet, or -errno */
int batch_read(struct batch *batch);

/* Those that were not given away. */
void batch_clear(struct batch *batch);

#endif
