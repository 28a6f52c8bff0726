// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "bench/bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/load.h"
#include "bench/plan.h"
#include "bench/publish.h"

/* The contestants of a cell, and where their results are. */
struct field_place {
	const struct contestant *contestant;
	size_t result;
};

const char *bench_part_name(size_t index)
{
	return index < bench_part_count ? bench_parts[index].name : NULL;
}

const char *bench_part_title(size_t index)
{
	return index < bench_part_count ? bench_parts[index].title : NULL;
}

static void tell_progress(const struct cell *cell, size_t number, size_t count)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\rwhodel bench: %s, %zu of %zu ... ", cell->part->name, number + 1,
			count);
}

static int measure(const struct trial *trial, struct outcome *outcome)
{
	int err;

	memset(outcome, 0, sizeof(*outcome));
	err = trial->cell.part->round(trial, outcome);
	if (!err)
		return 0;
	fprintf(stderr, "whodel: bench: %s, %u producing, %u bytes, buffer %zu: failed\n",
		trial->cell.part->name, trial->cell.producers, trial->cell.bytes,
		trial->cell.buffer_bytes);
	/* -EINVAL is the caller's fault, and this is not. */
	return err == -EBADMSG ? err : -EIO;
}

/* One round: every contestant once, in turn, so that what drifts drifts for all. */
static int one_round(struct results *results, struct trial *trial, const struct field_place *field,
		     size_t count, struct outcome outcomes[2])
{
	struct outcome *empty = &outcomes[1];
	int err;

	trial->empty = NULL;
	for (size_t i = 0; i < count; i++) {
		trial->contestant = field[i].contestant;
		err = measure(trial, &outcomes[0]);
		if (err)
			return err;
		result_add_round(&results->list[field[i].result], &outcomes[0]);
		if (trial->contestant->fields & FIELD_EMPTY) {
			*empty = outcomes[0];
			trial->empty = empty;
		}
	}
	return 0;
}

static int gather_field(struct results *results, const struct cell *cell, unsigned int rounds,
			struct field_place *field, size_t *count)
{
	int err = 0;

	for (size_t i = 0; i < bench_contestant_count && !err; i++) {
		const struct contestant *contestant = &bench_contestants[i];

		if (!(contestant->fields & cell->part->fields))
			continue;
		field[*count].contestant = contestant;
		err = results_add(results, cell, contestant, rounds, &field[(*count)++].result);
	}
	return err;
}

static int measure_cell(const struct bench_opts *opts, const struct cell *cell,
			struct results *results)
{
	struct field_place *field = calloc(bench_contestant_count, sizeof(*field));
	struct outcome *outcomes = calloc(2, sizeof(*outcomes));
	struct trial trial = { .cell = *cell, .opts = opts };
	size_t count = 0;
	int err = -ENOMEM;

	if (field && outcomes)
		err = gather_field(results, cell, opts->rounds, field, &count);
	for (unsigned int round = 0; round < opts->rounds && !err; round++)
		err = one_round(results, &trial, field, count, outcomes);
	if (!err)
		results_choose_best(results, cell);
	free(field);
	free(outcomes);
	return err;
}

static int measure_all(const struct bench_opts *opts, const struct plan *plan,
		       struct results *results)
{
	FILE *table = opts->json && !strcmp(opts->json, "-") ? NULL : stdout;
	int err = 0;

	for (size_t i = 0; i < plan->count && !err; i++) {
		size_t first = results->count;

		tell_progress(&plan->cells[i], i, plan->count);
		err = measure_cell(opts, &plan->cells[i], results);
		if (isatty(STDERR_FILENO))
			fputs("\r\033[K", stderr);
		if (!err && table) {
			if (i == 0 || plan->cells[i].part != plan->cells[i - 1].part)
				table_part(table, plan->cells[i].part);
			table_cell(table, results, first);
			fflush(table);
		}
	}
	return err;
}

/* More than this, and the figures are about the others too. */
#define QUIET 0.05

static void tell_load(const struct about *about)
{
	if (about->others + about->stolen < QUIET)
		return;
	fprintf(stderr,
		"whodel: bench: this machine was not quiet: meanwhile other programs used %.0f %% "
		"of its CPUs, other guests %.0f %%; ratios may be off, try again, or nice -n -20\n",
		about->others * 100, about->stolen * 100);
}

static int publish(const struct bench_opts *opts, const struct load *before,
		   const struct results *results)
{
	struct about about;
	struct load after;
	int err = 0;

	load_now(&after);
	about_here(&about);
	about.others = load_others(before, &after);
	about.stolen = load_stolen(before, &after);
	tell_load(&about);
	if (opts->json)
		err = json_write(opts, &about, results);
	if (!err && opts->report)
		err = report_write(opts, &about, results);
	return err;
}

int bench_run(const struct bench_opts *given)
{
	struct results results = { 0 };
	struct bench_opts opts = *given;
	struct load before;
	struct plan plan;
	int err;

	load_now(&before);
	if (!opts.rounds)
		opts.rounds = opts.quick ? BENCH_QUICK_ROUNDS : BENCH_ROUNDS;
	err = plan_make(&opts, &plan);
	if (!err && opts.report)
		err = report_check(&opts);
	if (!err)
		err = measure_all(&opts, &plan, &results);
	if (!err)
		err = publish(&opts, &before, &results);
	plan_free(&plan);
	results_free(&results);
	return err;
}
