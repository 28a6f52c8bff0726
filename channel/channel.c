// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Open, start, wait, deliver, close: what both transports have in common. */
#include "channel/bpfchan.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "channel/internal.h"

/* How long bpfchan_drain() waits for a program that was held between reserve and submit. */
#define DRAIN_PATIENCE_MS 1000

static const struct transport_ops *const transports[] = {
	[BPFCHAN_RING] = &bpfchan_ring_ops,
	[BPFCHAN_PERF] = &bpfchan_perf_ops,
};

int bpfchan_fail(struct bpfchan *chan, int err, const char *fmt, ...)
{
	va_list args;

	if (!chan->error || !chan->error_size)
		return err;
	va_start(args, fmt);
	vsnprintf(chan->error, chan->error_size, fmt, args);
	va_end(args);
	return err;
}

/* A caller built against an older, shorter struct leaves the newer fields at their defaults. */
static int read_opts(const struct bpfchan_opts *given, struct bpfchan_opts *opts)
{
	if (!given || given->sz < offsetof(struct bpfchan_opts, error_size) + sizeof(size_t))
		return -EINVAL;
	memset(opts, 0, sizeof(*opts));
	memcpy(opts, given, given->sz < sizeof(*opts) ? given->sz : sizeof(*opts));
	return 0;
}

static int choose_transport(struct bpfchan *chan, enum bpfchan_transport asked)
{
	bool has_ring = libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL) > 0;

	if (asked == BPFCHAN_AUTO)
		asked = has_ring ? BPFCHAN_RING : BPFCHAN_PERF;
	if (asked != BPFCHAN_RING && asked != BPFCHAN_PERF)
		return bpfchan_fail(chan, -EINVAL, "transport %d is not known", asked);
	if (asked == BPFCHAN_RING && !has_ring)
		return bpfchan_fail(chan, -ENOTSUP,
				    "this kernel gives no BPF ring buffer (Linux 5.8 and the right "
				    "to use BPF are needed): try the perf transport");
	chan->transport = asked;
	chan->ops = transports[asked];
	return 0;
}

static struct bpf_map *find_map(struct bpfchan *chan, const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(chan->obj, name);

	if (!map)
		bpfchan_fail(chan, -EINVAL,
			     "the BPF object %s has no map %s: it must include bpfchan.bpf.h and "
			     "use the channel",
			     bpf_object__name(chan->obj), name);
	return map;
}

/* Only the chosen transport's maps come into being. A map that no program uses may be absent. */
static int choose_maps(struct bpfchan *chan)
{
	bool ring = chan->transport == BPFCHAN_RING;
	const struct {
		const char *name;
		bool wanted;
	} maps[] = {
		{ "bpfchan_ring", ring },
		{ "bpfchan_perf", !ring },
		{ "bpfchan_scratch", !ring },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]) && !err; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(chan->obj, maps[i].name);

		if (map)
			err = bpf_map__set_autocreate(map, maps[i].wanted);
	}
	return err;
}

static int find_maps(struct bpfchan *chan)
{
	chan->cpus_map = find_map(chan, "bpfchan_cpus");
	chan->buffer_map =
		find_map(chan, chan->transport == BPFCHAN_RING ? "bpfchan_ring" : "bpfchan_perf");
	if (!chan->cpus_map || !chan->buffer_map)
		return -EINVAL;
	if (bpf_map__value_size(chan->cpus_map) != sizeof(struct bpfchan_cpu))
		return bpfchan_fail(chan, -EINVAL,
				    "the BPF object was built with another bpfchan.bpf.h than this "
				    "library: build both from one version");
	return bpf_map__set_max_entries(chan->cpus_map, chan->possible_cpus);
}

static int write_config(struct bpfchan *chan, const struct bpfchan_opts *opts)
{
	struct bpfchan_config config = {
		.format = BPFCHAN_FORMAT,
		.transport = chan->transport,
		.max_record = (__u32)chan->max_record,
		.guard = opts->guard,
		.ring_bytes = chan->data_bytes,
		.wake_bytes = chan->data_bytes / 4,
	};
	struct bpf_map *map = find_map(chan, ".rodata.bpfchan");

	if (!map)
		return -EINVAL;
	return bpf_map__set_initial_value(map, &config, sizeof(config));
}

static int open_steps(struct bpfchan *chan, const struct bpfchan_opts *opts)
{
	int possible = libbpf_num_possible_cpus();
	int err;

	if (!opts->on_record)
		return bpfchan_fail(chan, -EINVAL, "on_record is missing: who takes the records?");
	if (possible < 0)
		return bpfchan_fail(chan, possible, "cannot count the CPUs: %s",
				    strerror(-possible));
	chan->possible_cpus = (unsigned int)possible;
	err = choose_transport(chan, opts->transport);
	if (!err)
		err = find_maps(chan);
	if (!err)
		err = choose_maps(chan);
	if (!err)
		err = chan->ops->prepare(chan, opts);
	if (!err)
		err = write_config(chan, opts);
	return err;
}

int bpfchan_open(struct bpf_object *obj, const struct bpfchan_opts *given, struct bpfchan **out)
{
	struct bpfchan_opts opts;
	struct bpfchan *chan;
	int err = read_opts(given, &opts);

	if (err || !obj || !out)
		return -EINVAL;
	chan = calloc(1, sizeof(*chan));
	if (!chan)
		return -ENOMEM;
	chan->obj = obj;
	chan->on_record = opts.on_record;
	chan->ctx = opts.ctx;
	chan->error = opts.error;
	chan->error_size = opts.error_size;
	chan->max_delay_ms = opts.max_delay_ms ? opts.max_delay_ms : BPFCHAN_DEFAULT_DELAY_MS;
	chan->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	chan->online_cpus = (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);
	chan->epoll_fd = -1;
	chan->timer_fd = -1;
	err = open_steps(chan, &opts);
	if (err) {
		bpfchan_close(chan);
		return err;
	}
	*out = chan;
	return 0;
}

static int map_counters(struct bpfchan *chan)
{
	size_t bytes = chan->possible_cpus * sizeof(struct bpfchan_cpu);
	void *memory;

	memory = mmap(NULL, bytes, PROT_READ, MAP_SHARED, bpf_map__fd(chan->cpus_map), 0);
	if (memory == MAP_FAILED)
		return bpfchan_fail(chan, -errno, "cannot map the channel's counters: %s",
				    strerror(errno));
	chan->cpus = memory;
	return 0;
}

static int start_timer(struct bpfchan *chan)
{
	struct timespec delay = {
		.tv_sec = chan->max_delay_ms / 1000,
		.tv_nsec = (long)(chan->max_delay_ms % 1000) * 1000000,
	};
	struct itimerspec spec = { .it_interval = delay, .it_value = delay };

	chan->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (chan->timer_fd < 0 || timerfd_settime(chan->timer_fd, 0, &spec, NULL))
		return bpfchan_fail(chan, -errno, "cannot start the timed drain: %s",
				    strerror(errno));
	return 0;
}

static int watch(struct bpfchan *chan, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(chan->epoll_fd, EPOLL_CTL_ADD, fd, &event))
		return bpfchan_fail(chan, -errno, "cannot wait for the buffers: %s",
				    strerror(errno));
	return 0;
}

int bpfchan_start(struct bpfchan *chan)
{
	int buffers = -1;
	int err;

	chan->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (chan->epoll_fd < 0)
		return bpfchan_fail(chan, -errno, "cannot create an epoll: %s", strerror(errno));
	err = map_counters(chan);
	if (!err)
		err = chan->ops->start(chan, &buffers);
	if (!err)
		err = watch(chan, buffers);
	if (!err)
		err = start_timer(chan);
	if (!err)
		err = watch(chan, chan->timer_fd);
	return err;
}

int bpfchan_deliver(struct bpfchan *chan, const void *data, size_t size)
{
	const struct bpfchan_header *record = data;

	if (size < sizeof(*record) || record->length < sizeof(*record) || record->length > size) {
		chan->malformed++;
		return 0;
	}
	chan->delivered++;
	return chan->on_record(chan->ctx, record);
}

int bpfchan_consume(struct bpfchan *chan)
{
	unsigned long long delivered = chan->delivered;
	int err = chan->ops->drain(chan);

	if (err)
		return err;
	delivered = chan->delivered - delivered;
	return delivered > 0x7fffffff ? 0x7fffffff : (int)delivered;
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void clear_timer(struct bpfchan *chan)
{
	uint64_t ticks;

	/* EAGAIN when it has not fired: nothing to clear. */
	if (read(chan->timer_fd, &ticks, sizeof(ticks)) < 0)
		return;
}

int bpfchan_poll(struct bpfchan *chan, int timeout_ms)
{
	long end = now_ms() + timeout_ms;
	struct epoll_event event;
	long left = timeout_ms;
	int n;

	for (;;) {
		if (epoll_wait(chan->epoll_fd, &event, 1, (int)left) < 0)
			return -errno;
		clear_timer(chan);
		n = bpfchan_consume(chan);
		if (n)
			return n;
		if (timeout_ms < 0)
			continue;
		left = end - now_ms();
		if (left <= 0)
			return 0;
	}
}

static unsigned long long submitted_so_far(const struct bpfchan *chan)
{
	unsigned long long sum = 0;

	for (unsigned int i = 0; i < chan->possible_cpus; i++)
		sum += __atomic_load_n(&chan->cpus[i].submitted, __ATOMIC_ACQUIRE);
	return sum;
}

int bpfchan_drain(struct bpfchan *chan)
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	unsigned long long wanted = submitted_so_far(chan);
	unsigned long long delivered = chan->delivered;
	long end = now_ms() + DRAIN_PATIENCE_MS;
	int n;

	for (;;) {
		n = bpfchan_consume(chan);
		if (n < 0)
			return n;
		if (chan->delivered + chan->malformed >= wanted || now_ms() >= end)
			return (int)(chan->delivered - delivered);
		nanosleep(&nap, NULL);
	}
}

int bpfchan_fd(const struct bpfchan *chan)
{
	return chan->epoll_fd;
}

void bpfchan_close(struct bpfchan *chan)
{
	if (!chan)
		return;
	if (chan->ops)
		chan->ops->stop(chan);
	if (chan->cpus)
		munmap(chan->cpus, chan->possible_cpus * sizeof(struct bpfchan_cpu));
	if (chan->timer_fd >= 0)
		close(chan->timer_fd);
	if (chan->epoll_fd >= 0)
		close(chan->epoll_fd);
	free(chan);
}
