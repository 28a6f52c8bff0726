/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What every contestant writes into its record, and what tells them apart. */
#ifndef WHODEL_BENCH_FILL_H
#define WHODEL_BENCH_FILL_H

#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#include "bench/record.h"

const volatile struct bench_config bench_config SEC(".rodata.bench") = {};

/* The record of libbpf's contestants, built where it cannot be built in place. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bench_record);
} bench_scratch SEC(".maps");

static __always_inline struct bench_record *bench_this_scratch(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&bench_scratch, &zero);
}

/* What the channel fills by itself. */
static __always_inline void fill_header(struct bench_record *record, __u32 bytes, __u64 seq)
{
	__builtin_memset(&record->header, 0, sizeof(record->header));
	record->header.time = bpf_ktime_get_ns();
	record->header.seq = seq;
	record->header.cpu = bpf_get_smp_processor_id();
	record->header.length = bytes;
	record->header.type = BENCH_TYPE;
	record->header.version = BENCH_VERSION;
}

static __always_inline void fill_words(struct bench_record *record, const __u32 bytes, __u64 word)
{
	__u64 *words = record->words;

	for (__u32 i = 0; i < BENCH_WORDS(bytes); i++)
		words[i] = word;
}

#endif
