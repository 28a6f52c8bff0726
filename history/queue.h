/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * What waits between the buffer and the store: blocks and coverage, in their order. The reading
 * thread puts, the writing thread takes.
 */
#ifndef WHODEL_QUEUE_H
#define WHODEL_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/store.h"

/* How far everything is that was put so far. */
struct mark {
	int64_t until;	 /* all that was seen up to then is put, or counted as lost */
	int64_t canary;	 /* when the last one came through */
	int64_t ended;	 /* the recorder's clean stop; 0: not yet */
	uint64_t stored; /* events in all blocks so far */
	uint64_t number; /* of the hand-over */
};

/* One thing to write: a block, a coverage row, or a mark alone. */
struct item {
	struct item *next;
	struct mark mark;
	size_t bytes; /* that it takes here */

	bool has_block;
	bool closed;
	uint64_t number;
	struct block_view block; /* what it points to is the item's own */
	struct names names;

	bool has_coverage;
	struct coverage coverage;
	char reason[96];
	struct loss_by *by; /* their comm too are the item's own */
};

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	struct item *first;
	struct item *last;
	size_t bytes; /* of all items, those included that are taken and not done with */
	bool stop;
};

int queue_init(struct queue *queue);

void queue_free(struct queue *queue);

/* Copies; *@out is freed by item_free(). 0 or -ENOMEM */
int item_of_block(const struct block_view *view, uint64_t number, bool closed, struct item **out);
int item_of_coverage(const struct coverage *coverage, struct item **out);
int item_of_mark(struct item **out);

void item_free(struct item *item);

/*
 * Put at the end; an item of the same block that nobody has taken yet, and that stands last, is
 * replaced by the longer one.
 */
void queue_put(struct queue *queue, struct item *item, const struct mark *mark);

size_t queue_bytes(struct queue *queue);

/*
 * queue_take - all that is there, up to @most items
 *
 * Waits for up to @wait_ms. NULL: nothing came. *@stop says that no more will come.
 */
struct item *queue_take(struct queue *queue, int most, int wait_ms, bool *stop);

/* Taken items are written, or given up: they are freed, and no longer counted. */
void queue_done(struct queue *queue, struct item *items);

void queue_stop(struct queue *queue);

#endif
