// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "bench/part.h"

#define SIZES                                                                                      \
	{                                                                                          \
		32, 128, 512, 4096                                                                 \
	}
#define BUFFERS                                                                                    \
	{                                                                                          \
		512 << 10, 4 << 20                                                                 \
	}
#define END METRIC_COUNT

const struct part bench_parts[] = {
	{ .name = "flood",
	  .title = "Flood",
	  .what = "Records as fast as the producers can make them. Delivered a second: what came "
		  "out, whole; the median of the rounds, and the least and the most.",
	  .fields = FIELD_MAIN,
	  .producers = { 1, ALL_CPUS },
	  .bytes = SIZES,
	  .buffers = BUFFERS,
	  .rank = METRIC_DELIVERED_RATE,
	  .more_is_better = true,
	  .columns = { METRIC_TOLD, METRIC_ATTEMPT_NS, METRIC_READER_CPU, METRIC_WAKEUPS, END },
	  .round = flood_round },
	{ .name = "paced",
	  .title = "Paced",
	  .what = "Events at even distances. Producer: what an event takes from the program that "
		  "makes it, wake-ups included, over a run without records. Both sides: that and "
		  "the reader's CPU time for an event. Latency: from the program to the callback.",
	  .fields = FIELD_MAIN | FIELD_EMPTY,
	  .producers = { 1, ALL_CPUS },
	  .bytes = SIZES,
	  .buffers = BUFFERS,
	  .rates = { 1000, 10000, 100000 },
	  .rank = METRIC_EVENT_NS,
	  .columns = { METRIC_PRODUCER_NS, METRIC_READER_CPU, METRIC_WAKEUPS, METRIC_P50,
		       METRIC_P99, METRIC_P999, METRIC_MAX, END },
	  .round = paced_round },
	{ .name = "idle",
	  .title = "Idle",
	  .what = "Single events, 25 ms apart, to a reader that sleeps: how long until it is told.",
	  .fields = FIELD_MAIN,
	  .producers = { 1 },
	  .bytes = SIZES,
	  .buffers = { 512 << 10 },
	  .one_place = true,
	  .rank = METRIC_P99,
	  .columns = { METRIC_READER_CPU, METRIC_WAKEUPS, METRIC_P50, METRIC_P999, METRIC_MAX,
		       END },
	  .round = idle_round },
	{ .name = "burst",
	  .title = "Burst",
	  .what = "The reader stands still: how many records the same memory holds. Beside it what "
		  "follows from the sizes alone, here and for 64 and 192 CPUs (a perf buffer has "
		  "at least a page for each, so 192 CPUs may take more than was asked for).",
	  .fields = FIELD_PLAIN,
	  .producers = { 1, ALL_CPUS },
	  .bytes = SIZES,
	  .buffers = BUFFERS,
	  .rank = METRIC_HELD,
	  .more_is_better = true,
	  .columns = { METRIC_TOLD, METRIC_HOLDS_HERE, METRIC_HOLDS_64, METRIC_HOLDS_192, END },
	  .round = burst_round },
	{ .name = "order",
	  .title = "Order",
	  .what = "Two CPUs hand a token back and forth; each event is caused by the one before. "
		  "An "
		  "inversion is an event that came out after one that it had caused.",
	  .fields = FIELD_PLAIN,
	  .producers = { 2 },
	  .bytes = { 128 },
	  .buffers = { 4 << 20 },
	  .least_cpus = 2,
	  .rank = METRIC_INVERSIONS,
	  .columns = { METRIC_SECONDS, END },
	  .round = order_round },
	{ .name = "guard",
	  .title = "Guard",
	  .what = "Looking at the ring's fill level before taking its lock, or not: at a ring that "
		  "never fills, at one that is full, and in a flood.",
	  .fields = FIELD_GUARD,
	  .producers = { 1, ALL_CPUS },
	  .bytes = { 128 },
	  .buffers = { 512 << 10 },
	  .situations = { "never full", "full", "flood" },
	  .rank = METRIC_ATTEMPT_NS,
	  .columns = { METRIC_DELIVERED_RATE, END },
	  .round = guard_round },
	{ .name = "verbs",
	  .title = "Reserve or output",
	  .what = "The record built in the ring, or beside it and copied; wake-ups suppressed, the "
		  "buffer never full.",
	  .fields = FIELD_VERBS,
	  .producers = { 1 },
	  .bytes = SIZES,
	  .buffers = { 4 << 20 },
	  .rank = METRIC_ATTEMPT_NS,
	  .columns = { END },
	  .round = verbs_round },
};

const size_t bench_part_count = sizeof(bench_parts) / sizeof(bench_parts[0]);
