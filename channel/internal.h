/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the files of libbpfchan share among themselves; not installed. */
#ifndef BPFCHAN_INTERNAL_H
#define BPFCHAN_INTERNAL_H

#include <bpf/libbpf.h>
#include <stdint.h>

#include "channel/bpfchan.h"

/* One per transport: everything that differs between them. */
struct transport_ops {
	const char *name;
	/* Sizes and max_record into chan, before the load. */
	int (*prepare)(struct bpfchan *chan, const struct bpfchan_opts *opts);
	/* Map the buffers; gives the fd to wait on. */
	int (*start)(struct bpfchan *chan, int *fd);
	/* Deliver what is there; 0 or what the callback returned. */
	int (*drain)(struct bpfchan *chan);
	void (*stop)(struct bpfchan *chan);
};

extern const struct transport_ops bpfchan_ring_ops;
extern const struct transport_ops bpfchan_perf_ops;

struct order;

struct bpfchan {
	const struct transport_ops *ops;
	enum bpfchan_transport transport;
	struct bpf_object *obj;
	struct bpf_map *buffer_map;
	struct bpf_map *cpus_map;

	bpfchan_record_fn on_record;
	void *ctx;
	char *error;
	size_t error_size;

	size_t page_bytes;
	unsigned int possible_cpus;
	unsigned int online_cpus;
	size_t data_bytes;
	size_t allocated_bytes;
	size_t perf_pages;
	size_t max_record;
	unsigned int max_delay_ms;

	int epoll_fd;
	int timer_fd;
	struct bpfchan_cpu *cpus; /* mapped, read-only, possible_cpus of them */

	struct ring_buffer *ring;
	int stopped; /* ring: what on_record returned to stop the drain */
	struct perf_buffer *perf;
	struct order *order; /* perf: records held back for their order */

	unsigned long long delivered;
	unsigned long long malformed;
};

/* Write the reason into the caller's error line; returns @err. */
int bpfchan_fail(struct bpfchan *chan, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Check one record as it came out of a buffer, and give it to the callback. */
int bpfchan_deliver(struct bpfchan *chan, const void *data, size_t size);

/* size.c: pure arithmetic. 0 or -errno; the result is untouched on failure. */
int bpfchan_ring_size(size_t asked, size_t page, size_t *bytes);
int bpfchan_perf_size(size_t asked, size_t page, unsigned int cpus, size_t *pages);
bool bpfchan_is_power_of_two(size_t n);

/* order.c: a bounded-by-the-buffers heap of records by time. */
int order_new(struct order **order);
void order_free(struct order *order);
/* Copy a record in; -ENOMEM. @data starts with a struct bpfchan_header and may be unaligned. */
int order_push(struct order *order, const void *data, size_t size);
/* The oldest record if it is older than @before, else NULL; valid until the next call. */
const struct bpfchan_header *order_pop(struct order *order, uint64_t before);
/* Give back the memory of what was popped; call between drains. */
void order_compact(struct order *order);

#endif
