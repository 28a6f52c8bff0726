// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The perf event buffer, one per CPU: mapped, read and merged into one stream here.
 *
 * Order across CPUs without a waiting window: a program publishes a mark before it takes its
 * timestamp and takes it back after its submit. So what is older than every mark and than the
 * clock, both read before the buffers, cannot be overtaken by anything still to come. Nesting puts
 * one CPU's records out of order among themselves, which is free, since they overlap: each counts
 * as no older than those before it in its buffer. So buffers are merged at their heads, and a
 * record is delivered from where it lies.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "channel/internal.h"

/*
 * perf_event_header.size is 16 bits and the raw sample is preceded by its own length: 65,516
 * bytes arrive whole, from 65,520 on the stream is corrupt and the helper says 0 (measured, 6.18).
 */
#define PERF_MOST_RAW 65516

/*
 * A raw sample: header, its length in 32 bits, the bytes. The record is sent without its first
 * four bytes, which are the channel's: so it lies here 8-byte aligned, its first word taken by
 * the length, and need not be copied.
 */
#define PERF_RECORD_AT sizeof(struct perf_event_header)
#define PERF_NOT_SENT  sizeof(__u32)

/* Positions are given back after this share of a buffer, so that producers find room in time. */
#define PERF_BATCHES 8

/* A drain that finds all records held back by a program at work looks again this often. */
#define PERF_TRIES 3

struct perf_buffer_map {
	int fd;
	struct perf_event_mmap_page *page;
	size_t bytes; /* mapped, control page included */
};

struct cursor {
	struct perf_buffer_map buffer;
	struct perf_buffer_map doorbell;
	uint64_t position; /* what was taken; given back in batches */
	uint64_t given_back;
	uint64_t end;	     /* of what this drain looks at */
	uint64_t complaints; /* losses of this CPU for want of a working buffer */
	uint64_t key;	     /* no record of this CPU is delivered as older than this */
	const char *record;  /* at the position; NULL: none */
	size_t record_size;
	size_t sample_size;
	char *wrapped; /* a copy of a record that runs over the buffer's end */
};

struct perf {
	unsigned int count;
	uint64_t size;		 /* of one buffer */
	struct cursor cursors[]; /* by CPU */
};

static const char *const perf_maps[] = { "bpfchan_perf", "bpfchan_doorbell", "bpfchan_scratch",
					 NULL };

/* ---- set-up ---- */

static size_t perf_max_record(size_t data_bytes)
{
	size_t most = data_bytes - sizeof(__u64) - PERF_RECORD_AT - sizeof(__u32);

	return (most < PERF_MOST_RAW ? most : PERF_MOST_RAW) + PERF_NOT_SENT;
}

static int perf_check(struct bpfchan *chan, const struct bpfchan_opts *opts)
{
	if (opts->perf_pages && opts->buffer_bytes)
		return bpfchan_fail(chan, -EINVAL,
				    "say a buffer size or pages per CPU, not both: one follows "
				    "from the other");
	if (opts->perf_pages && !bpfchan_is_power_of_two(opts->perf_pages))
		return bpfchan_fail(chan, -EINVAL,
				    "%zu pages per CPU: perf_event_open(2) maps a power of two "
				    "(1, 2, 4, ...)",
				    opts->perf_pages);
	return 0;
}

static size_t perf_asked(const struct bpfchan *chan, const struct bpfchan_opts *opts)
{
	size_t most = SIZE_MAX / chan->page_bytes / chan->online_cpus;

	if (opts->perf_pages)
		return opts->perf_pages > most
			       ? SIZE_MAX
			       : opts->perf_pages * chan->page_bytes * chan->online_cpus;
	return opts->buffer_bytes ? opts->buffer_bytes : BPFCHAN_DEFAULT_BYTES;
}

/* Each CPU has a doorbell of a page and its control page besides. */
static int perf_prepare(struct bpfchan *chan, const struct bpfchan_opts *opts)
{
	size_t asked = perf_asked(chan, opts);
	int err = perf_check(chan, opts);

	if (err)
		return err;
	err = bpfchan_perf_size(asked, chan->page_bytes, chan->online_cpus, &chan->perf_pages);
	if (err)
		return bpfchan_fail(chan, err,
				    "cannot size perf buffers of %zu bytes for %u CPUs: at most "
				    "2 GiB each",
				    asked, chan->online_cpus);
	chan->data_bytes = chan->perf_pages * chan->page_bytes * chan->online_cpus;
	chan->allocated_bytes = chan->data_bytes + 3 * chan->page_bytes * chan->online_cpus;
	chan->max_record = perf_max_record(chan->perf_pages * chan->page_bytes);
	return 0;
}

static void buffer_close(struct perf_buffer_map *buffer)
{
	if (buffer->page)
		munmap(buffer->page, buffer->bytes);
	if (buffer->fd >= 0)
		close(buffer->fd);
	*buffer = (struct perf_buffer_map){ .fd = -1 };
}

/* @wake_bytes: 0 to wake at every sample. */
static int buffer_map(struct bpfchan *chan, int cpu, size_t pages, __u32 wake_bytes,
		      struct perf_buffer_map *buffer)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
		.watermark = wake_bytes != 0,
	};
	void *memory;

	if (wake_bytes)
		attr.wakeup_watermark = wake_bytes;
	else
		attr.wakeup_events = 1;
	buffer->fd = (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (buffer->fd < 0)
		return -errno;
	buffer->bytes = (pages + 1) * chan->page_bytes;
	memory = mmap(NULL, buffer->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, buffer->fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	buffer->page = memory;
	return ioctl(buffer->fd, PERF_EVENT_IOC_ENABLE, 0) ? -errno : 0;
}

static int publish(const struct bpfchan *chan, const char *map_name, int cpu, int fd)
{
	struct bpf_map *map = bpf_object__find_map_by_name(chan->obj, map_name);

	return bpf_map_update_elem(bpf_map__fd(map), &cpu, &fd, BPF_ANY) ? -errno : 0;
}

static void cursor_close(struct cursor *cursor)
{
	buffer_close(&cursor->buffer);
	buffer_close(&cursor->doorbell);
	free(cursor->wrapped);
	cursor->wrapped = NULL;
}

/* 0; -ENODEV: the CPU is offline. */
static int cursor_open(struct bpfchan *chan, struct cursor *cursor, int cpu)
{
	__u32 wake_bytes = (__u32)(chan->perf_pages * chan->page_bytes / WAKE_SHARE);
	int err;

	*cursor = (struct cursor){ .buffer.fd = -1, .doorbell.fd = -1 };
	cursor->wrapped = malloc(chan->max_record + sizeof(__u64));
	if (!cursor->wrapped)
		return -ENOMEM;
	err = buffer_map(chan, cpu, chan->perf_pages, wake_bytes, &cursor->buffer);
	if (!err)
		err = buffer_map(chan, cpu, 1, 0, &cursor->doorbell);
	if (!err)
		err = bpfchan_watch(chan, cursor->buffer.fd);
	if (!err)
		err = bpfchan_watch(chan, cursor->doorbell.fd);
	/* The doorbell first: no record without it. */
	if (!err)
		err = publish(chan, "bpfchan_doorbell", cpu, cursor->doorbell.fd);
	if (!err)
		err = publish(chan, "bpfchan_perf", cpu, cursor->buffer.fd);
	if (err)
		cursor_close(cursor);
	return err;
}

static int perf_start(struct bpfchan *chan)
{
	struct perf *perf;
	int err;

	perf = calloc(1, sizeof(*perf) + chan->possible_cpus * sizeof(struct cursor));
	if (!perf)
		return -ENOMEM;
	perf->size = chan->perf_pages * chan->page_bytes;
	chan->buffers = perf;
	for (; perf->count < chan->possible_cpus; perf->count++) {
		err = cursor_open(chan, &perf->cursors[perf->count], (int)perf->count);
		if (err && err != -ENODEV)
			return bpfchan_fail(
				chan, err,
				"cannot map a perf buffer of %zu pages on CPU %u: %s; try a "
				"smaller buffer",
				chan->perf_pages, perf->count, strerror(-err));
	}
	return 0;
}

static void perf_stop(struct bpfchan *chan)
{
	struct perf *perf = chan->buffers;

	for (unsigned int i = 0; perf && i < perf->count; i++)
		cursor_close(&perf->cursors[i]);
	free(perf);
	chan->buffers = NULL;
}

/* ---- one CPU's buffer ---- */

static uint64_t head_of(const struct perf_buffer_map *buffer)
{
	return buffer->page ? __atomic_load_n(&buffer->page->data_head, __ATOMIC_ACQUIRE) : 0;
}

static void give_back(struct cursor *cursor)
{
	if (cursor->buffer.page && cursor->given_back != cursor->position)
		__atomic_store_n(&cursor->buffer.page->data_tail, cursor->position,
				 __ATOMIC_RELEASE);
	cursor->given_back = cursor->position;
}

/* Where a sample's record lies; one that runs over the end is put together. */
static const char *find_record(struct cursor *cursor, const char *data, uint64_t size)
{
	uint64_t offset = (cursor->position + PERF_RECORD_AT) & (size - 1);
	size_t first = size - offset;

	if (cursor->record_size <= first)
		return data + offset;
	memcpy(cursor->wrapped, data + offset, first);
	memcpy(cursor->wrapped + first, data, cursor->record_size - first);
	return cursor->wrapped;
}

static uint64_t record_time(const char *record)
{
	uint64_t time;

	memcpy(&time, record + offsetof(struct bpfchan_header, time), sizeof(time));
	return time;
}

/* Is this a sample whole enough to look into? PERF_RECORD_LOST and others are passed over: the
 * kernel tells losses late or never, the programs' own counters at once. */
static bool is_sample(struct bpfchan *chan, const struct perf_event_header *header)
{
	if (header->type != PERF_RECORD_SAMPLE)
		return false;
	if (header->size >= PERF_RECORD_AT + sizeof(struct bpfchan_header) &&
	    header->size <= chan->max_record + PERF_RECORD_AT + sizeof(__u64))
		return true;
	chan->malformed++;
	return false;
}

/* Find the next record up to the end. */
static void peek(struct bpfchan *chan, struct cursor *cursor, uint64_t size)
{
	const char *data = (const char *)cursor->buffer.page + chan->page_bytes;
	struct perf_event_header header;

	cursor->record = NULL;
	while (cursor->position < cursor->end) {
		memcpy(&header, data + (cursor->position & (size - 1)), sizeof(header));
		if (header.size == 0) { /* cannot be: do not stay here for ever */
			chan->malformed++;
			cursor->position = cursor->end;
			return;
		}
		cursor->sample_size = header.size;
		if (is_sample(chan, &header)) {
			cursor->record_size = header.size - PERF_RECORD_AT;
			cursor->record = find_record(cursor, data, size);
			if (record_time(cursor->record) > cursor->key)
				cursor->key = record_time(cursor->record);
			return;
		}
		cursor->position += header.size;
	}
}

static void advance(struct bpfchan *chan, struct cursor *cursor, uint64_t size)
{
	cursor->position += cursor->sample_size;
	if (cursor->position - cursor->given_back >= size / PERF_BATCHES)
		give_back(cursor);
	peek(chan, cursor, size);
}

/* ---- all of them ---- */

/* The time below which nothing more can come: the clock first, then the marks. */
static uint64_t low_water(const struct bpfchan *chan)
{
	uint64_t low = bpfchan_now();

	atomic_thread_fence(memory_order_seq_cst);
	for (unsigned int i = 0; i < chan->possible_cpus; i++) {
		uint64_t mark = __atomic_load_n(&chan->cpus[i].mark, __ATOMIC_ACQUIRE);
		uint64_t time = mark & ~BPFCHAN_MARK_WORK;

		if ((mark & BPFCHAN_MARK_WORK) && time < low)
			low = time;
	}
	atomic_thread_fence(memory_order_seq_cst);
	return low;
}

static void look_at_all(struct bpfchan *chan, struct perf *perf)
{
	for (unsigned int i = 0; i < perf->count; i++) {
		struct cursor *cursor = &perf->cursors[i];

		cursor->end = head_of(&cursor->buffer);
		if (!cursor->record && cursor->buffer.page)
			peek(chan, cursor, perf->size);
	}
}

/* The cursor whose record is the oldest, and below which time it stays that. */
static struct cursor *oldest(struct perf *perf, uint64_t low, uint64_t *until)
{
	struct cursor *first = NULL;

	*until = low;
	for (unsigned int i = 0; i < perf->count; i++) {
		struct cursor *cursor = &perf->cursors[i];

		if (!cursor->record)
			continue;
		if (!first || cursor->key < first->key) {
			if (first && first->key < *until)
				*until = first->key;
			first = cursor;
		} else if (cursor->key < *until) {
			*until = cursor->key;
		}
	}
	return first && first->key < low ? first : NULL;
}

/* A run of records of one CPU, as long as no other CPU's is older. */
static int deliver_run(struct bpfchan *chan, struct perf *perf, struct cursor *cursor,
		       uint64_t until)
{
	int ret = 0;

	do {
		ret = bpfchan_deliver(chan, cursor->record, cursor->record_size);
		advance(chan, cursor, perf->size);
	} while (!ret && cursor->record && cursor->key < until);
	return ret;
}

static int deliver_before(struct bpfchan *chan, struct perf *perf, uint64_t low)
{
	struct cursor *cursor;
	uint64_t until;
	int ret = 0;

	while (!ret && (cursor = oldest(perf, low, &until)))
		ret = deliver_run(chan, perf, cursor, until);
	return ret;
}

static void answer_doorbells(struct perf *perf)
{
	for (unsigned int i = 0; i < perf->count; i++) {
		struct perf_buffer_map *doorbell = &perf->cursors[i].doorbell;

		if (doorbell->page)
			__atomic_store_n(&doorbell->page->data_tail, head_of(doorbell),
					 __ATOMIC_RELEASE);
	}
}

/*
 * A CPU that emits and has no buffer came online after the start; one whose event is dead went
 * offline and came back. Either shows in its losses.
 */
static void open_missing(struct bpfchan *chan, struct perf *perf)
{
	for (unsigned int i = 0; i < perf->count; i++) {
		const __u64 *lost = chan->cpus[i].lost;
		struct cursor *cursor = &perf->cursors[i];
		uint64_t complaints =
			__atomic_load_n(&lost[BPFCHAN_LOST_NO_BUFFER], __ATOMIC_RELAXED) +
			__atomic_load_n(&lost[BPFCHAN_LOST_OTHER], __ATOMIC_RELAXED);

		if (complaints == cursor->complaints ||
		    head_of(&cursor->buffer) != cursor->position)
			continue;
		cursor_close(cursor);
		cursor_open(chan, cursor, (int)i);
		cursor->complaints = complaints;
	}
}

static bool any_record(const struct perf *perf)
{
	for (unsigned int i = 0; i < perf->count; i++)
		if (perf->cursors[i].record)
			return true;
	return false;
}

static int perf_drain(struct bpfchan *chan, bool *held, double *share)
{
	unsigned long long delivered = chan->delivered;
	struct perf *perf = chan->buffers;
	int ret = 0;

	answer_doorbells(perf);
	open_missing(chan, perf);
	for (int i = 0; i < PERF_TRIES && !ret; i++) {
		uint64_t low = low_water(chan);

		look_at_all(chan, perf);
		ret = deliver_before(chan, perf, low);
		if (chan->delivered != delivered || !any_record(perf))
			break;
	}
	for (unsigned int i = 0; i < perf->count; i++)
		give_back(&perf->cursors[i]);
	*held = any_record(perf);
	*share = 0; /* the kernel wakes at each half of a buffer written, timer or not */
	return ret;
}

static bool perf_has_records(struct bpfchan *chan)
{
	const struct perf *perf = chan->buffers;

	for (unsigned int i = 0; i < perf->count; i++)
		if (head_of(&perf->cursors[i].buffer) != perf->cursors[i].position)
			return true;
	return false;
}

static bool perf_is_filling(struct bpfchan *chan)
{
	const struct perf *perf = chan->buffers;

	for (unsigned int i = 0; i < perf->count; i++)
		if (head_of(&perf->cursors[i].buffer) - perf->cursors[i].position >=
		    perf->size / FILLING_SHARE)
			return true;
	return false;
}

const struct transport_ops bpfchan_perf_ops = {
	.maps = perf_maps,
	.prepare = perf_prepare,
	.start = perf_start,
	.drain = perf_drain,
	.has_records = perf_has_records,
	.is_filling = perf_is_filling,
	.stop = perf_stop,
};
