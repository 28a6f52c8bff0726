// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "bench/session.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* How long the last records may take to come out, before the sums are looked at. */
#define DRAIN_PATIENCE_NS 1000000000ULL

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- records ---- */

/* Perf payloads are only 4-byte aligned. */
static uint64_t word_at(const void *data, size_t offset)
{
	uint64_t word;

	memcpy(&word, (const char *)data + offset, sizeof(word));
	return word;
}

static bool is_whole(const struct session *session, const struct bpfchan_header *header,
		     const void *data, size_t size)
{
	size_t bytes = session->setup.bytes;
	uint64_t first;

	if (header->length != bytes || size < bytes || header->version != BENCH_VERSION)
		return false;
	if (bytes < sizeof(*header) + sizeof(first))
		return true;
	first = word_at(data, sizeof(*header));
	if (session->setup.look != LOOK_ORDER && first != header->seq)
		return false;
	return first == word_at(data, bytes - sizeof(first));
}

static void look_at_order(struct session *session, uint64_t token)
{
	if (token < session->highest)
		session->inversions++;
	else
		session->highest = token;
}

void session_take(struct session *session, const void *data, size_t size)
{
	struct bpfchan_header header = { 0 };

	if (size >= sizeof(header))
		memcpy(&header, data, sizeof(header));
	if (header.type != BENCH_TYPE) /* the channel's own, such as a loss */
		return;
	session->delivered++;
	if (!is_whole(session, &header, data, size))
		session->broken++;
	else if (session->setup.look == LOOK_LATENCY)
		histogram_add(&session->latency, now_ns() - header.time);
	else if (session->setup.look == LOOK_ORDER)
		look_at_order(session, word_at(data, sizeof(header)));
}

/* ---- open and close ---- */

static int failed(const struct session *session, const char *what, int err)
{
	fprintf(stderr, "whodel: bench: %s: cannot %s: %s\n", session->contestant->name, what,
		strerror(-err));
	return err;
}

static int configure(struct session *session)
{
	struct bench_config config = {
		.bytes = session->setup.bytes,
		.verb = session->contestant->verb,
		.ring_flags = session->contestant->timed ? BPF_RB_NO_WAKEUP : 0,
	};
	struct bpf_map *rodata = bpf_object__find_map_by_name(session->obj, ".rodata.bench");
	struct bpf_map *cpus = bpf_object__find_map_by_name(session->obj, "bench_cpus");
	int err;

	if (!rodata || !cpus)
		return -ENOENT;
	err = bpf_map__set_initial_value(rodata, &config, sizeof(config));
	if (!err)
		err = bpf_map__set_max_entries(cpus, session->possible_cpus);
	return err;
}

static int map_cpus(struct session *session)
{
	int fd = bpf_object__find_map_fd_by_name(session->obj, "bench_cpus");
	void *memory = mmap(NULL, session->possible_cpus * sizeof(struct bench_cpu), PROT_READ,
			    MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED)
		return -errno;
	session->cpus = memory;
	return 0;
}

static int open_object(struct session *session)
{
	size_t bytes;
	const void *elf = session->contestant->ops->elf(&bytes);

	session->obj = bpf_object__open_mem(elf, bytes, NULL);
	return session->obj ? 0 : -errno;
}

static int load_object(struct session *session)
{
	return bpf_object__load(session->obj);
}

/* What to do, in which order, and how to say that it failed. */
static int open_steps(struct session *session)
{
	const struct reader_ops *ops = session->contestant->ops;
	const struct {
		int (*step)(struct session *session);
		const char *what;
	} steps[] = {
		{ open_object, "open its programs" },
		{ configure, "configure its programs" },
		{ ops->open, "size its buffer" },
		{ load_object, "load its programs (root, and Linux 5.17 or later, are needed)" },
		{ map_cpus, "map its counters" },
		{ ops->start, "map its buffer" },
	};
	int err;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		err = steps[i].step(session);
		if (err)
			return failed(session, steps[i].what, err);
	}
	return 0;
}

int session_open(const struct contestant *contestant, const struct setup *setup,
		 struct session **out)
{
	struct session *session = calloc(1, sizeof(*session));
	int cpus = libbpf_num_possible_cpus();
	int err;

	if (!session)
		return -ENOMEM;
	session->contestant = contestant;
	session->setup = *setup;
	session->possible_cpus = cpus > 0 ? (unsigned int)cpus : 1;
	session->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	err = open_steps(session);
	if (err) {
		session_close(session);
		return err;
	}
	*out = session;
	return 0;
}

void session_close(struct session *session)
{
	if (!session)
		return;
	session->contestant->ops->stop(session);
	if (session->cpus)
		munmap(session->cpus, session->possible_cpus * sizeof(struct bench_cpu));
	bpf_object__close(session->obj);
	free(session);
}

int session_program(const struct session *session, const char *name)
{
	struct bpf_program *program = bpf_object__find_program_by_name(session->obj, name);

	return program ? bpf_program__fd(program) : -ENOENT;
}

/* ---- accounting ---- */

int session_sum(struct session *session, struct counts *counts)
{
	struct counts sum = { .delivered = session->delivered };
	int err = session->contestant->ops->lost(session, &sum.lost);

	for (unsigned int i = 0; i < session->possible_cpus; i++) {
		const struct bench_cpu *cpu = &session->cpus[i];

		sum.attempted += cpu->attempted;
		sum.lost += cpu->refused;
		sum.run_ns += cpu->run_ns;
		sum.busy_ns += cpu->busy_ns;
	}
	*counts = sum;
	return err;
}

static bool adds_up(const struct session *session, const struct counts *counts)
{
	if (session->contestant->verb == BENCH_NOTHING)
		return counts->delivered == 0 && counts->lost == 0;
	return counts->attempted == counts->delivered + counts->lost && session->broken == 0;
}

int session_drain(struct session *session)
{
	uint64_t end = now_ns() + DRAIN_PATIENCE_NS;
	struct counts counts;
	int err;

	do {
		err = session->contestant->ops->drain(session);
		if (err >= 0)
			err = session_sum(session, &counts);
		if (err < 0)
			return failed(session, "drain its buffer", err);
	} while (!adds_up(session, &counts) && !session->broken && now_ns() < end);
	return 0;
}

int session_counts(struct session *session, struct counts *counts)
{
	int err = session_sum(session, counts);

	if (err)
		return failed(session, "read its counters", err);
	if (adds_up(session, counts))
		return 0;
	fprintf(stderr,
		"whodel: bench: %s%s%s: %llu attempts are not %llu delivered and %llu lost (%llu "
		"of them broken)\n",
		session->contestant->name, *session->contestant->setting ? ", " : "",
		session->contestant->setting, (unsigned long long)counts->attempted,
		(unsigned long long)counts->delivered, (unsigned long long)counts->lost,
		(unsigned long long)session->broken);
	return -EBADMSG;
}
