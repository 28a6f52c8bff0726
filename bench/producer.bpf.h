/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The producers, the same for every contestant. Each program makes many events in one run and is
 * started by BPF_PROG_TEST_RUN from a thread that is pinned to a CPU, so in process context, with
 * interrupts on: what a wake-up costs is paid where it would be paid in earnest.
 *
 * Before the include: bench_emit(), which sends one record. bpf_loop() needs Linux 5.17.
 */
#ifndef WHODEL_BENCH_PRODUCER_H
#define WHODEL_BENCH_PRODUCER_H

/* More steps than any run makes; the run ends by itself before. */
#define BENCH_STEPS (1 << 20)

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* one per possible CPU, set before the load */
	__type(key, __u32);
	__type(value, struct bench_cpu);
} bench_cpus SEC(".maps");

__u64 bench_token; /* order: who may go next */

struct run {
	void *ctx;
	struct bench_cpu *cpu;
	__u64 end;
	__u64 last;
	__u64 interval;
	__u64 me;
	__u64 parties;
};

static __always_inline struct bench_cpu *bench_this_cpu(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&bench_cpus, &cpu);
}

/* A constant size at each place: reserve asks for one. */
static __always_inline long emit_sized(void *ctx, __u64 seq, __u64 word)
{
	switch (bench_config.bytes) {
	case 32:
		return bench_emit(ctx, 32, seq, word);
	case 128:
		return bench_emit(ctx, 128, seq, word);
	case 512:
		return bench_emit(ctx, 512, seq, word);
	case 4096:
		return bench_emit(ctx, 4096, seq, word);
	}
	return -1;
}

static __always_inline void emit(struct run *run, __u64 word)
{
	__u64 seq = run->cpu->attempted++;

	if (bench_config.verb == BENCH_NOTHING)
		return;
	if (emit_sized(run->ctx, seq, word))
		run->cpu->refused++;
}

static long flood_step(__u32 i, struct run *run)
{
	emit(run, run->cpu->attempted);
	return 0;
}

/* args: how many events */
SEC("raw_tp")
int bench_flood(struct bpf_raw_tracepoint_args *ctx)
{
	struct run run = { .ctx = ctx, .cpu = bench_this_cpu() };
	__u64 start = bpf_ktime_get_ns();

	if (!run.cpu)
		return 0;
	bpf_loop((__u32)ctx->args[0], flood_step, &run, 0);
	run.cpu->run_ns += bpf_ktime_get_ns() - start;
	return 0;
}

/*
 * Paced: events at even distances, by the clock. Time counts as the event's when it passes in
 * emit(), or when the waiting loop stood still soon after: the interrupt that an event causes comes
 * a little later. The same run without a record tells what would have been counted anyway.
 */
static __always_inline int was_interrupted(const struct run *run, __u64 now)
{
	__u64 gap = now - run->last;

	return gap > BENCH_STEP_NS && gap < BENCH_STALL_NS &&
	       run->last - run->cpu->sent < BENCH_AFTER_NS;
}

static long paced_step(__u32 i, struct run *run)
{
	struct bench_cpu *cpu = run->cpu;
	__u64 now = bpf_ktime_get_ns();

	if (was_interrupted(run, now))
		cpu->busy_ns += now - run->last;
	run->last = now;
	if (now >= run->end)
		return 1;
	if (now < cpu->next)
		return 0;
	emit(run, cpu->attempted);
	run->last = bpf_ktime_get_ns();
	cpu->sent = run->last;
	cpu->busy_ns += run->last - now;
	/* Who is late leaves events out instead of making them in a bunch. */
	cpu->next += run->interval;
	if (cpu->next < run->last)
		cpu->next = run->last + run->interval;
	return 0;
}

/* args: ns between events, ns to run */
SEC("raw_tp")
int bench_paced(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 now = bpf_ktime_get_ns();
	struct run run = {
		.ctx = ctx,
		.cpu = bench_this_cpu(),
		.interval = ctx->args[0],
		.end = now + ctx->args[1],
		.last = now,
	};

	if (!run.cpu)
		return 0;
	bpf_loop(BENCH_STEPS, paced_step, &run, 0);
	run.cpu->run_ns += run.last - now;
	return 0;
}

/* The event is whole before the token moves on: each is caused by the one before. */
static long order_step(__u32 i, struct run *run)
{
	__u64 token = *(volatile __u64 *)&bench_token;

	if (token >= run->end)
		return 1;
	if (token % run->parties != run->me)
		return 0;
	emit(run, token);
	__sync_fetch_and_add(&bench_token, 1);
	return 0;
}

/* args: my number, of how many, tokens to pass, steps. Returns 1 when all are passed. */
SEC("raw_tp")
int bench_order(struct bpf_raw_tracepoint_args *ctx)
{
	struct run run = {
		.ctx = ctx,
		.cpu = bench_this_cpu(),
		.me = ctx->args[0],
		.parties = ctx->args[1],
		.end = ctx->args[2],
	};

	if (!run.cpu || !run.parties)
		return 1;
	bpf_loop((__u32)ctx->args[3], order_step, &run, 0);
	return *(volatile __u64 *)&bench_token >= run.end;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#endif
