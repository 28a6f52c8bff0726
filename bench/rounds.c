// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* A round of each part. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/round.h"

#define MS 1000000ULL

/* Events in one program run: some 100 us, so that others come to their turn. */
#define FLOOD_CHUNK 1024
/* The same for programs that go by the clock, or wait for each other. */
#define PACED_CHUNK (200 * MS / 1000)
#define ORDER_STEPS 4096

static uint64_t round_ns(const struct trial *trial)
{
	return trial->opts->quick ? 50 * MS : 200 * MS;
}

int flood_round(const struct trial *trial, struct outcome *outcome)
{
	const struct job job = {
		.program = "bench_flood",
		.args = { FLOOD_CHUNK },
		.ns = round_ns(trial),
	};
	_cleanup_session_ struct session *session = NULL;
	int err = trial_open(trial, LOOK_WHOLE, &session);

	return err ? err : round_run(trial, session, &job, outcome);
}

/* ---- paced ---- */

/* The run without a record, of the same round, holds what the producer spends anyway. */
static void set_cost(const struct trial *trial, const struct counts *counts,
		     struct outcome *outcome)
{
	double events = (double)counts->attempted;
	double producer = (double)counts->busy_ns / events;
	double reader;

	if (trial->empty)
		producer -= trial->empty->values[METRIC_PRODUCER_NS];
	reader = outcome->values[METRIC_READER_CPU] * outcome->values[METRIC_SECONDS] * 1e9;
	outcome_set(outcome, METRIC_PRODUCER_NS, producer);
	outcome_set(outcome, METRIC_EVENT_NS, producer + reader / events);
}

int paced_round(const struct trial *trial, struct outcome *outcome)
{
	const struct job job = {
		.program = "bench_paced",
		.args = { 1000000000 / trial->cell.rate, PACED_CHUNK },
		.ns = 2 * round_ns(trial),
	};
	_cleanup_session_ struct session *session = NULL;
	struct counts counts;
	int err = trial_open(trial, LOOK_LATENCY, &session);

	if (!err)
		err = round_run(trial, session, &job, outcome);
	if (!err)
		err = session_counts(session, &counts);
	if (!err && counts.attempted)
		set_cost(trial, &counts, outcome);
	return err;
}

int idle_round(const struct trial *trial, struct outcome *outcome)
{
	const struct job job = {
		.program = "bench_flood",
		.args = { 1 },
		.gap_ns = 25 * MS,
		.runs = trial->opts->quick ? 8 : 40,
	};
	_cleanup_session_ struct session *session = NULL;
	int err = trial_open(trial, LOOK_LATENCY, &session);

	return err ? err : round_run(trial, session, &job, outcome);
}

/* ---- burst ---- */

/* kernel/bpf/ringbuf.c: an 8-byte header, rounded up to 8; the last byte stays free. */
static size_t ring_holds(size_t buffer_bytes, size_t bytes)
{
	return (buffer_bytes - 1) / ((bytes + 8 + 7) & ~(size_t)7);
}

/* kernel/events/ring_buffer.c: a header of 8, a length of 4, rounded up to 8; the same. */
static size_t perf_holds(size_t buffer_bytes, size_t bytes, size_t cpus)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t each = page;

	while (each * 2 * cpus <= buffer_bytes)
		each *= 2;
	return (each - 1) / (8 + ((bytes + 4 + 7) & ~(size_t)7));
}

static double formula(const struct trial *trial, size_t cpus, bool all)
{
	size_t buffer = trial->cell.buffer_bytes;
	size_t bytes = trial->cell.bytes;

	if (trial->contestant->transport == BPFCHAN_RING)
		return (double)ring_holds(buffer, bytes);
	return (double)(perf_holds(buffer, bytes, cpus) * (all ? cpus : 1));
}

static void set_formula(const struct trial *trial, struct outcome *outcome)
{
	bool all = trial->cell.producers > 1;
	size_t here = (size_t)sysconf(_SC_NPROCESSORS_ONLN);

	outcome_set(outcome, METRIC_HOLDS_HERE, formula(trial, here, all));
	outcome_set(outcome, METRIC_HOLDS_64, formula(trial, 64, all));
	outcome_set(outcome, METRIC_HOLDS_192, formula(trial, 192, all));
}

/* Twice what the whole buffer can take, from each producer. */
static uint64_t runs_to_fill(const struct trial *trial, uint64_t chunk)
{
	return 2 * trial->cell.buffer_bytes / trial->cell.bytes / chunk + 1;
}

int burst_round(const struct trial *trial, struct outcome *outcome)
{
	const struct job job = {
		.program = "bench_flood",
		.args = { 64 },
		.runs = runs_to_fill(trial, 64),
	};
	_cleanup_session_ struct session *session = NULL;
	struct counts counts;
	int err = trial_open(trial, LOOK_WHOLE, &session);

	if (!err)
		err = round_run_unread(trial, session, &job);
	if (!err)
		err = round_finish(session, outcome, &counts);
	if (err)
		return err;
	outcome_set(outcome, METRIC_HELD, (double)counts.delivered);
	set_formula(trial, outcome);
	return 0;
}

/* ---- order ---- */

int order_round(const struct trial *trial, struct outcome *outcome)
{
	const struct job job = {
		.program = "bench_order",
		.number_first = true,
		.args = { 0, 2, trial->opts->quick ? 5000 : 100000, ORDER_STEPS },
		.ns = 60000 * MS,
	};
	_cleanup_session_ struct session *session = NULL;
	int err = trial_open(trial, LOOK_ORDER, &session);

	if (!err)
		err = round_run(trial, session, &job, outcome);
	if (!err)
		outcome_set(outcome, METRIC_INVERSIONS, (double)session->inversions);
	return err;
}

/* ---- the cost of an attempt, away from the reader ---- */

/* A quarter of what one CPU's share of a perf buffer takes: it never fills, nor wakes for it. */
static uint64_t chunk_that_fits(const struct trial *trial)
{
	uint64_t cpus = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t chunk = trial->cell.buffer_bytes / cpus / (trial->cell.bytes + 16) / 4;

	return chunk ? chunk : 1;
}

static int attempts_with_room(const struct trial *trial, struct session *session)
{
	const struct job job = {
		.program = "bench_flood",
		.args = { chunk_that_fits(trial) },
		.runs = 1,
	};
	int turns = trial->opts->quick ? 20 : 100;
	int err = 0;

	for (int i = 0; i < turns && err >= 0; i++) {
		err = round_run_unread(trial, session, &job);
		if (!err)
			err = session_drain(session);
	}
	return err;
}

static int attempts_at_full(const struct trial *trial, struct session *session,
			    struct counts *before)
{
	const struct job fill = {
		.program = "bench_flood",
		.args = { 64 },
		.runs = runs_to_fill(trial, 64),
	};
	const struct job job = {
		.program = "bench_flood",
		.args = { FLOOD_CHUNK },
		.ns = round_ns(trial) / 2,
	};
	int err = round_run_unread(trial, session, &fill);

	if (err)
		return err;
	session_sum(session, before);
	return round_run_unread(trial, session, &job);
}

static int attempts_cost(const struct trial *trial, struct outcome *outcome, bool full)
{
	_cleanup_session_ struct session *session = NULL;
	struct counts before = { 0 };
	struct counts counts;
	int err = trial_open(trial, LOOK_WHOLE, &session);

	if (!err)
		err = full ? attempts_at_full(trial, session, &before)
			   : attempts_with_room(trial, session);
	if (!err)
		err = round_finish(session, outcome, &counts);
	if (!err)
		outcome_set(outcome, METRIC_ATTEMPT_NS,
			    (double)(counts.run_ns - before.run_ns) /
				    (double)(counts.attempted - before.attempted));
	return err;
}

int verbs_round(const struct trial *trial, struct outcome *outcome)
{
	return attempts_cost(trial, outcome, false);
}

int guard_round(const struct trial *trial, struct outcome *outcome)
{
	if (!strcmp(trial->cell.situation, "flood"))
		return flood_round(trial, outcome);
	return attempts_cost(trial, outcome, !strcmp(trial->cell.situation, "full"));
}
