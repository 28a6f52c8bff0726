// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Turn the probe's records into deletions, and what was lost into losses. */
#include "trace/trace.h"

#include <string.h>
#include <time.h>

#include "trace/decode.h"
#include "trace/internal.h"
#include "trace/pick.h"

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
		[RECORD_UNLINK] = DELETION_UNLINK,     [RECORD_RMDIR] = DELETION_RMDIR,
		[RECORD_REPLACE] = DELETION_REPLACE,   [RECORD_MOVE] = DELETION_MOVE,
		[RECORD_TRUNCATE] = DELETION_TRUNCATE,
	};

	return ops[op];
}

static enum deletion_via via_of(unsigned int via)
{
	static const enum deletion_via ways[] = {
		[RECORD_SYSCALL] = VIA_SYSCALL,
		[RECORD_IO_URING] = VIA_IO_URING,
		[RECORD_KERNEL] = VIA_KERNEL,
	};

	return ways[via];
}

static void fill_paths(const struct paths *paths, struct deletion *deletion)
{
	deletion->path = paths->has_path ? paths->path.bytes : NULL;
	deletion->path_seen = paths->has_seen ? paths->seen.bytes : NULL;
	if (paths->has_other)
		*(deletion->op == DELETION_MOVE ? &deletion->to : &deletion->replaced_by) =
			paths->other.bytes;
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
	deletion.via = via_of(record.fixed.via);
	deletion.cpu = header->cpu;
	deletion.seq = header->seq;
	fill_outcome(record.fixed.result, &deletion);
	fill_paths(&trace->paths, &deletion);
	fill_identity(&record.found, &deletion.identity);
	if (!deletion.identity.known)
		deletion.incomplete |= 1U << INCOMPLETE_IDENTITY_UNKNOWN;
	if (deletion.outcome == OUTCOME_UNKNOWN &&
	    (deletion.op == DELETION_REPLACE || deletion.op == DELETION_TRUNCATE))
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
			sum += trace->probe.counters[i].lost_processes[reason];
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

int trace_take_loss(void *ctx, const struct bpfchan_loss_report *report)
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
	int err;

	if (decode_process(header, &record)) {
		trace->malformed++;
		return 0;
	}
	err = processes_tell(trace->processes, &record);
	if (!err && trace->opts.filter)
		pick_learn(trace->opts.filter, processes_find(trace->processes, &record.fixed.key),
			   record.fixed.cgroup_id, trace->probe.strange_cgroups);
	return err;
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

int trace_take_record(void *ctx, const struct bpfchan_header *header)
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

/* Known only at the end, and told as every loss is. */
static int tell_unfinished(struct trace *trace)
{
	unsigned long long unfinished;
	int err = probe_count_unfinished(&trace->probe, &unfinished);
	struct loss loss = { .lost = unfinished, .reason = LOSS_UNFINISHED };

	if (err || !unfinished || !trace->opts.on_loss)
		return err;
	loss.since = trace->attached;
	clock_gettime(CLOCK_REALTIME, &loss.until);
	return trace->opts.on_loss(trace->opts.ctx, &loss);
}

int trace_finish(struct trace *trace)
{
	int n;

	probe_detach(&trace->probe);
	sample_clocks(trace);
	n = bpfchan_drain(trace->channel);
	return n < 0 ? n : tell_unfinished(trace);
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
		add_counters(&trace->probe.counters[i], &now);
	err = probe_count_unfinished(&trace->probe, &now.unfinished);
	if (err)
		return err;
	*counts = now;
	return 0;
}

const char *trace_probe_name(const struct trace *trace)
{
	return trace->probe.probe->name;
}

const char *trace_tried(const struct trace *trace)
{
	return trace->tried;
}
