/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Threads, one on each producing CPU, that run a session's programs by BPF_PROG_TEST_RUN. */
#ifndef WHODEL_BENCH_PRODUCERS_H
#define WHODEL_BENCH_PRODUCERS_H

#include <stdbool.h>
#include <stdint.h>

struct session;
struct producers;

/* Ends after @runs program runs, after @ns, or when the program returns 1: what comes first. */
struct job {
	const char *program;
	uint64_t args[4];
	bool number_first; /* args[0] is the producer's number */
	uint64_t gap_ns;   /* sleep before each run */
	uint64_t ns;	   /* 0: no end */
	uint64_t runs;	   /* 0: no end */
};

/* The CPUs this process may use, in order. */
unsigned int cpus_count(void);

/* Pins the calling thread to the first CPU, to the last one, or to none. */
enum place { PLACE_FIRST, PLACE_LAST, PLACE_ANY };
int cpus_pin(enum place place);

/* Starts @count producers on the first @count CPUs; they wait until all are ready. */
int producers_start(const struct session *session, const struct job *job, unsigned int count,
		    struct producers **out);
bool producers_done(const struct producers *producers);

/* Waits for their end and frees; gives the time from the first one's start to the last one's end.
 */
int producers_join(struct producers *all, uint64_t *ns);

#endif
