// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The writing side: the one connection that writes, and what it does when that fails. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

#include "history/recorder_internal.h"

#define BATCH_ITEMS  64
#define WAIT_MS	     1000
#define RETRY_MS     200
#define SECOND_NS    1000000000LL
#define STOP_SECONDS 5
/* Slices of the retention between two batches, and while nothing waits. */
#define SLICES_BUSY 4
#define SLICES_IDLE 64

/* ---- errors ---- */

static void tell_state(struct recorder *recorder, int error)
{
	struct recorder_status *status = &recorder->status;

	pthread_mutex_lock(&recorder->lock);
	if (error && !status->error)
		status->error_since = recorder_now();
	status->error = error;
	pthread_mutex_unlock(&recorder->lock);
	eventfd_write(recorder->wake, 1);
}

static void close_store(struct recorder *recorder)
{
	store_close(recorder->store);
	recorder->store = NULL;
	recorder->recorded = false;
}

/* A store that we wrote, or that says that it is one, makes room for a new one. */
static int put_aside(struct recorder *recorder)
{
	char to[sizeof(recorder->status.damaged)];
	int err = store_file_put_aside(recorder->store_opts.path, to, sizeof(to));

	if (err)
		return err;
	pthread_mutex_lock(&recorder->lock);
	memcpy(recorder->status.damaged, to, sizeof(to));
	pthread_mutex_unlock(&recorder->lock);
	return 0;
}

/* A full disk or a lock may pass; after anything else the files may be others by now. */
static void recover(struct recorder *recorder, int err)
{
	if (err == -EBUSY || err == -ENOSPC || err == -ENOMEM)
		return;
	close_store(recorder);
	if (err == -EUCLEAN)
		put_aside(recorder);
}

/* ---- one batch ---- */

static int put_item(struct recorder *recorder, const struct item *item)
{
	int err = 0;

	if (item->has_block)
		err = store_put_block(recorder->store, item->number, item->closed, &item->block);
	if (!err && item->has_coverage)
		err = store_put_coverage(recorder->store, &item->coverage);
	return err;
}

/* That it could not be written is told with the first thing that can. */
static int tell_failure(struct recorder *recorder)
{
	char reason[96];
	int64_t since = recorder->status.error_since;
	int64_t now = recorder_now();

	if (!recorder->status.error || now - since < SECOND_NS)
		return 0;
	snprintf(reason, sizeof(reason), "the store could not be written: %s",
		 strerror(-recorder->status.error));
	return store_put_coverage(recorder->store, &(struct coverage){
							   .kind = COVERAGE_STORE,
							   .since = since,
							   .until = now,
							   .count = -1,
							   .reason = reason,
						   });
}

static void take_mark(struct recorder *recorder, const struct mark *mark)
{
	recorder->recording.until = mark->until;
	recorder->recording.canary = mark->canary;
	recorder->recording.ended = mark->ended;
	recorder->recording.events = mark->stored;
}

/* 1: there is one that is not stored; the next one may come meanwhile. */
static bool take_forwarded(struct recorder *recorder, struct forward_cursor *cursor)
{
	bool is_new;

	pthread_mutex_lock(&recorder->lock);
	is_new = recorder->forwarded_new;
	*cursor = recorder->forwarded;
	recorder->forwarded_new = false;
	pthread_mutex_unlock(&recorder->lock);
	return is_new;
}

/* Not stored for an error, it is told again after the next start, and known there. */
static int put_forwarded(struct recorder *recorder)
{
	struct forward_cursor cursor;

	return take_forwarded(recorder, &cursor) ? store_forwarded(recorder->store, &cursor) : 0;
}

static int begin_store(struct recorder *recorder)
{
	int err = store_record(recorder->store, &recorder->recording);

	return err || !recorder->machine ? err
					 : store_forward_begin(recorder->store, recorder->machine);
}

static int put_items(struct recorder *recorder, const struct item *items)
{
	const struct item *last = items;
	struct recording before = recorder->recording;
	int err = 0;

	if (!recorder->recorded)
		err = begin_store(recorder);
	if (!err)
		err = tell_failure(recorder);
	if (!err)
		err = put_forwarded(recorder);
	for (const struct item *item = items; item && !err; item = item->next) {
		err = put_item(recorder, item);
		last = item;
	}
	take_mark(recorder, &last->mark);
	if (!err)
		err = store_update(recorder->store, &recorder->recording);
	if (!err)
		err = store_commit(recorder->store);
	if (err)
		recorder->recording = before;
	else
		recorder->recorded = true;
	return err;
}

/* Where the store's file system is not mounted now, no other store is made in its place. */
static int open_store(struct recorder *recorder)
{
	struct store_opts *opts = &recorder->store_opts;

	if (recorder->store && store_moved(recorder->store))
		close_store(recorder);
	if (recorder->store)
		return 0;
	opts->must_exist = store_file_device(opts->path) != recorder->device;
	return store_open(opts, &recorder->store);
}

static int try_items(struct recorder *recorder, const struct item *items)
{
	int err = open_store(recorder);

	if (!err)
		err = store_begin(recorder->store);
	if (err)
		return err;
	err = put_items(recorder, items);
	if (err)
		store_rollback(recorder->store);
	return err;
}

static void tell_done(struct recorder *recorder, const struct mark *mark)
{
	struct recorder_status *status = &recorder->status;
	uint64_t bytes = status->store_bytes;

	store_size(recorder->store, &bytes);
	pthread_mutex_lock(&recorder->lock);
	status->recording = recorder->recording.id;
	status->stored = recorder->recording.events;
	status->until = recorder->recording.until;
	status->canary = recorder->recording.canary;
	status->done = mark->number;
	status->store_bytes = bytes;
	pthread_mutex_unlock(&recorder->lock);
	tell_state(recorder, 0);
}

/* After the stop was asked for, not for ever. */
static bool may_retry(struct recorder *recorder, bool stop)
{
	if (!stop)
		return true;
	if (!recorder->stop_by)
		recorder->stop_by = recorder_now() + STOP_SECONDS * SECOND_NS;
	return recorder_now() < recorder->stop_by;
}

static bool is_stopping(struct recorder *recorder)
{
	bool stop;

	pthread_mutex_lock(&recorder->queue.lock);
	stop = recorder->queue.stop;
	pthread_mutex_unlock(&recorder->queue.lock);
	return stop;
}

static void sleep_ms(long ms)
{
	struct timespec time = { .tv_nsec = ms * 1000000 };

	nanosleep(&time, NULL);
}

static int write_items(struct recorder *recorder, const struct item *items)
{
	const struct item *last = items;
	int err;

	while ((err = try_items(recorder, items))) {
		tell_state(recorder, err);
		recover(recorder, err);
		if (!may_retry(recorder, is_stopping(recorder)))
			return err;
		sleep_ms(RETRY_MS);
	}
	while (last->next)
		last = last->next;
	tell_done(recorder, &last->mark);
	/* What cannot go into the file now stays in the log, and is as safe there. */
	store_checkpoint(recorder->store);
	return 0;
}

/* Without events, what was forwarded is stored all the same; an error is met by the next batch. */
static void write_forwarded(struct recorder *recorder)
{
	int err;

	if (!recorder->recorded || !recorder->forwarded_new || store_begin(recorder->store))
		return;
	err = put_forwarded(recorder);
	if (err || store_commit(recorder->store))
		store_rollback(recorder->store);
}

/* ---- retention ---- */

static int remove_slice(struct recorder *recorder, const struct retention *limit)
{
	uint64_t removed = 0;
	int ret = store_begin(recorder->store);

	if (ret)
		return ret;
	ret = store_retain(recorder->store, limit, &removed);
	if (ret >= 0) {
		int err = store_commit(recorder->store);

		ret = err ? err : ret;
	}
	if (ret < 0) {
		store_rollback(recorder->store);
		return ret;
	}
	pthread_mutex_lock(&recorder->lock);
	recorder->status.removed += removed;
	pthread_mutex_unlock(&recorder->lock);
	return ret;
}

/* Errors are met again by the next batch, which tells them. */
static void retain(struct recorder *recorder, int slices)
{
	int64_t now = recorder_now();
	struct retention limit = { .bytes = recorder->keep_bytes };

	if (!recorder->recorded || (!limit.bytes && !recorder->keep_seconds))
		return;
	if (!recorder->more_to_remove && now >= recorder->retained &&
	    now - recorder->retained < SECOND_NS)
		return;
	recorder->retained = now;
	if (recorder->keep_seconds)
		limit.before = now - (int64_t)recorder->keep_seconds * SECOND_NS;
	do
		recorder->more_to_remove = remove_slice(recorder, &limit) == 1;
	while (recorder->more_to_remove && --slices > 0);
	store_checkpoint(recorder->store);
}

/* ---- the thread ---- */

void *writer_run(void *arg)
{
	struct recorder *recorder = arg;
	bool stop = false;
	int err = 0;

	for (;;) {
		struct item *items = queue_take(&recorder->queue, BATCH_ITEMS,
						recorder->more_to_remove ? 0 : WAIT_MS, &stop);

		if (!items && stop)
			break;
		if (items && !err)
			err = write_items(recorder, items);
		else
			write_forwarded(recorder);
		retain(recorder, items ? SLICES_BUSY : SLICES_IDLE);
		queue_done(&recorder->queue, items);
	}
	recorder->give_up = err;
	return NULL;
}

int writer_open(struct recorder *recorder)
{
	int err = store_open(&recorder->store_opts, &recorder->store);

	/* As store_open() has explained, unless it can be put aside. */
	if (err == -EUCLEAN && !put_aside(recorder))
		err = store_open(&recorder->store_opts, &recorder->store);
	if (!err)
		recorder->device = store_file_device(recorder->store_opts.path);
	return err;
}
