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
#define BPFCHAN_FORMAT 3

/*
 * The head of every record, 32 bytes. The channel fills it when the record is submitted; what
 * follows it belongs to the caller.
 */
struct bpfchan_header {
	__u32 reserved; /* not sent on perf, where the sample's own length lies here: see perf.c */
	__u32 length;	/* bytes of the record, this header included */
	__u64 time;	/* ns, bpf_ktime_get_ns(): CLOCK_MONOTONIC, stands still during suspend */
	__u64 seq;  /* attempt number on this CPU, from 0; a hole is a lost or discarded record */
	__u32 cpu;  /* the CPU that emitted it */
	__u16 type; /* the caller's own */
	__u16 version; /* the caller's own: of the layout behind the header */
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
	 * Perf only. Programs between their mark and their submit: the low BPFCHAN_MARK_BITS say
	 * whether one has the scratch record and how many have none, the rest a time no later than
	 * any of theirs. The reader holds back what is newer.
	 */
	__u64 mark;
	__u64 last; /* perf only: the time of a record of this CPU, a lower bound for the next */
	__u64 attempted; /* reserve and output calls */
	__u64 discarded; /* reserved, then discarded */
	__u64 lost[BPFCHAN_LOSS_REASONS];
	__u32 loser; /* slot of the process that lost a record here last; a hint */
	__u32 reserved[11];
} __attribute__((aligned(128)));

#define BPFCHAN_MARK_BITS    12
#define BPFCHAN_MARK_WORK    ((1ULL << BPFCHAN_MARK_BITS) - 1)
#define BPFCHAN_MARK_SCRATCH (1ULL << (BPFCHAN_MARK_BITS - 1))

/* What the reader is doing, so that programs wake it only when that is of use. */
enum bpfchan_reader_state {
	BPFCHAN_READER_RUNNING, /* it will see the record by itself: never wake */
	BPFCHAN_READER_NAPPING, /* a timer ends the nap: wake only when the buffer fills */
	BPFCHAN_READER_IDLE,	/* nothing else wakes it: wake at the first record */
};

/*
 * The low BPFCHAN_STATE_BITS are an enum bpfchan_reader_state. The rest counts how often the
 * reader set it: so a program that has woken the reader can say so (running) only of the sleep
 * that it ended, and not of a later one.
 */
struct bpfchan_reader {
	__u32 state;
	__u32 reserved[31];
} __attribute__((aligned(128)));

#define BPFCHAN_STATE_BITS 2
#define BPFCHAN_STATE_MASK ((1U << BPFCHAN_STATE_BITS) - 1)

/* Records lost by one process since the start; the kernel's thread group ID and its name then. */
struct bpfchan_loser {
	__u64 lost;
	__u32 pid; /* 0: the slot is free */
	__u32 reserved;
	char comm[16];
};

/* Slots for processes that lose records, and one behind them for all others together. */
#define BPFCHAN_LOSERS	     512
#define BPFCHAN_LOSER_PROBES 8

/* Read-only for the program and known to the verifier, which prunes the transport not chosen. */
struct bpfchan_config {
	__u32 format;	  /* BPFCHAN_FORMAT */
	__u32 transport;  /* enum bpfchan_transport, never auto */
	__u32 max_record; /* bytes, header included; a longer record is BPFCHAN_LOST_TOO_LONG */
	__u32 guard;	  /* look at the ring's fill level before taking its lock */
	__u64 ring_bytes; /* data bytes of the ring */
	__u64 wake_bytes; /* fill level of the ring at which a napping reader is woken */
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
