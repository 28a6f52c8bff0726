/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * A store of many: what other stores' recorders saw, each event once, however often it comes. All
 * functions are for inside a transaction of @store, and return as those of store.h. After a
 * rollback: collection_free(), and a new one.
 */
#ifndef WHODEL_COLLECT_H
#define WHODEL_COLLECT_H

#include "history/store.h"

struct collection;

/* What is numbered by itself at the source. */
enum collect_kind { COLLECT_EVENTS, COLLECT_COVERAGE, COLLECT_KINDS };

int collection_new(struct store *store, struct collection **out);

void collection_free(struct collection *collection);

/*
 * collection_source - what follows is of the store with this UUID
 *
 * and of its recording @theirs, which is made if it is new, with this host and boot.
 */
int collection_source(struct collection *collection, const char *uuid, int64_t theirs,
		      const char *host, const char *boot);

/* @fresh: how many of these numbers are new; from now on none of them is. */
int collection_take(struct collection *collection, enum collect_kind kind, uint64_t first,
		    uint64_t last, uint64_t *fresh);

/* A closed block of this recording. Processes are numbered anew, from collection_process(). */
int collection_put_block(struct collection *collection, const struct block_view *block);

/* A number that no process of this store has. */
uint64_t collection_process(struct collection *collection);

/*
 * collection_claim - what the source says of this recording
 * @number: whoever has all its events up to this one has all until recording->until
 *
 * Only once that is so here do "until", "ended" and "canary" move.
 */
int collection_claim(struct collection *collection, const struct recording *recording,
		     uint64_t number);

/* Before the commit. */
int collection_save(struct collection *collection);

#endif
