// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "history/queue.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int queue_init(struct queue *queue)
{
	pthread_condattr_t monotonic;
	int err;

	*queue = (struct queue){ 0 };
	err = -pthread_mutex_init(&queue->lock, NULL);
	if (err)
		return err;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	err = -pthread_cond_init(&queue->filled, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (err)
		pthread_mutex_destroy(&queue->lock);
	return err;
}

static void free_items(struct item *items)
{
	while (items) {
		struct item *next = items->next;

		item_free(items);
		items = next;
	}
}

void queue_free(struct queue *queue)
{
	free_items(queue->first);
	pthread_cond_destroy(&queue->filled);
	pthread_mutex_destroy(&queue->lock);
}

/* ---- items ---- */

void item_free(struct item *item)
{
	if (!item)
		return;
	names_free(&item->names);
	free((void *)item->block.data);
	free((void *)item->block.hashes);
	for (unsigned int i = 0; item->by && i < item->coverage.by_count; i++)
		free((void *)item->by[i].comm);
	free(item->by);
	free(item);
}

static void *copy(const void *bytes, size_t size)
{
	void *copied = malloc(size + 1);

	if (copied && size)
		memcpy(copied, bytes, size);
	return copied;
}

static int fill_block(struct item *item, const struct block_view *view)
{
	item->block = *view;
	item->block.data = copy(view->data, view->size);
	/* Only a block that will not change any more goes into the lookup. */
	item->block.hash_count = item->closed ? view->hash_count : 0;
	item->block.hashes = copy(view->hashes, item->block.hash_count * sizeof(*view->hashes));
	item->block.names = &item->names;
	if (!item->block.data || !item->block.hashes || names_copy(view->names, &item->names))
		return -ENOMEM;
	item->bytes += view->size + item->block.hash_count * sizeof(*view->hashes) +
		       view->names->size + view->names->count * sizeof(*view->names->items);
	return 0;
}

int item_of_mark(struct item **out)
{
	struct item *item = calloc(1, sizeof(*item));

	if (!item)
		return -ENOMEM;
	item->bytes = sizeof(*item);
	*out = item;
	return 0;
}

int item_of_block(const struct block_view *view, uint64_t number, bool closed, struct item **out)
{
	struct item *item = NULL;
	int err = item_of_mark(&item);

	if (err)
		return err;
	item->has_block = true;
	item->number = number;
	item->closed = closed;
	err = fill_block(item, view);
	if (err) {
		item_free(item);
		return err;
	}
	*out = item;
	return 0;
}

static int fill_by(struct item *item, const struct coverage *coverage)
{
	item->by = calloc(coverage->by_count + 1, sizeof(*item->by));
	if (!item->by)
		return -ENOMEM;
	for (unsigned int i = 0; i < coverage->by_count; i++) {
		item->by[i] = coverage->by[i];
		item->by[i].comm = coverage->by[i].comm ? strdup(coverage->by[i].comm) : NULL;
	}
	item->coverage.by = item->by;
	return 0;
}

int item_of_coverage(const struct coverage *coverage, struct item **out)
{
	struct item *item = NULL;
	int err = item_of_mark(&item);

	if (err)
		return err;
	item->has_coverage = true;
	item->coverage = *coverage;
	snprintf(item->reason, sizeof(item->reason), "%s", coverage->reason);
	item->coverage.reason = item->reason;
	if (fill_by(item, coverage)) {
		item_free(item);
		return -ENOMEM;
	}
	*out = item;
	return 0;
}

/* ---- the queue ---- */

/* The last one, and the one that points to it. */
static struct item *take_same_block(struct queue *queue, const struct item *item)
{
	struct item **at = &queue->first;
	struct item *before = NULL;
	struct item *same;

	if (!item->has_block || !queue->last || !queue->last->has_block ||
	    queue->last->number != item->number)
		return NULL;
	for (; *at != queue->last; at = &(*at)->next)
		before = *at;
	same = *at;
	*at = NULL;
	queue->last = before;
	queue->bytes -= same->bytes;
	return same;
}

void queue_put(struct queue *queue, struct item *item, const struct mark *mark)
{
	struct item *replaced;

	item->mark = *mark;
	pthread_mutex_lock(&queue->lock);
	replaced = take_same_block(queue, item);
	if (queue->last)
		queue->last->next = item;
	else
		queue->first = item;
	queue->last = item;
	queue->bytes += item->bytes;
	pthread_cond_signal(&queue->filled);
	pthread_mutex_unlock(&queue->lock);
	item_free(replaced);
}

size_t queue_bytes(struct queue *queue)
{
	size_t bytes;

	pthread_mutex_lock(&queue->lock);
	bytes = queue->bytes;
	pthread_mutex_unlock(&queue->lock);
	return bytes;
}

static struct timespec after_ms(int ms)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	time.tv_sec += ms / 1000;
	time.tv_nsec += (long)(ms % 1000) * 1000000;
	if (time.tv_nsec >= 1000000000) {
		time.tv_nsec -= 1000000000;
		time.tv_sec++;
	}
	return time;
}

static struct item *cut_off(struct queue *queue, int most)
{
	struct item *first = queue->first;
	struct item *last = first;

	if (!first)
		return NULL;
	while (--most > 0 && last->next)
		last = last->next;
	queue->first = last->next;
	if (!queue->first)
		queue->last = NULL;
	last->next = NULL;
	return first;
}

struct item *queue_take(struct queue *queue, int most, int wait_ms, bool *stop)
{
	struct timespec end = after_ms(wait_ms);
	struct item *items;

	pthread_mutex_lock(&queue->lock);
	while (!queue->first && !queue->stop)
		if (pthread_cond_timedwait(&queue->filled, &queue->lock, &end))
			break;
	items = cut_off(queue, most);
	*stop = queue->stop;
	pthread_mutex_unlock(&queue->lock);
	return items;
}

void queue_done(struct queue *queue, struct item *items)
{
	size_t bytes = 0;

	for (const struct item *item = items; item; item = item->next)
		bytes += item->bytes;
	free_items(items);
	pthread_mutex_lock(&queue->lock);
	queue->bytes -= bytes;
	pthread_mutex_unlock(&queue->lock);
}

void queue_stop(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->stop = true;
	pthread_cond_signal(&queue->filled);
	pthread_mutex_unlock(&queue->lock);
}
