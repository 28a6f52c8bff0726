/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* One contestant, loaded and open: its producers' programs and its reader. */
#ifndef WHODEL_BENCH_SESSION_H
#define WHODEL_BENCH_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/contestant.h"
#include "bench/histogram.h"
#include "bench/record.h"

struct bpf_object;
struct bpfchan;
struct perf_buffer;
struct ring_buffer;

/* What the reader looks at in each record, besides counting it. */
enum look {
	LOOK_WHOLE,   /* is it whole: its length, its first and last word */
	LOOK_LATENCY, /* and when was it emitted */
	LOOK_ORDER,   /* and does its token come after the ones before */
};

struct setup {
	unsigned int bytes;  /* of a record */
	size_t buffer_bytes; /* for records, all CPUs together */
	enum look look;
};

struct session {
	const struct contestant *contestant;
	struct setup setup;
	struct bpf_object *obj;
	struct bench_cpu *cpus; /* mapped, possible_cpus of them */
	unsigned int possible_cpus;
	size_t page_bytes;
	size_t data_bytes;
	size_t allocated_bytes;
	struct ring_buffer *ring;
	struct perf_buffer *perf;
	struct bpfchan *channel;

	uint64_t delivered;
	uint64_t broken; /* records that were not as they had been sent */
	uint64_t told;	 /* losses that the transport's own reader told of */
	uint64_t inversions;
	uint64_t highest;
	struct histogram latency;
};

/* What went in and what came out, at rest. */
struct counts {
	uint64_t attempted;
	uint64_t delivered;
	uint64_t lost;
	uint64_t run_ns;
	uint64_t busy_ns;
};

/* Loads the programs, maps the buffers. Errors are told on stderr. */
int session_open(const struct contestant *contestant, const struct setup *setup,
		 struct session **out);
void session_close(struct session *session);

/* The file descriptor of a producer's program: "bench_flood", ... */
int session_program(const struct session *session, const char *name);

/* Deliver everything that was emitted; the producers are at rest. */
int session_drain(struct session *session);

/* 0, or -EBADMSG when the sums do not add up, which is told on stderr. */
int session_counts(struct session *session, struct counts *counts);

/* The sums as they are, not checked; what is in the buffer is in neither. */
int session_sum(struct session *session, struct counts *counts);

/* For the readers: one record came out. */
void session_take(struct session *session, const void *data, size_t size);

uint64_t now_ns(void);

#endif
