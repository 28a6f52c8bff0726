// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "bench/result.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/part.h"

const struct metric_info metrics[METRIC_COUNT] = {
	[METRIC_ATTEMPTS] = { "attempts", "attempts", UNIT_COUNT },
	[METRIC_DELIVERED] = { "delivered", "delivered", UNIT_COUNT },
	[METRIC_LOST] = { "lost", "lost", UNIT_COUNT },
	[METRIC_LOST_SHARE] = { "lost_share", "lost", UNIT_SHARE },
	[METRIC_TOLD] = { "told_lost", "told", UNIT_COUNT },
	[METRIC_SECONDS] = { "seconds", "seconds", UNIT_SECONDS },
	[METRIC_DELIVERED_RATE] = { "delivered_per_second", "delivered/s", UNIT_RATE },
	[METRIC_ATTEMPT_NS] = { "attempt_ns", "per attempt", UNIT_NS },
	[METRIC_PRODUCER_NS] = { "producer_ns", "producer", UNIT_NS },
	[METRIC_READER_CPU] = { "reader_cpu", "reader CPU", UNIT_SHARE },
	[METRIC_EVENT_NS] = { "event_cpu_ns", "both sides", UNIT_NS },
	[METRIC_WAKEUPS] = { "wakeups", "wake-ups", UNIT_COUNT },
	[METRIC_P50] = { "latency_p50_ns", "p50", UNIT_NS },
	[METRIC_P99] = { "latency_p99_ns", "p99", UNIT_NS },
	[METRIC_P999] = { "latency_p999_ns", "p99.9", UNIT_NS },
	[METRIC_MAX] = { "latency_max_ns", "max", UNIT_NS },
	[METRIC_INVERSIONS] = { "inversions", "inversions", UNIT_COUNT },
	[METRIC_HELD] = { "held", "held", UNIT_COUNT },
	[METRIC_HOLDS_HERE] = { "formula_here", "formula", UNIT_COUNT },
	[METRIC_HOLDS_64] = { "formula_64_cpus", "64 CPUs", UNIT_COUNT },
	[METRIC_HOLDS_192] = { "formula_192_cpus", "192 CPUs", UNIT_COUNT },
};

void outcome_set(struct outcome *outcome, enum metric metric, double value)
{
	outcome->values[metric] = value;
	outcome->set |= 1U << metric;
}

int results_add(struct results *results, const struct cell *cell,
		const struct contestant *contestant, unsigned int rounds, size_t *index)
{
	struct result *list = reallocarray(results->list, results->count + 1, sizeof(*list));
	struct result *result;

	if (!list)
		return -ENOMEM;
	results->list = list;
	result = &list[results->count];
	memset(result, 0, sizeof(*result));
	result->values = calloc(rounds, sizeof(*result->values));
	if (!result->values)
		return -ENOMEM;
	result->cell = *cell;
	result->contestant = contestant;
	*index = results->count++;
	return 0;
}

void result_add_round(struct result *result, const struct outcome *outcome)
{
	memcpy(result->values[result->rounds++], outcome->values, sizeof(outcome->values));
	result->set |= outcome->set;
	result->data_bytes = outcome->data_bytes;
	result->allocated_bytes = outcome->allocated_bytes;
	histogram_merge(&result->latency, &outcome->latency);
}

void results_free(struct results *results)
{
	for (size_t i = 0; i < results->count; i++)
		free(results->list[i].values);
	free(results->list);
	memset(results, 0, sizeof(*results));
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Between the two values next to it. */
static double quantile(const double *sorted, unsigned int count, double share)
{
	double place = share * (count - 1);
	unsigned int below = (unsigned int)place;
	double rest = place - floor(place);

	if (below + 1 >= count)
		return sorted[count - 1];
	return sorted[below] * (1 - rest) + sorted[below + 1] * rest;
}

struct spread result_spread(const struct result *result, enum metric metric)
{
	unsigned int n = result->rounds;
	struct spread spread = { 0 };
	double *sorted = n ? calloc(n, sizeof(*sorted)) : NULL;

	if (!sorted)
		return spread;
	for (unsigned int i = 0; i < n; i++) {
		sorted[i] = result->values[i][metric];
		spread.sum += sorted[i];
	}
	qsort(sorted, n, sizeof(*sorted), by_value);
	spread.min = sorted[0];
	spread.low = quantile(sorted, n, 0.25);
	spread.median = quantile(sorted, n, 0.5);
	spread.high = quantile(sorted, n, 0.75);
	spread.max = sorted[n - 1];
	free(sorted);
	return spread;
}

/* ---- which setting was best ---- */

bool cell_same(const struct cell *a, const struct cell *b)
{
	return a->part == b->part && a->producers == b->producers && a->bytes == b->bytes &&
	       a->buffer_bytes == b->buffer_bytes && a->rate == b->rate &&
	       a->situation == b->situation;
}

/* At a pace that can be kept nobody needs to lose, so who loses less is better. */
static bool is_better(const struct result *a, const struct result *b)
{
	const struct part *part = a->cell.part;
	double lost_a = result_spread(a, METRIC_LOST).sum;
	double lost_b = result_spread(b, METRIC_LOST).sum;
	double x = result_spread(a, part->rank).median;
	double y = result_spread(b, part->rank).median;

	if (a->cell.rate && lost_a != lost_b)
		return lost_a < lost_b;
	return part->more_is_better ? x > y : x < y;
}

static struct result *best_of(const struct results *results, const struct cell *cell,
			      const char *name)
{
	struct result *best = NULL;

	for (size_t i = 0; i < results->count; i++) {
		struct result *each = &results->list[i];

		if (!cell_same(&each->cell, cell) || strcmp(each->contestant->name, name) != 0)
			continue;
		if (!best || is_better(each, best))
			best = each;
	}
	return best;
}

void results_choose_best(struct results *results, const struct cell *cell)
{
	for (size_t i = 0; i < results->count; i++)
		if (cell_same(&results->list[i].cell, cell))
			best_of(results, cell, results->list[i].contestant->name)->best = true;
}
