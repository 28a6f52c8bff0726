/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What a live event does not say, since it is the same for all of them. */
#ifndef WHODEL_HOST_H
#define WHODEL_HOST_H

#include <stdbool.h>
#include <stdint.h>

struct host {
	bool known;
	char name[65];	/* "": unknown */
	char boot[37];	/* "": unknown */
	int64_t booted; /* wall clock, ns */
};

/* Once: so one process always has one start, whatever is done to the clock meanwhile. */
void host_read(struct host *host);

#endif
