// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* libbpf's reader of the ring: as people write it, and at its best. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <time.h>

#include "bench/session.h"

/* Needs the types above. */
#include "bench/ring.skel.h"

/* Consumer page, producer page and the kernel's own. */
#define CONTROL_PAGES 3

static const void *ring_elf(size_t *bytes)
{
	return ring_bpf__elf_bytes(bytes);
}

static int ring_open(struct session *session)
{
	struct bpf_map *map = bpf_object__find_map_by_name(session->obj, "buffer");

	session->data_bytes = session->setup.buffer_bytes;
	session->allocated_bytes = session->data_bytes + CONTROL_PAGES * session->page_bytes;
	return bpf_map__set_max_entries(map, (__u32)session->data_bytes);
}

static int take(void *ctx, void *data, size_t size)
{
	session_take(ctx, data, size);
	return 0;
}

static int ring_start(struct session *session)
{
	int fd = bpf_object__find_map_fd_by_name(session->obj, "buffer");

	session->ring = ring_buffer__new(fd, take, session, NULL);
	return session->ring ? 0 : -errno;
}

static int ring_poll(struct session *session)
{
	unsigned int us = session->contestant->drain_us;
	const struct timespec nap = { .tv_nsec = (long)us * 1000 };

	if (!session->contestant->timed)
		return ring_buffer__poll(session->ring, 100);
	nanosleep(&nap, NULL);
	return ring_buffer__consume(session->ring);
}

static int ring_drain(struct session *session)
{
	return ring_buffer__consume(session->ring);
}

static int ring_lost(struct session *session, uint64_t *lost)
{
	(void)session;
	*lost = 0;
	return 0;
}

static void ring_stop(struct session *session)
{
	ring_buffer__free(session->ring);
}

const struct reader_ops bench_ring_reader = {
	.elf = ring_elf,
	.open = ring_open,
	.start = ring_start,
	.poll = ring_poll,
	.drain = ring_drain,
	.lost = ring_lost,
	.stop = ring_stop,
};
