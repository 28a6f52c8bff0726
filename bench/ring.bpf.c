// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The BPF ring buffer, by the kernel's own helpers. */
#include "bench/fill.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096); /* set before the load */
} buffer SEC(".maps");

static __always_inline long bench_reserve(const __u32 bytes, __u64 seq, __u64 word)
{
	struct bench_record *record = bpf_ringbuf_reserve(&buffer, bytes, 0);

	if (!record)
		return -1;
	fill_header(record, bytes, seq);
	fill_words(record, bytes, word);
	bpf_ringbuf_submit(record, bench_config.ring_flags);
	return 0;
}

static __always_inline long bench_output(const __u32 bytes, __u64 seq, __u64 word)
{
	struct bench_record *record = bench_this_scratch();

	if (!record)
		return -1;
	fill_header(record, bytes, seq);
	fill_words(record, bytes, word);
	return bpf_ringbuf_output(&buffer, record, bytes, bench_config.ring_flags);
}

static __always_inline long bench_emit(void *ctx, const __u32 bytes, __u64 seq, __u64 word)
{
	if (bench_config.verb == BENCH_OUTPUT)
		return bench_output(bytes, seq, word);
	return bench_reserve(bytes, seq, word);
}

#include "bench/producer.bpf.h"
