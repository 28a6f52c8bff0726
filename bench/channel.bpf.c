// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* libbpfchan, on either transport. It counts its own losses, so nothing is refused here. */
#include "bench/fill.bpf.h"

#define BPFCHAN_SCRATCH_BYTES BENCH_MOST_BYTES
#include "channel/bpfchan.bpf.h"

static __always_inline long bench_reserve(void *ctx, const __u32 bytes, __u64 word)
{
	struct bench_record *record = bpfchan_reserve(bytes, BENCH_TYPE, BENCH_VERSION);

	if (!record)
		return 0;
	fill_words(record, bytes, word);
	bpfchan_submit(ctx, record, bytes);
	return 0;
}

static __always_inline long bench_output(void *ctx, const __u32 bytes, __u64 word)
{
	struct bench_record *record = bench_this_scratch();

	if (!record)
		return -1;
	fill_words(record, bytes, word);
	bpfchan_output(ctx, &record->header, bytes, BENCH_TYPE, BENCH_VERSION);
	return 0;
}

static __always_inline long bench_emit(void *ctx, const __u32 bytes, __u64 seq, __u64 word)
{
	if (bench_config.verb == BENCH_OUTPUT)
		return bench_output(ctx, bytes, word);
	return bench_reserve(ctx, bytes, word);
}

#include "bench/producer.bpf.h"
