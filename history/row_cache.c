// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "history/row_cache.h"

#include <errno.h>
#include <stdlib.h>

#define SLOTS_FIRST 256

struct row_slot {
	uint64_t row;
	void *value; /* NULL: free */
};

static struct row_slot *find_slot(const struct row_cache *cache, uint64_t row)
{
	size_t mask = cache->slot_count - 1;
	size_t at = (size_t)(row * 0x9e3779b97f4a7c15ULL >> 32) & mask;

	while (cache->slots[at].value && cache->slots[at].row != row)
		at = (at + 1) & mask;
	return &cache->slots[at];
}

void *row_cache_get(const struct row_cache *cache, uint64_t row)
{
	return cache->slot_count ? find_slot(cache, row)->value : NULL;
}

static void release(const struct row_cache *cache, void *value)
{
	if (!value)
		return;
	if (cache->release)
		cache->release(value);
	else
		free(value);
}

static void forget(struct row_cache *cache)
{
	for (size_t i = 0; i < cache->slot_count; i++) {
		release(cache, cache->slots[i].value);
		cache->slots[i].value = NULL;
	}
	cache->count = 0;
	cache->bytes = 0;
}

static int grow(struct row_cache *cache)
{
	struct row_cache larger = *cache;

	if (cache->count * 2 < cache->slot_count)
		return 0;
	larger.slot_count = cache->slot_count ? cache->slot_count * 2 : SLOTS_FIRST;
	larger.slots = calloc(larger.slot_count, sizeof(*larger.slots));
	if (!larger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < cache->slot_count; i++)
		if (cache->slots[i].value)
			*find_slot(&larger, cache->slots[i].row) = cache->slots[i];
	free(cache->slots);
	*cache = larger;
	return 0;
}

int row_cache_put(struct row_cache *cache, uint64_t row, void *value, size_t size)
{
	int err;

	if (cache->bytes + size > cache->most)
		forget(cache);
	err = grow(cache);
	if (err) {
		release(cache, value);
		return err;
	}
	*find_slot(cache, row) = (struct row_slot){ row, value };
	cache->count++;
	cache->bytes += size;
	return 0;
}

void row_cache_free(struct row_cache *cache)
{
	forget(cache);
	free(cache->slots);
	*cache = (struct row_cache){ .most = cache->most, .release = cache->release };
}
