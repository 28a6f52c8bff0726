/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the files of libbpfchan share among themselves; not installed. */
#ifndef BPFCHAN_INTERNAL_H
#define BPFCHAN_INTERNAL_H

#include <bpf/libbpf.h>
#include <stdint.h>

#include "channel/bpfchan.h"

/* One per transport: everything that differs between them. */
struct transport_ops {
	/* Maps that come into being with this transport, and only with it; NULL-terminated. */
	const char *const *maps;
	/* Sizes and max_record into chan, before the load. */
	int (*prepare)(struct bpfchan *chan, const struct bpfchan_opts *opts);
	/* Map the buffers and watch them. */
	int (*start)(struct bpfchan *chan);
	/*
	 * Deliver what was there at the call, in order. 0 or what the callback returned; *@held
	 * says whether records are there that could not be delivered yet, *@share how much of
	 * the buffer was taken, where that helps to foresee when it is full.
	 */
	int (*drain)(struct bpfchan *chan, bool *held, double *share);
	/*
	 * Is there a record, one that is not yet submitted or is held back included? Sees all that
	 * was submitted before the call.
	 */
	bool (*has_records)(struct bpfchan *chan);
	/* Did so much come in meanwhile that another drain pays more than a nap? */
	bool (*is_filling)(struct bpfchan *chan);
	void (*stop)(struct bpfchan *chan);
};

extern const struct transport_ops bpfchan_ring_ops;
extern const struct transport_ops bpfchan_perf_ops;

struct losses;

struct bpfchan {
	const struct transport_ops *ops;
	enum bpfchan_transport transport;
	struct bpf_object *obj;
	struct bpf_map *buffer_map;
	struct bpf_map *cpus_map;

	bpfchan_record_fn on_record;
	bpfchan_loss_fn on_loss;
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
	struct bpfchan_cpu *cpus;      /* mapped, read-only, possible_cpus of them */
	struct bpfchan_reader *reader; /* mapped */
	struct losses *losses;
	uint32_t state_changes;
	bool has_caller;   /* the caller waits for the descriptor by itself: it needs the timer */
	uint64_t wake_at;  /* when to drain again though nobody wakes */
	uint64_t slept_at; /* the end of the last drain */

	void *buffers; /* the transport's own */

	unsigned long long delivered;
	unsigned long long malformed;
	unsigned long long wakeups;
};

/* A napping reader is woken when a buffer is filled to this share: then its timer is late. */
#define WAKE_SHARE 2

/*
 * A buffer with this share of it waiting is filling: its producers are at it now, and the reader
 * stays awake. Small, for at full speed 512 KiB last a third of a millisecond.
 */
#define FILLING_SHARE 64

/* Write the reason into the caller's error line; returns @err. */
int bpfchan_fail(struct bpfchan *chan, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Give one record of @size bytes, as it lies in a buffer, to the callback. */
int bpfchan_deliver(struct bpfchan *chan, const void *data, size_t size);

/* Wait for @fd: edge-triggered, for a buffer stays readable while it is not empty. */
int bpfchan_watch(struct bpfchan *chan, int fd);

/* Map an array map's values; NULL with the reason told. */
void *bpfchan_map_array(struct bpfchan *chan, const char *name, size_t bytes, int protection);

/* ns of the clock that bpf_ktime_get_ns() reads. */
uint64_t bpfchan_now(void);

/* size.c: pure arithmetic. 0 or -errno; the result is untouched on failure. */
int bpfchan_ring_size(size_t asked, size_t page, size_t *bytes);
int bpfchan_perf_size(size_t asked, size_t page, unsigned int cpus, size_t *pages);
bool bpfchan_is_power_of_two(size_t n);

/* loss.c: what was lost since it was last told. */
int losses_new(struct bpfchan *chan, struct losses **out);
void losses_free(struct losses *losses);
/* @all: also what is younger than the pace of telling. 0 or what the callback returned. */
int losses_tell(struct bpfchan *chan, bool all);
int bpfchan_count_skipped(const struct bpf_object *obj, unsigned long long *skipped);

#endif
