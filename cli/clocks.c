// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "cli/clocks.h"

#include <time.h>

static int64_t read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

struct clocks clocks_sample(void)
{
	int64_t monotonic = read_clock(CLOCK_MONOTONIC);
	int64_t boot = read_clock(CLOCK_BOOTTIME);
	int64_t wall = read_clock(CLOCK_REALTIME);

	return (struct clocks){ .asleep = boot - monotonic, .offset = wall - boot };
}

struct clocks clocks_difference(const struct clocks *before, const struct clocks *now)
{
	return (struct clocks){ .asleep = now->asleep - before->asleep,
				.offset = now->offset - before->offset };
}
