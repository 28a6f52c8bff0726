// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Records of the per-CPU perf buffers, by time: a binary heap of positions in an arena.
 *
 * One drain takes at most what the buffers held, so the arena is bounded by their size plus the
 * few records held back. A heap, not a merge of queues: nesting puts even one CPU's records out
 * of order.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "channel/internal.h"

struct entry {
	uint64_t time;
	uint64_t arrival; /* equal times keep the order in which they were read */
	size_t offset;	  /* into the arena */
};

struct arena {
	char *bytes;
	size_t used;
	size_t room;
};

struct order {
	struct arena arena;
	struct arena spare;
	struct entry *heap;
	size_t count;
	size_t room;
	uint64_t arrivals;
};

int order_new(struct order **order)
{
	struct order *new = calloc(1, sizeof(*new));

	if (!new)
		return -ENOMEM;
	*order = new;
	return 0;
}

void order_free(struct order *order)
{
	if (!order)
		return;
	free(order->arena.bytes);
	free(order->spare.bytes);
	free(order->heap);
	free(order);
}

static int grow(void **memory, size_t *room, size_t needed, size_t unit)
{
	size_t new_room = *room ? *room : 64;
	void *new;

	while (new_room < needed)
		new_room *= 2;
	if (new_room == *room)
		return 0;
	new = realloc(*memory, new_room * unit);
	if (!new)
		return -ENOMEM;
	*memory = new;
	*room = new_room;
	return 0;
}

/* Eight-byte aligned, as the callback is promised; perf payloads are only 4-byte aligned. */
static int arena_add(struct arena *arena, const void *data, size_t size, size_t *offset)
{
	size_t whole = (size + 7) & ~(size_t)7;
	int err = grow((void **)&arena->bytes, &arena->room, arena->used + whole, 1);

	if (err)
		return err;
	memcpy(arena->bytes + arena->used, data, size);
	*offset = arena->used;
	arena->used += whole;
	return 0;
}

static bool before(const struct entry *a, const struct entry *b)
{
	return a->time != b->time ? a->time < b->time : a->arrival < b->arrival;
}

static void sift_up(struct entry *heap, size_t i)
{
	struct entry moved = heap[i];

	while (i > 0 && before(&moved, &heap[(i - 1) / 2])) {
		heap[i] = heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	heap[i] = moved;
}

static void sift_down(struct entry *heap, size_t count)
{
	struct entry moved = heap[0];
	size_t i = 0;
	size_t child;

	while ((child = 2 * i + 1) < count) {
		if (child + 1 < count && before(&heap[child + 1], &heap[child]))
			child++;
		if (!before(&heap[child], &moved))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = moved;
}

/* A record too short for a header, or whose length lies, sorts first and is judged by the caller.
 */
static struct bpfchan_header read_header(const void *data, size_t size)
{
	struct bpfchan_header header = { 0 };

	if (size >= sizeof(header))
		memcpy(&header, data, sizeof(header));
	return header;
}

int order_push(struct order *order, const void *data, size_t size)
{
	struct bpfchan_header header = read_header(data, size);
	struct entry *entry;
	size_t offset;
	int err;

	if (header.length < sizeof(header) || header.length > size)
		return -EBADMSG;
	err = grow((void **)&order->heap, &order->room, order->count + 1, sizeof(*order->heap));
	if (!err)
		err = arena_add(&order->arena, data, header.length, &offset);
	if (err)
		return err;
	entry = &order->heap[order->count];
	entry->time = header.time;
	entry->arrival = order->arrivals++;
	entry->offset = offset;
	sift_up(order->heap, order->count++);
	return 0;
}

const struct bpfchan_header *order_pop(struct order *order, uint64_t before_time)
{
	const void *record;

	if (order->count == 0 || order->heap[0].time >= before_time)
		return NULL;
	record = order->arena.bytes + order->heap[0].offset;
	order->heap[0] = order->heap[--order->count];
	if (order->count)
		sift_down(order->heap, order->count);
	return record;
}

/* Move what is held back into the other arena; on failure it just stays where it is. */
void order_compact(struct order *order)
{
	struct arena full = order->arena;
	size_t held = 0;

	for (size_t i = 0; i < order->count; i++)
		held += read_header(full.bytes + order->heap[i].offset, SIZE_MAX).length + 7;
	if (full.used == 0 || grow((void **)&order->spare.bytes, &order->spare.room, held, 1))
		return;
	order->arena = order->spare;
	order->arena.used = 0;
	for (size_t i = 0; i < order->count; i++) {
		const char *record = full.bytes + order->heap[i].offset;

		arena_add(&order->arena, record, read_header(record, SIZE_MAX).length,
			  &order->heap[i].offset);
	}
	order->spare = full;
}
