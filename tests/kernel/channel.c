// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * channel TEST ring|perf: libbpfchan over a real buffer, with a producer that runs on demand.
 * Says what was not so and exits with 1; 0: all was.
 */
#include "channel/bpfchan.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/kernel/channel.h"
#include "tests/kernel/channel.skel.h"

#define CPUS_MAX 1024

#define CROWD_PRODUCERS 8
#define CROWD_ROUNDS	2000
#define CROWD_BATCH	20
#define CROWD_ATTEMPTS	(CROWD_PRODUCERS * CROWD_ROUNDS * CROWD_BATCH)

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			errx(1, "line %d: not so: %s", __LINE__, #condition);                      \
	} while (0)

#define CHECK_EQUAL(a, b)                                                                          \
	do {                                                                                       \
		long long a_ = (long long)(a);                                                     \
		long long b_ = (long long)(b);                                                     \
		if (a_ != b_)                                                                      \
			errx(1, "line %d: %s is %lld, %s is %lld", __LINE__, #a, a_, #b, b_);      \
	} while (0)

static enum bpfchan_transport transport;

struct channel {
	struct channel_bpf *skel;
	struct bpfchan *chan;
	struct bpfchan_opts opts;
	char error[256];

	/* What the callback saw. */
	unsigned long long records;
	unsigned long long last_value;
	unsigned long long unordered_values;
	__u64 last_time;
	__u64 next_seq[CPUS_MAX];
	__u32 last_length;
	int stop_with; /* returned at the third record, once */
	char *seen;    /* many producers: one for each attempt of each CPU */
};

/*
 * Producers that interrupt each other, or compete, may take their number, their place and their
 * time in any order; perf delivers by time even so.
 */
static void check_order(struct channel *c, const struct bpfchan_header *header)
{
	CHECK(header->time >= c->last_time || (c->seen && transport == BPFCHAN_RING));
	if (!c->seen) {
		CHECK(header->seq >= c->next_seq[header->cpu]);
		return;
	}
	CHECK(header->seq < CROWD_ATTEMPTS);
	CHECK(!c->seen[header->cpu * CROWD_ATTEMPTS + header->seq]++);
}

static int on_record(void *ctx, const struct bpfchan_header *header)
{
	struct channel *c = ctx;
	const struct test_record *record = (const void *)header;

	CHECK_EQUAL((size_t)header % 8, 0);
	CHECK_EQUAL(header->type, TEST_TYPE);
	CHECK_EQUAL(header->version, TEST_VERSION);
	CHECK(header->cpu < CPUS_MAX && header->length >= sizeof(*header));
	check_order(c, header);
	c->next_seq[header->cpu] = header->seq + 1;
	c->last_time = header->time;
	c->last_length = header->length;
	c->unordered_values += c->records && record->value != c->last_value + 1;
	c->last_value = record->value;
	c->records++;
	return c->records == 3 ? c->stop_with : 0;
}

/* Zero or -errno of bpfchan_open(); the options are c->opts. */
static int prepare(struct channel *c)
{
	c->opts.sz = sizeof(c->opts);
	c->opts.transport = transport;
	c->opts.on_record = on_record;
	c->opts.ctx = c;
	c->opts.error = c->error;
	c->opts.error_size = sizeof(c->error);
	c->skel = channel_bpf__open();
	if (!c->skel)
		err(1, "open the BPF object");
	return bpfchan_open(c->skel->obj, &c->opts, &c->chan);
}

static void start(struct channel *c)
{
	if (prepare(c))
		errx(1, "open the channel: %s", c->error);
	if (channel_bpf__load(c->skel))
		err(1, "load the BPF object");
	if (bpfchan_start(c->chan))
		errx(1, "start the channel: %s", c->error);
}

static void end(struct channel *c)
{
	bpfchan_close(c->chan);
	channel_bpf__destroy(c->skel);
	*c = (struct channel){ 0 };
}

static void produce(struct channel *c, unsigned int cpu, enum verb verb, __u64 count, __u64 size)
{
	__u64 args[3] = { verb, count, size };
	struct bpf_test_run_opts opts = {
		.sz = sizeof(opts),
		.ctx_in = args,
		.ctx_size_in = sizeof(args),
		.flags = BPF_F_TEST_RUN_ON_CPU,
		.cpu = cpu,
	};

	if (bpf_prog_test_run_opts(bpf_program__fd(c->skel->progs.produce), &opts))
		err(1, "run the producer on CPU %u", cpu);
}

static struct bpfchan_stats stats_of(struct channel *c)
{
	struct bpfchan_stats stats = { .sz = sizeof(stats) };

	CHECK_EQUAL(bpfchan_stats(c->chan, &stats), 0);
	CHECK_EQUAL(stats.malformed, 0);
	CHECK_EQUAL(stats.skipped, 0);
	return stats;
}

static unsigned long long lost_in(const struct bpfchan_stats *stats)
{
	unsigned long long sum = 0;

	for (int i = 0; i < BPFCHAN_LOSS_REASONS; i++)
		sum += stats->lost[i];
	return sum;
}

/* Everything is out: each attempt is under exactly one of three. */
static struct bpfchan_stats settle(struct channel *c)
{
	struct bpfchan_stats stats;

	CHECK(bpfchan_drain(c->chan) >= 0);
	stats = stats_of(c);
	CHECK_EQUAL(stats.pending, 0);
	CHECK_EQUAL(stats.delivered, c->records);
	CHECK_EQUAL(stats.attempted, stats.delivered + stats.discarded + lost_in(&stats));
	return stats;
}

static unsigned int cpus(void)
{
	return (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);
}

/* ---- the tests ---- */

static void test_verbs(struct channel *c)
{
	struct bpfchan_stats stats;

	start(c);
	for (unsigned int cpu = 0; cpu < cpus(); cpu++) {
		produce(c, cpu, EMIT, 1000, 0);
		produce(c, cpu, DISCARD, 500, 0);
		produce(c, cpu, OUTPUT, 10, sizeof(struct test_record));
		produce(c, cpu, OUTPUT, 10, 3001);
	}
	stats = settle(c);
	CHECK_EQUAL(stats.transport, transport);
	CHECK_EQUAL(stats.attempted, 1520 * cpus());
	CHECK_EQUAL(stats.discarded, 500 * cpus());
	CHECK_EQUAL(stats.delivered, 1020 * cpus());
	CHECK_EQUAL(c->unordered_values, 0);
	CHECK_EQUAL(c->last_length, 3001);
	CHECK_EQUAL(c->next_seq[0], 1520);
}

/* The smallest buffer, and nobody reads. */
static void fill_up(struct channel *c, bool guard)
{
	struct bpfchan_stats stats;

	c->opts.buffer_bytes = 1;
	c->opts.guard = guard;
	start(c);
	for (unsigned int cpu = 0; cpu < cpus(); cpu++) {
		produce(c, cpu, EMIT, 1000, 0);
		produce(c, cpu, OUTPUT, 50, 333);
		produce(c, cpu, DISCARD, 100, 0);
	}
	stats = stats_of(c);
	CHECK_EQUAL(stats.delivered, 0);
	CHECK(stats.pending > 0);
	CHECK_EQUAL(stats.attempted, 1150 * cpus());
	CHECK_EQUAL(stats.attempted, stats.pending + stats.discarded + lost_in(&stats));
	CHECK(stats.lost[BPFCHAN_LOST_FULL] > 0);
	CHECK_EQUAL(stats.lost[BPFCHAN_LOST_FULL], lost_in(&stats));
	stats = settle(c);
	/* 40 bytes on the ring, 44 and more on perf: a page holds nearly a hundred. */
	CHECK(stats.delivered >= 60 && stats.delivered <= 102 * cpus());
	for (int i = 0; i < 1000; i++) { /* there is room again, at every position */
		produce(c, 0, EMIT, 1, 0);
		CHECK_EQUAL(bpfchan_drain(c->chan), 1);
	}
	settle(c);
}

static void test_full(struct channel *c)
{
	fill_up(c, false);
}

static void test_guard(struct channel *c)
{
	unsigned long long unguarded;

	fill_up(c, false);
	unguarded = c->records;
	end(c);
	fill_up(c, true);
	/* A lone producer's guard must cost nothing. */
	CHECK_EQUAL(c->records, unguarded);
}

static void longest_of(struct channel *c, size_t bytes)
{
	struct bpfchan_stats stats;
	size_t most;

	c->opts.buffer_bytes = bytes;
	start(c);
	most = stats_of(c).max_record;
	CHECK(most >= 4000 && most <= OUTPUT_MAX);
	for (int i = 0; i < 5; i++) {
		produce(c, 0, OUTPUT, 1, most);
		CHECK_EQUAL(bpfchan_drain(c->chan), 1);
		CHECK_EQUAL(c->last_length, most);
	}
	produce(c, 0, OUTPUT, 3, most + 1);
	produce(c, 0, EMIT, 1, 0); /* and the stream goes on */
	if (most < 4096)
		produce(c, 0, EMIT_PAGE, 2, 0);
	stats = settle(c);
	CHECK_EQUAL(c->last_length, sizeof(struct test_record));
	CHECK_EQUAL(stats.lost[BPFCHAN_LOST_TOO_LONG], most < 4096 ? 5 : 3);
	CHECK_EQUAL(lost_in(&stats), stats.lost[BPFCHAN_LOST_TOO_LONG]);
	CHECK_EQUAL(stats.delivered, 6);
	end(c);
}

/* At 64 KiB and more, perf has a limit of its own. */
static void test_longest(struct channel *c)
{
	unsigned int share = transport == BPFCHAN_PERF ? cpus() : 1;

	longest_of(c, (size_t)share * 4096);
	longest_of(c, (size_t)share * 65536);
	longest_of(c, (size_t)share * 131072);
}

struct producer {
	struct channel *c;
	unsigned int rounds;
	unsigned int cpu;
	bool in_turn;
};

static void *run_producer(void *arg)
{
	const struct producer *p = arg;

	for (unsigned int i = 0; i < p->rounds; i++)
		produce(p->c, p->in_turn ? i % cpus() : p->cpu, EMIT, p->in_turn ? 1 : CROWD_BATCH,
			0);
	return NULL;
}

static void poll_until(struct channel *c, unsigned long long records)
{
	for (int quiet = 0; c->records < records && quiet < 50;) {
		int n = bpfchan_poll(c->chan, 100);

		CHECK(n >= 0);
		quiet = n ? 0 : quiet + 1;
	}
	CHECK_EQUAL(c->records, records);
}

/* One record after the other, each on the next CPU: the values tell the order of emission. */
static void test_order(struct channel *c)
{
	struct producer p = { .c = c, .rounds = 100000, .in_turn = true };
	pthread_t id;

	c->opts.buffer_bytes = 32 << 20;
	start(c);
	CHECK_EQUAL(pthread_create(&id, NULL, run_producer, &p), 0);
	poll_until(c, p.rounds);
	pthread_join(id, NULL);
	CHECK_EQUAL(c->unordered_values, 0);
	settle(c);
}

/* All at once: none comes out twice, and each that does not is counted. */
static void test_crowd(struct channel *c)
{
	struct producer p[CROWD_PRODUCERS];
	pthread_t ids[CROWD_PRODUCERS];
	struct bpfchan_stats stats;

	c->opts.buffer_bytes = 64 << 10;
	c->seen = calloc(cpus(), CROWD_ATTEMPTS);
	CHECK(c->seen);
	start(c);
	for (unsigned int i = 0; i < CROWD_PRODUCERS; i++) {
		p[i] = (struct producer){ .c = c, .rounds = CROWD_ROUNDS, .cpu = i % cpus() };
		CHECK_EQUAL(pthread_create(&ids[i], NULL, run_producer, &p[i]), 0);
	}
	for (int i = 0; i < 20; i++)
		CHECK(bpfchan_poll(c->chan, 10) >= 0);
	for (unsigned int i = 0; i < CROWD_PRODUCERS; i++)
		pthread_join(ids[i], NULL);
	stats = settle(c);
	CHECK_EQUAL(stats.attempted, CROWD_ATTEMPTS);
	CHECK(stats.delivered > 0);
	free(c->seen);
}

static void stop_with(struct channel *c, int code)
{
	start(c);
	produce(c, 0, EMIT, 10, 0);
	c->stop_with = code;
	usleep(2000); /* older than any mark */
	CHECK_EQUAL(bpfchan_poll(c->chan, 1000), code);
	CHECK_EQUAL(c->records, 3);
	CHECK_EQUAL(stats_of(c).delivered, 3);
	CHECK_EQUAL(stats_of(c).pending, 7);
	settle(c);
	CHECK_EQUAL(c->records, 10);
	CHECK_EQUAL(c->unordered_values, 0);
	end(c);
}

static void test_stop(struct channel *c)
{
	stop_with(c, -77);
	stop_with(c, 1234);
}

static void test_nesting(struct channel *c)
{
	struct bpfchan_stats stats;

	start(c);
	produce(c, 0, NEST, 100, 0);
	stats = settle(c);
	CHECK_EQUAL(stats.attempted, 200);
	CHECK_EQUAL(stats.lost[BPFCHAN_LOST_BUSY], transport == BPFCHAN_PERF ? 100 : 0);
	CHECK_EQUAL(stats.delivered, transport == BPFCHAN_PERF ? 100 : 200);
}

static long ms_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A lone record must not wait for others; the limits are wide, for the machine may be busy. */
static void test_waiting(struct channel *c)
{
	struct pollfd fd = { .events = POLLIN };
	long before;

	c->opts.max_delay_ms = 5;
	start(c);
	before = ms_now();
	CHECK_EQUAL(bpfchan_poll(c->chan, 60), 0);
	CHECK(ms_now() - before >= 59);
	CHECK_EQUAL(bpfchan_poll(c->chan, 0), 0);
	for (int i = 0; i < 20; i++) {
		produce(c, 0, EMIT, 1, 0);
		CHECK_EQUAL(bpfchan_poll(c->chan, 5000), 1);
	}
	CHECK(ms_now() - before < 5000);
	/* The caller's own epoll. */
	fd.fd = bpfchan_fd(c->chan);
	produce(c, 0, EMIT, 1, 0);
	for (int i = 0; i < 100 && c->records < 21; i++) {
		CHECK_EQUAL(poll(&fd, 1, 5000), 1);
		CHECK(bpfchan_poll(c->chan, 0) >= 0);
	}
	CHECK_EQUAL(c->records, 21);
	settle(c);
}

static void size_is(struct channel *c, size_t asked, size_t pages, size_t data, size_t allocated)
{
	struct bpfchan_stats stats;

	c->opts.buffer_bytes = asked;
	c->opts.perf_pages = pages;
	start(c);
	stats = stats_of(c);
	CHECK_EQUAL(stats.data_bytes, data);
	CHECK_EQUAL(stats.allocated_bytes, allocated);
	produce(c, 0, EMIT, 1, 0);
	settle(c);
	CHECK_EQUAL(c->records, 1);
	end(c);
}

static void test_sizes(struct channel *c)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t n = cpus();

	if (transport == BPFCHAN_RING) {
		size_is(c, 0, 0, BPFCHAN_DEFAULT_BYTES, BPFCHAN_DEFAULT_BYTES + 3 * page);
		size_is(c, 1, 0, page, 4 * page);
		size_is(c, page + 1, 0, 2 * page, 5 * page);
		size_is(c, 1000 * page, 0, 1024 * page, 1027 * page);
		return;
	}
	/* Besides: a control page, and a doorbell of a page with its own. */
	size_is(c, 1, 0, n * page, 4 * n * page);
	size_is(c, 7 * n * page, 0, 4 * n * page, 7 * n * page);
	size_is(c, 0, 8, 8 * n * page, 11 * n * page);
}

static void refuses(struct channel *c, int code, const char *text)
{
	int got = prepare(c);

	if (got != code || !strstr(c->error, text))
		errx(1, "wanted %d and \"%s\", got %d and \"%s\"", code, text, got, c->error);
	CHECK(!c->chan);
	end(c);
}

static void test_refusals(struct channel *c)
{
	enum bpfchan_transport chosen = transport;

	c->opts.buffer_bytes = (size_t)1 << 46;
	refuses(c, -E2BIG, "at most 2 GiB");
	c->opts.perf_pages = transport == BPFCHAN_PERF ? 7 : 8;
	refuses(c, -EINVAL, transport == BPFCHAN_PERF ? "power of two" : "pages per CPU are for");
	transport = 99;
	refuses(c, -EINVAL, "transport 99");
	transport = chosen;
	CHECK_EQUAL(bpfchan_open(NULL, &c->opts, &c->chan), -EINVAL);
	CHECK_EQUAL(bpfchan_open(NULL, NULL, &c->chan), -EINVAL);
	bpfchan_close(NULL);
	CHECK(!strcmp(bpfchan_transport_name(BPFCHAN_PERF), "perf"));
	CHECK(!strcmp(bpfchan_loss_name(BPFCHAN_LOST_FULL), "buffer full"));
	CHECK(!strcmp(bpfchan_loss_name(BPFCHAN_LOSS_REASONS), "unknown"));
}

/* Programs that were built with the header of another version. */
static void test_format(struct channel *c)
{
	const struct bpfchan_config other = { .format = BPFCHAN_FORMAT + 1 };
	struct bpf_map *map;
	int ret;

	c->opts = (struct bpfchan_opts){ .sz = sizeof(c->opts),
					 .transport = transport,
					 .on_record = on_record,
					 .error = c->error,
					 .error_size = sizeof(c->error) };
	c->skel = channel_bpf__open();
	CHECK(c->skel);
	map = bpf_object__find_map_by_name(c->skel->obj, ".rodata.bpfchan");
	CHECK_EQUAL(bpf_map__set_initial_value(map, &other, sizeof(other)), 0);
	ret = bpfchan_open(c->skel->obj, &c->opts, &c->chan);
	CHECK_EQUAL(ret, -EINVAL);
	CHECK(strstr(c->error, "build both from one version"));
	CHECK(!c->chan);
}

/* A caller of yesterday knows fewer fields; one of tomorrow more. */
static void test_growth(struct channel *c)
{
	struct {
		struct bpfchan_stats stats;
		char more[64];
	} grown = { .stats.sz = sizeof(grown) };
	struct bpfchan_stats small = { .sz = offsetof(struct bpfchan_stats, discarded) };

	start(c);
	produce(c, 0, EMIT, 3, 0);
	produce(c, 0, DISCARD, 2, 0);
	settle(c);
	small.discarded = 4711;
	CHECK_EQUAL(bpfchan_stats(c->chan, &small), 0);
	CHECK_EQUAL(small.delivered, 3);
	CHECK_EQUAL(small.discarded, 4711);
	CHECK_EQUAL(bpfchan_stats(c->chan, &grown.stats), 0);
	CHECK_EQUAL(grown.stats.discarded, 2);
}

static const struct {
	const char *name;
	void (*run)(struct channel *c);
} tests[] = {
	{ "verbs", test_verbs },     { "full", test_full },	    { "guard", test_guard },
	{ "longest", test_longest }, { "order", test_order },	    { "crowd", test_crowd },
	{ "stop", test_stop },	     { "nesting", test_nesting },   { "waiting", test_waiting },
	{ "sizes", test_sizes },     { "refusals", test_refusals }, { "growth", test_growth },
	{ "format", test_format },
};

int main(int argc, char **argv)
{
	static struct channel c;

	if (argc != 3)
		errx(2, "usage: channel TEST ring|perf");
	transport = strcmp(argv[2], "ring") ? BPFCHAN_PERF : BPFCHAN_RING;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		if (!strcmp(tests[i].name, argv[1])) {
			tests[i].run(&c);
			end(&c);
			return 0;
		}
	errx(2, "there is no test %s", argv[1]);
}
