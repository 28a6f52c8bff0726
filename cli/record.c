// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "cli/record.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "cli/message.h"
#include "cli/record_state.h"
#include "cli/service.h"
#include "cli/subcommand.h"
#include "trace/cleanup.h"
#include "trace/probes.h"

/* Above the deleters that it competes with for CPUs, as whodel trace and auditd are. */
#define READER_NICE (-10)
/* So many canaries in a row that did not come: only a fresh start can help. */
#define CANARIES_MISSED 3
#define START_NS	10000000000LL
/* How often the socket is looked after. */
#define DESK_TICKS (5000 / RECORDER_TICK_MS)

enum waking {
	WAKING_RECORDS,
	WAKING_SIGNAL,
	WAKING_TICK,
	WAKING_STORE,
	WAKING_DESK,
	WAKING_METRICS,
	WAKING_FORWARDER,
};

static int64_t wall_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int watch(struct record *record, int fd, enum waking waking)
{
	struct epoll_event entry = { .events = EPOLLIN, .data.u32 = waking };

	return epoll_ctl(record->epoll, EPOLL_CTL_ADD, fd, &entry) ? -errno : 0;
}

/* ---- events ---- */

static int on_deletion(void *ctx, const struct deletion *deletion)
{
	struct record *record = ctx;

	if (canary_take(&record->canary, deletion, wall_now())) {
		record->filtered++;
		if (record->recorder)
			recorder_canary(record->recorder, record->canary.arrived);
		return 0;
	}
	if (canary_is_own(&record->canary, deletion)) {
		record->filtered++;
		return 0;
	}
	record->ops[deletion->op]++;
	recorder_add(record->recorder, deletion);
	return 0;
}

static int64_t nanoseconds(const struct timespec *time)
{
	return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

/* A canary that was lost in the crowd, and counted, proves nothing: the next one goes at once. */
static int on_loss(void *ctx, const struct loss *loss)
{
	struct record *record = ctx;

	record->lost += loss->lost;
	record->last_loss = nanoseconds(&loss->until);
	canary_forget(&record->canary);
	recorder_cover(record->recorder, &(struct coverage){
						 .kind = COVERAGE_LOSS,
						 .since = nanoseconds(&loss->since),
						 .until = nanoseconds(&loss->until),
						 .count = (int64_t)loss->lost,
						 .reason = loss->reason,
						 .by = loss->by,
						 .by_count = loss->by_count,
					 });
	return 0;
}

/* All that was seen before the drain is in the recorder after it. */
static int drain(struct record *record)
{
	int64_t now = wall_now();
	int err = trace_poll(record->trace);

	if (err)
		message("cannot read the events: %s", strerror(-err));
	record->seen_until = now;
	return err;
}

static int on_signal(struct record *record)
{
	struct signalfd_siginfo info;

	if (read(record->signals, &info, sizeof(info)) == sizeof(info))
		record->done = true;
	return 0;
}

/* ---- the canary ---- */

static void tell_blindness(struct record *record, int64_t now)
{
	int64_t since = record->canary.arrived > record->gap_until ? record->canary.arrived
								   : record->gap_until;

	recorder_cover(record->recorder,
		       &(struct coverage){
			       .kind = COVERAGE_GAP,
			       .since = since,
			       .until = now,
			       .count = -1,
			       .reason = "a deletion of the recorder's own was not seen",
		       });
	record->gap_until = now;
	if (!record->blind_since)
		record->blind_since = now;
	message("a file that was deleted to see whether deletions come through was not seen for "
		"%lld s: what is deleted now may not be recorded; is someone detaching BPF "
		"programs?",
		CANARY_PATIENCE_NS / 1000000000);
}

static int watch_canary(struct record *record, int64_t now)
{
	int err;

	if (record->blind_since && record->canary.arrived > record->blind_since) {
		message("deletions come through again");
		record->blind_since = 0;
	}
	if (canary_is_missing(&record->canary, now))
		tell_blindness(record, now);
	if (record->canary.missed >= CANARIES_MISSED) {
		message("deletions do not come through any more: ending, so that the service "
			"manager starts it anew");
		return -EPIPE;
	}
	if (!canary_is_due(&record->canary, now))
		return 0;
	err = canary_send(&record->canary, now);
	if (err)
		message("cannot make a file to be deleted and seen: %s", strerror(-err));
	return 0;
}

/* ---- the clocks ---- */

static void watch_clocks(struct record *record, int64_t now)
{
	struct clocks sample = clocks_sample();
	struct clocks change = clocks_difference(&record->clocks, &sample);
	char reason[80];

	record->clocks = sample;
	if (change.asleep > CLOCKS_STEP_NS)
		recorder_cover(record->recorder, &(struct coverage){
							 .kind = COVERAGE_SUSPEND,
							 .since = now - change.asleep,
							 .until = now,
							 .count = -1,
							 .reason = "the machine slept",
						 });
	if (llabs(change.offset) < CLOCKS_STEP_NS)
		return;
	snprintf(reason, sizeof(reason), "the clock was set %s by %.3f s",
		 change.offset > 0 ? "forward" : "back", (double)llabs(change.offset) / 1e9);
	recorder_cover(record->recorder, &(struct coverage){
						 .kind = COVERAGE_CLOCK,
						 .since = now,
						 .until = now,
						 .count = -1,
						 .reason = reason,
					 });
}

/* ---- the store ---- */

static void tell_store(struct record *record, const struct recorder_status *status)
{
	if (status->error && status->error != record->told_error)
		message("cannot write the store %s: %s; up to %zu MiB of events wait in memory",
			record->options->record.store, strerror(-status->error),
			status->queue_limit >> 20);
	if (!status->error && record->told_error)
		message("the store %s is written again", record->options->record.store);
	record->told_error = status->error;
	if (status->dropped > record->told_dropped && !record->was_dropping)
		message("events find no room in memory: from now on they are counted, not kept");
	record->was_dropping = status->dropped > record->told_dropped;
	record->told_dropped = status->dropped;
	if (strcmp(status->damaged, record->told_damaged) != 0) {
		message("the store was damaged: it is now %s, and a new one is written",
			status->damaged);
		snprintf(record->told_damaged, sizeof(record->told_damaged), "%s", status->damaged);
	}
}

static int on_store(struct record *record)
{
	struct recorder_status status;
	struct seat *seat;

	recorder_status(record->recorder, &status);
	tell_store(record, &status);
	while ((seat = desk_ready(&record->desk, status.done)))
		record_answer(record, &status, seat);
	return 0;
}

/* A flush goes through all that the kernel has told by now. */
static int on_desk(struct record *record)
{
	struct recorder_status status;
	struct seat *seat;
	bool flush;
	int err = 0;

	while (!err && (seat = desk_next(&record->desk, &flush))) {
		if (flush) {
			err = drain(record);
			desk_wait(seat, recorder_tick(record->recorder, record->seen_until, true));
			continue;
		}
		recorder_status(record->recorder, &status);
		record_answer(record, &status, seat);
	}
	return err;
}

/* ---- the forwarder ---- */

static int on_forwarder(struct record *record)
{
	if (forwarder_read(&record->forwarder))
		recorder_forwarded(record->recorder, &record->forwarder.report.cursor);
	return 0;
}

/* While there is one thread and nothing is open. */
static int start_forwarder(struct record *record)
{
	const struct fleet_opts *fleet = &record->options->fleet;
	int err = fleet->servers ? forwarder_start(&record->forwarder, fleet,
						   record->options->record.store)
				 : 0;

	if (err)
		message("cannot start the forwarder: %s", strerror(-err));
	return err;
}

/* ---- time ---- */

static void watch_rate(struct record *record)
{
	struct recorder_status status;

	recorder_status(record->recorder, &status);
	record->rates[record->ticks % RATE_TICKS] = status.events;
	record->ticks++;
	tell_store(record, &status);
}

/* The watchdog is this loop's alone: a disk that hangs must not cost what is held in memory. */
static void feed_watchdog(struct record *record, int64_t now)
{
	if (!record->watchdog_ns || llabs(now - record->fed) < record->watchdog_ns)
		return;
	service_tell("WATCHDOG=1");
	record->fed = now;
}

static bool is_patient(int err)
{
	return err == 0 || err == -ENOSPC || err == -EBUSY || err == -ENOMEM;
}

/*
 * A file system that fails can only be repaired once nobody is on it: the writer has left the
 * store, so the socket goes too. It comes back after that, or after somebody has cleaned it up.
 */
static void watch_desk(struct record *record)
{
	if (!is_patient(record->told_error)) {
		desk_close(&record->desk);
		return;
	}
	if ((record->ticks % DESK_TICKS && record->desk.listener >= 0) ||
	    !desk_is_lost(&record->desk))
		return;
	desk_close(&record->desk);
	if (!desk_open(&record->desk, record->options->record.store))
		watch(record, record->desk.epoll, WAKING_DESK);
}

static int on_metrics(struct record *record)
{
	if (record->metrics)
		metrics_run(record->metrics);
	return 0;
}

static int on_tick(struct record *record)
{
	int64_t now = wall_now();
	uint64_t ticks;
	int err = 0;

	if (read(record->timer, &ticks, sizeof(ticks)) != sizeof(ticks))
		return 0;
	watch_clocks(record, now);
	err = drain(record);
	if (!err)
		err = watch_canary(record, now);
	recorder_tick(record->recorder, record->seen_until, false);
	watch_rate(record);
	watch_desk(record);
	feed_watchdog(record, now);
	on_metrics(record);
	return err ? err : on_store(record);
}

static int wait_for_events(struct record *record)
{
	static int (*const handlers[])(struct record *) = {
		[WAKING_RECORDS] = drain,	   [WAKING_SIGNAL] = on_signal,
		[WAKING_TICK] = on_tick,	   [WAKING_STORE] = on_store,
		[WAKING_DESK] = on_desk,	   [WAKING_METRICS] = on_metrics,
		[WAKING_FORWARDER] = on_forwarder,
	};
	struct epoll_event events[8];
	int err = 0;

	while (!record->done && !err) {
		int n = epoll_wait(record->epoll, events, 8, -1);

		if (n < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < n && !err; i++)
			err = handlers[events[i].data.u32](record);
	}
	return err;
}

/* ---- the start ---- */

static int take_signals(struct record *record)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	record->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return record->signals < 0 ? -errno : watch(record, record->signals, WAKING_SIGNAL);
}

static int start_timer(struct record *record)
{
	struct timespec tick = { .tv_nsec = RECORDER_TICK_MS * 1000000L };
	struct itimerspec spec = { .it_value = tick, .it_interval = tick };

	record->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (record->timer < 0 || timerfd_settime(record->timer, 0, &spec, NULL))
		return -errno;
	return watch(record, record->timer, WAKING_TICK);
}

static int open_trace(struct record *record)
{
	const struct options *options = record->options;
	char error[TRACE_ERROR_BYTES] = "out of memory";
	struct trace_opts opts = {
		.transport = options->transport,
		.buffer_bytes = options->buffer_bytes,
		.args = options->args,
		.moves = true,
		.truncations = options->truncations,
		.probe = options->probe,
		.on_deletion = on_deletion,
		.on_loss = on_loss,
		.ctx = record,
		.error = error,
		.error_size = sizeof(error),
	};
	int err = trace_open(&opts, &record->trace);

	if (!err)
		err = trace_attach(record->trace);
	if (err)
		message("%s", error);
	return err;
}

static void read_boot(char *boot, size_t size)
{
	_cleanup_close_ int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, boot, size - 1);

	boot[length > 0 ? length : 0] = '\0';
	boot[strcspn(boot, "\n")] = '\0';
}

static void join_unseen(const char *probe_name, char *text, size_t size)
{
	const struct probe *probe = probe_find(probe_name);
	size_t used = 0;

	text[0] = '\0';
	for (int i = 0; probe && probe->unseen && probe->unseen[i] && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", i ? "\n" : "",
					 probe->unseen[i]);
}

static int open_recorder(struct record *record)
{
	const struct record_options *options = &record->options->record;
	char error[PATH_MAX + 512] = "out of memory";
	struct recorder_opts opts = {
		.path = options->store,
		.group = options->group,
		.keep_seconds = options->keep_seconds,
		.keep_bytes = options->keep_bytes,
		.queue_bytes = options->queue_bytes,
		.machine = record->forwarder.pid ? record->forwarder.machine : NULL,
		.error = error,
		.error_size = sizeof(error),
	};
	int err = recorder_open(&opts, &record->recorder);

	if (err) {
		message("%s", error);
		return err;
	}
	err = desk_open(&record->desk, options->store);
	if (err)
		message("cannot be asked at %s-socket: %s; recording all the same", options->store,
			strerror(-err));
	return 0;
}

static void describe(struct record *record)
{
	struct trace_counts counts;

	record->began = wall_now();
	record->clocks = clocks_sample();
	if (record->options->host)
		snprintf(record->host, sizeof(record->host), "%s", record->options->host);
	else
		gethostname(record->host, sizeof(record->host) - 1);
	read_boot(record->boot, sizeof(record->boot));
	join_unseen(trace_probe_name(record->trace), record->unseen, sizeof(record->unseen));
	if (!trace_counts(record->trace, &counts)) {
		record->transport = bpfchan_transport_name(counts.channel.transport);
		record->buffer_bytes = counts.channel.allocated_bytes;
	}
}

static void begin(struct record *record)
{
	describe(record);
	recorder_begin(record->recorder, &(struct recording){
						 .host = record->host,
						 .boot = record->boot,
						 .version = WHODEL_VERSION,
						 .probe = trace_probe_name(record->trace),
						 .transport = record->transport,
						 .unseen = record->unseen,
						 .began = record->began,
						 .until = record->began,
					 });
}

/* Ready is only who has seen a deletion come through all the way into the store. */
static int wait_for_canary(struct record *record)
{
	struct recorder_status status = { 0 };
	int64_t start = wall_now();
	int err = canary_send(&record->canary, start);

	if (err)
		message("cannot make a file to be deleted and seen: %s", strerror(-err));
	while (!err && !status.canary) {
		struct timespec pause = { .tv_nsec = 5000000 };

		nanosleep(&pause, NULL);
		err = drain(record);
		recorder_tick(record->recorder, record->seen_until, false);
		recorder_status(record->recorder, &status);
		if (wall_now() - start < START_NS)
			continue;
		message(record->canary.arrived
				? "the store %s cannot be written: %s"
				: "a file was deleted, and was not seen: this probe does not work "
				  "here; try whodel doctor",
			record->options->record.store, strerror(-status.error));
		err = -ETIMEDOUT;
	}
	return err;
}

static int watch_all(struct record *record)
{
	int err = watch(record, trace_fd(record->trace), WAKING_RECORDS);

	if (!err)
		err = start_timer(record);
	if (!err)
		err = watch(record, recorder_fd(record->recorder), WAKING_STORE);
	if (!err && record->desk.epoll >= 0)
		err = watch(record, record->desk.epoll, WAKING_DESK);
	if (!err && record->metrics)
		err = watch(record, metrics_fd(record->metrics), WAKING_METRICS);
	if (!err && record->forwarder.socket >= 0)
		err = watch(record, record->forwarder.socket, WAKING_FORWARDER);
	if (err)
		message("cannot wait for events: %s", strerror(-err));
	return err;
}

static void find_folder(struct record *record)
{
	const char *store = record->options->record.store;
	const char *slash = strrchr(store, '/');

	snprintf(record->folder, sizeof(record->folder), "%.*s",
		 slash == store ? 1
		 : slash	? (int)(slash - store)
				: 1,
		 slash ? store : ".");
	record->canary.folder = record->folder;
	record->canary.interval = record->options->record.canary_seconds * 1000000000LL;
}

static int set_up(struct record *record)
{
	int err = start_forwarder(record);

	if (err)
		return err;
	record->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (record->epoll < 0)
		return -errno;
	find_folder(record);
	setpriority(PRIO_PROCESS, 0, READER_NICE);
	err = take_signals(record);
	/* Before it looks: what making a store deletes is nobody's business. */
	if (!err)
		err = open_recorder(record);
	if (!err)
		err = open_trace(record);
	if (err)
		return err;
	begin(record);
	err = record_serve_metrics(record);
	if (err)
		return err;
	err = wait_for_canary(record);
	return err ? err : watch_all(record);
}

/* ---- the end ---- */

static int stop(struct record *record)
{
	int64_t now = wall_now();
	int err = trace_finish(record->trace);
	int store_err;

	if (err)
		message("cannot read the events to their end: %s", strerror(-err));
	store_err = recorder_close(record->recorder, now);
	record->recorder = NULL;
	if (store_err)
		message("cannot write the last events into %s: %s; the next start tells the gap",
			record->options->record.store, strerror(-store_err));
	return err ? err : store_err;
}

static void close_all(struct record *record)
{
	metrics_close(record->metrics);
	desk_close(&record->desk);
	recorder_close(record->recorder, 0);
	trace_close(record->trace);
	forwarder_stop(&record->forwarder);
	if (record->timer >= 0)
		close(record->timer);
	if (record->signals >= 0)
		close(record->signals);
	if (record->epoll >= 0)
		close(record->epoll);
}

static int run(const struct options *options)
{
	static struct record record = {
		.epoll = -1,
		.signals = -1,
		.timer = -1,
		.transport = "unknown",
		.desk = { .epoll = -1, .listener = -1 },
		.forwarder = { .socket = -1 },
	};
	int err;

	record.options = options;
	for (int i = 0; i < DESK_SEATS; i++)
		record.desk.seats[i].fd = -1;
	trace_log(options->verbose);
	err = set_up(&record);
	if (!err) {
		record.watchdog_ns = service_watchdog_ns();
		service_tell("READY=1\nSTATUS=recording");
		message("recording into %s: %s probe, %s", options->record.store,
			trace_probe_name(record.trace), record.transport);
		err = wait_for_events(&record);
		service_tell("STOPPING=1");
		if (!err || err == -EPIPE) {
			int end_err = stop(&record);

			err = err ? err : end_err;
		}
	}
	close_all(&record);
	return err ? STATUS_FAILED : STATUS_OK;
}

int record_main(int argc, char **argv)
{
	return subcommand_main(argc, argv, record_options_parse, run);
}
