// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Open, start, wait, deliver, close: what both transports have in common. */
#include "channel/bpfchan.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
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

#define NS_PER_S  1000000000ULL
#define NS_PER_MS 1000000ULL

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

/* A map that no program of the object uses may be absent. */
static int choose_maps_of(struct bpfchan *chan, const struct transport_ops *ops)
{
	int err = 0;

	for (size_t i = 0; ops->maps[i] && !err; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(chan->obj, ops->maps[i]);

		if (map)
			err = bpf_map__set_autocreate(map, ops == chan->ops);
	}
	return err;
}

/* Only the chosen transport's maps come into being. */
static int choose_maps(struct bpfchan *chan)
{
	int err = choose_maps_of(chan, &bpfchan_ring_ops);

	return err ? err : choose_maps_of(chan, &bpfchan_perf_ops);
}

/* The header that the programs were built with says its format in their read-only data. */
static int check_format(struct bpfchan *chan)
{
	struct bpf_map *map = find_map(chan, ".rodata.bpfchan");
	const struct bpfchan_config *built;
	size_t size;

	if (!map)
		return -EINVAL;
	built = bpf_map__initial_value(map, &size);
	if (!built || size < sizeof(built->format))
		return bpfchan_fail(chan, -EINVAL, "the BPF object %s says no channel format",
				    bpf_object__name(chan->obj));
	if (built->format == BPFCHAN_FORMAT && size == sizeof(*built))
		return 0;
	return bpfchan_fail(chan, -EINVAL,
			    "the BPF object %s was built with bpfchan.bpf.h of format %u, this "
			    "library has format %u: build both from one version",
			    bpf_object__name(chan->obj), built->format, BPFCHAN_FORMAT);
}

static int find_maps(struct bpfchan *chan)
{
	chan->cpus_map = find_map(chan, "bpfchan_cpus");
	chan->buffer_map = find_map(chan, chan->ops->maps[0]);
	if (!chan->cpus_map || !chan->buffer_map)
		return -EINVAL;
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
		.wake_bytes = chan->data_bytes / WAKE_SHARE,
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
		err = check_format(chan);
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

int bpfchan_open(struct bpf_object *obj, const struct bpfchan_opts *opts, struct bpfchan **chan)
{
	struct bpfchan_opts checked;
	struct bpfchan *new;
	int err = read_opts(opts, &checked);

	if (err || !obj || !chan)
		return -EINVAL;
	new = calloc(1, sizeof(*new));
	if (!new)
		return -ENOMEM;
	new->obj = obj;
	new->on_record = checked.on_record;
	new->on_loss = checked.on_loss;
	new->ctx = checked.ctx;
	new->error = checked.error;
	new->error_size = checked.error_size;
	new->max_delay_ms = checked.max_delay_ms ? checked.max_delay_ms : BPFCHAN_DEFAULT_DELAY_MS;
	new->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	new->online_cpus = (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);
	new->epoll_fd = -1;
	new->timer_fd = -1;
	err = open_steps(new, &checked);
	if (err) {
		bpfchan_close(new);
		return err;
	}
	*chan = new;
	return 0;
}

void *bpfchan_map_array(struct bpfchan *chan, const char *name, size_t bytes, int protection)
{
	struct bpf_map *map = find_map(chan, name);
	void *memory;

	if (!map)
		return NULL;
	memory = mmap(NULL, bytes, protection, MAP_SHARED, bpf_map__fd(map), 0);
	if (memory != MAP_FAILED)
		return memory;
	bpfchan_fail(chan, -errno, "cannot map %s of the channel: %s", name, strerror(errno));
	return NULL;
}

static size_t cpus_bytes(const struct bpfchan *chan)
{
	return chan->possible_cpus * sizeof(struct bpfchan_cpu);
}

static int map_shared(struct bpfchan *chan)
{
	chan->cpus = bpfchan_map_array(chan, "bpfchan_cpus", cpus_bytes(chan), PROT_READ);
	chan->reader = bpfchan_map_array(chan, "bpfchan_reader", sizeof(*chan->reader),
					 PROT_READ | PROT_WRITE);
	return chan->cpus && chan->reader ? 0 : -errno;
}

static int watch(struct bpfchan *chan, int fd, unsigned int events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	if (epoll_ctl(chan->epoll_fd, EPOLL_CTL_ADD, fd, &event))
		return bpfchan_fail(chan, -errno, "cannot wait for the buffers: %s",
				    strerror(errno));
	return 0;
}

int bpfchan_watch(struct bpfchan *chan, int fd)
{
	return watch(chan, fd, EPOLLIN | EPOLLET);
}

static int start_timer(struct bpfchan *chan)
{
	chan->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (chan->timer_fd < 0)
		return bpfchan_fail(chan, -errno, "cannot create a timer: %s", strerror(errno));
	return watch(chan, chan->timer_fd, EPOLLIN);
}

/* With a count of its own, so that no program takes this sleep for an earlier one. */
static void set_state(struct bpfchan *chan, enum bpfchan_reader_state state)
{
	chan->state_changes++;
	__atomic_store_n(&chan->reader->state,
			 (uint32_t)(chan->state_changes << BPFCHAN_STATE_BITS | (uint32_t)state),
			 __ATOMIC_RELAXED);
}

int bpfchan_start(struct bpfchan *chan)
{
	int err;

	chan->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (chan->epoll_fd < 0)
		return bpfchan_fail(chan, -errno, "cannot create an epoll: %s", strerror(errno));
	err = map_shared(chan);
	if (!err)
		err = start_timer(chan);
	if (!err)
		err = chan->ops->start(chan);
	if (!err)
		err = losses_new(chan, &chan->losses);
	/* Nothing is there yet: the first record is to wake. */
	if (!err)
		set_state(chan, BPFCHAN_READER_IDLE);
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

/* ---- sleep and wake ---- */

uint64_t bpfchan_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* Setting it also clears what it has fired. A timer costs: only for who waits by descriptor. */
static void set_timer(struct bpfchan *chan)
{
	struct itimerspec spec = {
		.it_value = { .tv_sec = (time_t)(chan->wake_at / NS_PER_S),
			      .tv_nsec = (long)(chan->wake_at % NS_PER_S) },
	};

	timerfd_settime(chan->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
}

/* Drain again at that time, though no program wakes. */
static void wake_at(struct bpfchan *chan, uint64_t time)
{
	chan->wake_at = time;
	if (chan->has_caller)
		set_timer(chan);
}

/*
 * For what cannot wake: a CPU that came online and has no doorbell yet, and losses, which are to
 * be told though nothing follows them.
 */
#define IDLE_NS 1000000000

/*
 * Only a program can wake now. One that saw another state before it submitted is seen by the look
 * at the buffers: state, full barrier, buffers here; submit, full barrier, state there.
 */
static bool go_idle(struct bpfchan *chan)
{
	set_state(chan, BPFCHAN_READER_IDLE);
	atomic_thread_fence(memory_order_seq_cst);
	if (chan->ops->has_records(chan)) {
		set_state(chan, BPFCHAN_READER_RUNNING);
		return false;
	}
	chan->slept_at = bpfchan_now();
	wake_at(chan, chan->slept_at + IDLE_NS);
	return true;
}

/* A drain that ends with this much to do goes on at once, so often: the caller has a life too. */
#define DRAINS_IN_A_ROW 4

/* A record held by a program at work is looked for again after this time, or max_delay. */
#define HELD_NS 1000000

static uint64_t max_delay_ns(const struct bpfchan *chan)
{
	return chan->max_delay_ms * NS_PER_MS;
}

/* So much of max_delay is left for the timer's own delay. */
#define TIMER_SHARE 16

/* How late epoll's timer may be, by the default timer slack; shorter naps are not worth it. */
#define SLACK_NS 50000

/*
 * As long as a buffer takes to come close to WAKE_SHARE at the pace since the last nap, so that a
 * busy program need not wake, which costs it microseconds. If the pace rises, it does.
 */
static uint64_t time_to_fill(const struct bpfchan *chan, uint64_t now, double share)
{
	double whole = (double)(now - chan->slept_at) / share;
	double quarter = whole / 4;
	double nearly_half = whole * 7 / 16 - SLACK_NS;
	double ns = quarter > nearly_half ? quarter : nearly_half;

	if (ns < SLACK_NS)
		return SLACK_NS;
	return ns < (double)NS_PER_S ? (uint64_t)ns : NS_PER_S;
}

static uint64_t nap_ns(const struct bpfchan *chan, uint64_t now, bool held, double share)
{
	uint64_t most = max_delay_ns(chan);
	uint64_t fill = share > 0 ? time_to_fill(chan, now, share) : UINT64_MAX;

	if (held)
		return most < HELD_NS ? most : HELD_NS;
	most -= most / TIMER_SHARE;
	return most < fill ? most : fill;
}

/* The timer wakes in any case; programs only when the buffer fills. */
static void nap(struct bpfchan *chan, bool held, double share)
{
	uint64_t now = bpfchan_now();

	wake_at(chan, now + nap_ns(chan, now, held, share));
	chan->slept_at = now;
	set_state(chan, BPFCHAN_READER_NAPPING);
}

/* How to wait for the next records, after a drain that delivered something or nothing. */
static bool settle(struct bpfchan *chan, bool delivered, bool held, double share)
{
	if (!delivered && !held)
		return go_idle(chan);
	nap(chan, held, share);
	return true;
}

static int drain(struct bpfchan *chan)
{
	unsigned long long before = chan->delivered;
	bool held = false;
	double share = 0;
	double taken;
	int ret;

	set_state(chan, BPFCHAN_READER_RUNNING);
	for (int i = 0; i < DRAINS_IN_A_ROW; i++) {
		ret = chan->ops->drain(chan, &held, &taken);
		if (ret)
			break;
		share += taken;
		if (!held && chan->ops->is_filling(chan))
			continue;
		if (settle(chan, chan->delivered != before, held, share))
			return 0;
	}
	/* Stopped, or still busy: ready again at once. */
	chan->slept_at = bpfchan_now();
	wake_at(chan, chan->slept_at);
	return ret;
}

int bpfchan_consume(struct bpfchan *chan)
{
	unsigned long long delivered = chan->delivered;
	int ret = drain(chan);

	if (!ret)
		ret = losses_tell(chan, false);
	if (ret)
		return ret;
	delivered = chan->delivered - delivered;
	return delivered > INT_MAX ? INT_MAX : (int)delivered;
}

/* Until a program wakes, it is time to drain, or the caller's time is over. */
static int wait_until(struct bpfchan *chan, uint64_t end)
{
	struct epoll_event events[8];
	uint64_t now = bpfchan_now();
	uint64_t until = chan->wake_at < end ? chan->wake_at : end;
	uint64_t ns = until > now ? until - now : 0;
	struct timespec left = { .tv_sec = (time_t)(ns / NS_PER_S),
				 .tv_nsec = (long)(ns % NS_PER_S) };

	int n = epoll_pwait2(chan->epoll_fd, events, 8, &left, NULL);

	if (n < 0)
		return -errno;
	chan->wakeups += n > 0 || (ns > 0 && until == chan->wake_at);
	return 0;
}

int bpfchan_poll(struct bpfchan *chan, int timeout_ms)
{
	uint64_t end =
		timeout_ms < 0 ? UINT64_MAX : bpfchan_now() + (uint64_t)timeout_ms * NS_PER_MS;
	int n;

	do {
		n = wait_until(chan, end);
		if (!n)
			n = bpfchan_consume(chan);
	} while (!n && bpfchan_now() < end);
	return n;
}

/* Attempts that were neither discarded nor lost, or are not yet. */
static unsigned long long submitted_so_far(const struct bpfchan *chan)
{
	unsigned long long sum = 0;

	for (unsigned int i = 0; i < chan->possible_cpus; i++) {
		const struct bpfchan_cpu *cpu = &chan->cpus[i];

		sum += __atomic_load_n(&cpu->attempted, __ATOMIC_ACQUIRE);
		sum -= __atomic_load_n(&cpu->discarded, __ATOMIC_ACQUIRE);
		for (int reason = 0; reason < BPFCHAN_LOSS_REASONS; reason++)
			sum -= __atomic_load_n(&cpu->lost[reason], __ATOMIC_ACQUIRE);
	}
	return sum;
}

int bpfchan_drain(struct bpfchan *chan)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	uint64_t end = bpfchan_now() + DRAIN_PATIENCE_MS * NS_PER_MS;
	unsigned long long wanted = submitted_so_far(chan);
	unsigned long long delivered = chan->delivered;
	int n;

	for (;;) {
		n = bpfchan_consume(chan);
		if (n < 0)
			return n;
		if (chan->delivered + chan->malformed >= wanted || bpfchan_now() >= end)
			break;
		nanosleep(&pause, NULL);
	}
	n = losses_tell(chan, true);
	return n ? n : (int)(chan->delivered - delivered);
}

int bpfchan_fd(struct bpfchan *chan)
{
	if (!chan->has_caller && chan->timer_fd >= 0)
		set_timer(chan);
	chan->has_caller = true;
	return chan->epoll_fd;
}

void bpfchan_close(struct bpfchan *chan)
{
	if (!chan)
		return;
	if (chan->ops)
		chan->ops->stop(chan);
	losses_free(chan->losses);
	if (chan->cpus)
		munmap(chan->cpus, cpus_bytes(chan));
	if (chan->reader)
		munmap(chan->reader, sizeof(*chan->reader));
	if (chan->timer_fd >= 0)
		close(chan->timer_fd);
	if (chan->epoll_fd >= 0)
		close(chan->epoll_fd);
	free(chan);
}
