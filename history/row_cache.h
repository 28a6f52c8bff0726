/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Rows by their number, kept until there are too many: then all are forgotten. */
#ifndef WHODEL_ROW_CACHE_H
#define WHODEL_ROW_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct row_cache {
	struct row_slot *slots;
	size_t slot_count; /* a power of two, or 0 */
	size_t count;
	size_t bytes;
	/* Set by the owner: */
	size_t most;		      /* bytes that may be kept */
	void (*release)(void *value); /* frees what a value holds, and it; NULL: free() */
};

/* NULL: not there */
void *row_cache_get(const struct row_cache *cache, uint64_t row);

/*
 * Keeps @value, of @size bytes, which is the cache's from here on. What was got before may be gone.
 * 0, or -ENOMEM, and then @value has been freed.
 */
int row_cache_put(struct row_cache *cache, uint64_t row, void *value, size_t size);

void row_cache_free(struct row_cache *cache);

#endif
