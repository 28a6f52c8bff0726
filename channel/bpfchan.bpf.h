/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * libbpfchan, the BPF side: one event channel over the BPF ring buffer or the perf event buffer.
 *
 *	struct event { struct bpfchan_header header; int pid; };
 *
 *	struct event *event = bpfchan_reserve(sizeof(*event), MY_EVENT, 1);
 *	if (!event)
 *		return 0;                              // counted as lost, by reason
 *	event->pid = pid;
 *	bpfchan_submit(ctx, event, sizeof(*event));    // or bpfchan_discard(event)
 *
 * The verbs are the kernel's own. User space chooses the transport before it loads the object;
 * the verifier removes the other one's code, and its maps are not created. One object, one channel.
 *
 * Needs: Linux 5.12 (atomic operations that return a value, BPF_ATOMIC), compiled with -mcpu=v3.
 * Include vmlinux.h or <linux/bpf.h>, then <bpf/bpf_helpers.h>, before this file.
 *
 * Sources: kernel/bpf/ringbuf.c, kernel/trace/bpf_trace.c, kernel/events/ring_buffer.c.
 */
#ifndef BPFCHAN_BPF_H
#define BPFCHAN_BPF_H

#include "bpfchan_types.h"

/* Longest record of bpfchan_reserve() on perf, header included; define it before the include. */
#ifndef BPFCHAN_SCRATCH_BYTES
#define BPFCHAN_SCRATCH_BYTES 1024
#endif

/* Which types of records count in the table of who lost them; define it before the include. */
#ifndef BPFCHAN_BLAMES
#define BPFCHAN_BLAMES(type) 1
#endif

/* errno values that bpf_perf_event_output() returns; <errno.h> is not for BPF. */
#define BPFCHAN_ENOENT 2
#define BPFCHAN_E2BIG  7
#define BPFCHAN_ENOSPC 28

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096); /* set by bpfchan_open() */
} bpfchan_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, int);
	__type(value, int);
} bpfchan_perf SEC(".maps");

struct bpfchan_scratch {
	__u8 bytes[BPFCHAN_SCRATCH_BYTES] __attribute__((aligned(8)));
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bpfchan_scratch);
} bpfchan_scratch SEC(".maps");

/* Perf: wakes at one record, where bpfchan_perf wakes at half of its buffer. */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, int);
	__type(value, int);
} bpfchan_doorbell SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bpfchan_reader);
} bpfchan_reader SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, BPFCHAN_LOSERS + 1);
	__type(key, __u32);
	__type(value, struct bpfchan_loser);
} bpfchan_losers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* one per possible CPU, set by bpfchan_open() */
	__type(key, __u32);
	__type(value, struct bpfchan_cpu);
} bpfchan_cpus SEC(".maps");

/* A section of its own: user space finds it by name in any object. */
const volatile struct bpfchan_config bpfchan_config SEC(".rodata.bpfchan") = {
	.format = BPFCHAN_FORMAT, /* of this header; the rest is written by bpfchan_open() */
};

/* This CPU's accounting. NULL cannot happen once bpfchan_open() has sized the map. */
static __always_inline struct bpfchan_cpu *bpfchan_this_cpu(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&bpfchan_cpus, &cpu);
}

/* Every transport's record takes an 8-byte header and is rounded up to 8 bytes in the ring. */
static __always_inline __u64 bpfchan_ring_bytes_of(__u32 size)
{
	return ((__u64)size + 8 + 7) & ~7ULL;
}

/*
 * Bytes in the ring that the reader has not yet taken, reserved ones included. A snapshot of two
 * positions that move: good for a hint, not for a promise. 0 on perf, which cannot tell.
 */
static __always_inline __u64 bpfchan_fill(void)
{
	if (bpfchan_config.transport != BPFCHAN_RING)
		return 0;
	return bpf_ringbuf_query(&bpfchan_ring, BPF_RB_AVAIL_DATA);
}

/*
 * Would a record of @size bytes fit now? The guard: cheaper than the ring's lock, and racy. The
 * kernel refuses to fill the last byte (__bpf_ringbuf_reserve()), so less than, not at most.
 */
static __always_inline int bpfchan_has_room(__u32 size)
{
	if (bpfchan_config.transport != BPFCHAN_RING)
		return 1;
	return bpfchan_fill() + bpfchan_ring_bytes_of(size) < bpfchan_config.ring_bytes;
}

/* What bpfchan_output() returns for a record lost for @reason, and back. */
#define BPFCHAN_LOST(reason) (-1 - (long)(reason))
#define BPFCHAN_REASON(lost) ((enum bpfchan_loss)(-1 - (lost)))

static __always_inline struct bpfchan_loser *bpfchan_loser_at(__u32 slot)
{
	return bpf_map_lookup_elem(&bpfchan_losers, &slot);
}

/* An open hash in mapped memory: the reader needs no map system call. Returns the slot. */
static __attribute__((noinline)) __u32 bpfchan_find_loser(__u32 pid)
{
	__u32 hash = pid * 2654435761U;
	struct bpfchan_loser *loser;
	int i;

	for (i = 0; pid && i < BPFCHAN_LOSER_PROBES; i++) {
		__u32 slot = (hash + i) % BPFCHAN_LOSERS;

		loser = bpfchan_loser_at(slot);
		if (!loser)
			break;
		if (loser->pid == 0 && __sync_val_compare_and_swap(&loser->pid, 0, pid) == 0)
			bpf_get_current_comm(loser->comm, sizeof(loser->comm));
		if (loser->pid == pid)
			return slot;
	}
	return BPFCHAN_LOSERS;
}

/* Whose record was lost: mostly the one's that lost the last one of this CPU. */
static __always_inline void bpfchan_blame(struct bpfchan_cpu *cpu)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32;
	struct bpfchan_loser *loser = bpfchan_loser_at(*(volatile __u32 *)&cpu->loser);

	if (!loser || !pid || loser->pid != pid) {
		__u32 slot = bpfchan_find_loser(pid);

		*(volatile __u32 *)&cpu->loser = slot;
		loser = bpfchan_loser_at(slot);
	}
	if (loser)
		__sync_fetch_and_add(&loser->lost, 1);
}

static __always_inline long bpfchan_count_lost(struct bpfchan_cpu *cpu, enum bpfchan_loss reason,
					       __u16 type)
{
	__sync_fetch_and_add(&cpu->lost[reason], 1);
	if (BPFCHAN_BLAMES(type))
		bpfchan_blame(cpu);
	return BPFCHAN_LOST(reason);
}

/*
 * An addition that is a full barrier: BPF's are only where the old value is asked for (BPF_FETCH;
 * without it the kernel's JIT for arm64 orders nothing).
 */
static __always_inline void bpfchan_add_fetched(__u64 *word, __u64 value)
{
	__u64 old = __sync_fetch_and_add(word, value);

	asm volatile("" : "+r"(old));
}

/*
 * Publish a time that is no later than the one this program is about to take, and that somebody
 * is at work. An atomic exchange, not a store: the timestamp must not be taken before the mark is
 * seen. The time of an earlier record of this CPU will do, and saves a look at the clock. Programs
 * that interrupt each other on a CPU share the earliest time; a time that is too early only makes
 * the reader wait for the last of them. 0: somebody was there before, and nothing was published.
 */
static __always_inline int bpfchan_mark_first(struct bpfchan_cpu *cpu, __u64 mine)
{
	__u64 old = *(volatile __u64 *)&cpu->mark;
	__u64 new = (*(volatile __u64 *)&cpu->last & ~BPFCHAN_MARK_WORK) | mine;

	return (old & BPFCHAN_MARK_WORK) == 0 &&
	       __sync_val_compare_and_swap(&cpu->mark, old, new) == old;
}

/* Of a program that has its record elsewhere. */
static __always_inline void bpfchan_mark(struct bpfchan_cpu *cpu)
{
	if (bpfchan_config.transport == BPFCHAN_PERF && !bpfchan_mark_first(cpu, 1))
		bpfchan_add_fetched(&cpu->mark, 1);
}

static __always_inline void bpfchan_unmark(struct bpfchan_cpu *cpu)
{
	if (bpfchan_config.transport == BPFCHAN_PERF)
		bpfchan_add_fetched(&cpu->mark, -1);
}

/* Of the one program that has this CPU's scratch record. 0: another one has it. */
static __always_inline int bpfchan_mark_scratch(struct bpfchan_cpu *cpu)
{
	return bpfchan_mark_first(cpu, BPFCHAN_MARK_SCRATCH) ||
	       !(__sync_fetch_and_or(&cpu->mark, BPFCHAN_MARK_SCRATCH) & BPFCHAN_MARK_SCRATCH);
}

static __always_inline void bpfchan_unmark_scratch(struct bpfchan_cpu *cpu)
{
	bpfchan_add_fetched(&cpu->mark, -BPFCHAN_MARK_SCRATCH);
}

/* The sequence number is the attempt's: what is lost or discarded leaves a hole. */
static __always_inline void bpfchan_fill_header(struct bpfchan_cpu *cpu,
						struct bpfchan_header *header, __u64 seq,
						__u32 size, __u16 type, __u16 version)
{
	__u64 now = bpf_ktime_get_ns();

	if (bpfchan_config.transport == BPFCHAN_PERF)
		*(volatile __u64 *)&cpu->last = now;
	header->reserved = 0;
	header->length = size;
	header->time = now;
	header->seq = seq;
	header->cpu = bpf_get_smp_processor_id();
	header->type = type;
	header->version = version;
}

static __always_inline struct bpfchan_reader *bpfchan_the_reader(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&bpfchan_reader, &zero);
}

static __always_inline __u32 bpfchan_state(struct bpfchan_reader *reader)
{
	return *(volatile __u32 *)&reader->state;
}

/* The reader is awake: said after it was woken, so that others need not, and only of that sleep. */
static __always_inline void bpfchan_woken(struct bpfchan_reader *reader, __u32 state)
{
	__sync_val_compare_and_swap(&reader->state, state,
				    (state & ~BPFCHAN_STATE_MASK) | BPFCHAN_READER_RUNNING);
}

/* Looking at the fill level costs: a napping reader is thought of at every eighth record. */
#define BPFCHAN_FILL_LOOK 7

/* A record of bpfchan_output() that takes this share of the ring always wakes: see there. */
#define BPFCHAN_FEW_RECORDS 8

static __always_inline int bpfchan_is_filling(__u64 seq)
{
	return (seq & BPFCHAN_FILL_LOOK) == 0 && bpfchan_fill() >= bpfchan_config.wake_bytes;
}

/*
 * Is a commit to the ring to wake the reader? A napping one when it fills, an idle one at the
 * first record. Discarded records take room too, but alone are no reason to wake before that.
 */
static __always_inline int bpfchan_must_wake(__u32 state, __u64 seq, int discarded)
{
	state &= BPFCHAN_STATE_MASK;
	if (state == BPFCHAN_READER_RUNNING)
		return 0;
	return (state == BPFCHAN_READER_IDLE && !discarded) || bpfchan_is_filling(seq);
}

/* A wake-up without a record: one that is discarded, which readers pass over. */
static __always_inline int bpfchan_wake_ring(void)
{
	void *nothing = bpf_ringbuf_reserve(&bpfchan_ring, 8, 0);

	if (!nothing)
		return 0;
	bpf_ringbuf_discard(nothing, BPF_RB_FORCE_WAKEUP);
	return 1;
}

static __always_inline int bpfchan_wake_perf(void *ctx)
{
	__u64 bell = bpf_get_smp_processor_id(); /* any value will do */

	return bpf_perf_event_output(ctx, &bpfchan_doorbell, BPF_F_CURRENT_CPU, &bell,
				     sizeof(bell)) == 0;
}

/*
 * The reader may have gone idle after its state was read and before the record was there: look
 * again. What lies between is a full barrier: the exchange in bpf_ringbuf_commit(), or the
 * unmark. The reader does the mirror image: state, full barrier, buffers. Where even the wake-up
 * is refused (the ring's lock, in NMI) the state stays, and the next record wakes.
 */
static __always_inline void bpfchan_look_again(void *ctx, struct bpfchan_reader *reader)
{
	__u32 state;
	int woken;

	if (!reader)
		return;
	state = bpfchan_state(reader);
	if ((state & BPFCHAN_STATE_MASK) != BPFCHAN_READER_IDLE)
		return;
	if (bpfchan_config.transport == BPFCHAN_PERF)
		woken = bpfchan_wake_perf(ctx);
	else
		woken = bpfchan_wake_ring();
	if (woken)
		bpfchan_woken(reader, state);
}

/* On perf the first four bytes stay behind: the sample's own length takes their place. */
static __always_inline long bpfchan_send_perf(void *ctx, void *record, __u32 size)
{
	return bpf_perf_event_output(ctx, &bpfchan_perf, BPF_F_CURRENT_CPU, record + 4, size - 4);
}

/* The ring says only "no": tell a full ring from a lock that was not to be had. */
static __always_inline long bpfchan_count_refused(struct bpfchan_cpu *cpu, __u32 size, __u16 type)
{
	return bpfchan_count_lost(
		cpu, bpfchan_has_room(size) ? BPFCHAN_LOST_LOCK : BPFCHAN_LOST_FULL, type);
}

static __always_inline long bpfchan_count_perf(struct bpfchan_cpu *cpu, long err, __u16 type)
{
	if (err == 0)
		return 0;
	if (err == -BPFCHAN_ENOSPC)
		return bpfchan_count_lost(cpu, BPFCHAN_LOST_FULL, type);
	if (err == -BPFCHAN_ENOENT)
		return bpfchan_count_lost(cpu, BPFCHAN_LOST_NO_BUFFER, type);
	if (err == -BPFCHAN_E2BIG)
		return bpfchan_count_lost(cpu, BPFCHAN_LOST_TOO_LONG, type);
	return bpfchan_count_lost(cpu, BPFCHAN_LOST_OTHER, type);
}

/* Perf has no reservation: the record is built in this CPU's scratch and copied by the submit. */
static __always_inline void *bpfchan_reserve_scratch(struct bpfchan_cpu *cpu, __u16 type)
{
	__u32 zero = 0;
	struct bpfchan_scratch *scratch = bpf_map_lookup_elem(&bpfchan_scratch, &zero);

	if (!scratch) { /* cannot happen; keeps the verifier and the sum right */
		bpfchan_count_lost(cpu, BPFCHAN_LOST_OTHER, type);
		return 0;
	}
	if (bpfchan_mark_scratch(cpu))
		return scratch->bytes;
	bpfchan_count_lost(cpu, BPFCHAN_LOST_BUSY, type);
	return 0;
}

/*
 * The attempt is counted behind the reservation, for that is a full barrier between the ring's
 * producer position and the look at the reader: one that goes idle sees that a record is on its
 * way, or it is woken by it.
 */
static __always_inline void *bpfchan_reserve_ring(struct bpfchan_cpu *cpu, const __u32 size,
						  __u16 type, __u64 *seq)
{
	void *record;

	if (bpfchan_config.guard && !bpfchan_has_room(size)) {
		__sync_fetch_and_add(&cpu->attempted, 1);
		bpfchan_count_lost(cpu, BPFCHAN_LOST_FULL, type);
		return 0;
	}
	record = bpf_ringbuf_reserve(&bpfchan_ring, size, 0);
	*seq = __sync_fetch_and_add(&cpu->attempted, 1);
	if (!record)
		bpfchan_count_refused(cpu, size, type);
	return record;
}

/*
 * bpfchan_reserve - room for a record of @size bytes, its header included
 * @size: a compile-time constant, at least sizeof(struct bpfchan_header)
 * @type, @version: the caller's own, for the header
 *
 * Returns the record, whose header is already filled, or NULL: then it is counted as lost. Every
 * record must be given to bpfchan_submit() or bpfchan_discard() by the same program run.
 */
static __always_inline void *bpfchan_reserve(const __u32 size, __u16 type, __u16 version)
{
	struct bpfchan_cpu *cpu = bpfchan_this_cpu();
	void *record;
	__u64 seq = 0;

	if (!cpu)
		return 0;
	if (size > bpfchan_config.max_record ||
	    (bpfchan_config.transport == BPFCHAN_PERF && size > BPFCHAN_SCRATCH_BYTES)) {
		__sync_fetch_and_add(&cpu->attempted, 1);
		bpfchan_count_lost(cpu, BPFCHAN_LOST_TOO_LONG, type);
		return 0;
	}
	if (bpfchan_config.transport == BPFCHAN_RING) {
		record = bpfchan_reserve_ring(cpu, size, type, &seq);
	} else {
		seq = __sync_fetch_and_add(&cpu->attempted, 1);
		record = bpfchan_reserve_scratch(cpu, type);
	}
	if (!record)
		return 0;
	bpfchan_fill_header(cpu, record, seq, size, type, version);
	return record;
}

/* Commit, and wake whom it must. */
static __always_inline void bpfchan_commit_ring(struct bpfchan_reader *reader, void *record,
						int discarded)
{
	__u32 state = reader ? bpfchan_state(reader) : BPFCHAN_READER_RUNNING;
	__u64 seq = ((struct bpfchan_header *)record)->seq;
	int wake = bpfchan_must_wake(state, seq, discarded);
	__u64 flag = wake ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;

	if (discarded)
		bpf_ringbuf_discard(record, flag);
	else
		bpf_ringbuf_submit(record, flag);
	if (wake && reader)
		bpfchan_woken(reader, state);
}

/* bpfchan_submit - hand over a record of bpfchan_reserve(), of the same constant @size */
static __always_inline void bpfchan_submit(void *ctx, void *record, const __u32 size)
{
	struct bpfchan_reader *reader = bpfchan_the_reader();
	struct bpfchan_cpu *cpu;
	__u16 type;

	if (bpfchan_config.transport == BPFCHAN_RING) {
		bpfchan_commit_ring(reader, record, 0);
		return;
	}
	cpu = bpfchan_this_cpu();
	if (!cpu)
		return;
	type = ((struct bpfchan_header *)record)->type;
	bpfchan_count_perf(cpu, bpfchan_send_perf(ctx, record, size), type);
	bpfchan_unmark_scratch(cpu);
	bpfchan_look_again(ctx, reader);
}

/* bpfchan_discard - give a record of bpfchan_reserve() back unsent; it is counted as discarded */
static __always_inline void bpfchan_discard(void *record)
{
	struct bpfchan_cpu *cpu = bpfchan_this_cpu();

	if (bpfchan_config.transport == BPFCHAN_RING)
		bpfchan_commit_ring(bpfchan_the_reader(), record, 1);
	if (!cpu)
		return;
	__sync_fetch_and_add(&cpu->discarded, 1);
	if (bpfchan_config.transport == BPFCHAN_PERF)
		bpfchan_unmark_scratch(cpu);
}

/*
 * No look is possible between this helper's reservation and its commit. The wake-up that the look
 * behind it may find missing needs room of its own: where a few records fill the ring, each wakes.
 */
static __always_inline long bpfchan_output_ring(struct bpfchan_cpu *cpu,
						struct bpfchan_reader *reader, void *record,
						__u32 size, __u64 seq, __u16 type)
{
	__u32 state = reader ? bpfchan_state(reader) : BPFCHAN_READER_RUNNING;
	int wake = bpfchan_must_wake(state, seq, 0) ||
		   size >= bpfchan_config.ring_bytes / BPFCHAN_FEW_RECORDS;

	if (bpfchan_config.guard && !bpfchan_has_room(size))
		return bpfchan_count_lost(cpu, BPFCHAN_LOST_FULL, type);
	if (bpf_ringbuf_output(&bpfchan_ring, record, size,
			       wake ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP))
		return bpfchan_count_refused(cpu, size, type);
	if (wake && reader)
		bpfchan_woken(reader, state);
	return 0;
}

/*
 * bpfchan_output - copy a record of run-time @size bytes, header included, into the channel
 * @record: memory that starts with a struct bpfchan_header, which is filled here
 *
 * Returns 0, or a negative number: then it is counted as lost for BPFCHAN_REASON() of it.
 */
static __always_inline long bpfchan_output(void *ctx, struct bpfchan_header *record, __u32 size,
					   __u16 type, __u16 version)
{
	struct bpfchan_reader *reader = bpfchan_the_reader();
	struct bpfchan_cpu *cpu = bpfchan_this_cpu();
	__u64 seq;
	long ret;

	if (!cpu)
		return BPFCHAN_LOST(BPFCHAN_LOST_OTHER);
	seq = __sync_fetch_and_add(&cpu->attempted, 1);
	if (size > bpfchan_config.max_record || size < sizeof(*record))
		return bpfchan_count_lost(cpu, BPFCHAN_LOST_TOO_LONG, type);
	bpfchan_mark(cpu);
	bpfchan_fill_header(cpu, record, seq, size, type, version);
	if (bpfchan_config.transport == BPFCHAN_RING)
		ret = bpfchan_output_ring(cpu, reader, record, size, seq, type);
	else
		ret = bpfchan_count_perf(cpu, bpfchan_send_perf(ctx, record, size), type);
	bpfchan_unmark(cpu);
	bpfchan_look_again(ctx, reader);
	return ret;
}

#endif
