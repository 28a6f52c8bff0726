// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The perf event buffer, by the kernel's own helper; it has no reservation. */
#include "bench/fill.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, int);
	__type(value, int);
} buffer SEC(".maps");

static __always_inline long bench_emit(void *ctx, const __u32 bytes, __u64 seq, __u64 word)
{
	struct bench_record *record = bench_this_scratch();

	if (!record)
		return -1;
	fill_header(record, bytes, seq);
	fill_words(record, bytes, word);
	return bpf_perf_event_output(ctx, &buffer, BPF_F_CURRENT_CPU, record, bytes);
}

#include "bench/producer.bpf.h"
