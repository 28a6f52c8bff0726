// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * faults TEST ring|perf: what befalls a channel, and whether its accounting adds up after it.
 * Says what was not so and exits with 1; 0: all was; 77: this kernel or machine cannot do that.
 */
#include "channel/bpfchan.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kernel/faults.h"
#include "tests/kernel/faults.skel.h"

#define CPUS_MAX	64
#define BUFFER		(256 << 10)
#define RECORD_IN_THERE 40 /* bytes that a header alone takes in either buffer */

/* Of each CPU's attempts so many are told apart. */
#define SEQS (1 << 22)

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

/* In memory that outlives the reader's process. */
struct shared {
	_Atomic bool stop;
	_Atomic unsigned long long records;
	unsigned long long twice;
	unsigned long long different;
	struct bpfchan_stats stats; /* at the reader's own end */
	unsigned char seen[CPUS_MAX][SEQS];
};

struct fault {
	struct faults_bpf *skel;
	struct bpfchan *chan;
	struct shared *shared;
	char error[256];
};

/* ---- set-up ---- */

static unsigned int cpus(void)
{
	return (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);
}

static int on_record(void *ctx, const struct bpfchan_header *header)
{
	struct shared *shared = ((struct fault *)ctx)->shared;

	CHECK(header->cpu < CPUS_MAX && header->seq < SEQS);
	if (shared->seen[header->cpu][header->seq]++)
		shared->twice++;
	else
		shared->different++;
	shared->records++;
	return 0;
}

static void open_channel(struct fault *f, size_t buffer_bytes)
{
	const struct bpfchan_opts opts = {
		.sz = sizeof(opts),
		.transport = transport,
		.buffer_bytes = buffer_bytes,
		.on_record = on_record,
		.ctx = f,
		.error = f->error,
		.error_size = sizeof(f->error),
	};

	f->shared = mmap(NULL, sizeof(*f->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(f->shared != MAP_FAILED);
	f->skel = faults_bpf__open();
	if (!f->skel)
		err(1, "open the BPF object");
	if (bpfchan_open(f->skel->obj, &opts, &f->chan))
		errx(1, "open the channel: %s", f->error);
}

static void load(struct fault *f)
{
	if (faults_bpf__load(f->skel))
		err(1, "load the BPF object");
}

static void start(struct fault *f)
{
	if (bpfchan_start(f->chan))
		errx(1, "start the channel: %s", f->error);
}

static void end(struct fault *f)
{
	bpfchan_close(f->chan);
	faults_bpf__destroy(f->skel);
	munmap(f->shared, sizeof(*f->shared));
}

static void emit_on(struct fault *f, unsigned int cpu, __u64 count)
{
	struct bpf_test_run_opts opts = {
		.sz = sizeof(opts),
		.ctx_in = &count,
		.ctx_size_in = sizeof(count),
		.flags = BPF_F_TEST_RUN_ON_CPU,
		.cpu = cpu,
	};

	if (bpf_prog_test_run_opts(bpf_program__fd(f->skel->progs.emit_on_demand), &opts))
		err(1, "emit on CPU %u", cpu);
}

static struct bpfchan_stats stats_of(struct fault *f)
{
	struct bpfchan_stats stats = { .sz = sizeof(stats) };

	CHECK_EQUAL(bpfchan_stats(f->chan, &stats), 0);
	return stats;
}

static unsigned long long lost_in(const struct bpfchan_stats *stats)
{
	unsigned long long sum = 0;

	for (int i = 0; i < BPFCHAN_LOSS_REASONS; i++)
		sum += stats->lost[i];
	return sum;
}

/* What the programs counted beside the channel. */
static unsigned long long made_by(const struct fault *f, int program)
{
	return ((volatile __u64 *)f->skel->bss->made)[program];
}

static unsigned long long made(const struct fault *f)
{
	return made_by(f, 0) + made_by(f, 1) + made_by(f, 2);
}

/* At rest, with everything read: each attempt is under exactly one of two. */
static void check_sums(const struct fault *f, const struct bpfchan_stats *stats)
{
	CHECK_EQUAL(stats->attempted, made(f));
	CHECK_EQUAL(stats->attempted, stats->delivered + lost_in(stats));
	CHECK_EQUAL(stats->pending, 0);
	CHECK_EQUAL(stats->malformed, 0);
}

/* ---- a reader that is a process of its own ---- */

static void read_until_told(struct fault *f)
{
	start(f);
	while (!f->shared->stop) {
		int n = bpfchan_poll(f->chan, 10);

		CHECK(n >= 0 || n == -EINTR); /* a stop ends a wait, too */
	}
	CHECK(bpfchan_drain(f->chan) >= 0);
	f->shared->stats = stats_of(f);
	_exit(0);
}

/* The maps and programs are the parent's, the mapped buffers the child's. */
static pid_t fork_reader(struct fault *f)
{
	pid_t reader = fork();

	if (reader < 0)
		err(1, "fork");
	if (reader == 0)
		read_until_told(f);
	return reader;
}

static void emit_everywhere(struct fault *f, __u64 count)
{
	for (unsigned int cpu = 0; cpu < cpus(); cpu++)
		emit_on(f, cpu, count);
}

/* Emits @rounds times, about 1 ms apart. */
static void load_for(struct fault *f, int rounds)
{
	for (int i = 0; i < rounds; i++) {
		emit_everywhere(f, 500);
		usleep(1000);
	}
}

static void until_read(struct fault *f, unsigned long long records)
{
	for (int i = 0; i < 500 && f->shared->records < records; i++) {
		emit_everywhere(f, 10);
		usleep(10000);
	}
	CHECK(f->shared->records >= records);
}

static void test_stopped(struct fault *f)
{
	unsigned long long before;
	pid_t reader;
	int status;

	open_channel(f, BUFFER);
	load(f);
	reader = fork_reader(f);
	until_read(f, 1000);
	kill(reader, SIGSTOP);
	usleep(50000);
	before = f->shared->records;
	load_for(f, 1700); /* 2 s and more */
	CHECK_EQUAL(f->shared->records, before);
	kill(reader, SIGCONT);
	until_read(f, before + 1000);
	f->shared->stop = true;
	CHECK_EQUAL(waitpid(reader, &status, 0), reader);
	CHECK_EQUAL(status, 0);
	check_sums(f, &f->shared->stats);
	CHECK(lost_in(&f->shared->stats) > 100000);
	CHECK_EQUAL(f->shared->different, f->shared->stats.delivered);
	CHECK_EQUAL(f->shared->twice, 0);
}

/*
 * The ring outlives its reader, for the maps are ours: the next reader finds what was left, and
 * once more what the first one had read and not yet given back, an eighth of the ring at most. A
 * perf buffer dies with its reader and what is in it; until the next reader all is counted lost.
 */
static void test_killed(struct fault *f)
{
	unsigned long long missing;
	unsigned long long read;
	struct bpfchan_stats stats;
	pid_t reader;

	open_channel(f, BUFFER);
	load(f);
	reader = fork_reader(f);
	until_read(f, 1000);
	load_for(f, 50);
	kill(reader, SIGKILL);
	emit_everywhere(f, 500);
	CHECK_EQUAL(waitpid(reader, NULL, 0), reader);
	emit_everywhere(f, 50000);
	start(f);
	read = f->shared->different;
	CHECK(bpfchan_drain(f->chan) >= 0);
	emit_everywhere(f, 100);
	CHECK(bpfchan_drain(f->chan) >= 0);
	stats = stats_of(f);
	CHECK_EQUAL(stats.attempted, made(f));
	CHECK(lost_in(&stats) >= 40000);
	missing = stats.attempted - lost_in(&stats) - f->shared->different;
	if (transport == BPFCHAN_RING) {
		CHECK_EQUAL(missing, 0);
		CHECK(f->shared->twice <= BUFFER / 8 / RECORD_IN_THERE + 1);
	} else {
		CHECK(missing <= stats.data_bytes / RECORD_IN_THERE);
		CHECK_EQUAL(f->shared->twice, 0);
	}
	CHECK(f->shared->different >= read + 100 * cpus());
}

/* ---- programs on top of each other ---- */

static void pin_to(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	CHECK_EQUAL(sched_setaffinity(0, sizeof(set), &set), 0);
}

/* A timer's interrupt each 50 us on that CPU; 77 where perf events take no program. */
static int interrupt_cpu(const struct fault *f, int cpu)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = 50000,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0 || ioctl(fd, PERF_EVENT_IOC_SET_BPF, bpf_program__fd(f->skel->progs.on_timer)))
		err(77, "let a perf event run a program");
	CHECK_EQUAL(ioctl(fd, PERF_EVENT_IOC_ENABLE, 0), 0);
	return fd;
}

static void test_interrupted(struct fault *f)
{
	struct bpfchan_stats stats;
	int event;

	pin_to(0); /* from another CPU it would run with interrupts off */
	open_channel(f, 4 << 20);
	load(f);
	start(f);
	event = interrupt_cpu(f, 0);
	for (int i = 0; i < 2000 && (i < 200 || made_by(f, 1) < 500); i++) {
		emit_on(f, 0, 1000);
		CHECK(bpfchan_poll(f->chan, 0) >= 0);
	}
	close(event);
	CHECK(bpfchan_drain(f->chan) >= 0);
	stats = stats_of(f);
	check_sums(f, &stats);
	CHECK(made_by(f, 1) >= 500);
	CHECK_EQUAL(f->shared->different, stats.delivered);
	if (transport == BPFCHAN_PERF)
		CHECK(stats.lost[BPFCHAN_LOST_BUSY] > 0);
	else
		CHECK_EQUAL(stats.lost[BPFCHAN_LOST_BUSY], 0);
}

static void *run_preempted(void *arg)
{
	const struct fault *f = arg;
	struct bpf_test_run_opts opts = { .sz = sizeof(opts) };
	int program = bpf_program__fd(f->skel->progs.preempted_first);

	pin_to(1);
	for (int i = 0; i < 60; i++)
		if (bpf_prog_test_run_opts(program, &opts))
			err(1, "run the functions that are traced");
	return NULL;
}

static bool is_preemptible(void)
{
	char line[1024] = "";
	FILE *file = fopen("/proc/cmdline", "re");

	if (file && !fgets(line, sizeof(line), file))
		line[0] = '\0';
	if (file)
		fclose(file);
	return strstr(line, "preempt=full");
}

/* Two threads on one CPU, each in the middle of a program when the other one's turn comes. */
static void test_preempted(struct fault *f)
{
	struct bpfchan_stats stats;
	pthread_t threads[2];

	if (!is_preemptible())
		errx(77, "the kernel does not preempt itself: boot it with preempt=full");
	open_channel(f, 4 << 20);
	bpf_program__set_autoload(f->skel->progs.preempted_first, true);
	bpf_program__set_autoload(f->skel->progs.preempted_second, true);
	load(f);
	start(f);
	CHECK(bpf_program__attach(f->skel->progs.preempted_first));
	CHECK(bpf_program__attach(f->skel->progs.preempted_second));
	for (int i = 0; i < 2; i++)
		CHECK_EQUAL(pthread_create(&threads[i], NULL, run_preempted, f), 0);
	for (int i = 0; i < 2; i++)
		while (pthread_tryjoin_np(threads[i], NULL))
			CHECK(bpfchan_poll(f->chan, 10) >= 0);
	CHECK(bpfchan_drain(f->chan) >= 0);
	stats = stats_of(f);
	check_sums(f, &stats);
	CHECK_EQUAL(f->shared->different, stats.delivered);
	/* That it happened: the kernel skips a program that it has preempted. */
	CHECK(stats.skipped > 0);
	if (transport == BPFCHAN_PERF)
		CHECK(stats.lost[BPFCHAN_LOST_BUSY] > 0);
}

/* ---- a CPU that comes online later ---- */

static int set_online(unsigned int cpu, bool online)
{
	char path[64];
	FILE *file;
	int ret = -1;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/online", cpu);
	file = fopen(path, "we");
	if (!file)
		return -1;
	ret = fprintf(file, "%d\n", online) < 0 ? -1 : 0;
	return fclose(file) ? -1 : ret;
}

static void test_hotplug(struct fault *f)
{
	bool perf = transport == BPFCHAN_PERF;
	struct bpfchan_stats stats;

	if (set_online(1, false))
		err(77, "take CPU 1 offline");
	open_channel(f, BUFFER);
	load(f);
	start(f);
	CHECK_EQUAL(set_online(1, true), 0);
	emit_on(f, 0, 5);
	emit_on(f, 1, 7);
	CHECK(bpfchan_drain(f->chan) >= 0);
	stats = stats_of(f);
	CHECK_EQUAL(stats.lost[BPFCHAN_LOST_NO_BUFFER], perf ? 7 : 0);
	CHECK_EQUAL(stats.delivered, perf ? 5 : 12);
	emit_on(f, 1, 1000);
	emit_on(f, 0, 1000);
	CHECK(bpfchan_drain(f->chan) >= 0);
	/* And once more, now that it has a buffer: its event is dead afterwards. */
	CHECK_EQUAL(set_online(1, false), 0);
	emit_on(f, 0, 10);
	CHECK_EQUAL(set_online(1, true), 0);
	emit_on(f, 1, 3);
	CHECK(bpfchan_drain(f->chan) >= 0);
	emit_on(f, 1, 100);
	CHECK(bpfchan_drain(f->chan) >= 0);
	stats = stats_of(f);
	check_sums(f, &stats);
	CHECK(stats.delivered >= (perf ? 2115U : 2125U));
	CHECK_EQUAL(f->shared->different, stats.delivered);
}

static const struct {
	const char *name;
	void (*run)(struct fault *f);
} tests[] = {
	{ "stopped", test_stopped },	     { "killed", test_killed },
	{ "interrupted", test_interrupted }, { "preempted", test_preempted },
	{ "hotplug", test_hotplug },
};

int main(int argc, char **argv)
{
	static struct fault f;

	if (argc != 3)
		errx(2, "usage: faults TEST ring|perf");
	transport = strcmp(argv[2], "ring") ? BPFCHAN_PERF : BPFCHAN_RING;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		if (!strcmp(tests[i].name, argv[1])) {
			tests[i].run(&f);
			end(&f);
			return 0;
		}
	errx(2, "there is no test %s", argv[1]);
}
