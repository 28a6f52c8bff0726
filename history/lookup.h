/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * From the hash of a path to the blocks that may have it: sorted runs, merged as they come to be
 * many, so that nothing is ever written in random order. docs/store.md has the rows.
 */
#ifndef WHODEL_LOOKUP_H
#define WHODEL_LOOKUP_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#define LOOKUP_FAN	   8	     /* runs of a level that are merged into one of the next */
#define LOOKUP_ENTRIES_MAX (2 << 20) /* of a run: what a merge may take while events wait */

/*
 * lookup_add - the paths of a block that will not change any more, inside a transaction
 * @hashes: path_hash() of each; sorted here
 */
int lookup_add(sqlite3 *db, int64_t block, uint32_t *hashes, unsigned int count);

/*
 * lookup_find - the closed blocks that may have a path, the newest first
 * @found: anything but 0 stops, and is returned
 *
 * Returns 0, what @found returned, or -errno; -EUCLEAN: the store is damaged.
 */
int lookup_find(sqlite3 *db, uint32_t hash, int (*found)(void *ctx, int64_t block), void *ctx);

/* Forget runs of which no block from @oldest on is in; one a call. 1: there was one; 0; -errno */
int lookup_remove(sqlite3 *db, int64_t oldest);

#endif
