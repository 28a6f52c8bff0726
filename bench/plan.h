/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The cells to measure: every combination of a part's axes that the caller did not rule out. */
#ifndef WHODEL_BENCH_PLAN_H
#define WHODEL_BENCH_PLAN_H

#include "bench/part.h"

struct plan {
	struct cell *cells;
	size_t count;
};

/* -EINVAL for a part that is not known, or when nothing is left; told on stderr. */
int plan_make(const struct bench_opts *opts, struct plan *plan);
void plan_free(struct plan *plan);

#endif
