// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "trace/trace.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "probe/tracepoint.skel.h"
#include "trace/cleanup.h"
#include "trace/decode.h"
#include "trace/hooks.h"
#include "trace/path.h"
#include "trace/processes.h"

#define KERNEL_BTF "/sys/kernel/btf/vmlinux"

struct trace {
	struct trace_opts opts;
	struct tracepoint_bpf *skel;
	struct bpfchan *channel;
	struct hooks hooks;
	struct processes *processes;
	struct paths paths;
	struct timespec offset; /* wall clock minus monotonic */
	unsigned long long malformed;
	unsigned long long deletions;
	unsigned long long processes_told[BPFCHAN_LOSS_REASONS]; /* lost records, not deletions */
};

/* libbpf reports through one function for the whole process: kept here, told with -v. */
static bool verbose_log;

static int print_log(enum libbpf_print_level level, const char *fmt, va_list args)
{
	if (!verbose_log || level == LIBBPF_DEBUG)
		return 0;
	return vfprintf(stderr, fmt, args);
}

void trace_log(bool verbose)
{
	verbose_log = verbose;
	libbpf_set_print(print_log);
}

/* ---- records to deletions ---- */

/* The two clocks part at every step and suspend: sampled again for every batch. */
static void sample_clocks(struct trace *trace)
{
	struct timespec wall;
	struct timespec mono;

	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_REALTIME, &wall);
	trace->offset.tv_sec = wall.tv_sec - mono.tv_sec;
	trace->offset.tv_nsec = wall.tv_nsec - mono.tv_nsec;
}

static struct timespec wall_time(const struct trace *trace, uint64_t ns)
{
	struct timespec time = {
		.tv_sec = trace->offset.tv_sec + (time_t)(ns / 1000000000),
		.tv_nsec = trace->offset.tv_nsec + (long)(ns % 1000000000),
	};

	if (time.tv_nsec < 0) {
		time.tv_nsec += 1000000000;
		time.tv_sec--;
	} else if (time.tv_nsec >= 1000000000) {
		time.tv_nsec -= 1000000000;
		time.tv_sec++;
	}
	return time;
}

/* The kernel's own dev_t has 20 bits of minor (include/linux/kdev_t.h). */
static void fill_identity(const struct record_found *found, struct identity *identity)
{
	identity->known = found->flags & RECORD_FOUND;
	if (!identity->known)
		return;
	identity->size_known = !(found->flags & RECORD_FOUND_NO_SIZE);
	identity->inode = found->inode;
	identity->size = found->size;
	identity->generation = found->generation;
	identity->device_major = found->device >> 20;
	identity->device_minor = found->device & 0xfffff;
	identity->links = found->links;
	identity->owner = found->owner;
	identity->mode = found->mode;
}

static void fill_outcome(int result, struct deletion *deletion)
{
	deletion->outcome = result == 0	 ? OUTCOME_DONE
			    : result < 0 ? OUTCOME_FAILED
					 : OUTCOME_UNKNOWN;
	deletion->error = result < 0 ? -result : 0;
}

static enum deletion_op op_of(unsigned int op)
{
	static const enum deletion_op ops[] = {
		[RECORD_UNLINK] = DELETION_UNLINK,
		[RECORD_RMDIR] = DELETION_RMDIR,
		[RECORD_REPLACE] = DELETION_REPLACE,
	};

	return ops[op];
}

static void fill_paths(const struct paths *paths, struct deletion *deletion)
{
	deletion->path = paths->has_path ? paths->path.bytes : NULL;
	deletion->path_seen = paths->has_seen ? paths->seen.bytes : NULL;
	deletion->replaced_by = paths->has_other ? paths->other.bytes : NULL;
	deletion->incomplete |= paths->incomplete;
}

static void fill_process(struct trace *trace, const struct record_deletion *fixed,
			 struct deletion *deletion)
{
	deletion->pid = fixed->process.pid;
	deletion->tid = fixed->tid;
	deletion->process = processes_find(trace->processes, &fixed->process);
	deletion->incomplete |= deletion->process ? deletion->process->incomplete
						  : 1U << INCOMPLETE_PROCESS_UNKNOWN;
}

static int take_deletion(struct trace *trace, const struct bpfchan_header *header)
{
	struct deletion deletion = { 0 };
	struct deletion_record record;
	char comm[RECORD_COMM_MAX + 1] = "";

	if (decode_deletion(header, &record)) {
		trace->malformed++;
		return 0;
	}
	trace->deletions++;
	paths_compose(&record, &trace->paths);
	memcpy(comm, record.fixed.comm, RECORD_COMM_MAX);
	deletion.comm = comm;
	deletion.time = wall_time(trace, header->time);
	deletion.op = op_of(record.fixed.op);
	deletion.cpu = header->cpu;
	deletion.seq = header->seq;
	fill_outcome(record.fixed.result, &deletion);
	fill_paths(&trace->paths, &deletion);
	fill_identity(&record.fixed.found, &deletion.identity);
	if (!deletion.identity.known)
		deletion.incomplete |= 1U << INCOMPLETE_IDENTITY_UNKNOWN;
	if (deletion.outcome == OUTCOME_UNKNOWN)
		deletion.incomplete |= 1U << INCOMPLETE_VICTIM_UNKNOWN;
	fill_process(trace, &record.fixed, &deletion);
	return trace->opts.on_deletion(trace->opts.ctx, &deletion);
}

/* ---- losses ---- */

/* Of the lost records those that were no deletions, since the last call. */
static void take_lost_processes(struct trace *trace, unsigned long long lost[BPFCHAN_LOSS_REASONS])
{
	for (int reason = 0; reason < BPFCHAN_LOSS_REASONS; reason++) {
		unsigned long long sum = 0;

		for (size_t i = 0; i < PROBE_COUNTER_CPUS; i++)
			sum += trace->skel->bss->counters[i].lost_processes[reason];
		lost[reason] = sum - trace->processes_told[reason];
		trace->processes_told[reason] = sum;
	}
}

/* The channel's table has all records; which of them were no deletions it cannot tell. */
static unsigned int name_losers(const struct bpfchan_loss_report *report, struct loss_by *by)
{
	unsigned int count = 0;

	for (size_t i = 0; i < report->by_count; i++)
		by[count++] = (struct loss_by){ .pid = report->by[i].pid,
						.comm = report->by[i].comm,
						.lost = report->by[i].lost };
	if (report->others)
		by[count++] = (struct loss_by){ .lost = report->others };
	return count;
}

static int tell_loss(struct trace *trace, const struct bpfchan_loss_report *report,
		     const char *reason, unsigned long long lost, bool only)
{
	static struct loss_by by[BPFCHAN_LOSERS + 1];
	struct loss loss = {
		.lost = lost,
		.reason = reason,
		.since = wall_time(trace, report->since),
		.until = wall_time(trace, report->until),
	};

	/* The table is not by reason: with several of them nobody's share is known. */
	if (only) {
		loss.by_count = name_losers(report, by);
		loss.by = by;
	}
	return trace->opts.on_loss(trace->opts.ctx, &loss);
}

static int take_loss(void *ctx, const struct bpfchan_loss_report *report)
{
	unsigned long long processes[BPFCHAN_LOSS_REASONS];
	struct trace *trace = ctx;
	unsigned int reasons = 0;
	int ret = 0;

	take_lost_processes(trace, processes);
	for (int i = 0; i < BPFCHAN_LOSS_REASONS; i++)
		reasons += report->lost[i] > processes[i];
	for (int i = 0; i < BPFCHAN_LOSS_REASONS && !ret; i++)
		if (report->lost[i] > processes[i])
			ret = tell_loss(trace, report, bpfchan_loss_name(i),
					report->lost[i] - processes[i], reasons == 1);
	if (report->skipped && !ret)
		ret = tell_loss(trace, report, LOSS_SKIPPED, report->skipped, false);
	return ret;
}

static int take_process(struct trace *trace, const struct bpfchan_header *header)
{
	struct process_record record;

	if (decode_process(header, &record))
		trace->malformed++;
	else
		return processes_tell(trace->processes, &record);
	return 0;
}

static int take_exit(struct trace *trace, const struct bpfchan_header *header)
{
	struct record_exit record;

	if (decode_exit(header, &record))
		trace->malformed++;
	else
		processes_forget(trace->processes, &record.key);
	return 0;
}

static int take_record(void *ctx, const struct bpfchan_header *header)
{
	static int (*const takers[])(struct trace *, const struct bpfchan_header *) = {
		[RECORD_PROCESS] = take_process,
		[RECORD_EXIT] = take_exit,
		[RECORD_DELETION] = take_deletion,
	};
	struct trace *trace = ctx;

	if (header->type < RECORD_PROCESS || header->type > RECORD_DELETION) {
		trace->malformed++;
		return 0;
	}
	return takers[header->type](trace, header);
}

/* ---- life ---- */

static int fail(const struct trace_opts *opts, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(const struct trace_opts *opts, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(opts->error, opts->error_size, fmt, args);
	va_end(args);
	return err;
}

/* Asked before anything else, so that the answer names the cause and not its last symptom. */
static int check_kernel(const struct trace_opts *opts)
{
	LIBBPF_OPTS(bpf_map_create_opts, map_opts);
	_cleanup_close_ int map = -1;

	if (access(KERNEL_BTF, R_OK))
		return fail(opts, -errno,
			    "cannot read " KERNEL_BTF
			    ": %s; whodel needs a kernel with BTF (CONFIG_DEBUG_INFO_BTF, on in "
			    "the kernels of the large distributions)",
			    strerror(errno));
	map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "whodel_probe", 4, 4, 1, &map_opts);
	if (map < 0)
		return fail(opts, map,
			    "cannot create a BPF map: %s; whodel needs root (try sudo), or "
			    "CAP_BPF and CAP_PERFMON",
			    strerror(-map));
	return 0;
}

static int host_mounts(__u32 *inode)
{
	struct stat st;

	if (stat("/proc/self/ns/mnt", &st))
		return -errno;
	*inode = (__u32)st.st_ino;
	return 0;
}

static int configure(struct trace *trace)
{
	struct probe_config config = {
		.args = trace->opts.args,
		.failed = trace->opts.failed,
		.tree = trace->opts.follow,
	};
	int err = host_mounts(&config.host_mounts);

	if (err)
		return fail(&trace->opts, err,
			    "cannot tell the mount namespace: %s; is /proc there?", strerror(-err));
	memcpy((void *)&trace->skel->rodata->config, &config, sizeof(config));
	return 0;
}

static int open_channel(struct trace *trace)
{
	struct bpfchan_opts opts = {
		.sz = sizeof(opts),
		.transport = trace->opts.transport,
		.buffer_bytes = trace->opts.buffer_bytes,
		.perf_pages = trace->opts.perf_pages,
		.max_delay_ms = trace->opts.max_delay_ms,
		.on_record = take_record,
		.on_loss = trace->opts.on_loss ? take_loss : NULL,
		.ctx = trace,
		.error = trace->opts.error,
		.error_size = trace->opts.error_size,
	};

	if (!opts.buffer_bytes && !opts.perf_pages)
		opts.buffer_bytes = TRACE_DEFAULT_BYTES;
	return bpfchan_open(trace->skel->obj, &opts, &trace->channel);
}

static int load(struct trace *trace)
{
	int err = tracepoint_bpf__load(trace->skel);

	if (err == -ENOMEM)
		return fail(&trace->opts, err,
			    "cannot load the tracepoint probe: %s; try a smaller --buffer",
			    strerror(-err));
	if (err)
		return fail(&trace->opts, err,
			    "cannot load the tracepoint probe: %s; run with -v to see what the "
			    "kernel refused",
			    strerror(-err));
	return 0;
}

static int open_steps(struct trace *trace)
{
	const struct trace_opts *opts = &trace->opts;
	int err = check_kernel(opts);

	if (err)
		return err;
	trace->skel = tracepoint_bpf__open();
	if (!trace->skel)
		return fail(opts, -errno, "cannot open the tracepoint probe: %s", strerror(errno));
	err = hooks_choose(trace->skel->obj, opts->follow, opts->error, opts->error_size);
	if (!err)
		err = configure(trace);
	if (!err)
		err = open_channel(trace);
	if (!err)
		err = load(trace);
	if (!err)
		err = bpfchan_start(trace->channel);
	if (!err)
		err = processes_new(&trace->processes);
	return err;
}

int trace_open(const struct trace_opts *opts, struct trace **out)
{
	struct trace *trace = calloc(1, sizeof(*trace));
	int err;

	if (!trace)
		return -ENOMEM;
	trace->opts = *opts;
	err = open_steps(trace);
	if (err) {
		trace_close(trace);
		return err;
	}
	*out = trace;
	return 0;
}

int trace_follow(struct trace *trace, int pidfd)
{
	__u32 one = 1;

	if (bpf_map_update_elem(bpf_map__fd(trace->skel->maps.tree), &pidfd, &one, BPF_NOEXIST))
		return fail(&trace->opts, -errno, "cannot follow the command: %s", strerror(errno));
	return 0;
}

int trace_attach(struct trace *trace)
{
	return hooks_attach(&trace->hooks, trace->skel->obj, trace->opts.error,
			    trace->opts.error_size);
}

int trace_fd(const struct trace *trace)
{
	return bpfchan_fd(trace->channel);
}

int trace_poll(struct trace *trace)
{
	int n;

	sample_clocks(trace);
	n = bpfchan_poll(trace->channel, 0);
	return n < 0 ? n : 0;
}

int trace_finish(struct trace *trace)
{
	int n;

	hooks_detach(&trace->hooks);
	sample_clocks(trace);
	n = bpfchan_drain(trace->channel);
	return n < 0 ? n : 0;
}

static void add_counters(const struct probe_counters *cpu, struct trace_counts *counts)
{
	counts->filtered += __atomic_load_n(&cpu->filtered, __ATOMIC_RELAXED);
	counts->unfollowed += __atomic_load_n(&cpu->unfollowed, __ATOMIC_RELAXED);
	counts->no_state += __atomic_load_n(&cpu->no_state, __ATOMIC_RELAXED);
	for (int i = 0; i < BPFCHAN_LOSS_REASONS; i++)
		counts->lost[i] -= __atomic_load_n(&cpu->lost_processes[i], __ATOMIC_RELAXED);
}

int trace_counts(struct trace *trace, struct trace_counts *counts)
{
	struct trace_counts now = {
		.malformed = trace->malformed,
		.deletions = trace->deletions,
		.channel = { .sz = sizeof(now.channel) },
	};
	int err = bpfchan_stats(trace->channel, &now.channel);

	if (err)
		return err;
	memcpy(now.lost, now.channel.lost, sizeof(now.lost));
	for (size_t i = 0; i < PROBE_COUNTER_CPUS; i++)
		add_counters(&trace->skel->bss->counters[i], &now);
	*counts = now;
	return 0;
}

const char *trace_probe_name(const struct trace *trace)
{
	(void)trace;
	return "tracepoint";
}

void trace_close(struct trace *trace)
{
	if (!trace)
		return;
	hooks_detach(&trace->hooks);
	bpfchan_close(trace->channel);
	tracepoint_bpf__destroy(trace->skel);
	processes_free(trace->processes);
	free(trace);
}
