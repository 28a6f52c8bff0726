// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The reading side: deletions into blocks, blocks into the queue. */
#include "history/recorder.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "history/recorder_internal.h"

/* At a tick, a block of so many events is closed; a smaller one goes on, and is written again. */
#define CLOSE_FROM 256
/* How often "all is seen" is written while nothing happens. */
#define IDLE_NS 10000000000LL

static const char too_slow[] = "the store could not keep up";
static const char no_memory[] = "out of memory";
static const char too_long[] = "a name too long to be stored";

int64_t recorder_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- what finds no room ---- */

static struct loss_by *find_loser(struct dropped *dropped, const struct deletion *deletion)
{
	struct loss_by *by;

	for (unsigned int i = 0; i < dropped->by_count; i++)
		if (dropped->by[i].pid == deletion->pid)
			return &dropped->by[i];
	if (dropped->by_count == RECORDER_LOSERS)
		return &dropped->by[RECORDER_LOSERS];
	by = &dropped->by[dropped->by_count];
	by->pid = deletion->pid;
	by->comm = dropped->comms[dropped->by_count];
	snprintf(dropped->comms[dropped->by_count++], sizeof(dropped->comms[0]), "%s",
		 deletion->comm);
	return by;
}

static void put(struct recorder *recorder, struct item *item)
{
	recorder->mark.number++;
	recorder->unsent = false;
	queue_put(&recorder->queue, item, &recorder->mark);
}

/* Coverage is always taken: it is what tells of the lack of room. */
static void put_coverage(struct recorder *recorder, const struct coverage *coverage)
{
	struct item *item;

	if (!item_of_coverage(coverage, &item))
		put(recorder, item);
}

static void tell_dropped(struct recorder *recorder)
{
	struct dropped *dropped = &recorder->dropped;
	bool others = dropped->by[RECORDER_LOSERS].lost > 0;

	if (!dropped->count)
		return;
	put_coverage(recorder, &(struct coverage){
				       .kind = COVERAGE_LOSS,
				       .since = dropped->since,
				       .until = dropped->until,
				       .count = (int64_t)dropped->count,
				       .reason = dropped->reason,
				       .by = dropped->by,
				       .by_count = dropped->by_count + others,
			       });
	*dropped = (struct dropped){ 0 };
}

static void drop(struct recorder *recorder, const struct deletion *deletion, const char *reason)
{
	struct dropped *dropped = &recorder->dropped;
	int64_t time = (int64_t)deletion->time.tv_sec * 1000000000 + deletion->time.tv_nsec;

	if (dropped->reason != reason)
		tell_dropped(recorder);
	if (!dropped->count)
		dropped->since = dropped->until = time;
	dropped->since = time < dropped->since ? time : dropped->since;
	dropped->until = time > dropped->until ? time : dropped->until;
	dropped->reason = reason;
	dropped->count++;
	find_loser(dropped, deletion)->lost++;
	recorder->refused++;
	recorder->unsent = true;
}

/* Once full, until a quarter is free: one long loss tells more than a thousand short ones. */
static void look_for_room(struct recorder *recorder)
{
	size_t bytes = queue_bytes(&recorder->queue);

	if (!recorder->full) {
		recorder->full = bytes > recorder->queue_limit;
	} else if (bytes < recorder->queue_limit / 4 * 3) {
		recorder->full = false;
		tell_dropped(recorder);
	}
}

/* ---- blocks ---- */

/* What is not handed over now stays in the block, and goes with the next tick. */
static int hand_over(struct recorder *recorder, bool closed)
{
	struct block_view view = block_writer_view(recorder->block);
	struct item *item;
	int err;

	if (!view.events)
		return -ENODATA;
	err = item_of_block(&view, recorder->block_number, closed, &item);
	if (err)
		return err;
	recorder->mark.stored += view.events - recorder->handed_events;
	recorder->handed_events = closed ? 0 : view.events;
	put(recorder, item);
	if (closed) {
		block_writer_reset(recorder->block);
		recorder->block_number++;
	}
	return 0;
}

void recorder_add(struct recorder *recorder, const struct deletion *deletion)
{
	int err;

	recorder->events++;
	if (recorder->full) {
		drop(recorder, deletion, too_slow);
		return;
	}
	if (block_writer_full(recorder->block) && hand_over(recorder, true)) {
		drop(recorder, deletion, no_memory);
		return;
	}
	err = block_writer_add(recorder->block, deletion);
	if (err)
		drop(recorder, deletion, err == -E2BIG ? too_long : no_memory);
	recorder->unsent = true;
	if (block_writer_full(recorder->block)) {
		hand_over(recorder, true);
		look_for_room(recorder);
	}
}

void recorder_cover(struct recorder *recorder, const struct coverage *coverage)
{
	put_coverage(recorder, coverage);
	recorder->unsent = true;
}

void recorder_canary(struct recorder *recorder, int64_t time)
{
	recorder->mark.canary = time;
	recorder->unsent = true;
}

void recorder_forwarded(struct recorder *recorder, const struct forward_cursor *cursor)
{
	pthread_mutex_lock(&recorder->lock);
	recorder->forwarded = *cursor;
	recorder->forwarded_new = true;
	pthread_mutex_unlock(&recorder->lock);
}

static void put_mark(struct recorder *recorder)
{
	struct item *item;

	if (!item_of_mark(&item))
		put(recorder, item);
}

uint64_t recorder_tick(struct recorder *recorder, int64_t until, bool always)
{
	struct block_view view = block_writer_view(recorder->block);
	int64_t idle = until - recorder->handed_until;

	look_for_room(recorder);
	if (recorder->dropped.count && !recorder->full)
		tell_dropped(recorder);
	recorder->mark.until = until;
	if (!recorder->unsent && !always && idle >= 0 && idle < IDLE_NS)
		return recorder->mark.number;
	recorder->handed_until = until;
	/* A block that has nothing new is not written again for the sake of the mark. */
	if (view.events == recorder->handed_events ||
	    hand_over(recorder, view.events >= CLOSE_FROM))
		put_mark(recorder);
	return recorder->mark.number;
}

/* ---- life ---- */

static int set_up(struct recorder *recorder, const struct recorder_opts *opts)
{
	int err = queue_init(&recorder->queue);

	if (err)
		return err;
	pthread_mutex_init(&recorder->lock, NULL);
	recorder->queue_limit = opts->queue_bytes ? opts->queue_bytes : RECORDER_QUEUE_BYTES;
	recorder->keep_seconds = opts->keep_seconds;
	recorder->keep_bytes = opts->keep_bytes;
	recorder->machine = opts->machine;
	recorder->store_opts = (struct store_opts){
		.path = opts->path,
		.group = opts->group,
		.error = opts->error,
		.error_size = opts->error_size,
	};
	recorder->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (recorder->wake < 0)
		return -errno;
	return block_writer_new(&recorder->block);
}

/* Signals are the reading thread's. */
static int start(struct recorder *recorder)
{
	sigset_t all;
	sigset_t before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = -pthread_create(&recorder->thread, NULL, writer_run, recorder);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	recorder->started = !err;
	return err;
}

static void free_recorder(struct recorder *recorder)
{
	store_close(recorder->store);
	block_writer_free(recorder->block);
	if (recorder->wake >= 0)
		close(recorder->wake);
	queue_free(&recorder->queue);
	pthread_mutex_destroy(&recorder->lock);
	free(recorder);
}

int recorder_open(const struct recorder_opts *opts, struct recorder **out)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));
	int err;

	if (!recorder)
		return -ENOMEM;
	recorder->wake = -1;
	err = set_up(recorder, opts);
	if (err)
		snprintf(opts->error, opts->error_size, "cannot start to record: %s",
			 strerror(-err));
	if (!err)
		err = writer_open(recorder);
	if (!err)
		err = start(recorder);
	/* What was only to say why it did not start. */
	recorder->store_opts.error = recorder->error;
	recorder->store_opts.error_size = sizeof(recorder->error);
	if (err) {
		free_recorder(recorder);
		return err;
	}
	*out = recorder;
	return 0;
}

/* The writing side looks at it with the first item, and not before. */
void recorder_begin(struct recorder *recorder, const struct recording *recording)
{
	recorder->recording = *recording;
	recorder->mark.until = recording->until;
	recorder->handed_until = recording->until;
}

int recorder_fd(const struct recorder *recorder)
{
	return recorder->wake;
}

void recorder_status(struct recorder *recorder, struct recorder_status *status)
{
	eventfd_t value;

	eventfd_read(recorder->wake, &value);
	pthread_mutex_lock(&recorder->lock);
	*status = recorder->status;
	pthread_mutex_unlock(&recorder->lock);
	status->events = recorder->events;
	status->dropped = recorder->refused;
	status->queue_bytes = queue_bytes(&recorder->queue);
	status->queue_limit = recorder->queue_limit;
}

int recorder_close(struct recorder *recorder, int64_t until)
{
	int err;

	if (!recorder)
		return 0;
	if (until) {
		recorder->mark.ended = until;
		tell_dropped(recorder);
		recorder_tick(recorder, until, true);
	}
	queue_stop(&recorder->queue);
	if (recorder->started)
		pthread_join(recorder->thread, NULL);
	err = recorder->give_up;
	free_recorder(recorder);
	return err;
}
