// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Losses, told in the stream: the programs count them in memory that is mapped here, so that a
 * look costs no system call. (One that works on maps would make the kernel skip some programs on
 * this CPU meanwhile: bpf_disable_instrumentation() in kernel/bpf/syscall.c.)
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "channel/internal.h"

/* A flood of losses is told in stretches of this length; skipped programs are asked for as often.
 */
#define TELL_NS 100000000ULL

#define SLOTS (BPFCHAN_LOSERS + 1)

struct losses {
	const struct bpfchan_loser *slots; /* mapped */
	unsigned long long slot_told[SLOTS];
	unsigned long long told[BPFCHAN_LOSS_REASONS];
	unsigned long long skipped_told;
	uint64_t told_at;
	struct bpfchan_loser by[BPFCHAN_LOSERS];
};

int losses_new(struct bpfchan *chan, struct losses **out)
{
	struct losses *losses = calloc(1, sizeof(*losses));

	if (!losses)
		return -ENOMEM;
	losses->slots = bpfchan_map_array(chan, "bpfchan_losers",
					  SLOTS * sizeof(struct bpfchan_loser), PROT_READ);
	if (!losses->slots) {
		free(losses);
		return -errno;
	}
	losses->told_at = bpfchan_now();
	*out = losses;
	return 0;
}

void losses_free(struct losses *losses)
{
	if (!losses)
		return;
	munmap((void *)losses->slots, SLOTS * sizeof(struct bpfchan_loser));
	free(losses);
}

/* What came to a counter since it was told; it counts as told now. */
static unsigned long long take_new(unsigned long long now, unsigned long long *told)
{
	unsigned long long new = now - *told;

	*told = now;
	return new;
}

static unsigned long long take_reason(const struct bpfchan *chan, int reason)
{
	unsigned long long sum = 0;

	for (unsigned int i = 0; i < chan->possible_cpus; i++)
		sum += __atomic_load_n(&chan->cpus[i].lost[reason], __ATOMIC_RELAXED);
	return take_new(sum, &chan->losses->told[reason]);
}

static unsigned long long take_slot(struct losses *losses, unsigned int slot)
{
	return take_new(__atomic_load_n(&losses->slots[slot].lost, __ATOMIC_RELAXED),
			&losses->slot_told[slot]);
}

static void take_losers(struct losses *losses, struct bpfchan_loss_report *report)
{
	for (unsigned int i = 0; i < BPFCHAN_LOSERS; i++) {
		unsigned long long lost = take_slot(losses, i);

		if (!lost)
			continue;
		losses->by[report->by_count] = losses->slots[i];
		losses->by[report->by_count++].lost = lost;
	}
	report->others = take_slot(losses, BPFCHAN_LOSERS);
}

static unsigned long long take_skipped(const struct bpfchan *chan)
{
	unsigned long long skipped;

	if (bpfchan_count_skipped(chan->obj, &skipped))
		return 0;
	return take_new(skipped, &chan->losses->skipped_told);
}

int losses_tell(struct bpfchan *chan, bool all)
{
	struct losses *losses = chan->losses;
	struct bpfchan_loss_report report = { .since = losses->told_at, .until = bpfchan_now() };
	unsigned long long sum;

	if (!chan->on_loss || (!all && report.until - report.since < TELL_NS))
		return 0;
	losses->told_at = report.until;
	sum = report.skipped = take_skipped(chan);
	for (int i = 0; i < BPFCHAN_LOSS_REASONS; i++)
		sum += report.lost[i] = take_reason(chan, i);
	if (sum == 0)
		return 0;
	take_losers(losses, &report);
	report.by = losses->by;
	return chan->on_loss(chan->ctx, &report);
}
