/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What whodel record knows of itself, and how it tells who asks. */
#ifndef WHODEL_RECORD_STATE_H
#define WHODEL_RECORD_STATE_H

#include <limits.h>

#include "cli/canary.h"
#include "cli/clocks.h"
#include "cli/desk.h"
#include "cli/forwarder.h"
#include "cli/metrics_server.h"
#include "cli/options.h"
#include "history/recorder.h"
#include "trace/trace.h"

#define RATE_TICKS (10000 / RECORDER_TICK_MS)

/* Times are wall clock, ns. */
struct record {
	const struct options *options;
	struct trace *trace;
	struct recorder *recorder;
	struct desk desk;
	struct forwarder_process forwarder;
	struct canary canary;
	struct clocks clocks;
	struct metrics_server *metrics; /* NULL: nobody asked for them */
	uint64_t ops[DELETION_OPS];
	int epoll;
	int signals;
	int timer;
	bool done;

	char host[65];
	char boot[64];
	char unseen[2048];
	char folder[PATH_MAX];
	const char *transport;
	size_t buffer_bytes;
	int64_t began;

	int64_t seen_until; /* all that was seen before it is in the recorder */
	uint64_t filtered;
	uint64_t lost;
	int64_t last_loss;
	uint64_t rates[RATE_TICKS]; /* events by then */
	uint64_t ticks;

	int64_t blind_since; /* the canary does not come; 0: it does */
	int64_t gap_until;

	int told_error;
	bool was_dropping;
	uint64_t told_dropped;
	char told_damaged[256];

	int64_t watchdog_ns;
	int64_t fed;
};

/* As docs/store.md has it; frees the seat. */
void record_answer(const struct record *record, const struct recorder_status *status,
		   struct seat *seat);

/* Answer on the address of --metrics; 0 or -errno, which was told. */
int record_serve_metrics(struct record *record);

#endif
