/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The store's times: nanoseconds since 1970, for 292 years to both sides. */
#ifndef WHODEL_NANOSECONDS_H
#define WHODEL_NANOSECONDS_H

#include <stdint.h>
#include <time.h>

#define NANOSECONDS 1000000000LL

static inline struct timespec nanoseconds_to_time(int64_t nanoseconds)
{
	struct timespec time = {
		.tv_sec = nanoseconds / NANOSECONDS,
		.tv_nsec = nanoseconds % NANOSECONDS,
	};

	if (time.tv_nsec < 0) {
		time.tv_sec--;
		time.tv_nsec += NANOSECONDS;
	}
	return time;
}

/* What is too far away is as far as can be. */
static inline int64_t nanoseconds_of(struct timespec time)
{
	if (time.tv_sec >= INT64_MAX / NANOSECONDS)
		return INT64_MAX;
	if (time.tv_sec <= INT64_MIN / NANOSECONDS)
		return INT64_MIN;
	return time.tv_sec * NANOSECONDS + time.tv_nsec;
}

#endif
