// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "bench/producers.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/session.h"

struct producer {
	struct producers *all;
	pthread_t thread;
	unsigned int number;
	uint64_t start;
	uint64_t end;
	int err;
};

struct producers {
	struct job job;
	int program;
	unsigned int count;
	pthread_barrier_t ready;
	_Atomic unsigned int done;
	struct producer each[];
};

/* ---- CPUs ---- */

/* What the process may use, asked once: pinning the caller changes the answer. */
static const cpu_set_t *allowed(void)
{
	static cpu_set_t set;
	static bool asked;

	if (!asked)
		sched_getaffinity(0, sizeof(set), &set);
	asked = true;
	return &set;
}

unsigned int cpus_count(void)
{
	return (unsigned int)CPU_COUNT(allowed());
}

static int nth_cpu(unsigned int n)
{
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, allowed()) && n-- == 0)
			return cpu;
	return -1;
}

static int pin_to(unsigned int n)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(nth_cpu(n), &set);
	return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

int cpus_pin(enum place place)
{
	if (place == PLACE_ANY)
		return sched_setaffinity(0, sizeof(cpu_set_t), allowed()) ? -errno : 0;
	return pin_to(place == PLACE_FIRST ? 0 : cpus_count() - 1);
}

/* ---- threads ---- */

static void sleep_ns(uint64_t ns)
{
	const struct timespec gap = {
		.tv_sec = (time_t)(ns / 1000000000),
		.tv_nsec = (long)(ns % 1000000000),
	};

	nanosleep(&gap, NULL);
}

/* 1 when the program says that it has finished, 0, or -errno. */
static int run_once(const struct producer *producer, const uint64_t *args)
{
	struct bpf_test_run_opts opts = {
		.sz = sizeof(opts),
		.ctx_in = args,
		.ctx_size_in = 4 * sizeof(*args),
	};
	int err = bpf_prog_test_run_opts(producer->all->program, &opts);

	return err < 0 ? err : opts.retval == 1;
}

static int work(const struct producer *producer)
{
	const struct job *job = &producer->all->job;
	uint64_t end = job->ns ? producer->start + job->ns : UINT64_MAX;
	uint64_t args[4];
	int ret = 0;

	memcpy(args, job->args, sizeof(args));
	if (job->number_first)
		args[0] = producer->number;
	for (uint64_t run = 0; !ret && (!job->runs || run < job->runs) && now_ns() < end; run++) {
		if (job->gap_ns)
			sleep_ns(job->gap_ns);
		ret = run_once(producer, args);
	}
	return ret < 0 ? ret : 0;
}

static void *produce(void *arg)
{
	struct producer *producer = arg;
	struct producers *all = producer->all;

	producer->err = pin_to(producer->number);
	pthread_barrier_wait(&all->ready);
	producer->start = now_ns();
	if (!producer->err)
		producer->err = work(producer);
	producer->end = now_ns();
	atomic_fetch_add(&all->done, 1);
	return NULL;
}

static struct producers *new_producers(const struct job *job, unsigned int count)
{
	struct producers *all = calloc(1, sizeof(*all) + count * sizeof(all->each[0]));

	if (!all)
		return NULL;
	all->job = *job;
	all->count = count;
	pthread_barrier_init(&all->ready, NULL, count);
	for (unsigned int i = 0; i < count; i++) {
		all->each[i].all = all;
		all->each[i].number = i;
	}
	return all;
}

int producers_start(const struct session *session, const struct job *job, unsigned int count,
		    struct producers **out)
{
	int program = session_program(session, job->program);
	struct producers *all = new_producers(job, count);
	int err;

	if (!all)
		return -ENOMEM;
	all->program = program;
	for (unsigned int i = 0; i < count; i++) {
		err = pthread_create(&all->each[i].thread, NULL, produce, &all->each[i]);
		if (err) { /* those that run wait for it for ever: nothing can be saved */
			fprintf(stderr, "whodel: bench: cannot start a thread: %s\n",
				strerror(err));
			exit(1);
		}
	}
	*out = all;
	return 0;
}

bool producers_done(const struct producers *producers)
{
	return atomic_load(&producers->done) == producers->count;
}

int producers_join(struct producers *all, uint64_t *ns)
{
	uint64_t start = UINT64_MAX;
	uint64_t end = 0;
	int err = 0;

	for (unsigned int i = 0; i < all->count; i++) {
		const struct producer *each = &all->each[i];

		pthread_join(each->thread, NULL);
		start = each->start < start ? each->start : start;
		end = each->end > end ? each->end : end;
		err = err ? err : each->err;
	}
	if (err)
		fprintf(stderr, "whodel: bench: cannot run %s: %s\n", all->job.program,
			strerror(-err));
	pthread_barrier_destroy(&all->ready);
	free(all);
	if (!err)
		*ns = end - start;
	return err;
}
