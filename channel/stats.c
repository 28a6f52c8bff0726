// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The accounting: what the programs counted, what was delivered, what the kernel skipped. */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "channel/internal.h"

static const char *const transport_names[] = {
	[BPFCHAN_AUTO] = "auto",
	[BPFCHAN_RING] = "ring",
	[BPFCHAN_PERF] = "perf",
};

static const char *const loss_names[BPFCHAN_LOSS_REASONS] = {
	[BPFCHAN_LOST_FULL] = "buffer full",
	[BPFCHAN_LOST_LOCK] = "refused with room left",
	[BPFCHAN_LOST_TOO_LONG] = "record too long",
	[BPFCHAN_LOST_BUSY] = "scratch busy",
	[BPFCHAN_LOST_NO_BUFFER] = "no buffer on this CPU",
	[BPFCHAN_LOST_OTHER] = "refused by the kernel",
};

const char *bpfchan_transport_name(enum bpfchan_transport transport)
{
	if ((unsigned int)transport >= sizeof(transport_names) / sizeof(transport_names[0]))
		return "unknown";
	return transport_names[transport];
}

const char *bpfchan_loss_name(enum bpfchan_loss reason)
{
	if ((unsigned int)reason >= BPFCHAN_LOSS_REASONS)
		return "unknown";
	return loss_names[reason];
}

/* Attempts last: what comes in between counts as pending, and no sum falls below 0. */
static void add_cpu(const struct bpfchan_cpu *cpu, struct bpfchan_stats *stats)
{
	stats->discarded += __atomic_load_n(&cpu->discarded, __ATOMIC_ACQUIRE);
	for (int i = 0; i < BPFCHAN_LOSS_REASONS; i++)
		stats->lost[i] += __atomic_load_n(&cpu->lost[i], __ATOMIC_ACQUIRE);
	stats->attempted += __atomic_load_n(&cpu->attempted, __ATOMIC_ACQUIRE);
}

static unsigned long long count_pending(const struct bpfchan_stats *stats)
{
	unsigned long long done = stats->delivered + stats->discarded;

	for (int i = 0; i < BPFCHAN_LOSS_REASONS; i++)
		done += stats->lost[i];
	return stats->attempted - done;
}

int bpfchan_count_skipped(const struct bpf_object *obj, unsigned long long *skipped)
{
	struct bpf_program *program;
	unsigned long long sum = 0;

	bpf_object__for_each_program (program, obj) {
		struct bpf_prog_info info = { 0 };
		__u32 size = sizeof(info);

		if (bpf_program__fd(program) < 0) /* not loaded */
			continue;
		if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
			return -errno;
		sum += info.recursion_misses;
	}
	*skipped = sum;
	return 0;
}

int bpfchan_stats(struct bpfchan *chan, struct bpfchan_stats *stats)
{
	struct bpfchan_stats now = {
		.sz = sizeof(now),
		.transport = chan->transport,
		.data_bytes = chan->data_bytes,
		.allocated_bytes = chan->allocated_bytes,
		.perf_pages = chan->perf_pages,
		.max_record = chan->max_record,
		.delivered = chan->delivered,
		.malformed = chan->malformed,
		.wakeups = chan->wakeups,
	};
	size_t size = stats->sz;
	int err;

	for (unsigned int i = 0; chan->cpus && i < chan->possible_cpus; i++)
		add_cpu(&chan->cpus[i], &now);
	now.pending = count_pending(&now);
	err = bpfchan_count_skipped(chan->obj, &now.skipped);
	if (err)
		return err;
	memcpy(stats, &now, size < sizeof(now) ? size : sizeof(now));
	stats->sz = size;
	return 0;
}
