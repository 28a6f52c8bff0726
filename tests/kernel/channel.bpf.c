// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * A producer that does as it is told: run by bpf_prog_test_run_opts(), on the CPU that is named.
 * The arguments are ctx->args[]: the verb, how many records, and for output their size.
 */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#define BPFCHAN_SCRATCH_BYTES 4096
#include "channel/bpfchan.bpf.h"
#include "tests/kernel/channel.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* For bpfchan_output(): longer than the longest record of either transport. */
struct {
	__u64 words[OUTPUT_MAX / 8];
} output_record = {};

/* Given to each record in turn, over all CPUs. */
__u64 next_value = 0;

struct batch {
	void *ctx;
	__u32 size;
};

static long emit_one(__u32 index, struct batch *batch)
{
	struct test_record *record = bpfchan_reserve(sizeof(*record), TEST_TYPE, TEST_VERSION);

	if (!record)
		return 0;
	record->value = __sync_fetch_and_add(&next_value, 1);
	bpfchan_submit(batch->ctx, record, sizeof(*record));
	return 0;
}

static long discard_one(__u32 index, struct batch *batch)
{
	struct test_record *record = bpfchan_reserve(sizeof(*record), TEST_TYPE, TEST_VERSION);

	if (record)
		bpfchan_discard(record);
	return 0;
}

/* As long as a page: whether the record is too long is known before anything is reserved. */
static long emit_page(__u32 index, struct batch *batch)
{
	struct bpfchan_header *record = bpfchan_reserve(4096, TEST_TYPE, TEST_VERSION);

	if (record)
		bpfchan_submit(batch->ctx, record, 4096);
	return 0;
}

/* A second record while the first one is open: perf has one scratch record a CPU. */
static long nest_one(__u32 index, struct batch *batch)
{
	struct test_record *outer = bpfchan_reserve(sizeof(*outer), TEST_TYPE, TEST_VERSION);
	struct test_record *inner;

	if (!outer)
		return 0;
	inner = bpfchan_reserve(sizeof(*inner), TEST_TYPE, TEST_VERSION);
	if (inner) {
		inner->value = 2;
		bpfchan_submit(batch->ctx, inner, sizeof(*inner));
	}
	outer->value = 1;
	bpfchan_submit(batch->ctx, outer, sizeof(*outer));
	return 0;
}

static long output_one(__u32 index, struct batch *batch)
{
	struct test_record *record = (void *)output_record.words;

	__u32 size = batch->size;

	if (size < sizeof(*record))
		return 1;
	barrier_var(size); /* two comparisons, as the verifier understands them */
	if (size > OUTPUT_MAX)
		return 1;
	record->value = __sync_fetch_and_add(&next_value, 1);
	bpfchan_output(batch->ctx, &record->header, size, TEST_TYPE, TEST_VERSION);
	return 0;
}

SEC("raw_tp/sys_enter") /* never attached */
int produce(struct bpf_raw_tracepoint_args *ctx)
{
	struct batch batch = { .ctx = ctx, .size = ctx->args[2] };
	__u32 count = ctx->args[1];

	switch (ctx->args[0]) {
	case EMIT:
		bpf_loop(count, emit_one, &batch, 0);
		break;
	case DISCARD:
		bpf_loop(count, discard_one, &batch, 0);
		break;
	case EMIT_PAGE:
		bpf_loop(count, emit_page, &batch, 0);
		break;
	case NEST:
		bpf_loop(count, nest_one, &batch, 0);
		break;
	case OUTPUT:
		bpf_loop(count, output_one, &batch, 0);
		break;
	}
	return 0;
}
