// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * A window of messages is published, and the cursor moves when the server has acknowledged all of
 * it. After whatever fails, everything is taken down and begun again behind the last
 * acknowledgement: what the servers have by then, they or the collector know by its id.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fleet/batch.h"
#include "fleet/fleet.h"
#include "fleet/server.h"
#include "history/nanoseconds.h"

#define ACK_SECONDS 10
#define LOOK_MS	    200 /* how often the store is looked at while it has nothing new */
#define REPORT_NS   NANOSECONDS

/* Filled in by the library's thread. */
struct acks {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	const jsCtx *stream; /* whose count; an earlier one's come too late */
	size_t count;
	size_t errors;
	char error[FLEET_ERROR];
};

struct forwarder {
	const struct forward_opts *opts;
	struct server server;
	bool connected;
	struct acks acks;
	struct batch batch;
	struct stat store; /* the file that the reader has open */
	struct forward_report report;
	int64_t reported_at;
	struct backoff backoff;
	bool ending;
};

static int64_t monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return nanoseconds_of(now);
}

/* ---- acknowledgements ---- */

static void on_ack(jsCtx *js, natsMsg *message, jsPubAck *ack, jsPubAckErr *failed, void *closure)
{
	struct acks *acks = closure;

	(void)ack;
	pthread_mutex_lock(&acks->lock);
	if (js != acks->stream) {
		/* the batch was given up */
	} else if (failed) {
		acks->errors++;
		snprintf(acks->error, sizeof(acks->error), "the server did not take a message: %s",
			 failed->ErrText ? failed->ErrText : natsStatus_GetText(failed->Err));
	} else {
		acks->count++;
	}
	pthread_cond_signal(&acks->changed);
	pthread_mutex_unlock(&acks->lock);
	natsMsg_Destroy(message);
}

static int wait_for_acks(struct forwarder *forwarder, size_t count)
{
	struct acks *acks = &forwarder->acks;
	struct timespec until;
	int err = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ACK_SECONDS;
	pthread_mutex_lock(&acks->lock);
	while (acks->count < count && !acks->errors && !err)
		err = pthread_cond_timedwait(&acks->changed, &acks->lock, &until);
	if (acks->errors)
		snprintf(forwarder->report.error, FLEET_ERROR, "%s", acks->error);
	else if (err)
		snprintf(forwarder->report.error, FLEET_ERROR,
			 "the servers did not acknowledge within %d s", ACK_SECONDS);
	err = acks->errors || err ? -EIO : 0;
	pthread_mutex_unlock(&acks->lock);
	return err;
}

/* ---- publishing ---- */

static int publish(struct forwarder *forwarder, natsMsg **message)
{
	int size = natsMsg_GetDataLength(*message);
	natsStatus status = js_PublishMsgAsync(forwarder->server.stream, message, NULL);

	if (status == NATS_OK)
		return 0;
	if (status == NATS_MAX_PAYLOAD || size > forwarder->server.message_bytes)
		snprintf(forwarder->report.error, FLEET_ERROR,
			 "a message of %d bytes is larger than the servers take: raise max_payload",
			 size);
	else
		snprintf(forwarder->report.error, FLEET_ERROR, "cannot publish: %s",
			 natsStatus_GetText(status));
	return -EIO;
}

static void count_acks_of(struct acks *acks, const jsCtx *stream)
{
	pthread_mutex_lock(&acks->lock);
	acks->stream = stream;
	acks->count = acks->errors = 0;
	pthread_mutex_unlock(&acks->lock);
}

static int publish_batch(struct forwarder *forwarder)
{
	struct batch *batch = &forwarder->batch;
	int err = 0;

	count_acks_of(&forwarder->acks, forwarder->server.stream);
	for (size_t i = 0; i < batch->count && !err; i++)
		err = publish(forwarder, &batch->messages[i]);
	return err ? err : wait_for_acks(forwarder, batch->count);
}

/* ---- the store ---- */

static void close_store(struct forwarder *forwarder)
{
	reader_close(forwarder->batch.reader);
	forwarder->batch.reader = NULL;
}

/* Opened again where another file has taken its place. */
static int open_store(struct forwarder *forwarder)
{
	const char *path = forwarder->opts->store;
	struct stat now;
	int err;

	if (stat(path, &now))
		return -errno;
	if (forwarder->batch.reader && now.st_ino == forwarder->store.st_ino &&
	    now.st_dev == forwarder->store.st_dev)
		return 0;
	close_store(forwarder);
	err = reader_open(path, &forwarder->batch.reader, forwarder->report.error, FLEET_ERROR);
	if (!err)
		forwarder->store = now;
	return err;
}

static int read_batch(struct forwarder *forwarder)
{
	struct batch *batch = &forwarder->batch;
	int err = open_store(forwarder);

	if (!err)
		err = batch_read(batch);
	if (err && err != -ENODATA)
		snprintf(forwarder->report.error, FLEET_ERROR, "cannot read the store %s: %s",
			 forwarder->opts->store, strerror(-err));
	return err;
}

/* ---- reports ---- */

static void tell(struct forwarder *forwarder)
{
	struct forward_report *report = &forwarder->report;

	/* Also before anything was told. */
	if (!report->cursor.uuid[0] && !open_store(forwarder))
		forward_read(forwarder->batch.reader, &report->cursor);
	if (forwarder->batch.reader && report->cursor.uuid[0])
		forward_lag(forwarder->batch.reader, &report->cursor, &report->lag);
	forwarder->reported_at = monotonic();
	/* Nobody there any more: the next wait ends it. */
	send(forwarder->opts->report, report, sizeof(*report), MSG_NOSIGNAL);
}

/* True: the recorder is going, or has gone. */
static bool wait_or_end(struct forwarder *forwarder, unsigned int ms)
{
	struct pollfd fd = { .fd = forwarder->opts->report, .events = POLLIN };

	if (poll(&fd, 1, (int)ms) > 0)
		forwarder->ending = true;
	return forwarder->ending;
}

/* ---- the loop ---- */

/* Nothing is left half done: what was not acknowledged is told again from the cursor on. */
static void fall_back(struct forwarder *forwarder)
{
	struct batch *batch = &forwarder->batch;

	batch_clear(batch);
	count_acks_of(&forwarder->acks, NULL);
	server_close(&forwarder->server);
	forwarder->connected = false;
	if (forwarder->report.cursor.uuid[0])
		batch->cursor = forwarder->report.cursor;
	batch->told_recording = 0;
}

static int connect_if_needed(struct forwarder *forwarder)
{
	struct jsOptions js;
	int err;

	if (forwarder->connected)
		return 0;
	jsOptions_Init(&js);
	js.PublishAsync.AckHandler = on_ack;
	js.PublishAsync.AckHandlerClosure = &forwarder->acks;
	js.PublishAsync.MaxPending = BATCH_ROOM;
	err = server_open(&forwarder->opts->fleet, &js, &forwarder->server,
			  forwarder->report.error);
	forwarder->connected = !err;
	return err;
}

static void advance(struct forwarder *forwarder)
{
	struct batch *batch = &forwarder->batch;
	bool had_error = forwarder->report.error[0];

	forwarder->report.sent += batch->count;
	forwarder->report.cursor = batch->cursor;
	forwarder->report.error[0] = '\0';
	forwarder->backoff.ms = 0;
	if (batch->count || had_error || monotonic() - forwarder->reported_at > REPORT_NS)
		tell(forwarder);
	batch_clear(batch);
}

/* 1: there may be more at once; 0; -errno, told */
static int forward_some(struct forwarder *forwarder)
{
	int err = connect_if_needed(forwarder);
	bool more;

	if (!err)
		err = read_batch(forwarder);
	if (err == -ENODATA || err == -ENOENT)
		return 0;
	if (!err)
		err = publish_batch(forwarder);
	if (err) {
		fall_back(forwarder);
		tell(forwarder);
		return err;
	}
	more = !forwarder->batch.whole;
	advance(forwarder);
	return more;
}

/* At the end, what is there by then goes too, if the servers take it. */
static void run(struct forwarder *forwarder)
{
	int ret = 0;

	while (!wait_or_end(forwarder, ret > 0	 ? 0
				       : ret < 0 ? backoff_next(&forwarder->backoff)
						 : LOOK_MS))
		ret = forward_some(forwarder);
	do
		ret = forward_some(forwarder);
	while (ret == 1);
}

bool fleet_is_built(void)
{
	return true;
}

int forward_run(const struct forward_opts *opts)
{
	static struct forwarder forwarder = {
		.acks = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER },
	};
	const struct output_opts memory = { .notes_fd = OUTPUT_MEMORY };
	int err = output_open("json", OUTPUT_MEMORY, &memory, &forwarder.batch.json);

	if (err)
		return err;
	forwarder.opts = opts;
	srandom((unsigned int)getpid() ^ (unsigned int)monotonic());
	run(&forwarder);
	fall_back(&forwarder);
	close_store(&forwarder);
	output_close(forwarder.batch.json);
	nats_Close();
	return 0;
}
