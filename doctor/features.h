/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What this kernel, and this process, have of what whodel builds on. */
#ifndef WHODEL_FEATURES_H
#define WHODEL_FEATURES_H

#include <stdbool.h>
#include <stddef.h>

enum feature_state { FEATURE_NO, FEATURE_YES, FEATURE_UNKNOWN };

struct feature {
	const char *name;
	enum feature_state state;
	char value[160]; /* as the kernel has it */
	const char
		*advice; /* what to do where it is missing; NULL: nothing to be done, or needed */
};

#define FEATURES_MAX 24

/* Fills at most FEATURES_MAX; returns how many. */
size_t features_find(struct feature *features);

/* Does the kernel let this process create a BPF map? */
bool may_use_bpf(void);

#endif
