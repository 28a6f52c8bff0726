/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The measurements: one table. Each says over what it runs, and makes one round of one contestant.
 */
#ifndef WHODEL_BENCH_PART_H
#define WHODEL_BENCH_PART_H

#include "bench/bench.h"
#include "bench/result.h"

struct trial {
	struct cell cell;
	const struct contestant *contestant;
	const struct bench_opts *opts;
	const struct outcome *empty; /* this round's run without a record, where the part has one */
};

#define PART_COLUMNS 10
#define PART_AXIS    5

struct part {
	const char *name;
	const char *title;
	const char *what; /* for people: what was done, how to read it */
	int (*round)(const struct trial *trial, struct outcome *outcome);
	/*
	 * The full plan is every combination; an axis that ends at once has one value, 0. The usual
	 * one starts from one place and varies one thing at a time, or nothing.
	 */
	size_t buffers[PART_AXIS];
	const char *situations[PART_AXIS];
	unsigned int producers[PART_AXIS]; /* ALL_CPUS for all */
	unsigned int bytes[PART_AXIS];
	unsigned int rates[PART_AXIS];
	unsigned int fields;
	unsigned int least_cpus;
	/* What counts among settings and in comparisons; the table shows its spread. */
	enum metric rank;
	enum metric columns[PART_COLUMNS]; /* beside the accounting; ends with METRIC_COUNT */
	bool more_is_better;
	bool one_place;
};

#define ALL_CPUS (~0U)

extern const struct part bench_parts[];
extern const size_t bench_part_count;

int flood_round(const struct trial *trial, struct outcome *outcome);
int paced_round(const struct trial *trial, struct outcome *outcome);
int idle_round(const struct trial *trial, struct outcome *outcome);
int burst_round(const struct trial *trial, struct outcome *outcome);
int order_round(const struct trial *trial, struct outcome *outcome);
int guard_round(const struct trial *trial, struct outcome *outcome);
int verbs_round(const struct trial *trial, struct outcome *outcome);

#endif
