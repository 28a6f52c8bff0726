/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Suspends, and steps of the wall clock: seen by how far the clocks are apart. */
#ifndef WHODEL_CLOCKS_H
#define WHODEL_CLOCKS_H

#include <stdint.h>

struct clocks {
	int64_t asleep; /* boot time minus monotonic: all that the machine has slept */
	int64_t offset; /* wall clock minus boot time */
};

struct clocks clocks_sample(void);

/* From one sample to a later one: ns asleep, and ns that the wall clock was set forward. */
struct clocks clocks_difference(const struct clocks *before, const struct clocks *now);

/* What adjtime(3) and the samples' own distance make is below this, ns. */
#define CLOCKS_STEP_NS 50000000LL

#endif
