/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What was measured: for each cell of the plan and each contestant, one value a round. */
#ifndef WHODEL_BENCH_RESULT_H
#define WHODEL_BENCH_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/contestant.h"
#include "bench/histogram.h"

enum metric {
	METRIC_ATTEMPTS,
	METRIC_DELIVERED,
	METRIC_LOST,
	METRIC_LOST_SHARE,
	METRIC_TOLD,
	METRIC_SECONDS,
	METRIC_DELIVERED_RATE,
	METRIC_ATTEMPT_NS,
	METRIC_PRODUCER_NS,
	METRIC_READER_CPU,
	METRIC_EVENT_NS,
	METRIC_WAKEUPS,
	METRIC_P50,
	METRIC_P99,
	METRIC_P999,
	METRIC_MAX,
	METRIC_INVERSIONS,
	METRIC_HELD,
	METRIC_HOLDS_HERE,
	METRIC_HOLDS_64,
	METRIC_HOLDS_192,
	METRIC_COUNT
};

enum unit { UNIT_COUNT, UNIT_RATE, UNIT_NS, UNIT_SHARE, UNIT_SECONDS };

struct metric_info {
	const char *key;   /* in JSON */
	const char *title; /* in tables */
	enum unit unit;
};

extern const struct metric_info metrics[METRIC_COUNT];

/* One round's values. A metric that was not measured is not set. */
struct outcome {
	double values[METRIC_COUNT];
	uint32_t set; /* a bit for each metric */
	size_t data_bytes;
	size_t allocated_bytes;
	struct histogram latency;
};

struct part;

/* A place in the plan: what is the same for all contestants. */
struct cell {
	const struct part *part;
	unsigned int producers;
	unsigned int bytes;
	size_t buffer_bytes;
	unsigned int rate;     /* events a second from each producer; 0: as fast as they can */
	const char *situation; /* "" or what else tells cells apart: "full" */
};

struct result {
	struct cell cell;
	const struct contestant *contestant;
	bool best; /* of its contestant's settings in this cell */
	size_t data_bytes;
	size_t allocated_bytes;
	uint32_t set;
	unsigned int rounds;
	double (*values)[METRIC_COUNT]; /* a row for each round */
	struct histogram latency;	/* of all rounds */
};

struct results {
	struct result *list;
	size_t count;
};

/* The first of @rounds outcomes makes the result; -ENOMEM. */
int results_add(struct results *results, const struct cell *cell,
		const struct contestant *contestant, unsigned int rounds, size_t *index);
void result_add_round(struct result *result, const struct outcome *outcome);
/* Marks the best of each contestant's settings in the cell, by what the part ranks. */
void results_choose_best(struct results *results, const struct cell *cell);
bool cell_same(const struct cell *a, const struct cell *b);
void results_free(struct results *results);

static inline bool result_has(const struct result *result, enum metric metric)
{
	return result->set & (1U << metric);
}

void outcome_set(struct outcome *outcome, enum metric metric, double value);

/* Over the rounds. */
struct spread {
	double min;
	double low; /* a quarter of the rounds lie below */
	double median;
	double high;
	double max;
	double sum;
};

struct spread result_spread(const struct result *result, enum metric metric);

#endif
