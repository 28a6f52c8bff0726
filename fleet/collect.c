// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Messages are acknowledged when the store has committed them, and not before. What comes twice is
 * known by its store's UUID and number.
 */
#include "history/collect.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fleet/batch.h"
#include "fleet/decode.h"
#include "fleet/fleet.h"
#include "fleet/process_numbers.h"
#include "fleet/server.h"
#include "fleet/subject.h"
#include "history/nanoseconds.h"

#define FETCH_MESSAGES 1000
#define BATCH_MOST     8000
#define FETCH_MS       500
#define ACK_WAIT_NS    (30 * NANOSECONDS)
#define RETAIN_NS      NANOSECONDS
#define RETAIN_SLICES  16
#define STANDBY_MS     1000

struct collector {
	const struct collect_opts *opts;
	struct server server;
	natsSubscription *subscription;
	struct store *store;
	struct collection *collection;
	struct process_numbers *processes;
	struct block_writer *block;
	natsMsg *messages[BATCH_MOST + FETCH_MESSAGES];
	struct told *told;   /* of each message */
	struct told **order; /* as they go into the store */
	size_t count;
	struct backoff backoff;
	char error[FLEET_ERROR];
	char said[FLEET_ERROR];
	int64_t retained;
};

static void say(struct collector *collector)
{
	if (strcmp(collector->error, collector->said) == 0)
		return;
	strcpy(collector->said, collector->error);
	collector->opts->on_error(collector->error);
}

static bool is_stopped(const struct collector *collector, unsigned int ms)
{
	struct pollfd fd = { .fd = collector->opts->stop, .events = POLLIN };

	return poll(&fd, 1, (int)ms) > 0;
}

/* ---- into the store ---- */

static int by_order(const void *a, const void *b)
{
	const struct told *x = *(struct told *const *)a;
	const struct told *y = *(struct told *const *)b;
	int ret = strcmp(x->id.store, y->id.store);

	if (!ret)
		ret = (x->recording > y->recording) - (x->recording < y->recording);
	if (!ret)
		ret = (x->type > y->type) - (x->type < y->type);
	return ret ? ret : (x->id.first > y->id.first) - (x->id.first < y->id.first);
}

static bool same_recording(const struct told *a, const struct told *b)
{
	return a->recording == b->recording && strcmp(a->id.store, b->id.store) == 0;
}

static int put_block(struct collector *collector)
{
	struct block_view view = block_writer_view(collector->block);
	int err = view.events ? collection_put_block(collector->collection, &view) : 0;

	if (!err)
		block_writer_reset(collector->block);
	return err;
}

static int put_deletion(struct collector *collector, struct told *told)
{
	uint64_t fresh = 0;
	int err = 0;

	if (block_writer_full(collector->block))
		err = put_block(collector);
	if (!err)
		err = collection_take(collector->collection, COLLECT_EVENTS, told->id.first,
				      told->id.first, &fresh);
	if (!err && fresh && told->deletion.process)
		err = process_numbers_get(collector->processes, told->id.store, &told->process,
					  collector->collection);
	return err || !fresh ? err : block_writer_add(collector->block, &told->deletion);
}

static int put_coverage(struct collector *collector, struct told *told)
{
	uint64_t fresh = 0;
	int err;

	if (told->type == TOLD_RECORDING)
		return collection_claim(collector->collection, &told->facts, told->number);
	err = collection_take(collector->collection,
			      told->type == TOLD_UNFORWARDED ? COLLECT_EVENTS : COLLECT_COVERAGE,
			      told->id.first, told->id.last, &fresh);
	if (err || !fresh)
		return err;
	/* Of what was removed there, some may have come all the same. */
	if (told->type == TOLD_UNFORWARDED)
		told->coverage.count = (int64_t)fresh;
	return store_put_coverage(collector->store, &told->coverage);
}

static int put_all(struct collector *collector)
{
	const struct told *before = NULL;
	int err = 0;

	for (size_t i = 0; i < collector->count && !err; i++) {
		struct told *told = collector->order[i];

		if (!before || !same_recording(before, told)) {
			err = put_block(collector);
			if (!err)
				err = collection_source(
					collector->collection, told->id.store, told->recording,
					told->host, told->deletion.boot ? told->deletion.boot : "");
		}
		before = told;
		if (!err)
			err = told->type == TOLD_DELETION ? put_deletion(collector, told)
							  : put_coverage(collector, told);
	}
	if (!err)
		err = put_block(collector);
	return err ? err : collection_save(collector->collection);
}

static void forget_collection(struct collector *collector)
{
	collection_free(collector->collection);
	collector->collection = NULL;
	process_numbers_reset(collector->processes);
	block_writer_reset(collector->block);
}

static int store_all(struct collector *collector)
{
	int err = store_begin(collector->store);

	if (err)
		return err;
	if (!collector->collection)
		err = collection_new(collector->store, &collector->collection);
	if (!err)
		err = put_all(collector);
	if (!err)
		err = store_commit(collector->store);
	if (err) {
		store_rollback(collector->store);
		forget_collection(collector);
	}
	return err;
}

static void retain(struct collector *collector)
{
	struct timespec time;
	struct retention limit = { .bytes = collector->opts->keep_bytes };
	int64_t now;
	int ret = 1;

	clock_gettime(CLOCK_REALTIME, &time);
	now = nanoseconds_of(time);
	if (llabs(now - collector->retained) < RETAIN_NS)
		return;
	collector->retained = now;
	if (collector->opts->keep_seconds)
		limit.before = now - (int64_t)collector->opts->keep_seconds * NANOSECONDS;
	if (!limit.bytes && !limit.before)
		return;
	for (int i = 0; i < RETAIN_SLICES && ret == 1; i++) {
		uint64_t removed;

		if (store_begin(collector->store))
			return;
		ret = store_retain(collector->store, &limit, &removed);
		if (ret < 0 || store_commit(collector->store))
			store_rollback(collector->store);
	}
}

/* ---- messages ---- */

static int read_message(natsMsg *message, struct told *told)
{
	const char *id = NULL;
	const char *recording = NULL;

	*told = (struct told){ 0 };
	if (natsMsgHeader_Get(message, "Nats-Msg-Id", &id) != NATS_OK ||
	    natsMsgHeader_Get(message, HEADER_RECORDING, &recording) != NATS_OK ||
	    told_id_parse(id, &told->id) ||
	    subject_host(natsMsg_GetSubject(message), told->host, sizeof(told->host)))
		return -EBADMSG;
	told->recording = strtoll(recording, NULL, 10);
	return told_parse(natsMsg_GetData(message), (size_t)natsMsg_GetDataLength(message), told);
}

/* What is not ours is put away for good; what a newer whodel sent waits for one. */
static void take_message(struct collector *collector, natsMsg *message)
{
	struct told *told = &collector->told[collector->count];
	int err = read_message(message, told);

	if (!err) {
		collector->messages[collector->count++] = message;
		return;
	}
	told_free(told);
	if (err == -EBADMSG) {
		snprintf(collector->error, FLEET_ERROR,
			 "a message on %s is not of whodel's: it is put away",
			 natsMsg_GetSubject(message));
		say(collector);
		natsMsg_Term(message, NULL);
	}
	natsMsg_Destroy(message);
}

static int fail(struct collector *collector, const char *what, natsStatus status)
{
	snprintf(collector->error, FLEET_ERROR, "%s: %s", what, natsStatus_GetText(status));
	return -EIO;
}

/* Until there are many, or no more for the moment. */
static int fetch(struct collector *collector)
{
	while (collector->count < BATCH_MOST) {
		natsMsgList list = { 0 };
		jsErrCode code = 0;
		natsStatus status = natsSubscription_Fetch(&list, collector->subscription,
							   FETCH_MESSAGES, FETCH_MS, &code);
		int got = list.Count;

		for (int i = 0; i < got; i++) {
			take_message(collector, list.Msgs[i]);
			list.Msgs[i] = NULL;
		}
		natsMsgList_Destroy(&list);
		if (status != NATS_OK && status != NATS_TIMEOUT)
			return fail(collector, "cannot fetch from the stream", status);
		if (got < FETCH_MESSAGES)
			break;
	}
	return 0;
}

static void drop_messages(struct collector *collector)
{
	for (size_t i = 0; i < collector->count; i++) {
		natsMsg_Destroy(collector->messages[i]);
		told_free(&collector->told[i]);
	}
	collector->count = 0;
}

static int acknowledge(struct collector *collector)
{
	natsStatus status = NATS_OK;

	for (size_t i = 0; i < collector->count && status == NATS_OK; i++)
		status = natsMsg_Ack(collector->messages[i], NULL);
	return status == NATS_OK ? 0 : fail(collector, "cannot acknowledge", status);
}

/* ---- the loop ---- */

static int subscribe(struct collector *collector)
{
	jsSubOptions options;
	jsErrCode code = 0;
	natsStatus status;

	jsSubOptions_Init(&options);
	options.Stream = server_stream(&collector->opts->fleet);
	options.Config.AckPolicy = js_AckExplicit;
	options.Config.AckWait = ACK_WAIT_NS;
	options.Config.MaxAckPending = 4L * BATCH_MOST;
	status = js_PullSubscribe(&collector->subscription, collector->server.stream, SUBJECT_ALL,
				  FLEET_DURABLE, NULL, &options, &code);
	return status == NATS_OK ? 0 : fail(collector, "cannot make the consumer", status);
}

static int connect_if_needed(struct collector *collector)
{
	struct jsOptions js;
	int err;

	if (collector->subscription)
		return 0;
	jsOptions_Init(&js);
	err = server_open(&collector->opts->fleet, &js, &collector->server, collector->error);
	return err ? err : subscribe(collector);
}

static void disconnect(struct collector *collector)
{
	natsSubscription_Destroy(collector->subscription);
	collector->subscription = NULL;
	server_close(&collector->server);
}

static int collect_some(struct collector *collector)
{
	int err = connect_if_needed(collector);

	if (!err)
		err = fetch(collector);
	if (err)
		return err;
	for (size_t i = 0; i < collector->count; i++)
		collector->order[i] = &collector->told[i];
	qsort(collector->order, collector->count, sizeof(struct told *), by_order);
	err = collector->count ? store_all(collector) : 0;
	if (err)
		snprintf(collector->error, FLEET_ERROR, "cannot write the store %s: %s",
			 collector->opts->store, strerror(-err));
	return err ? err : acknowledge(collector);
}

static void run(struct collector *collector)
{
	while (!is_stopped(collector, 0)) {
		int err = collect_some(collector);

		drop_messages(collector);
		if (err) {
			disconnect(collector);
			say(collector);
			if (is_stopped(collector, backoff_next(&collector->backoff)))
				break;
			continue;
		}
		collector->error[0] = '\0';
		say(collector);
		collector->backoff.ms = 0;
		store_checkpoint(collector->store);
		retain(collector);
	}
}

/* One writes; the next instance waits until it has gone. */
static int open_store(struct collector *collector)
{
	const struct collect_opts *opts = collector->opts;
	struct store_opts store = {
		.path = opts->store,
		.group = opts->group,
		.error = opts->error,
		.error_size = opts->error_size,
	};
	int err;

	while ((err = store_open(&store, &collector->store)) == -EBUSY) {
		snprintf(collector->error, FLEET_ERROR, "another instance writes %s: standing by",
			 opts->store);
		say(collector);
		if (is_stopped(collector, STANDBY_MS))
			return -ECANCELED;
	}
	return err;
}

static int set_up(struct collector *collector)
{
	int err = block_writer_new(&collector->block);

	collector->told = calloc(BATCH_MOST + FETCH_MESSAGES, sizeof(*collector->told));
	collector->order = calloc(BATCH_MOST + FETCH_MESSAGES, sizeof(struct told *));
	if (!err && (!collector->told || !collector->order))
		err = -ENOMEM;
	if (!err)
		err = process_numbers_new(&collector->processes);
	if (err)
		snprintf(collector->opts->error, collector->opts->error_size, "out of memory");
	return err ? err : open_store(collector);
}

int collect_run(const struct collect_opts *opts)
{
	struct collector *collector = calloc(1, sizeof(*collector));
	int err;

	if (!collector)
		return -ENOMEM;
	collector->opts = opts;
	err = set_up(collector);
	if (!err) {
		run(collector);
		disconnect(collector);
	}
	collection_free(collector->collection);
	store_close(collector->store);
	process_numbers_free(collector->processes);
	block_writer_free(collector->block);
	free(collector->told);
	free(collector->order);
	free(collector);
	nats_Close();
	return err == -ECANCELED ? 0 : err;
}
