// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The BPF ring buffer, read by libbpf. */
#include <errno.h>

#include "channel/internal.h"

/*
 * Longest record: header and rounding included it must stay below the ring's size, for the
 * producer may never catch up with the consumer (kernel/bpf/ringbuf.c, __bpf_ringbuf_reserve()).
 */
#define RING_RECORD_HEADER 8

/* Consumer page, producer page and the kernel's own (RINGBUF_NR_META_PAGES). */
#define RING_CONTROL_PAGES 3

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

/* libbpf stops at negative values only, the channel at any but 0. */
static int ring_record(void *ctx, void *data, size_t size)
{
	struct bpfchan *chan = ctx;

	chan->stopped = bpfchan_deliver(chan, data, size);
	return chan->stopped ? -ECANCELED : 0;
}

static int ring_start(struct bpfchan *chan, int *fd)
{
	chan->ring = ring_buffer__new(bpf_map__fd(chan->buffer_map), ring_record, chan, NULL);
	if (!chan->ring)
		return bpfchan_fail(chan, -errno, "cannot map the ring of %zu bytes: %s",
				    chan->data_bytes, strerror(errno));
	*fd = ring_buffer__epoll_fd(chan->ring);
	return 0;
}

static int ring_drain(struct bpfchan *chan)
{
	int n;

	chan->stopped = 0;
	n = ring_buffer__consume(chan->ring);
	if (chan->stopped)
		return chan->stopped;
	return n < 0 ? n : 0;
}

static void ring_stop(struct bpfchan *chan)
{
	ring_buffer__free(chan->ring);
	chan->ring = NULL;
}

const struct transport_ops bpfchan_ring_ops = {
	.name = "ring",
	.prepare = ring_prepare,
	.start = ring_start,
	.drain = ring_drain,
	.stop = ring_stop,
};
