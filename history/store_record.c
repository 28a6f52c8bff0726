// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* A recording's own row, and what the one before it left behind. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "history/lookup.h"
#include "history/sql.h"
#include "history/store_internal.h"

static int prepare(struct store *store, const char *sql, sqlite3_stmt **stmt)
{
	return sql_errno(store->db, sqlite3_prepare_v2(store->db, sql, -1, stmt, NULL));
}

/* ---- the block that was left open: its paths are not in the lookup yet ---- */

static int join_hash(const struct place *place, const char *directory, size_t size, uint32_t *hash)
{
	char *path = malloc(size + place->size + 1);

	if (!path)
		return -ENOMEM;
	memcpy(path, directory, size);
	memcpy(path + size, place->name, place->size);
	*hash = path_hash(path, size + place->size);
	free(path);
	return 0;
}

static int place_hash(sqlite3_stmt *directory, const struct place *place, uint32_t *hash)
{
	const char *bytes;
	int ret;

	sqlite3_bind_int64(directory, 1, (int64_t)place->directory);
	ret = sql_step(directory);
	if (ret == 1) {
		bytes = sqlite3_column_blob(directory, 0);
		ret = join_hash(place, bytes ? bytes : "",
				bytes ? (size_t)sqlite3_column_bytes(directory, 0) : 0, hash);
	} else if (ret == 0) {
		ret = -EUCLEAN;
	}
	sqlite3_reset(directory);
	return ret;
}

static int hash_events(struct store *store, struct block_reader *reader, uint32_t *hashes,
		       unsigned int *count)
{
	_cleanup_stmt_ sqlite3_stmt *directory = NULL;
	struct event event;
	int ret = prepare(store, "SELECT path FROM directory WHERE id = ?", &directory);

	while (!ret && *count + 2 <= 2 * BLOCK_EVENTS_MAX &&
	       (ret = block_reader_next(reader, &event)) == 1) {
		ret = 0;
		if (event.path.directory)
			ret = place_hash(directory, &event.path, &hashes[(*count)++]);
		if (!ret && event.seen.directory)
			ret = place_hash(directory, &event.seen, &hashes[(*count)++]);
	}
	return ret == -EBADMSG ? -EUCLEAN : ret;
}

static int look_up_row(struct store *store, sqlite3_stmt *row, uint32_t *hashes)
{
	struct block_reader *reader = NULL;
	unsigned int count = 0;
	int err = block_reader_open(
		sqlite3_column_blob(row, 1), (size_t)sqlite3_column_bytes(row, 1),
		sqlite3_column_blob(row, 2), (size_t)sqlite3_column_bytes(row, 2), &reader);

	if (!err)
		err = hash_events(store, reader, hashes, &count);
	block_reader_free(reader);
	return err ? err : lookup_add(store->db, sqlite3_column_int64(row, 0), hashes, count);
}

static int look_up_block(struct store *store, sqlite3_stmt *row)
{
	uint32_t *hashes = calloc((size_t)2 * BLOCK_EVENTS_MAX, sizeof(*hashes));
	int err = hashes ? look_up_row(store, row, hashes) : -ENOMEM;

	free(hashes);
	return err;
}

static int close_blocks(struct store *store)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int ret = prepare(store, "SELECT id, names, data FROM block WHERE closed = 0", &stmt);

	while (!ret && (ret = sql_step(stmt)) == 1)
		ret = look_up_block(store, stmt);
	return ret ? ret : sql_run(store->db, "UPDATE block SET closed = 1 WHERE closed = 0");
}

/* ---- the recording before ---- */

struct before {
	int64_t until;
	bool ended;
	bool same_boot;
};

/* 1: there was one; 0; -errno */
static int find_before(struct store *store, const struct recording *recording,
		       struct before *before)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int ret = prepare(store,
			  "SELECT until, ended IS NOT NULL, boot = ? FROM recording"
			  " ORDER BY id DESC LIMIT 1",
			  &stmt);

	if (ret)
		return ret;
	sqlite3_bind_text(stmt, 1, recording->boot, -1, SQLITE_STATIC);
	ret = sql_step(stmt);
	if (ret == 1) {
		before->until = sqlite3_column_int64(stmt, 0);
		before->ended = sqlite3_column_int(stmt, 1);
		before->same_boot = sqlite3_column_int(stmt, 2);
	}
	return ret;
}

static int64_t boot_time(void)
{
	struct timespec now;
	struct timespec up;

	clock_gettime(CLOCK_BOOTTIME, &up);
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)(now.tv_sec - up.tv_sec) * 1000000000 + now.tv_nsec - up.tv_nsec;
}

static int tell_before(struct store *store, const struct recording *recording,
		       const struct before *before)
{
	struct coverage gap = {
		.kind = COVERAGE_GAP,
		.since = before->until,
		.until = recording->began,
		.count = -1,
		.reason = before->ended	      ? "no recorder ran"
			  : before->same_boot ? "the recorder was killed"
					      : "the machine went down",
	};
	struct coverage boot = {
		.kind = COVERAGE_BOOT,
		.since = boot_time(),
		.until = boot_time(),
		.count = -1,
		.reason = "the machine started",
	};
	int err = store_put_coverage(store, &gap);

	return err || before->same_boot ? err : store_put_coverage(store, &boot);
}

/* ---- the row ---- */

static int insert(struct store *store, const struct recording *recording)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	const char *const texts[] = { recording->host,	recording->boot,      recording->version,
				      recording->probe, recording->transport, recording->unseen };
	int err = prepare(store,
			  "INSERT INTO recording (host, boot, version, probe, transport, unseen,"
			  " began, until, events, canary, first_block, first_process)"
			  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			  &stmt);

	if (err)
		return err;
	for (int i = 0; i < 6; i++)
		sqlite3_bind_text(stmt, i + 1, texts[i], -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 7, recording->began);
	sqlite3_bind_int64(stmt, 8, recording->until);
	sqlite3_bind_int64(stmt, 9, (int64_t)recording->events);
	sqlite3_bind_int64(stmt, 10, recording->canary);
	sqlite3_bind_int64(stmt, 11, store->first_block);
	sqlite3_bind_int64(stmt, 12, store->first_process);
	err = sql_finish(stmt);
	if (!err)
		store->recording = sqlite3_last_insert_rowid(store->db);
	return err;
}

int store_choose_rows(struct store *store)
{
	sqlite3_int64 block = 0;
	sqlite3_int64 process = 0;
	int err = sql_number(store->db,
			     "SELECT max(coalesce((SELECT max(id) FROM block), 0),"
			     " coalesce((SELECT max(last_block) FROM lookup_run), 0),"
			     " coalesce((SELECT max(block) FROM forward), 0),"
			     " coalesce((SELECT max(first_block) FROM recording), 0))",
			     &block);

	if (!err)
		err = sql_number(store->db,
				 "SELECT max(coalesce((SELECT max(id) FROM process), 0),"
				 " coalesce((SELECT max(first_process) FROM recording), 0))",
				 &process);
	store->first_block = block + 1;
	store->first_process = process + 1;
	return err;
}

/* 1: it goes on; 0: not in this store; -errno */
static int find_again(struct store *store, const struct recording *recording)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int ret = prepare(store,
			  "SELECT first_block, first_process FROM recording"
			  " WHERE id = ? AND boot = ? AND began = ?",
			  &stmt);

	if (ret || !recording->id)
		return ret;
	sqlite3_bind_int64(stmt, 1, recording->id);
	sqlite3_bind_text(stmt, 2, recording->boot, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 3, recording->began);
	ret = sql_step(stmt);
	if (ret == 1) {
		store->first_block = sqlite3_column_int64(stmt, 0);
		store->first_process = sqlite3_column_int64(stmt, 1);
		store->recording = recording->id;
	}
	return ret;
}

int store_record(struct store *store, struct recording *recording)
{
	struct before before = { 0 };
	int had = 0;
	int ret = find_again(store, recording);

	if (ret)
		return ret < 0 ? ret : 0;
	if (recording->id)
		recording->began = recording->until;
	ret = close_blocks(store);
	if (!ret)
		ret = store_choose_rows(store);
	if (!ret)
		had = find_before(store, recording, &before);
	if (ret || had < 0)
		return ret ? ret : had;
	ret = insert(store, recording);
	if (!ret && had)
		ret = tell_before(store, recording, &before);
	if (!ret)
		recording->id = store->recording;
	return ret;
}

int store_update(struct store *store, const struct recording *recording)
{
	sqlite3_stmt *stmt;
	int err = store_statement(store, UPDATE_RECORDING, &stmt);

	if (err)
		return err;
	sqlite3_bind_int64(stmt, 1, store->recording);
	sqlite3_bind_int64(stmt, 2, recording->until);
	if (recording->ended)
		sqlite3_bind_int64(stmt, 3, recording->ended);
	sqlite3_bind_int64(stmt, 4, recording->canary);
	sqlite3_bind_int64(stmt, 5, (int64_t)recording->events);
	return sql_finish(stmt);
}
