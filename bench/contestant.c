// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "bench/contestant.h"

#define RING_BEST(us, fields_, setting_)                                                           \
	{                                                                                          \
		.name = "ring-libbpf-best", .color = 1, .setting = (setting_),                     \
		.ops = &bench_ring_reader, .about = "BPF_RB_NO_WAKEUP and a timed drain",          \
		.fields = (fields_), .transport = BPFCHAN_RING, .timed = true, .drain_us = (us)    \
	}

#define PERF_BEST(events, fields_, setting_)                                                       \
	{                                                                                          \
		.name = "perf-libbpf-best", .color = 4, .setting = (setting_),                     \
		.ops = &bench_perf_reader, .about = "perf_buffer__new_raw(), woken in batches",    \
		.fields = (fields_), .transport = BPFCHAN_PERF, .timed = true,                     \
		.wake_events = (events)                                                            \
	}

#define VERB(name_, about_, ops_, transport_, verb_, timed_, color_)                               \
	{                                                                                          \
		.name = (name_), .setting = "", .about = (about_), .ops = (ops_),                  \
		.fields = FIELD_VERBS, .transport = (transport_), .verb = (verb_),                 \
		.color = (color_), .timed = (timed_), .drain_us = 1000, .wake_events = 1000000     \
	}

const struct contestant bench_contestants[] = {
	{ .name = "empty",
	  .color = 6,
	  .setting = "",
	  .about = "the producer without a record",
	  .ops = &bench_ring_reader,
	  .fields = FIELD_EMPTY,
	  .transport = BPFCHAN_RING,
	  .timed = true,
	  .drain_us = 10000,
	  .verb = BENCH_NOTHING },
	{ .name = "ring-libbpf-naive",
	  .color = 0,
	  .setting = "",
	  .about = "ring_buffer__poll(), default flags",
	  .ops = &bench_ring_reader,
	  .fields = FIELD_MAIN | FIELD_PLAIN,
	  .transport = BPFCHAN_RING },
	RING_BEST(100, FIELD_MAIN, "drain every 0.1 ms"),
	RING_BEST(1000, FIELD_MAIN | FIELD_PLAIN, "drain every 1 ms"),
	RING_BEST(10000, FIELD_MAIN, "drain every 10 ms"),
	{ .name = "perf-libbpf-naive",
	  .color = 3,
	  .setting = "",
	  .about = "perf_buffer__new(), woken by each record",
	  .ops = &bench_perf_reader,
	  .fields = FIELD_MAIN | FIELD_PLAIN,
	  .transport = BPFCHAN_PERF,
	  .wake_events = 1 },
	PERF_BEST(1, FIELD_MAIN, "wake every 1"),
	PERF_BEST(8, FIELD_MAIN, "wake every 8"),
	PERF_BEST(64, FIELD_MAIN | FIELD_PLAIN, "wake every 64"),
	PERF_BEST(256, FIELD_MAIN, "wake every 256"),
	PERF_BEST(1000, FIELD_MAIN, "wake every 1000"),
	{ .name = "bpfchan-ring",
	  .color = 2,
	  .setting = "",
	  .about = "libbpfchan on the ring",
	  .ops = &bench_channel_reader,
	  .fields = FIELD_MAIN | FIELD_PLAIN | FIELD_GUARD,
	  .transport = BPFCHAN_RING },
	{ .name = "bpfchan-perf",
	  .color = 5,
	  .setting = "",
	  .about = "libbpfchan on the perf buffer",
	  .ops = &bench_channel_reader,
	  .fields = FIELD_MAIN | FIELD_PLAIN,
	  .transport = BPFCHAN_PERF },
	{ .name = "bpfchan-ring-guard",
	  .color = 6,
	  .setting = "",
	  .about = "the same, fill level looked at before the lock",
	  .ops = &bench_channel_reader,
	  .fields = FIELD_GUARD,
	  .transport = BPFCHAN_RING,
	  .guard = true },
	VERB("ring-reserve", "bpf_ringbuf_reserve(), bpf_ringbuf_submit()", &bench_ring_reader,
	     BPFCHAN_RING, BENCH_RESERVE, true, 1),
	VERB("ring-output", "bpf_ringbuf_output()", &bench_ring_reader, BPFCHAN_RING, BENCH_OUTPUT,
	     true, 0),
	VERB("perf-output", "bpf_perf_event_output()", &bench_perf_reader, BPFCHAN_PERF,
	     BENCH_OUTPUT, true, 4),
	VERB("bpfchan-ring-reserve", "bpfchan_reserve(), bpfchan_submit() on the ring",
	     &bench_channel_reader, BPFCHAN_RING, BENCH_RESERVE, false, 2),
	VERB("bpfchan-ring-output", "bpfchan_output() on the ring", &bench_channel_reader,
	     BPFCHAN_RING, BENCH_OUTPUT, false, 6),
	VERB("bpfchan-perf-reserve", "bpfchan_reserve(), bpfchan_submit() on perf",
	     &bench_channel_reader, BPFCHAN_PERF, BENCH_RESERVE, false, 5),
	VERB("bpfchan-perf-output", "bpfchan_output() on perf", &bench_channel_reader, BPFCHAN_PERF,
	     BENCH_OUTPUT, false, 7),
};

const size_t bench_contestant_count = sizeof(bench_contestants) / sizeof(bench_contestants[0]);
