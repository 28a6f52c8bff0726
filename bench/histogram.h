/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* A distribution of nanoseconds, in buckets of at most 3 % of their value. */
#ifndef WHODEL_BENCH_HISTOGRAM_H
#define WHODEL_BENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_SUB_BITS 5
#define HISTOGRAM_BUCKETS  (64 << HISTOGRAM_SUB_BITS)

struct histogram {
	uint64_t count;
	uint64_t max;
	uint32_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, uint64_t ns);
void histogram_merge(struct histogram *into, const struct histogram *from);

/* The value that @share (0 to 1) of all do not exceed; 0 when there is none. */
uint64_t histogram_quantile(const struct histogram *histogram, double share);

/* The largest value that bucket @index counts. */
uint64_t histogram_bucket_end(unsigned int index);

#endif
