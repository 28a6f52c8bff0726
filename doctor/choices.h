/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Which probes and transports work here, and why not the others. */
#ifndef WHODEL_CHOICES_H
#define WHODEL_CHOICES_H

#include <stddef.h>

/* Could a probe, or a transport, be used? */
struct choice {
	const char *name;
	int err;		   /* 0: loads and attaches here; -errno */
	char why[1024];		   /* why not, and what to do; "" where it does */
	const char *const *unseen; /* probes: what it cannot see, in words; ended by NULL */
	char missing[512];	   /* hooks that this kernel has not, and what is missed by that */
};

#define CHOICES_MAX 8

/*
 * Each probe, best first, or just @only; NULL, "auto": all. @used is one that is known to work, or
 * NULL. Returns how many.
 */
size_t choices_probes(const char *only, const char *used, struct choice *choices);
size_t choices_transports(const char *used, struct choice *choices);

#endif
