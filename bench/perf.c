// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* libbpf's reader of the perf buffer: as people write it, and at its best. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <unistd.h>

#include "bench/session.h"

/* Needs the types above. */
#include "bench/perf.skel.h"

static const void *perf_elf(size_t *bytes)
{
	return perf_bpf__elf_bytes(bytes);
}

/* The same bytes as the ring, divided over the CPUs, in a power of two of pages. */
static size_t pages_per_cpu(const struct session *session, size_t cpus)
{
	size_t pages = 1;

	while (pages * 2 * session->page_bytes * cpus <= session->setup.buffer_bytes)
		pages *= 2;
	return pages;
}

static int perf_open(struct session *session)
{
	size_t cpus = (size_t)sysconf(_SC_NPROCESSORS_ONLN);
	size_t pages = pages_per_cpu(session, cpus);

	session->data_bytes = pages * session->page_bytes * cpus;
	session->allocated_bytes = (pages + 1) * session->page_bytes * cpus;
	return 0;
}

static void take(void *ctx, int cpu, void *data, __u32 size)
{
	(void)cpu;
	session_take(ctx, data, size);
}

static void told(void *ctx, int cpu, __u64 lost)
{
	struct session *session = ctx;

	(void)cpu;
	session->told += lost;
}

struct raw_sample {
	struct perf_event_header header;
	__u32 size;
	char data[];
};

struct lost_sample {
	struct perf_event_header header;
	__u64 id;
	__u64 lost;
};

static enum bpf_perf_event_ret take_raw(void *ctx, int cpu, struct perf_event_header *header)
{
	const struct raw_sample *sample = (const void *)header;
	struct lost_sample lost;

	if (header->type == PERF_RECORD_SAMPLE) {
		session_take(ctx, sample->data, sample->size);
	} else if (header->type == PERF_RECORD_LOST) {
		memcpy(&lost, header, sizeof(lost));
		told(ctx, cpu, lost.lost);
	}
	return LIBBPF_PERF_EVENT_CONT;
}

static struct perf_buffer *batched(struct session *session, int fd, size_t pages)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = session->contestant->wake_events,
		.wakeup_events = session->contestant->wake_events,
	};

	return perf_buffer__new_raw(fd, pages, &attr, take_raw, session, NULL);
}

static int perf_start(struct session *session)
{
	int fd = bpf_object__find_map_fd_by_name(session->obj, "buffer");
	size_t pages = pages_per_cpu(session, (size_t)sysconf(_SC_NPROCESSORS_ONLN));

	if (session->contestant->timed)
		session->perf = batched(session, fd, pages);
	else
		session->perf = perf_buffer__new(fd, pages, take, told, session, NULL);
	return session->perf ? 0 : -errno;
}

/* At its best: what is too little for a wake-up is fetched after 10 ms. */
static int perf_poll(struct session *session)
{
	int n;

	if (!session->contestant->timed)
		return perf_buffer__poll(session->perf, 100);
	n = perf_buffer__poll(session->perf, 10);
	return n ? n : perf_buffer__consume(session->perf);
}

static int perf_drain(struct session *session)
{
	return perf_buffer__consume(session->perf);
}

static int perf_lost(struct session *session, uint64_t *lost)
{
	(void)session;
	*lost = 0;
	return 0;
}

static void perf_stop(struct session *session)
{
	perf_buffer__free(session->perf);
}

const struct reader_ops bench_perf_reader = {
	.elf = perf_elf,
	.open = perf_open,
	.start = perf_start,
	.poll = perf_poll,
	.drain = perf_drain,
	.lost = perf_lost,
	.stop = perf_stop,
};
