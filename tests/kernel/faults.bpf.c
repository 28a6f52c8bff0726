// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Programs that interrupt and preempt each other, each counting its attempts beside the channel.
 * emit_on_demand runs by bpf_prog_test_run_opts(); on_timer in the interrupt of a perf event;
 * the two others in functions of the kernel that exist to be traced, where they can be preempted.
 */
#include <linux/bpf.h>
#include <linux/bpf_perf_event.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#include "channel/bpfchan.bpf.h"
#include "tests/kernel/faults.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

__u64 made[PROGRAMS] = {};

struct batch {
	void *ctx;
	__u32 program;
};

static long emit(__u32 index, struct batch *batch)
{
	struct bpfchan_header *record;

	if (batch->program < PROGRAMS)
		__sync_fetch_and_add(&made[batch->program], 1);
	record = bpfchan_reserve(sizeof(*record), 1, 1);
	if (record)
		bpfchan_submit(batch->ctx, record, sizeof(*record));
	return 0;
}

static __always_inline int emit_many(void *ctx, __u32 program, __u32 count)
{
	struct batch batch = { .ctx = ctx, .program = program };

	bpf_loop(count, emit, &batch, 0);
	return 0;
}

SEC("raw_tp/sys_enter") /* never attached; args: how many */
int emit_on_demand(struct bpf_raw_tracepoint_args *ctx)
{
	return emit_many(ctx, 0, ctx->args[0]);
}

SEC("perf_event")
int on_timer(struct bpf_perf_event_data *ctx)
{
	return emit_many(ctx, 1, 1);
}

/* Long enough for the scheduler's tick. */
SEC("?fentry/bpf_fentry_test1")
int preempted_first(__u64 *ctx)
{
	return emit_many(ctx, 1, 2000);
}

SEC("?fentry/bpf_fentry_test2")
int preempted_second(__u64 *ctx)
{
	return emit_many(ctx, 2, 2000);
}
