// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "cli/live.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/losses.h"
#include "cli/message.h"
#include "output/output.h"
#include "trace/cleanup.h"
#include "trace/trace.h"

/* Seconds after which a tree that does not grow is told. */
#define TREE_RESTS 1

/* Above the deleters that it competes with for CPUs, as auditd is; 0 is everybody's. */
#define READER_NICE (-10)

enum live_event { EVENT_RECORDS, EVENT_SIGNAL, EVENT_COMMAND, EVENT_TIME, EVENT_OUTPUT };

struct live {
	const struct options *options;
	struct filter rest; /* what of its filter the kernel does not keep */
	struct trace *trace;
	struct output *output;
	struct collapse *collapse; /* NULL: events one by one */
	struct command command;
	int epoll;
	int signals;
	int timer;
	struct timespec start;
	struct tally tally;
	int output_err;
	bool command_ended;
	bool done;
};

/* ---- events ---- */

static bool has_enough(const struct live *live)
{
	return live->options->count && live->tally.delivered >= live->options->count;
}

static int write_deletion(void *ctx, const struct deletion *deletion)
{
	struct live *live = ctx;

	return output_deletion(live->output, deletion);
}

static int write_tree(void *ctx, const struct tree *tree)
{
	struct live *live = ctx;

	return output_tree(live->output, tree);
}

static int on_deletion(void *ctx, const struct deletion *deletion)
{
	struct live *live = ctx;

	if (has_enough(live) || !filter_passes(&live->rest, deletion)) {
		live->tally.filtered++;
		return 0;
	}
	if (!live->output_err)
		live->output_err = live->collapse ? collapse_feed(live->collapse, deletion)
						  : write_deletion(live, deletion);
	if (live->output_err)
		live->tally.unwritten++;
	else
		live->tally.delivered++;
	return 0;
}

/* A loss that cannot be written stays in the sums. */
static int on_loss(void *ctx, const struct loss *loss)
{
	struct live *live = ctx;

	if (!live->output_err)
		live->output_err = output_loss(live->output, loss);
	return 0;
}

/* A tree that is not done yet grows until its process rests; at the end all are told. */
static int tell_trees(struct live *live, bool all)
{
	struct timespec rested;

	clock_gettime(CLOCK_REALTIME, &rested);
	rested.tv_sec -= TREE_RESTS;
	return live->collapse ? collapse_flush(live->collapse, all ? NULL : &rested) : 0;
}

static int show(struct live *live)
{
	if (!live->output_err)
		live->output_err = tell_trees(live, false);
	if (!live->output_err)
		live->output_err = output_flush(live->output);
	if (live->output_err || has_enough(live))
		live->done = true;
	return 0;
}

static int on_records(struct live *live)
{
	int err = trace_poll(live->trace);

	return err ? err : show(live);
}

/* The terminal sends SIGINT to the command itself; the others are passed on to it. */
static int on_signal(struct live *live)
{
	struct signalfd_siginfo info;

	if (read(live->signals, &info, sizeof(info)) != sizeof(info))
		return 0;
	if (live->command.pid > 0 && !live->tally.interrupted && info.ssi_signo != SIGINT)
		kill(live->command.pid, (int)info.ssi_signo);
	live->done = live->command.pid <= 0 || live->tally.interrupted;
	live->tally.interrupted = true;
	return 0;
}

static int on_command(struct live *live)
{
	live->command_ended = true;
	live->done = true;
	return 0;
}

static int on_time(struct live *live)
{
	live->done = true;
	return 0;
}

/* Nobody reads any more: the next write would say so, but it may never come. */
static int on_output(struct live *live)
{
	live->output_err = -EPIPE;
	live->done = true;
	return 0;
}

static int wait_for_events(struct live *live)
{
	static int (*const handlers[])(struct live *) = {
		[EVENT_RECORDS] = on_records, [EVENT_SIGNAL] = on_signal,
		[EVENT_COMMAND] = on_command, [EVENT_TIME] = on_time,
		[EVENT_OUTPUT] = on_output,
	};
	struct epoll_event events[5];
	int err = 0;
	int n;

	while (!live->done && !err) {
		n = epoll_wait(live->epoll, events, 5, live->collapse ? TREE_RESTS * 500 : -1);
		if (n < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < n && !err; i++)
			err = handlers[events[i].data.u32](live);
		if (n == 0)
			show(live);
	}
	return err;
}

/* ---- set-up ---- */

static int watch(struct live *live, int fd, enum live_event event, unsigned int mask)
{
	struct epoll_event entry = { .events = mask, .data.u32 = event };

	return epoll_ctl(live->epoll, EPOLL_CTL_ADD, fd, &entry) ? -errno : 0;
}

/* nohup's SIGHUP stays ignored. Not so SIGINT, which scripts ignore for all they run behind "&". */
static bool is_ignored(int number)
{
	struct sigaction action;

	return !sigaction(number, NULL, &action) && action.sa_handler == SIG_IGN;
}

/* SIGPIPE comes as an error of the write, with its own message. */
static int take_signals(struct live *live)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (!is_ignored(SIGHUP))
		sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	live->signals = signalfd(-1, &set, SFD_CLOEXEC);
	return live->signals < 0 ? -errno : watch(live, live->signals, EVENT_SIGNAL, EPOLLIN);
}

static int start_timer(struct live *live)
{
	double whole;
	double part = modf(live->options->duration, &whole);
	struct itimerspec spec = {
		.it_value = { .tv_sec = (time_t)whole, .tv_nsec = (long)(part * 1e9) },
	};

	if (live->options->duration == 0)
		return 0;
	if (spec.it_value.tv_sec == 0 && spec.it_value.tv_nsec == 0)
		spec.it_value.tv_nsec = 1; /* 0 would be never */
	live->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (live->timer < 0 || timerfd_settime(live->timer, 0, &spec, NULL))
		return -errno;
	return watch(live, live->timer, EVENT_TIME, EPOLLIN);
}

static int watch_all(struct live *live)
{
	int err = take_signals(live);

	if (!err)
		err = watch(live, trace_fd(live->trace), EVENT_RECORDS, EPOLLIN);
	if (!err)
		err = start_timer(live);
	if (!err && live->command.pidfd >= 0)
		err = watch(live, live->command.pidfd, EVENT_COMMAND, EPOLLIN);
	/* A regular file cannot be watched, and need not be. */
	if (!err && watch(live, STDOUT_FILENO, EVENT_OUTPUT, 0) == -EBADF)
		err = -EBADF;
	if (err)
		message("cannot wait for events: %s", strerror(-err));
	return err;
}

static int open_trace(struct live *live)
{
	const struct options *options = live->options;
	char error[TRACE_ERROR_BYTES] = "out of memory";
	struct trace_opts opts = {
		.transport = options->transport,
		.buffer_bytes = options->buffer_bytes,
		.perf_pages = options->perf_pages,
		.probe = options->probe,
		.failed = options->failed,
		.moves = options->moves,
		.truncations = options->truncations,
		.args = options->args,
		.follow = options->command != NULL,
		.filter = &options->filter,
		.max_delay_ms = options->max_delay_ms,
		.on_deletion = on_deletion,
		.on_loss = on_loss,
		.ctx = live,
		.error = error,
		.error_size = sizeof(error),
	};
	int err = trace_open(&opts, &live->trace);

	if (!err && live->command.pidfd >= 0)
		err = trace_follow(live->trace, live->command.pidfd);
	if (!err)
		err = trace_attach(live->trace);
	if (err)
		message("%s", error);
	return err;
}

static void say_ready(const struct live *live)
{
	struct trace_counts counts;

	if ((live->options->command && !live->options->verbose) ||
	    trace_counts(live->trace, &counts))
		return;
	message("watching deletions: %s probe, %s of %zu KiB (%zu KiB with control pages); Ctrl-C "
		"ends",
		trace_probe_name(live->trace), bpfchan_transport_name(counts.channel.transport),
		counts.channel.data_bytes / 1024, counts.channel.allocated_bytes / 1024);
	if (live->options->verbose && *trace_tried(live->trace))
		message("not taken: %s", trace_tried(live->trace));
}

static int hold_command(struct live *live)
{
	int err = live->options->command ? command_hold(&live->command, live->options->command) : 0;

	if (err)
		message("cannot start a process for %s: %s", live->options->command[0],
			strerror(-err));
	return err;
}

static int release_command(struct live *live)
{
	int err = live->options->command ? command_release(&live->command) : 0;

	if (err)
		message("cannot run %s: %s", live->options->command[0], strerror(-err));
	return err;
}

static int open_collapse(struct live *live)
{
	struct collapse_opts opts = {
		.on_deletion = write_deletion,
		.on_tree = write_tree,
		.ctx = live,
	};

	if (!live->options->collapse || !output_has_trees(live->output))
		return 0;
	return collapse_new(&opts, &live->collapse);
}

static int set_up(struct live *live)
{
	int err = hold_command(live);

	if (err)
		return err;
	live->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (live->epoll < 0)
		return -errno;
	/* Not allowed to: then as everybody. */
	setpriority(PRIO_PROCESS, 0, READER_NICE);
	err = open_trace(live);
	if (!err)
		err = watch_all(live);
	if (!err)
		err = output_open(live->options->format, STDOUT_FILENO,
				  &(struct output_opts){ .notes_fd = STDERR_FILENO,
							 .hurry_fd = live->signals },
				  &live->output);
	if (!err)
		err = open_collapse(live);
	return err;
}

/* ---- the end ---- */

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static int summarize(struct live *live)
{
	struct trace_counts counts;
	struct summary summary;
	int err = trace_counts(live->trace, &counts);

	if (err) {
		message("cannot read the accounting: %s", strerror(-err));
		return err;
	}
	summary = losses_summarize(&counts, &live->tally);
	summary.probe = trace_probe_name(live->trace);
	summary.seconds = seconds_since(&live->start);
	err = output_summary(live->output, &summary);
	if (counts.unfollowed)
		message("%llu processes of the command could not be followed: out of kernel memory",
			counts.unfollowed);
	return err;
}

/* What was put and could not be written was not delivered after all. */
static void count_unwritten(struct live *live)
{
	uint64_t lines = output_unwritten(live->output);

	if (lines > live->tally.delivered)
		lines = live->tally.delivered;
	live->tally.delivered -= lines;
	live->tally.unwritten += lines;
}

/* Everything that was seen comes out before the sums do. */
static int finish(struct live *live)
{
	int err = trace_finish(live->trace);
	int output_err;

	if (err < 0)
		message("cannot read the events to their end: %s", strerror(-err));
	if (!live->output_err)
		live->output_err = tell_trees(live, true);
	show(live);
	count_unwritten(live);
	output_err = summarize(live);
	if (!live->output_err)
		live->output_err = output_err;
	output_err = output_close(live->output);
	live->output = NULL;
	if (!live->output_err)
		live->output_err = output_err;
	if (live->output_err)
		message("cannot write the output: %s (%llu deletion%s not written)",
			strerror(-live->output_err), live->tally.unwritten,
			live->tally.unwritten == 1 ? "" : "s");
	return err ? err : live->output_err;
}

static int run(struct live *live)
{
	int err;
	int end_err;

	clock_gettime(CLOCK_MONOTONIC, &live->start);
	say_ready(live);
	err = release_command(live);
	if (err)
		return err;
	show(live);
	err = wait_for_events(live);
	end_err = finish(live);
	return err ? err : end_err;
}

/* A signal meanwhile is for the command: whodel has nothing left to end. */
static int wait_for_command(struct live *live)
{
	struct pollfd fds[] = {
		{ .fd = live->command.pidfd, .events = POLLIN },
		{ .fd = live->signals, .events = POLLIN },
	};
	struct signalfd_siginfo info;

	while (poll(fds, 2, -1) < 0 || !(fds[0].revents & POLLIN))
		if ((fds[1].revents & POLLIN) &&
		    read(live->signals, &info, sizeof(info)) == sizeof(info))
			kill(live->command.pid, (int)info.ssi_signo);
	return command_wait(&live->command);
}

/* A command that could not be run has said why; its status says it again (env(1) has the same). */
static int exit_status(struct live *live, int err)
{
	int status = live->command.pid > 0 ? wait_for_command(live) : 0;

	if (err == 0)
		return status;
	if (!live->options->command)
		return err == -EINVAL || err == -E2BIG ? STATUS_USAGE : STATUS_FAILED;
	if (status == STATUS_NOT_FOUND || status == STATUS_NOT_RUNNABLE)
		return status;
	return STATUS_COMMAND_FAILED;
}

static void close_all(struct live *live)
{
	collapse_free(live->collapse);
	output_close(live->output);
	trace_close(live->trace);
	if (live->timer >= 0)
		close(live->timer);
	if (live->epoll >= 0)
		close(live->epoll);
}

int live_run(const struct options *options)
{
	struct live live = {
		.options = options,
		.rest = filter_rest(&options->filter),
		.command = COMMAND_NONE,
		.epoll = -1,
		.signals = -1,
		.timer = -1,
	};
	int err = set_up(&live);
	int status;

	if (!err)
		err = run(&live);
	close_all(&live);
	/* A command that is still held ends when its gate closes. */
	if (live.command.gate >= 0)
		close(live.command.gate);
	live.command.gate = -1;
	status = exit_status(&live, err);
	if (live.signals >= 0)
		close(live.signals);
	command_close(&live.command);
	return status;
}
