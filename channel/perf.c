// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The perf event buffer, one per CPU, read by libbpf and merged into one stream.
 *
 * Order across CPUs without a waiting window: a program publishes a mark before it takes its
 * timestamp and takes it back after its submit. So what is older than every mark and than the
 * clock, both read before the buffers, cannot be overtaken by anything still to come.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "channel/internal.h"

/*
 * perf_event_header.size is 16 bits and the raw sample is preceded by its own length: 65,516
 * bytes arrive whole, from 65,520 on the stream is corrupt and the helper says 0 (measured, 6.18).
 */
#define PERF_MOST_RAW	     65516
#define PERF_SAMPLE_OVERHEAD (sizeof(struct perf_event_header) + sizeof(__u32))

struct perf_sample_raw {
	struct perf_event_header header;
	__u32 size;
	char data[];
};

static size_t perf_max_record(size_t data_bytes)
{
	size_t most = data_bytes - sizeof(__u64) - PERF_SAMPLE_OVERHEAD;

	return most < PERF_MOST_RAW ? most : PERF_MOST_RAW;
}

static int perf_prepare(struct bpfchan *chan, const struct bpfchan_opts *opts)
{
	size_t asked = opts->buffer_bytes ? opts->buffer_bytes : BPFCHAN_DEFAULT_BYTES;
	int err = 0;

	chan->perf_pages = opts->perf_pages;
	if (opts->perf_pages && opts->buffer_bytes)
		return bpfchan_fail(chan, -EINVAL,
				    "say a buffer size or pages per CPU, not both: one follows "
				    "from the other");
	if (opts->perf_pages && !bpfchan_is_power_of_two(opts->perf_pages))
		return bpfchan_fail(chan, -EINVAL,
				    "%zu pages per CPU: perf_event_open(2) maps a power of two "
				    "(1, 2, 4, ...)",
				    opts->perf_pages);
	if (opts->perf_pages)
		asked = opts->perf_pages > SIZE_MAX / chan->page_bytes / chan->online_cpus
				? SIZE_MAX
				: opts->perf_pages * chan->page_bytes * chan->online_cpus;
	err = bpfchan_perf_size(asked, chan->page_bytes, chan->online_cpus, &chan->perf_pages);
	if (err)
		return bpfchan_fail(chan, err,
				    "cannot size perf buffers of %zu bytes for %u CPUs: at most "
				    "2 GiB each",
				    asked, chan->online_cpus);
	chan->data_bytes = chan->perf_pages * chan->page_bytes * chan->online_cpus;
	chan->allocated_bytes = (chan->perf_pages + 1) * chan->page_bytes * chan->online_cpus;
	chan->max_record = perf_max_record(chan->perf_pages * chan->page_bytes);
	return order_new(&chan->order);
}

/* PERF_RECORD_LOST is passed over: it never tells the tail; the programs' counters are exact. */
static enum bpf_perf_event_ret perf_record(void *ctx, int cpu, struct perf_event_header *header)
{
	const struct perf_sample_raw *sample = (const void *)header;
	struct bpfchan *chan = ctx;
	int err;

	(void)cpu;
	if (header->type != PERF_RECORD_SAMPLE)
		return LIBBPF_PERF_EVENT_CONT;
	if (header->size < sizeof(*sample) || sample->size > header->size - sizeof(*sample)) {
		chan->malformed++;
		return LIBBPF_PERF_EVENT_CONT;
	}
	err = order_push(chan->order, sample->data, sample->size);
	if (err == -EBADMSG)
		chan->malformed++;
	return err == -ENOMEM ? LIBBPF_PERF_EVENT_ERROR : LIBBPF_PERF_EVENT_CONT;
}

static int perf_start(struct bpfchan *chan, int *fd)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.watermark = 1,
		.wakeup_watermark = (__u32)(chan->perf_pages * chan->page_bytes / 4),
	};

	chan->perf = perf_buffer__new_raw(bpf_map__fd(chan->buffer_map), chan->perf_pages, &attr,
					  perf_record, chan, NULL);
	if (!chan->perf)
		return bpfchan_fail(chan, -errno,
				    "cannot map perf buffers of %zu pages on %u CPUs: %s",
				    chan->perf_pages, chan->online_cpus, strerror(errno));
	*fd = perf_buffer__epoll_fd(chan->perf);
	return 0;
}

static uint64_t monotonic_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* The time below which nothing more can come: the clock first, then the marks. */
static uint64_t perf_low_water(const struct bpfchan *chan)
{
	uint64_t low = monotonic_now();

	atomic_thread_fence(memory_order_seq_cst);
	for (unsigned int i = 0; i < chan->possible_cpus; i++) {
		uint64_t mark = __atomic_load_n(&chan->cpus[i].mark, __ATOMIC_ACQUIRE);
		uint64_t time = mark & ~BPFCHAN_MARK_COUNT;

		if ((mark & BPFCHAN_MARK_COUNT) && time < low)
			low = time;
	}
	atomic_thread_fence(memory_order_seq_cst);
	return low;
}

static int perf_deliver_before(struct bpfchan *chan, uint64_t before)
{
	const struct bpfchan_header *record;
	int ret = 0;

	while (!ret && (record = order_pop(chan->order, before)))
		ret = bpfchan_deliver(chan, record, record->length);
	return ret;
}

static int perf_drain(struct bpfchan *chan)
{
	uint64_t before = perf_low_water(chan);
	size_t i;
	int err;

	order_compact(chan->order);
	for (i = 0; i < perf_buffer__buffer_cnt(chan->perf); i++) {
		err = perf_buffer__consume_buffer(chan->perf, i);
		if (err)
			return err;
	}
	return perf_deliver_before(chan, before);
}

static void perf_stop(struct bpfchan *chan)
{
	perf_buffer__free(chan->perf);
	chan->perf = NULL;
	order_free(chan->order);
	chan->order = NULL;
}

const struct transport_ops bpfchan_perf_ops = {
	.name = "perf",
	.prepare = perf_prepare,
	.start = perf_start,
	.drain = perf_drain,
	.stop = perf_stop,
};
