// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "bench/round.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* What the reader, which is the calling thread, has used so far. */
struct usage {
	uint64_t cpu;
	uint64_t sleeps;
};

static struct usage usage_now(void)
{
	struct timespec cpu;
	struct rusage use;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
	getrusage(RUSAGE_THREAD, &use);
	return (struct usage){
		.cpu = (uint64_t)cpu.tv_sec * 1000000000 + (uint64_t)cpu.tv_nsec,
		.sleeps = (uint64_t)use.ru_nvcsw,
	};
}

int trial_open(const struct trial *trial, enum look look, struct session **session)
{
	const struct setup setup = {
		.bytes = trial->cell.bytes,
		.buffer_bytes = trial->cell.buffer_bytes,
		.look = look,
	};

	return session_open(trial->contestant, &setup, session);
}

static int read_until_done(struct session *session, const struct producers *producers)
{
	int n;

	while (!producers_done(producers)) {
		n = session->contestant->ops->poll(session);
		if (n < 0 && n != -EINTR) {
			fprintf(stderr, "whodel: bench: %s: cannot read its buffer: %s\n",
				session->contestant->name, strerror(-n));
			return n;
		}
	}
	return 0;
}

/* A share of the time in which there was something to do: a last sleep is not counted. */
static void set_usage(struct outcome *outcome, const struct usage *from, const struct usage *to)
{
	double busy = (double)(to->cpu - from->cpu) / 1e9;

	outcome_set(outcome, METRIC_READER_CPU, busy / outcome->values[METRIC_SECONDS]);
	outcome_set(outcome, METRIC_WAKEUPS, (double)(to->sleeps - from->sleeps));
}

static void set_latency(struct outcome *outcome, const struct histogram *latency)
{
	if (!latency->count)
		return;
	outcome->latency = *latency;
	outcome_set(outcome, METRIC_P50, (double)histogram_quantile(latency, 0.5));
	outcome_set(outcome, METRIC_P99, (double)histogram_quantile(latency, 0.99));
	outcome_set(outcome, METRIC_P999, (double)histogram_quantile(latency, 0.999));
	outcome_set(outcome, METRIC_MAX, (double)latency->max);
}

int round_finish(struct session *session, struct outcome *outcome, struct counts *counts)
{
	int err = session_drain(session);

	if (!err)
		err = session_counts(session, counts);
	if (err)
		return err;
	outcome->data_bytes = session->data_bytes;
	outcome->allocated_bytes = session->allocated_bytes;
	outcome_set(outcome, METRIC_ATTEMPTS, (double)counts->attempted);
	outcome_set(outcome, METRIC_DELIVERED, (double)counts->delivered);
	outcome_set(outcome, METRIC_LOST, (double)counts->lost);
	outcome_set(outcome, METRIC_TOLD, (double)session->told);
	if (counts->attempted) {
		double attempts = (double)counts->attempted;

		outcome_set(outcome, METRIC_LOST_SHARE, (double)counts->lost / attempts);
		outcome_set(outcome, METRIC_ATTEMPT_NS, (double)counts->run_ns / attempts);
	}
	set_latency(outcome, &session->latency);
	return 0;
}

/* What was still in the buffer when the producers ended came out too, so its time counts. */
static int finish_read(struct session *session, uint64_t ns, struct usage *to,
		       struct outcome *outcome)
{
	uint64_t start = now_ns();
	struct counts counts;
	double seconds;
	int err = session->contestant->ops->drain(session);

	if (err < 0)
		return err;
	seconds = (double)(ns + now_ns() - start) / 1e9;
	*to = usage_now();
	err = round_finish(session, outcome, &counts);
	if (err)
		return err;
	outcome_set(outcome, METRIC_SECONDS, seconds);
	outcome_set(outcome, METRIC_DELIVERED_RATE, (double)counts.delivered / seconds);
	return 0;
}

int round_run(const struct trial *trial, struct session *session, const struct job *job,
	      struct outcome *outcome)
{
	struct producers *producers;
	struct usage from;
	struct usage to;
	uint64_t ns = 0;
	int err = cpus_pin(trial->cell.producers >= cpus_count() ? PLACE_ANY : PLACE_LAST);
	int read_err;

	if (!err)
		err = producers_start(session, job, trial->cell.producers, &producers);
	if (err)
		return err;
	from = usage_now();
	read_err = read_until_done(session, producers);
	err = producers_join(producers, &ns);
	if (!err)
		err = read_err;
	if (!err)
		err = finish_read(session, ns, &to, outcome);
	if (!err)
		set_usage(outcome, &from, &to);
	return err;
}

int round_run_unread(const struct trial *trial, const struct session *session,
		     const struct job *job)
{
	struct producers *producers;
	uint64_t ns;
	int err = producers_start(session, job, trial->cell.producers, &producers);

	return err ? err : producers_join(producers, &ns);
}
