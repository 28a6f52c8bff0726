// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "bench/histogram.h"

#define SUB ((unsigned int)1 << HISTOGRAM_SUB_BITS)

/* The highest bit chooses the group, the bits below it the bucket; small values have their own. */
static unsigned int bucket_of(uint64_t ns)
{
	unsigned int shift;

	if (ns < SUB)
		return (unsigned int)ns;
	shift = 63 - (unsigned int)__builtin_clzll(ns) - HISTOGRAM_SUB_BITS;
	return ((shift + 1) << HISTOGRAM_SUB_BITS) + (unsigned int)((ns >> shift) & (SUB - 1));
}

uint64_t histogram_bucket_end(unsigned int index)
{
	unsigned int group = index >> HISTOGRAM_SUB_BITS;
	uint64_t sub = index & (SUB - 1);

	if (group == 0)
		return sub;
	return ((SUB + sub + 1) << (group - 1)) - 1;
}

void histogram_add(struct histogram *histogram, uint64_t ns)
{
	histogram->buckets[bucket_of(ns)]++;
	histogram->count++;
	if (ns > histogram->max)
		histogram->max = ns;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++)
		into->buckets[i] += from->buckets[i];
	into->count += from->count;
	if (from->max > into->max)
		into->max = from->max;
}

uint64_t histogram_quantile(const struct histogram *histogram, double share)
{
	double wanted = share * (double)histogram->count;
	uint64_t seen = 0;
	uint64_t end;

	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += histogram->buckets[i];
		if (histogram->buckets[i] && (double)seen >= wanted) {
			end = histogram_bucket_end(i);
			return end < histogram->max ? end : histogram->max;
		}
	}
	return histogram->max;
}
