/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* whodel bench: the two buffers, libbpf's readers and libbpfchan, like with like, on this machine.
 */
#ifndef WHODEL_BENCH_H
#define WHODEL_BENCH_H

#include <stdbool.h>
#include <stddef.h>

struct bench_opts {
	const char *const *parts; /* names; none: all */
	size_t part_count;
	unsigned int rounds;	/* 0: 7, or 3 with quick */
	bool quick;		/* one size, one buffer, short rounds: under a minute */
	bool full;		/* every combination, not one thing varied at a time */
	unsigned int bytes;	/* only this record size; 0: each part's own */
	size_t buffer_bytes;	/* only this buffer; 0: each part's own */
	unsigned int producers; /* only so many; 0: each part's own; BENCH_ALL_CPUS */
	unsigned int rate;	/* paced: only this rate; 0: all */
	const char *json;	/* NULL: none; "-": stdout instead of the table */
	const char *report;	/* a folder; NULL: none */
	const char *command;	/* as it was called, for the record */
};

#define BENCH_ALL_CPUS (~0U)

#define BENCH_ROUNDS	   7
#define BENCH_QUICK_ROUNDS 3

/* 0, or -errno; told on stderr. -EBADMSG: a round's accounting did not add up. */
int bench_run(const struct bench_opts *given);

/* Names and titles of the parts, in order; NULL behind the last. */
const char *bench_part_name(size_t index);
const char *bench_part_title(size_t index);

#endif
