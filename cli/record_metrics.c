// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include <assert.h>
#include <string.h>

#include "cli/losses.h"
#include "cli/message.h"
#include "cli/record_state.h"

static void take_losses(struct metrics *metrics, const struct summary *summary, uint64_t dropped)
{
	const size_t most = sizeof(summary->losses) / sizeof(summary->losses[0]);
	size_t used = 0;

	static_assert(sizeof(summary->losses) / sizeof(summary->losses[0]) < METRICS_LOSSES - 1,
		      "the queue's own comes besides");
	for (; used < most && summary->losses[used].reason; used++) {
		metrics->losses[used].reason = summary->losses[used].reason;
		metrics->losses[used].lost = summary->losses[used].count;
	}
	metrics->losses[used].reason = "queue full";
	metrics->losses[used].lost = dropped;
}

static void take_kernel(struct record *record, struct metrics *metrics, uint64_t dropped)
{
	const struct tally none = { 0 };
	struct summary summary = { 0 };
	struct trace_counts counts;

	metrics->filtered = record->filtered;
	if (!trace_counts(record->trace, &counts)) {
		summary = losses_summarize(&counts, &none);
		metrics->filtered += counts.filtered;
		metrics->buffer_records = counts.channel.pending;
	}
	take_losses(metrics, &summary, dropped);
}

static void take_sample(void *ctx, struct metrics *metrics)
{
	struct record *record = ctx;
	struct recorder_status status;

	recorder_status(record->recorder, &status);
	*metrics = (struct metrics){
		.version = WHODEL_VERSION,
		.probe = trace_probe_name(record->trace),
		.transport = record->transport,
		.stored = status.stored,
		.queue_bytes = status.queue_bytes,
		.queue_limit = status.queue_limit,
		.store_bytes = status.store_bytes,
		.buffer_bytes = record->buffer_bytes,
		.began = record->began,
		.canary = status.canary,
		.last_loss = record->last_loss,
		.failing = status.error || record->blind_since,
	};
	memcpy(metrics->events, record->ops, sizeof(metrics->events));
	take_kernel(record, metrics, status.dropped);
}

int record_serve_metrics(struct record *record)
{
	const char *address = record->options->record.metrics;
	int err = address ? metrics_open(address, take_sample, record, &record->metrics) : 0;

	if (err)
		message("--metrics %s: cannot listen there: %s; try another port", address,
			strerror(-err));
	return err;
}
