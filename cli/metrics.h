/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Figures of a recorder as Prometheus' text format 0.0.4. docs/metrics.md has each of them. */
#ifndef WHODEL_METRICS_H
#define WHODEL_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/deletion.h"

#define METRICS_LOSSES 24

/* A sample. Counters are since the recorder's start; times are wall clock, ns, 0: never. */
struct metrics {
	const char *version;
	const char *probe;
	const char *transport;
	uint64_t events[DELETION_OPS];
	struct {
		const char *reason; /* NULL ends them */
		uint64_t lost;
	} losses[METRICS_LOSSES];
	uint64_t filtered;
	uint64_t stored;
	uint64_t queue_bytes;
	uint64_t queue_limit;
	uint64_t store_bytes;
	uint64_t buffer_bytes;
	uint64_t buffer_records; /* in it, not read yet */
	int64_t began;
	int64_t canary;
	int64_t last_loss;
	bool failing; /* cannot write the store, or the canary does not come */
};

/* Returns text for free(), its length in *@size; NULL: no memory. */
char *metrics_render(const struct metrics *metrics, size_t *size);

#endif
