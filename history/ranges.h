/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* A set of numbers, most of which follow on each other: what was collected of a store. */
#ifndef WHODEL_RANGES_H
#define WHODEL_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Both ends belong to it. */
struct range {
	uint64_t first;
	uint64_t last;
};

/* In order, apart from each other by one number at least. */
struct ranges {
	struct range *items;
	size_t count;
	size_t room;
};

bool ranges_has(const struct ranges *ranges, uint64_t number);

/* @fresh: as many of them were not in it. 0 or -ENOMEM, and then nothing was added. */
int ranges_add(struct ranges *ranges, uint64_t first, uint64_t last, uint64_t *fresh);

/* All numbers from 1 up to this one are in it. */
uint64_t ranges_whole(const struct ranges *ranges);

void ranges_free(struct ranges *ranges);

#endif
