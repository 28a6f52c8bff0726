// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "bench/plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/producers.h"

/* Where each axis stands. */
struct odometer {
	size_t producers, bytes, buffer, rate, situation;
};

static const struct part *find_part(const char *name)
{
	for (size_t i = 0; i < bench_part_count; i++)
		if (!strcmp(bench_parts[i].name, name))
			return &bench_parts[i];
	return NULL;
}

static int check_names(const struct bench_opts *opts)
{
	for (size_t i = 0; i < opts->part_count; i++) {
		if (find_part(opts->parts[i]))
			continue;
		fprintf(stderr,
			"whodel: bench: there is no part \"%s\"; there are:", opts->parts[i]);
		for (size_t j = 0; j < bench_part_count; j++)
			fprintf(stderr, " %s", bench_parts[j].name);
		fputc('\n', stderr);
		return -EINVAL;
	}
	return 0;
}

static bool is_wanted(const struct bench_opts *opts, const struct part *part)
{
	for (size_t i = 0; i < opts->part_count; i++)
		if (find_part(opts->parts[i]) == part)
			return true;
	return opts->part_count == 0;
}

/* A short run keeps what most people would ask for first. */
static bool is_quick(const struct part *part, const struct cell *cell)
{
	bool smallest = cell->buffer_bytes == part->buffers[0];

	return (cell->bytes == 128 || part->rank == METRIC_ATTEMPT_NS) && smallest &&
	       (!cell->rate || cell->rate == 100000 ||
		(cell->rate == 1000 && cell->producers == 1));
}

/* Where the usual plan starts, where nothing else is asked for. */
#define USUAL_BYTES 128
#define USUAL_RATE  100000

/* In how many things a place differs from the one that the usual plan starts from. */
static unsigned int steps_away(const struct bench_opts *opts, const struct part *part,
			       const struct cell *cell)
{
	bool size = cell->bytes != (opts->bytes ?: USUAL_BYTES);
	bool buffer = !opts->buffer_bytes && cell->buffer_bytes != part->buffers[0];
	bool producers = !opts->producers && cell->producers != part->producers[0];
	bool rate = cell->rate && cell->rate != (opts->rate ?: USUAL_RATE);

	return size + buffer + producers + rate;
}

static bool is_usual(const struct bench_opts *opts, const struct part *part,
		     const struct cell *cell)
{
	return steps_away(opts, part, cell) <= (part->one_place ? 0 : 1);
}

/* "All" stands beside "one" and "two" only where it is more. */
static bool is_allowed(const struct bench_opts *opts, const struct part *part,
		       const struct cell *cell, bool all)
{
	unsigned int asked = opts->producers == BENCH_ALL_CPUS ? cpus_count() : opts->producers;

	if (cell->producers > cpus_count() || (all && cpus_count() < 2))
		return false;
	if (opts->producers && asked != cell->producers)
		return false;
	if (opts->bytes && opts->bytes != cell->bytes)
		return false;
	if (opts->rate && cell->rate && opts->rate != cell->rate)
		return false;
	if (opts->quick)
		return is_quick(part, cell);
	return opts->full || is_usual(opts, part, cell);
}

static int add(struct plan *plan, const struct cell *cell)
{
	struct cell *cells = reallocarray(plan->cells, plan->count + 1, sizeof(*cells));

	if (!cells)
		return -ENOMEM;
	plan->cells = cells;
	cells[plan->count++] = *cell;
	return 0;
}

static int add_place(struct plan *plan, const struct bench_opts *opts, const struct part *part,
		     const struct odometer *at)
{
	bool all = part->producers[at->producers] == ALL_CPUS;
	struct cell cell = {
		.part = part,
		.producers = all ? cpus_count() : part->producers[at->producers],
		.bytes = part->bytes[at->bytes],
		.buffer_bytes = part->buffers[at->buffer],
		.rate = part->rates[at->rate],
		.situation = part->situations[at->situation] ?: "",
	};

	if (!is_allowed(opts, part, &cell, all))
		return 0;
	if (opts->buffer_bytes && at->buffer)
		return 0;
	if (opts->buffer_bytes)
		cell.buffer_bytes = opts->buffer_bytes;
	return add(plan, &cell);
}

/* The next place; false after the last. The axis at the bottom turns fastest. */
static bool step(const struct part *part, struct odometer *at)
{
	if (part->rates[++at->rate])
		return true;
	at->rate = 0;
	if (part->situations[++at->situation])
		return true;
	at->situation = 0;
	if (part->buffers[++at->buffer])
		return true;
	at->buffer = 0;
	if (part->bytes[++at->bytes])
		return true;
	at->bytes = 0;
	return part->producers[++at->producers];
}

static int add_part(struct plan *plan, const struct bench_opts *opts, const struct part *part)
{
	struct odometer at = { 0 };
	int err;

	if (part->least_cpus > cpus_count()) {
		fprintf(stderr, "whodel: bench: %s needs %u CPUs, and may use %u: left out\n",
			part->name, part->least_cpus, cpus_count());
		return 0;
	}
	do {
		err = add_place(plan, opts, part, &at);
	} while (!err && step(part, &at));
	return err;
}

int plan_make(const struct bench_opts *opts, struct plan *plan)
{
	int err = check_names(opts);

	memset(plan, 0, sizeof(*plan));
	for (size_t i = 0; i < bench_part_count && !err; i++)
		if (is_wanted(opts, &bench_parts[i]))
			err = add_part(plan, opts, &bench_parts[i]);
	if (!err && plan->count == 0) {
		fprintf(stderr, "whodel: bench: nothing is left to measure: no part that was asked "
				"for has such a record size, rate or number of producers\n");
		err = -EINVAL;
	}
	return err;
}

void plan_free(struct plan *plan)
{
	free(plan->cells);
	memset(plan, 0, sizeof(*plan));
}
