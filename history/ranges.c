// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "history/ranges.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The first range that ends at @number or behind it; most look for the last one. */
static size_t find(const struct ranges *ranges, uint64_t number)
{
	size_t low = 0;
	size_t high = ranges->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ranges->items[middle].last < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool ranges_has(const struct ranges *ranges, uint64_t number)
{
	size_t at = find(ranges, number);

	return at < ranges->count && ranges->items[at].first <= number;
}

static int grow(struct ranges *ranges)
{
	size_t room = ranges->room ? ranges->room * 2 : 8;
	struct range *items;

	if (ranges->count < ranges->room)
		return 0;
	items = reallocarray(ranges->items, room, sizeof(*items));
	if (!items)
		return -ENOMEM;
	ranges->items = items;
	ranges->room = room;
	return 0;
}

int ranges_add(struct ranges *ranges, uint64_t first, uint64_t last, uint64_t *fresh)
{
	struct range merged = { first, last };
	size_t from = find(ranges, first ? first - 1 : 0);
	size_t to = from;
	uint64_t known = 0;
	int err = grow(ranges);

	if (err)
		return err;
	for (; to < ranges->count && ranges->items[to].first <= last + 1; to++) {
		struct range *old = &ranges->items[to];
		uint64_t low = old->first > first ? old->first : first;
		uint64_t high = old->last < last ? old->last : last;

		known += low <= high ? high - low + 1 : 0;
		merged.first = old->first < merged.first ? old->first : merged.first;
		merged.last = old->last > merged.last ? old->last : merged.last;
	}
	memmove(&ranges->items[from + 1], &ranges->items[to],
		(ranges->count - to) * sizeof(merged));
	ranges->items[from] = merged;
	ranges->count = ranges->count + 1 - (to - from);
	*fresh = last - first + 1 - known;
	return 0;
}

uint64_t ranges_whole(const struct ranges *ranges)
{
	return ranges->count && ranges->items[0].first <= 1 ? ranges->items[0].last : 0;
}

void ranges_free(struct ranges *ranges)
{
	free(ranges->items);
	*ranges = (struct ranges){ 0 };
}
