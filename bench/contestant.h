/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Who takes part: one table. A contestant that is swept over a setting has a line for each. */
#ifndef WHODEL_BENCH_CONTESTANT_H
#define WHODEL_BENCH_CONTESTANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/record.h"

struct session;

/* What differs between libbpf's ring, libbpf's perf buffer and the channel. */
struct reader_ops {
	const void *(*elf)(size_t *bytes);
	/* Sizes, before the load. */
	int (*open)(struct session *session);
	/* Map the buffers. */
	int (*start)(struct session *session);
	/* One turn of the reader's loop: wait, deliver. 0, a count or -errno. */
	int (*poll)(struct session *session);
	/* Deliver what is there, without waiting. */
	int (*drain)(struct session *session);
	/* Records lost, beyond what the producers were told. */
	int (*lost)(struct session *session, uint64_t *lost);
	void (*stop)(struct session *session);
};

extern const struct reader_ops bench_ring_reader;
extern const struct reader_ops bench_perf_reader;
extern const struct reader_ops bench_channel_reader;

/* The parts that a contestant takes part in. */
enum field {
	FIELD_MAIN = 1,	 /* the six, all their settings */
	FIELD_PLAIN = 2, /* the six, one setting each */
	FIELD_GUARD = 4,
	FIELD_VERBS = 8,
	FIELD_EMPTY = 16, /* no record: what the producer costs by itself */
};

struct contestant {
	const char *name;    /* the same for all its settings */
	const char *setting; /* "" or "wake every 64" */
	const char *about;   /* for people */
	const struct reader_ops *ops;
	unsigned int fields;
	enum bpfchan_transport transport;
	bool timed;		  /* libbpf at its best: see drain_us, wake_events */
	unsigned int drain_us;	  /* ring: sleep this long between drains */
	unsigned int wake_events; /* perf: wake the reader after so many records */
	bool guard;
	enum bench_verb verb;
	unsigned int color; /* of its lines in plots: a slot of the page's palette */
};

extern const struct contestant bench_contestants[];
extern const size_t bench_contestant_count;

#endif
