/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The sums of a trace: what was seen, and where each of them went. */
#ifndef WHODEL_LOSSES_H
#define WHODEL_LOSSES_H

#include <stdbool.h>

#include "trace/trace.h"

/* What whodel itself did with the deletions that reached it. */
struct tally {
	unsigned long long delivered;
	unsigned long long filtered;
	unsigned long long unwritten; /* the output failed */
	bool interrupted;
};

/* seen = delivered + filtered + lost, each deletion under exactly one of them. */
struct summary losses_summarize(const struct trace_counts *counts, const struct tally *tally);

#endif
