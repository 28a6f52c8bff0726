// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "cli/losses.h"

static void add(struct summary *summary, unsigned int *used, const char *reason, uint64_t count)
{
	const unsigned int most = sizeof(summary->losses) / sizeof(summary->losses[0]) - 1;

	if (count == 0 || *used >= most)
		return;
	summary->losses[*used].reason = reason;
	summary->losses[*used].count = count;
	(*used)++;
	summary->lost += count;
}

struct summary losses_summarize(const struct trace_counts *counts, const struct tally *tally)
{
	struct summary summary = {
		.delivered = tally->delivered,
		.filtered = counts->filtered + tally->filtered,
		.skipped = counts->channel.skipped,
		.transport = bpfchan_transport_name(counts->channel.transport),
		.buffer_bytes = counts->channel.allocated_bytes,
	};
	unsigned int used = 0;

	for (int i = 0; i < BPFCHAN_LOSS_REASONS; i++)
		add(&summary, &used, bpfchan_loss_name(i), counts->lost[i]);
	add(&summary, &used, LOSS_SKIPPED, counts->channel.skipped);
	add(&summary, &used, LOSS_UNFINISHED, counts->unfinished);
	add(&summary, &used, "no kernel memory", counts->no_state);
	add(&summary, &used, "left in the buffer", counts->channel.pending);
	add(&summary, &used, "malformed", counts->malformed + counts->channel.malformed);
	add(&summary, &used, "output failed", tally->unwritten);
	summary.seen = summary.delivered + summary.filtered + summary.lost;
	return summary;
}
