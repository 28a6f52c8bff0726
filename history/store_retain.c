// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* What leaves the store, in slices so short that events need not wait long for their commit. */
#include <errno.h>
#include <stdio.h>

#include "history/forward.h"
#include "history/lookup.h"
#include "history/sql.h"
#include "history/store_internal.h"

#define SLICE_BLOCKS 16
#define SLICE_ROWS   4096
#define SLICE_PAGES  512

/* In the order in which they are swept; who refers goes before what it refers to. */
static const char *const swept_tables[] = { "process", "directory", "text", "user" };
#define SWEPT_TABLES ((int)(sizeof(swept_tables) / sizeof(swept_tables[0])))

static const char by_age[] = "older than the limit";
static const char by_size[] = "the store had grown to its limit";

static int prepare(struct store *store, const char *sql, sqlite3_stmt **stmt)
{
	return sql_errno(store->db, sqlite3_prepare_v2(store->db, sql, -1, stmt, NULL));
}

/* ---- blocks ---- */

struct slice {
	int64_t last; /* block */
	int64_t since;
	int64_t until;
	int64_t events;
	int blocks;
	const char *reason;
};

static const char *why_remove(const struct retention *retention, int64_t until, uint64_t in_use)
{
	if (retention->before && until < retention->before)
		return by_age;
	return retention->bytes && in_use > retention->bytes ? by_size : NULL;
}

/* From the oldest on, for one reason. The sizes of names and data are near enough to theirs. */
static int choose_slice(struct store *store, const struct retention *retention, struct slice *slice)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	uint64_t in_use = 0;
	int ret = store_size(store, &in_use);

	if (!ret)
		ret = prepare(store,
			      "SELECT id, since, until, events, length(names) + length(data)"
			      " FROM block WHERE closed = 1 ORDER BY id LIMIT ?",
			      &stmt);
	if (ret)
		return ret;
	sqlite3_bind_int(stmt, 1, SLICE_BLOCKS);
	while ((ret = sql_step(stmt)) == 1) {
		int64_t since = sqlite3_column_int64(stmt, 1);
		int64_t until = sqlite3_column_int64(stmt, 2);
		uint64_t bytes = (uint64_t)sqlite3_column_int64(stmt, 4);
		const char *reason = why_remove(retention, until, in_use);

		if (!reason || (slice->reason && slice->reason != reason))
			return 0;
		slice->reason = reason;
		slice->last = sqlite3_column_int64(stmt, 0);
		slice->since = !slice->blocks || since < slice->since ? since : slice->since;
		slice->until = !slice->blocks || until > slice->until ? until : slice->until;
		slice->events += sqlite3_column_int64(stmt, 3);
		slice->blocks++;
		in_use -= bytes < in_use ? bytes : in_use;
	}
	return ret;
}

/* All that ever went for one reason is one row: from the first to the last of it. */
static int tell_removed(struct store *store, const struct slice *slice)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	struct coverage coverage = {
		.kind = COVERAGE_REMOVED,
		.since = slice->since,
		.until = slice->until,
		.count = slice->events,
		.reason = slice->reason,
	};
	int err = prepare(store,
			  "UPDATE coverage SET since = min(since, ?1), until = max(until, ?2),"
			  " count = count + ?3 WHERE kind = 'removed' AND reason = ?4",
			  &stmt);

	if (err)
		return err;
	sqlite3_bind_int64(stmt, 1, slice->since);
	sqlite3_bind_int64(stmt, 2, slice->until);
	sqlite3_bind_int64(stmt, 3, slice->events);
	sqlite3_bind_text(stmt, 4, slice->reason, -1, SQLITE_STATIC);
	err = sql_finish(stmt);
	if (err || sqlite3_changes(store->db))
		return err;
	return store_put_coverage(store, &coverage);
}

static int remove_until(struct store *store, const char *sql, int64_t bound)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int err = prepare(store, sql, &stmt);

	if (err)
		return err;
	sqlite3_bind_int64(stmt, 1, bound);
	return sql_finish(stmt);
}

/* What a stream has yet to be told stays. */
#define UNTOLD " AND id <= coalesce((SELECT coverage FROM forward), id)"

/* Coverage of a time of which nothing is left proves nothing any more. */
static int remove_slice(struct store *store, const struct slice *slice)
{
	static const char *const statements[] = {
		("DELETE FROM loss_by WHERE coverage IN"
		 " (SELECT id FROM coverage WHERE kind <> 'removed' AND until < ?" UNTOLD ")"),
		"DELETE FROM coverage WHERE kind <> 'removed' AND until < ?" UNTOLD,
		("DELETE FROM recording WHERE until < ? AND id < (SELECT max(id) FROM recording)"
		 " AND id NOT IN (SELECT recording FROM source_recording)"),
	};
	int err = store_forward_skip(store, slice->last);

	if (!err)
		err = remove_until(store, "DELETE FROM block WHERE id <= ?", slice->last);
	for (int i = 0; i < 3 && !err; i++)
		err = remove_until(store, statements[i], slice->until);
	return err ? err : tell_removed(store, slice);
}

/* ---- what only removed blocks referred to ---- */

static int oldest_block(struct store *store, int64_t *oldest)
{
	sqlite3_int64 id = 0;
	int err = sql_number(store->db, "SELECT coalesce(min(id), 9223372036854775807) FROM block",
			     &id);

	if (!err)
		*oldest = id;
	return err;
}

/* The next rows of one table; 1: there are more of it; 0: its end */
static int sweep_rows(struct store *store, const char *table, int64_t oldest)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	sqlite3_int64 newest = 0;
	char sql[128];
	int err;

	snprintf(sql, sizeof(sql), "SELECT coalesce(max(id), 0) FROM %s", table);
	err = sql_number(store->db, sql, &newest);
	snprintf(sql, sizeof(sql), "DELETE FROM %s WHERE id > ?1 AND id <= ?2 AND last < ?3",
		 table);
	if (!err)
		err = prepare(store, sql, &stmt);
	if (err)
		return err;
	sqlite3_bind_int64(stmt, 1, store->swept);
	sqlite3_bind_int64(stmt, 2, store->swept + SLICE_ROWS);
	sqlite3_bind_int64(stmt, 3, oldest);
	err = sql_finish(stmt);
	store->swept += SLICE_ROWS;
	return err ? err : store->swept < newest;
}

/* 1: more to do; 0: all tables are through */
static int sweep(struct store *store)
{
	int64_t oldest = 0;
	int ret = oldest_block(store, &oldest);

	if (!ret)
		ret = lookup_remove(store->db, oldest);
	if (ret)
		return ret;
	ret = sweep_rows(store, swept_tables[store->sweeping], oldest);
	if (ret)
		return ret;
	store->swept = 0;
	store->sweeping++;
	return store->sweeping < SWEPT_TABLES;
}

/* Half-empty files are given back, a slice at a time; what will soon be full again is not. */
static int shrink(struct store *store)
{
	sqlite3_int64 pages = 0;
	sqlite3_int64 unused = 0;
	char sql[64];
	int err = sql_number(store->db, "PRAGMA page_count", &pages);

	if (!err)
		err = sql_number(store->db, "PRAGMA freelist_count", &unused);
	if (err || unused < SLICE_PAGES || unused < pages / 2)
		return err;
	snprintf(sql, sizeof(sql), "PRAGMA incremental_vacuum(%d)", SLICE_PAGES);
	err = sql_run(store->db, sql);
	return err ? err : 1;
}

int store_retain(struct store *store, const struct retention *retention, uint64_t *removed)
{
	struct slice slice = { 0 };
	int ret = choose_slice(store, retention, &slice);

	if (ret)
		return ret;
	if (slice.blocks) {
		store->sweeping = 0;
		store->swept = 0;
		ret = remove_slice(store, &slice);
		*removed = ret ? 0 : (uint64_t)slice.events;
		return ret ? ret : 1;
	}
	*removed = 0;
	if (store->sweeping < SWEPT_TABLES)
		return (ret = sweep(store)) ? ret : 1;
	return shrink(store);
}
