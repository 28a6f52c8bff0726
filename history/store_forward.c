// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "history/forward.h"

#include <errno.h>
#include <stdio.h>

#include "history/sql.h"
#include "history/store_internal.h"

static int prepare(sqlite3 *db, const char *sql, sqlite3_stmt **stmt)
{
	return sql_errno(db, sqlite3_prepare_v2(db, sql, -1, stmt, NULL));
}

/* 1: another machine's; 0; -errno */
static int is_foreign(struct store *store, const char *machine)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int ret = prepare(store->db, "SELECT 1 FROM identity WHERE machine NOT IN ('', ?)", &stmt);

	if (ret)
		return ret;
	sqlite3_bind_text(stmt, 1, machine, -1, SQLITE_STATIC);
	return sql_step(stmt);
}

static int set_machine(struct store *store, const char *machine)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int ret = prepare(store->db, "UPDATE identity SET machine = ?1 WHERE machine <> ?1", &stmt);

	if (ret)
		return ret;
	sqlite3_bind_text(stmt, 1, machine, -1, SQLITE_STATIC);
	return sql_finish(stmt);
}

int store_forward_begin(struct store *store, const char *machine)
{
	int ret = is_foreign(store, machine);

	if (ret == 1)
		ret = sql_run(store->db, "UPDATE identity SET uuid = lower(hex(randomblob(16)));"
					 "UPDATE forward SET number = 0;"
					 "DELETE FROM unforwarded;");
	if (!ret)
		ret = set_machine(store, machine);
	if (ret)
		return ret;
	return sql_run(store->db, "INSERT OR IGNORE INTO forward (id, block, events, number,"
				  " coverage) VALUES (1, 0, 0, 0, 0)");
}

static int move_cursor(struct store *store, const struct forward_cursor *cursor)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int err = prepare(store->db,
			  "UPDATE forward SET block = ?2, events = ?3, number = ?4"
			  " WHERE number < ?4 AND ?1 = (SELECT uuid FROM identity)",
			  &stmt);

	if (err)
		return err;
	sqlite3_bind_text(stmt, 1, cursor->uuid, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 2, cursor->mark.block);
	sqlite3_bind_int64(stmt, 3, cursor->mark.events);
	sqlite3_bind_int64(stmt, 4, (int64_t)cursor->number);
	return sql_finish(stmt);
}

static int run_with(struct store *store, const char *sql, const char *uuid, int64_t number)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int err = prepare(store->db, sql, &stmt);

	if (err)
		return err;
	sqlite3_bind_text(stmt, 1, uuid, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 2, number);
	return sql_finish(stmt);
}

int store_forwarded(struct store *store, const struct forward_cursor *cursor)
{
	int err = move_cursor(store, cursor);

	if (!err)
		err = run_with(store,
			       "UPDATE forward SET coverage = ?2 WHERE coverage < ?2"
			       " AND ?1 = (SELECT uuid FROM identity)",
			       cursor->uuid, cursor->coverage);
	/* A row that has grown since it was told is told again. */
	return err ? err
		   : run_with(store,
			      "DELETE FROM unforwarded WHERE last <= ?2"
			      " AND ?1 = (SELECT uuid FROM identity)",
			      cursor->uuid, (int64_t)cursor->unforwarded);
}

/* ---- removed before it was told ---- */

struct skipped {
	uint64_t count;
	int64_t since;
	int64_t until;
	int64_t events; /* of the last block */
};

static int count_skipped(struct store *store, int64_t last, struct skipped *skipped)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int ret = prepare(store->db,
			  "SELECT sum(b.events - iif(b.id = f.block, f.events, 0)), min(b.since),"
			  " max(b.until), max(iif(b.id = ?1, b.events, 0))"
			  " FROM forward f JOIN block b ON b.id >= f.block AND b.id <= ?1"
			  " WHERE b.events > iif(b.id = f.block, f.events, 0)",
			  &stmt);

	if (ret)
		return ret;
	sqlite3_bind_int64(stmt, 1, last);
	ret = sql_step(stmt);
	if (ret < 0)
		return ret;
	skipped->count = (uint64_t)sqlite3_column_int64(stmt, 0);
	skipped->since = sqlite3_column_int64(stmt, 1);
	skipped->until = sqlite3_column_int64(stmt, 2);
	skipped->events = sqlite3_column_int64(stmt, 3);
	return 0;
}

/* Numbers that follow on those of the last row lengthen it: mostly there is one row. */
static int note_skipped(struct store *store, const struct skipped *skipped)
{
	static const char *const statements[] = {
		"UPDATE unforwarded SET last = last + ?1, since = min(since, ?2),"
		" until = max(until, ?3) WHERE last = (SELECT number FROM forward)",
		"INSERT INTO unforwarded (first, last, since, until)"
		" SELECT number + 1, number + ?1, ?2, ?3 FROM forward",
	};
	int err = 0;

	for (int i = 0; i < 2 && !err; i++) {
		_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

		err = prepare(store->db, statements[i], &stmt);
		if (err)
			return err;
		sqlite3_bind_int64(stmt, 1, (int64_t)skipped->count);
		sqlite3_bind_int64(stmt, 2, skipped->since);
		sqlite3_bind_int64(stmt, 3, skipped->until);
		err = sql_finish(stmt);
		if (sqlite3_changes(store->db))
			break;
	}
	return err;
}

int store_forward_skip(struct store *store, int64_t last)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	struct skipped skipped = { 0 };
	int err = count_skipped(store, last, &skipped);

	if (err || !skipped.count)
		return err;
	err = note_skipped(store, &skipped);
	if (!err)
		err = prepare(store->db,
			      "UPDATE forward SET block = ?1, events = ?2, number = number + ?3",
			      &stmt);
	if (err)
		return err;
	sqlite3_bind_int64(stmt, 1, last);
	sqlite3_bind_int64(stmt, 2, skipped.events);
	sqlite3_bind_int64(stmt, 3, (int64_t)skipped.count);
	return sql_finish(stmt);
}

/* ---- read ---- */

int forward_read(struct reader *reader, struct forward_cursor *cursor)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int ret = prepare(reader_db(reader),
			  "SELECT uuid, block, events, number, coverage FROM forward, identity",
			  &stmt);

	if (!ret)
		ret = sql_step(stmt);
	if (ret != 1)
		return ret ? ret : -ENODATA;
	*cursor = (struct forward_cursor){
		.mark = { sqlite3_column_int64(stmt, 1),
			  (unsigned int)sqlite3_column_int(stmt, 2) },
		.number = (uint64_t)sqlite3_column_int64(stmt, 3),
		.coverage = sqlite3_column_int64(stmt, 4),
	};
	snprintf(cursor->uuid, sizeof(cursor->uuid), "%s", sqlite3_column_text(stmt, 0));
	return 0;
}

int forward_lag(struct reader *reader, const struct forward_cursor *cursor, uint64_t *events)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int ret = prepare(reader_db(reader),
			  "SELECT coalesce(sum(events - iif(id = ?1, ?2, 0)), 0) FROM block"
			  " WHERE id >= ?1",
			  &stmt);

	if (ret)
		return ret;
	sqlite3_bind_int64(stmt, 1, cursor->mark.block);
	sqlite3_bind_int64(stmt, 2, cursor->mark.events);
	ret = sql_step(stmt);
	if (ret == 1)
		*events = (uint64_t)sqlite3_column_int64(stmt, 0);
	return ret < 0 ? ret : 0;
}
