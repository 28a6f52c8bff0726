/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the benchmark's producers (BPF) and its reader share. */
#ifndef WHODEL_BENCH_RECORD_H
#define WHODEL_BENCH_RECORD_H

#include "channel/bpfchan_types.h"

#define BENCH_TYPE    1
#define BENCH_VERSION 1

/* Every contestant carries the same record; the smallest is the channel's header alone. */
#define BENCH_LEAST_BYTES 32
#define BENCH_MOST_BYTES  4096

_Static_assert(sizeof(struct bpfchan_header) <= BENCH_LEAST_BYTES, "the header is a record");

/* The body is filled with one word over and over: the attempt's number, or the token. */
#define BENCH_WORDS(bytes) (((bytes) - sizeof(struct bpfchan_header)) / sizeof(__u64))

struct bench_record {
	struct bpfchan_header header;
	__u64 words[BENCH_WORDS(BENCH_MOST_BYTES)];
};

enum bench_verb {
	BENCH_RESERVE = 0, /* built in place, where the transport can */
	BENCH_OUTPUT = 1,  /* built beside it and copied */
	BENCH_NOTHING = 2, /* the empty run: all but the record */
};

/* Read-only for the programs and known to the verifier, which prunes what was not chosen. */
struct bench_config {
	__u32 bytes; /* of each record: 32, 128, 512 or 4096 */
	__u32 verb;
	__u64 ring_flags; /* for libbpf's ring: 0 or BPF_RB_NO_WAKEUP */
};

/* One per possible CPU, written by the producer there, mapped by the reader. */
struct bench_cpu {
	__u64 attempted;
	__u64 refused; /* the helper said no; what the channel loses it counts itself */
	__u64 run_ns;  /* time inside the programs */
	__u64 busy_ns; /* paced: time spent on events and on what interrupted the producer */
	__u64 next;    /* paced: when the next event is due */
	__u64 sent;    /* paced: when the last event was made */
	__u64 reserved[10];
} __attribute__((aligned(128)));

/* Paced: a step of the waiting loop longer than this was interrupted. One takes about 30 ns. */
#define BENCH_STEP_NS 200

/* Paced: an interruption later than this after an event is not that event's, and a longer one is
 * the hypervisor's. */
#define BENCH_AFTER_NS 20000
#define BENCH_STALL_NS 100000

#endif
