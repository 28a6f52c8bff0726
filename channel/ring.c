// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The BPF ring buffer: its pages mapped and read here.
 *
 * What is won over a consumer position stored for each record: the line that the producers read
 * it from changes hands once per batch.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "channel/internal.h"

/*
 * Longest record: header and rounding included it must stay below the ring's size, for the
 * producer may never catch up with the consumer (kernel/bpf/ringbuf.c, __bpf_ringbuf_reserve()).
 */
#define RING_RECORD_HEADER 8

/* Consumer page, producer page and the kernel's own (RINGBUF_NR_META_PAGES). */
#define RING_CONTROL_PAGES 3

/* Positions are given back after this share of the ring, so that producers find room in time. */
#define RING_BATCHES 8

struct ring {
	uint64_t *consumer;	  /* mapped page, written here */
	const uint64_t *producer; /* mapped page, written by the kernel */
	const char *data;	  /* mapped twice in a row: no record wraps */
	uint64_t position;	  /* what was taken; given back in batches */
	size_t size;
	size_t page;
};

static const char *const ring_maps[] = { "bpfchan_ring", NULL };

static int ring_prepare(struct bpfchan *chan, const struct bpfchan_opts *opts)
{
	size_t asked = opts->buffer_bytes ? opts->buffer_bytes : BPFCHAN_DEFAULT_BYTES;
	int err;

	if (opts->perf_pages)
		return bpfchan_fail(chan, -EINVAL,
				    "pages per CPU are for the perf transport: the ring has one "
				    "buffer, say its size in bytes");
	err = bpfchan_ring_size(asked, chan->page_bytes, &chan->data_bytes);
	if (err)
		return bpfchan_fail(chan, err, "cannot size a ring of %zu bytes: at most 2 GiB",
				    asked);
	chan->allocated_bytes = chan->data_bytes + RING_CONTROL_PAGES * chan->page_bytes;
	chan->max_record = chan->data_bytes - 2 * RING_RECORD_HEADER;
	return bpf_map__set_max_entries(chan->buffer_map, (__u32)chan->data_bytes);
}

static int ring_fail(struct bpfchan *chan, struct ring *ring)
{
	int err = -errno;

	if (ring && ring->consumer)
		munmap(ring->consumer, ring->page);
	free(ring);
	return bpfchan_fail(chan, err, "cannot map the ring of %zu bytes: %s; try a smaller one",
			    chan->data_bytes, strerror(-err));
}

static int ring_start(struct bpfchan *chan)
{
	struct ring *ring = calloc(1, sizeof(*ring));
	int fd = bpf_map__fd(chan->buffer_map);
	void *memory;

	if (!ring)
		return ring_fail(chan, NULL);
	ring->size = chan->data_bytes;
	ring->page = chan->page_bytes;
	memory = mmap(NULL, ring->page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return ring_fail(chan, ring);
	ring->consumer = memory;
	memory = mmap(NULL, ring->page + 2 * ring->size, PROT_READ, MAP_SHARED, fd,
		      (off_t)ring->page);
	if (memory == MAP_FAILED)
		return ring_fail(chan, ring);
	ring->producer = memory;
	ring->data = (const char *)memory + ring->page;
	ring->position = *ring->consumer;
	chan->buffers = ring;
	return bpfchan_watch(chan, fd);
}

static uint32_t ring_header(const struct ring *ring)
{
	const char *header = ring->data + (ring->position & (ring->size - 1));

	return __atomic_load_n((const uint32_t *)(const void *)header, __ATOMIC_ACQUIRE);
}

static void ring_give_back(struct ring *ring)
{
	__atomic_store_n(ring->consumer, ring->position, __ATOMIC_RELEASE);
}

/* Take the record at the position; its length or 0, and a discarded one is passed over. */
static int ring_take(struct bpfchan *chan, struct ring *ring, uint32_t header)
{
	const char *record = ring->data + (ring->position & (ring->size - 1)) + RING_RECORD_HEADER;
	uint32_t length = header & ~BPF_RINGBUF_DISCARD_BIT;

	ring->position += (length + RING_RECORD_HEADER + 7) & ~(uint32_t)7;
	return header & BPF_RINGBUF_DISCARD_BIT ? 0 : bpfchan_deliver(chan, record, length);
}

static int ring_drain(struct bpfchan *chan, bool *held, double *share)
{
	struct ring *ring = chan->buffers;
	uint64_t end = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
	uint64_t start = ring->position;
	uint64_t given_back = start;
	int ret = 0;

	*held = false;
	while (!ret && ring->position < end) {
		uint32_t header = ring_header(ring);

		/* Reserved and not yet submitted: what is behind it waits for its turn. */
		*held = header & BPF_RINGBUF_BUSY_BIT;
		if (*held)
			break;
		ret = ring_take(chan, ring, header);
		if (ring->position - given_back >= ring->size / RING_BATCHES) {
			ring_give_back(ring);
			given_back = ring->position;
		}
	}
	ring_give_back(ring);
	*share = (double)(ring->position - start) / (double)ring->size;
	return ret;
}

static bool ring_has_records(struct bpfchan *chan)
{
	const struct ring *ring = chan->buffers;

	/* One that is only reserved counts: it may be discarded, and hides those behind it. */
	return ring->position < __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
}

static bool ring_is_filling(struct bpfchan *chan)
{
	const struct ring *ring = chan->buffers;

	return __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE) - ring->position >=
	       ring->size / FILLING_SHARE;
}

static void ring_stop(struct bpfchan *chan)
{
	struct ring *ring = chan->buffers;

	if (!ring)
		return;
	munmap(ring->consumer, ring->page);
	munmap((void *)ring->producer, ring->page + 2 * ring->size);
	free(ring);
	chan->buffers = NULL;
}

const struct transport_ops bpfchan_ring_ops = {
	.maps = ring_maps,
	.prepare = ring_prepare,
	.start = ring_start,
	.drain = ring_drain,
	.has_records = ring_has_records,
	.is_filling = ring_is_filling,
	.stop = ring_stop,
};
