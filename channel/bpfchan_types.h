/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * What the two sides of a channel share: the record header, the accounting and the choice that
 * user space hands to the program before it is loaded.
 *
 * Included by bpfchan.h (user space) and bpfchan.bpf.h (BPF). A BPF program that uses a generated
 * vmlinux.h includes that first.
 */
#ifndef BPFCHAN_TYPES_H
#define BPFCHAN_TYPES_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Version of the layouts in this file; a program and a library that differ refuse each other. */
#define BPFCHAN_FORMAT 1

/*
 * The head of every record. The channel fills it when the record is submitted; what follows it
 * belongs to the caller.
 */
struct bpfchan_header {
	__u64 time;   /* ns, bpf_ktime_get_ns(): CLOCK_MONOTONIC, stands still during suspend */
	__u64 seq;    /* attempt number on this CPU, from 0; a hole is a lost or discarded record */
	__u32 cpu;    /* the CPU that emitted it */
	__u32 length; /* bytes of the record, this header included */
	__u16 type;   /* the caller's own */
	__u16 version; /* the caller's own: of the layout behind the header */
	__u32 reserved;
};

/* Why a record was lost. Each lost record is counted under exactly one reason, where it is lost. */
enum bpfchan_loss {
	BPFCHAN_LOST_FULL, /* no room in the buffer */
	BPFCHAN_LOST_LOCK, /* room was left, yet the ring refused: its lock, in NMI or timed out */
	BPFCHAN_LOST_TOO_LONG, /* longer than this buffer can ever hold */
	BPFCHAN_LOST_BUSY, /* the scratch record of this CPU was in use by an interrupted program */
	BPFCHAN_LOST_NO_BUFFER, /* this CPU has no perf buffer: it came online after the start */
	BPFCHAN_LOST_OTHER,	/* the kernel refused for a reason not listed here */
	BPFCHAN_LOSS_REASONS
};

/*
 * One per possible CPU, in memory that both sides map. Counters only grow; a reader takes
 * differences. 128 bytes keep neighbours, and the adjacent-line prefetcher, off each other.
 */
struct bpfchan_cpu {
	/*
	 * Programs between their mark and their submit. Low BPFCHAN_MARK_BITS: how many. The rest:
	 * a time no later than any of theirs. Perf only: the reader holds back what is newer.
	 */
	__u64 mark;
	__u64 attempted; /* reserve and output calls */
	__u64 submitted; /* records that entered the buffer */
	__u64 discarded; /* reserved, then discarded */
	__u64 lost[BPFCHAN_LOSS_REASONS];
	__u64 busy; /* nesting depth on this CPU's scratch record */
	__u64 reserved[5];
} __attribute__((aligned(128)));

#define BPFCHAN_MARK_BITS  12
#define BPFCHAN_MARK_COUNT ((1ULL << BPFCHAN_MARK_BITS) - 1)

/* Read-only for the program and known to the verifier, which prunes the transport not chosen. */
struct bpfchan_config {
	__u32 format;	  /* BPFCHAN_FORMAT */
	__u32 transport;  /* enum bpfchan_transport, never auto */
	__u32 max_record; /* bytes, header included; a longer record is BPFCHAN_LOST_TOO_LONG */
	__u32 guard;	  /* look at the ring's fill level before taking its lock */
	__u64 ring_bytes; /* data bytes of the ring */
	__u64 wake_bytes; /* fill level of the ring at which the reader is woken */
};

enum bpfchan_transport {
	BPFCHAN_AUTO = 0,
	BPFCHAN_RING = 1, /* BPF_MAP_TYPE_RINGBUF, one for all CPUs, since Linux 5.8 */
	BPFCHAN_PERF = 2, /* BPF_MAP_TYPE_PERF_EVENT_ARRAY, one buffer per CPU, since Linux 4.3 */
};

#ifdef __cplusplus
}
#endif

#endif
