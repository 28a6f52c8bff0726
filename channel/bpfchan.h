/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * libbpfchan, the user side: one event channel from BPF programs to user space, over the BPF ring
 * buffer or the perf event buffer.
 *
 *	obj = bpf_object__open_file(...);             // includes bpfchan.bpf.h
 *	bpfchan_open(obj, &opts, &chan);              // chooses, sizes: before the load
 *	bpf_object__load(obj);
 *	bpfchan_start(chan);                          // maps the buffers: before attaching
 *	... attach ...
 *	while (bpfchan_poll(chan, -1) >= 0)
 *		;
 *	bpfchan_close(chan);                          // before bpf_object__close(obj)
 *
 * The library prints nothing, never exits, has no thread and no global. A channel belongs to one
 * thread at a time. Functions return 0 or a count, or a negative errno; what a caller passed for a
 * result is untouched on failure. See bpfchan(3).
 */
#ifndef BPFCHAN_H
#define BPFCHAN_H

#include <stdbool.h>
#include <stddef.h>

#include "bpfchan_types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct bpf_object;
struct bpfchan;

/*
 * Called for each record, in the order of emission, on both transports.
 * @record: in the buffer itself, valid during the call only, 8-byte aligned, @record->length bytes
 *
 * Return 0 to go on. Anything else stops the drain, and bpfchan_poll() or bpfchan_consume() returns
 * it; the record counts as delivered, the ones behind it stay for the next call. Use a negative
 * errno, so that it cannot be taken for a count.
 */
typedef int (*bpfchan_record_fn)(void *ctx, const struct bpfchan_header *record);

/* Records that were lost between two looks at the counters. Times as in the record header. */
struct bpfchan_loss_report {
	__u64 since; /* ns; when the counters were looked at before */
	__u64 until; /* ns; now */
	unsigned long long lost[BPFCHAN_LOSS_REASONS];
	unsigned long long skipped;	/* program runs that the kernel skipped, see below */
	const struct bpfchan_loser *by; /* lost by each process, valid during the call */
	size_t by_count;
	unsigned long long others; /* by processes that found no slot */
};

/*
 * Called behind the records of a drain when something was lost, at most every 100 ms, and by
 * bpfchan_drain(). A non-zero return is returned as that of bpfchan_record_fn.
 */
typedef int (*bpfchan_loss_fn)(void *ctx, const struct bpfchan_loss_report *report);

/* Zero is the default of every field but sz. Fields may be added at the end. */
struct bpfchan_opts {
	size_t sz; /* sizeof(struct bpfchan_opts) */

	enum bpfchan_transport transport; /* auto: the ring where the kernel has it, else perf */

	/*
	 * Bytes for records, all CPUs together. 0: BPFCHAN_DEFAULT_BYTES.
	 * Ring: rounded up to a power of two of at least a page (kernel/bpf/ringbuf.c asks for it).
	 * Perf: divided over the online CPUs, each rounded down to a power of two of pages, at
	 * least one page. bpfchan_stats() tells what was allocated.
	 */
	size_t buffer_bytes;

	/* Perf only: pages per CPU, a power of two; instead of buffer_bytes. 0: not said. */
	size_t perf_pages;

	/*
	 * A busy channel is read in batches, for each wake-up costs the emitting program: no record
	 * waits longer than this, in ms, besides the time that a program may be held between
	 * reserve and submit. The first record after a pause wakes at once. Default 10.
	 */
	unsigned int max_delay_ms;

	/* Ring only: look at the fill level before taking the ring's lock; a hint, never exact. */
	bool guard;

	bpfchan_record_fn on_record; /* must be given */
	bpfchan_loss_fn on_loss;     /* may be NULL: losses are in the stats in any case */
	void *ctx;		     /* for both */

	/* Where to write one line that says why bpfchan_open() or bpfchan_start() failed. */
	char *error;
	size_t error_size;
};

#define BPFCHAN_DEFAULT_BYTES	 ((size_t)1 << 20)
#define BPFCHAN_DEFAULT_DELAY_MS 10

/* Counted since bpfchan_start(). While nothing is being emitted and all is drained:
 * attempted = delivered + discarded + the sum of lost[]. */
struct bpfchan_stats {
	size_t sz; /* sizeof(struct bpfchan_stats), set by the caller */

	enum bpfchan_transport transport; /* the one in use */
	size_t data_bytes;		  /* for records, all CPUs together */
	size_t allocated_bytes;		  /* control pages included */
	size_t perf_pages;		  /* per CPU; 0 on the ring */
	size_t max_record;		  /* longest record, header included */

	unsigned long long attempted; /* reserve and output calls */
	unsigned long long delivered; /* given to on_record */
	unsigned long long discarded;
	unsigned long long lost[BPFCHAN_LOSS_REASONS];
	unsigned long long pending; /* in the buffers, or between reserve and submit */

	/*
	 * Program runs that the kernel skipped: no program can count these, so they are in none of
	 * the sums above. From bpf_prog_info.recursion_misses (5.12); perf-based tracepoint and
	 * kprobe programs are counted there from 6.7 only.
	 */
	unsigned long long skipped;

	unsigned long long malformed; /* records whose length did not fit: 0, or a fault */
	unsigned long long wakeups;   /* times the reader was woken, by a program or its timer */
};

/*
 * bpfchan_open - choose the transport and its size, and prepare @obj, before bpf_object__load()
 *
 * -EINVAL: an option that cannot be, or @obj has no channel, or one of another format;
 * -ENOTSUP: the transport asked for is not in this kernel; -E2BIG: more than can be allocated;
 * -ENOMEM.
 */
int bpfchan_open(struct bpf_object *obj, const struct bpfchan_opts *opts, struct bpfchan **chan);

/* bpfchan_start - map the buffers of the loaded object; -errno of what the kernel refused */
int bpfchan_start(struct bpfchan *chan);

/*
 * bpfchan_poll - wait for records at most @timeout_ms (-1: for ever, 0: not), deliver them
 *
 * Returns how many were delivered, 0 after the time-out, -EINTR, or what on_record returned.
 */
int bpfchan_poll(struct bpfchan *chan, int timeout_ms);

/* bpfchan_consume - deliver what is there, without waiting; returns as bpfchan_poll() */
int bpfchan_consume(struct bpfchan *chan);

/*
 * bpfchan_drain - deliver everything that was submitted before the call
 *
 * For the end: after detaching the programs, or before the last stats. Returns as bpfchan_poll().
 */
int bpfchan_drain(struct bpfchan *chan);

/*
 * bpfchan_fd - readable when there is something to do: call bpfchan_poll(chan, 0) then
 *
 * Owned by the channel. Covers the timed drain too, so it suits the caller's own epoll.
 */
int bpfchan_fd(struct bpfchan *chan);

/* bpfchan_stats - the accounting at this moment; -errno if the programs cannot be asked */
int bpfchan_stats(struct bpfchan *chan, struct bpfchan_stats *stats);

/* bpfchan_close - unmap and free; NULL and a channel never started are fine */
void bpfchan_close(struct bpfchan *chan);

/* "ring" or "perf"; "auto" */
const char *bpfchan_transport_name(enum bpfchan_transport transport);

/* "buffer full", "record too long", ... */
const char *bpfchan_loss_name(enum bpfchan_loss reason);

#ifdef __cplusplus
}
#endif

#endif
