// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "fleet/batch.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fleet/subject.h"
#include "history/nanoseconds.h"
#include "history/sql.h"

#define COVERAGE_ROWS  64
#define RECORDING_ROWS 256
#define CLAIM_BUSY_NS  (5 * NANOSECONDS)
#define CLAIM_IDLE_NS  (60 * NANOSECONDS)
#define FULL	       1 /* of the callbacks: no more, and no error */

static int prepare(struct batch *batch, const char *sql, sqlite3_stmt **stmt)
{
	sqlite3 *db = reader_db(batch->reader);

	return sql_errno(db, sqlite3_prepare_v2(db, sql, -1, stmt, NULL));
}

static int64_t monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return nanoseconds_of(now);
}

/* ---- one message ---- */

struct head {
	const char *host;
	const char *op;
	int64_t recording;
	const char *id; /* behind the store's */
};

static natsStatus put_headers(const struct batch *batch, const struct head *head, natsMsg *message)
{
	char id[96];
	char recording[24];
	natsStatus status;

	snprintf(id, sizeof(id), "%s-%s", batch->cursor.uuid, head->id);
	snprintf(recording, sizeof(recording), "%lld", (long long)head->recording);
	status = natsMsgHeader_Set(message, "Nats-Msg-Id", id);
	return status == NATS_OK ? natsMsgHeader_Set(message, HEADER_RECORDING, recording) : status;
}

static int add(struct batch *batch, const struct head *head, const char *data, size_t size)
{
	char subject[SUBJECT_MAX];
	natsMsg *message = NULL;

	subject_put(subject, head->host, head->op);
	if (natsMsg_Create(&message, subject, NULL, data, (int)size) != NATS_OK)
		return -ENOMEM;
	if (put_headers(batch, head, message) != NATS_OK) {
		natsMsg_Destroy(message);
		return -ENOMEM;
	}
	batch->messages[batch->count++] = message;
	batch->bytes += size;
	return 0;
}

/* The line that the output has just got. */
static int add_taken(struct batch *batch, const struct head *head)
{
	size_t size;
	const char *data = output_taken(batch->json, &size);

	return size ? add(batch, head, data, size - 1) : -ENOMEM;
}

static int add_object(struct batch *batch, const struct head *head, json_t *object)
{
	char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
	int err = text ? add(batch, head, text, strlen(text)) : -ENOMEM;

	free(text);
	json_decref(object);
	return err;
}

/* ---- events ---- */

static int on_event(void *ctx, const struct deletion *deletion)
{
	struct batch *batch = ctx;
	char id[24];
	struct head head = {
		.host = deletion->host ? deletion->host : "",
		.op = deletion_op_name(deletion->op),
		.recording = batch->recording,
		.id = id,
	};
	int err;

	if (batch->count >= BATCH_MESSAGES || batch->bytes >= BATCH_BYTES)
		return FULL;
	snprintf(id, sizeof(id), "%llu", (unsigned long long)batch->cursor.number + 1);
	err = output_deletion(batch->json, deletion);
	if (!err)
		err = add_taken(batch, &head);
	if (err)
		return err;
	batch->cursor.number++;
	batch->has_events = true;
	return 0;
}

/* Block by block, since each says whose it is. 1: there are more; 0; -errno */
static int read_events(struct batch *batch)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	const struct reader_scan scan = {
		.since = INT64_MIN,
		.until = INT64_MAX,
		.on_deletion = on_event,
		.ctx = batch,
	};
	int ret =
		prepare(batch,
			"SELECT id, recording FROM block WHERE id > ?1 OR (id = ?1 AND events > ?2)"
			" ORDER BY id",
			&stmt);

	if (ret)
		return ret;
	sqlite3_bind_int64(stmt, 1, batch->cursor.mark.block);
	sqlite3_bind_int64(stmt, 2, batch->cursor.mark.events);
	while ((ret = sql_step(stmt)) == 1) {
		int64_t block = sqlite3_column_int64(stmt, 0);

		if (block != batch->cursor.mark.block)
			batch->cursor.mark = (struct reader_mark){ block, 0 };
		batch->recording = sqlite3_column_int64(stmt, 1);
		ret = reader_scan_block(batch->reader, &scan, &batch->cursor.mark);
		if (ret)
			return ret;
	}
	return ret;
}

/* ---- coverage ---- */

static json_t *time_value(sqlite3_stmt *stmt, int column)
{
	struct timespec time;
	struct tm tm;
	char text[48];
	size_t length;

	if (sqlite3_column_type(stmt, column) == SQLITE_NULL)
		return json_null();
	time = nanoseconds_to_time(sqlite3_column_int64(stmt, column));
	gmtime_r(&time.tv_sec, &tm);
	length = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + length, sizeof(text) - length, ".%09ldZ", time.tv_nsec);
	return json_string(text);
}

static json_t *number_value(sqlite3_stmt *stmt, int column)
{
	return sqlite3_column_type(stmt, column) == SQLITE_NULL
		       ? json_null()
		       : json_integer(sqlite3_column_int64(stmt, column));
}

static json_t *text_value(sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);
	json_t *value = json_string(text ? text : "");

	return value ? value : json_string("?");
}

/* Processes that lost events; SQLite frees what a comm points to with the next step. */
static json_t *read_by(struct batch *batch, int64_t coverage)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	json_t *list = json_array();

	if (prepare(batch, "SELECT pid, comm, lost FROM loss_by WHERE coverage = ?", &stmt)) {
		json_decref(list);
		return NULL;
	}
	sqlite3_bind_int64(stmt, 1, coverage);
	while (sql_step(stmt) == 1)
		json_array_append_new(list, json_pack("{s:o,s:o,s:o}", "pid", number_value(stmt, 0),
						      "comm",
						      sqlite3_column_type(stmt, 1) == SQLITE_NULL
							      ? json_null()
							      : text_value(stmt, 1),
						      "lost", number_value(stmt, 2)));
	if (json_array_size(list))
		return list;
	json_decref(list);
	return json_null();
}

/* Columns: id, recording, kind, since, until, count, reason, host, boot */
static int add_coverage(struct batch *batch, sqlite3_stmt *stmt)
{
	char id[32];
	const char *kind = (const char *)sqlite3_column_text(stmt, 2);
	bool is_loss = kind && strcmp(kind, "loss") == 0;
	struct head head = {
		.host = (const char *)sqlite3_column_text(stmt, 7),
		.op = is_loss ? "loss" : "coverage",
		.recording = sqlite3_column_int64(stmt, 1),
		.id = id,
	};
	json_t *object = json_pack("{s:s,s:i,s:o,s:o,s:o,s:o,s:o,s:o}", "type", head.op, "schema",
				   1, "since", time_value(stmt, 3), "until", time_value(stmt, 4),
				   is_loss ? "lost" : "count", number_value(stmt, 5), "reason",
				   text_value(stmt, 6), "host", text_value(stmt, 7), "boot",
				   text_value(stmt, 8));

	if (object && is_loss)
		json_object_set_new(object, "by", read_by(batch, sqlite3_column_int64(stmt, 0)));
	else if (object)
		json_object_set_new(object, "kind", text_value(stmt, 2));
	batch->cursor.coverage = sqlite3_column_int64(stmt, 0);
	snprintf(id, sizeof(id), "c%lld", (long long)batch->cursor.coverage);
	return add_object(batch, &head, object);
}

/* What removed says is of this store alone; what it did to the stream's is read below. */
static int read_coverage(struct batch *batch)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int ret = prepare(batch,
			  "SELECT c.id, c.recording, c.kind, c.since, c.until, c.count, c.reason,"
			  " coalesce(r.host, ''), coalesce(r.boot, '') FROM coverage c"
			  " LEFT JOIN recording r ON r.id = c.recording"
			  " WHERE c.id > ? AND c.kind <> 'removed' ORDER BY c.id LIMIT ?",
			  &stmt);

	if (ret)
		return ret;
	sqlite3_bind_int64(stmt, 1, batch->cursor.coverage);
	sqlite3_bind_int(stmt, 2, COVERAGE_ROWS);
	while (!ret && (ret = sql_step(stmt)) == 1)
		ret = add_coverage(batch, stmt);
	return ret;
}

/* Columns: first, last, since, until, host, recording */
static int add_unforwarded(struct batch *batch, sqlite3_stmt *stmt)
{
	int64_t first = sqlite3_column_int64(stmt, 0);
	int64_t last = sqlite3_column_int64(stmt, 1);
	char id[64];
	struct head head = {
		.host = (const char *)sqlite3_column_text(stmt, 4),
		.op = "loss",
		.recording = sqlite3_column_int64(stmt, 5),
		.id = id,
	};

	snprintf(id, sizeof(id), "u%lld-%lld", (long long)first, (long long)last);
	batch->cursor.unforwarded = (uint64_t)last;
	return add_object(batch, &head,
			  json_pack("{s:s,s:i,s:I,s:s,s:o,s:o,s:n,s:o,s:I,s:I}", "type", "loss",
				    "schema", 1, "lost", (json_int_t)last - first + 1, "reason",
				    "removed before it was forwarded", "since", time_value(stmt, 2),
				    "until", time_value(stmt, 3), "by", "host", text_value(stmt, 4),
				    "first", (json_int_t)first, "last", (json_int_t)last));
}

static int read_unforwarded(struct batch *batch)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int ret =
		prepare(batch,
			"SELECT u.first, u.last, u.since, u.until, r.host, r.id FROM unforwarded u,"
			" (SELECT id, host FROM recording ORDER BY id DESC LIMIT 1) r"
			" ORDER BY u.first LIMIT 64",
			&stmt);

	while (!ret && (ret = sql_step(stmt)) == 1)
		ret = add_unforwarded(batch, stmt);
	return ret;
}

/* ---- recordings ---- */

/*
 * Columns: id, host, boot, version, probe, transport, unseen, began, until, ended, canary, events.
 * Whoever has all up to the number has all that was recorded until then.
 */
static int add_recording(struct batch *batch, sqlite3_stmt *stmt)
{
	char id[64];
	struct head head = {
		.host = (const char *)sqlite3_column_text(stmt, 1),
		.op = "coverage",
		.recording = sqlite3_column_int64(stmt, 0),
		.id = id,
	};

	snprintf(id, sizeof(id), "r%lld-%lld", (long long)head.recording,
		 (long long)sqlite3_column_int64(stmt, 8));
	return add_object(batch, &head,
			  json_pack("{s:s,s:i,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:I}",
				    "type", "coverage", "schema", 1, "kind", "recording", "host",
				    text_value(stmt, 1), "boot", text_value(stmt, 2), "version",
				    text_value(stmt, 3), "probe", text_value(stmt, 4), "transport",
				    text_value(stmt, 5), "unseen", text_value(stmt, 6), "since",
				    time_value(stmt, 7), "until", time_value(stmt, 8), "ended",
				    time_value(stmt, 9), "canary", time_value(stmt, 10), "events",
				    number_value(stmt, 11), "number",
				    (json_int_t)batch->cursor.number));
}

static bool is_due(const struct batch *batch, sqlite3_stmt *stmt)
{
	int64_t since = monotonic() - batch->told_at;

	if (sqlite3_column_int64(stmt, 0) > batch->told_recording)
		return true;
	if (sqlite3_column_int64(stmt, 8) == batch->told)
		return false;
	return sqlite3_column_type(stmt, 9) != SQLITE_NULL || since > CLAIM_IDLE_NS ||
	       (batch->has_events && since > CLAIM_BUSY_NS);
}

/* After the events, of which there are no more; the newest one goes on, the others are at rest. */
static int read_recordings(struct batch *batch)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int ret = prepare(batch,
			  "SELECT id, host, boot, version, probe, transport, unseen, began, until,"
			  " ended, canary, events FROM recording WHERE id >= ? ORDER BY id LIMIT ?",
			  &stmt);

	if (ret)
		return ret;
	sqlite3_bind_int64(stmt, 1, batch->told_recording);
	sqlite3_bind_int(stmt, 2, RECORDING_ROWS);
	while (!ret && (ret = sql_step(stmt)) == 1) {
		ret = 0;
		if (!is_due(batch, stmt))
			continue;
		ret = add_recording(batch, stmt);
		batch->told_recording = sqlite3_column_int64(stmt, 0);
		batch->told = sqlite3_column_int64(stmt, 8);
		batch->told_at = monotonic();
	}
	return ret;
}

/* ---- all ---- */

/* Retention may have moved the cursor past what was to be read next. */
static int find_cursor(struct batch *batch)
{
	struct forward_cursor stored;
	int err = forward_read(batch->reader, &stored);

	if (err)
		return err;
	if (strcmp(stored.uuid, batch->cursor.uuid) != 0 || stored.number > batch->cursor.number) {
		stored.coverage = strcmp(stored.uuid, batch->cursor.uuid) != 0
					  ? stored.coverage
					  : batch->cursor.coverage;
		batch->cursor = stored;
	}
	return 0;
}

static int read_all(struct batch *batch)
{
	int ret = find_cursor(batch);

	if (!ret)
		ret = read_events(batch);
	if (ret < 0)
		return ret;
	batch->whole = ret != FULL;
	ret = read_unforwarded(batch);
	if (!ret)
		ret = read_coverage(batch);
	return ret || !batch->whole ? ret : read_recordings(batch);
}

int batch_read(struct batch *batch)
{
	int ret = reader_begin(batch->reader);

	if (ret)
		return ret;
	batch->has_events = false;
	ret = read_all(batch);
	reader_end(batch->reader);
	return ret;
}

void batch_clear(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		natsMsg_Destroy(batch->messages[i]);
	batch->count = 0;
	batch->bytes = 0;
}
