// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "history/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "history/schema.h"
#include "history/sql.h"
#include "history/store_internal.h"

/* How long a commit waits for another connection's lock before it is put off. */
#define BUSY_MS 500
/* The log goes into the file from this many pages on. */
#define CHECKPOINT_PAGES 1000

static const struct {
	const char *sql;
} statements[STATEMENTS] = {
	[SELECT_DIRECTORY] = { "SELECT id, last FROM directory WHERE path = ?1" },
	[INSERT_DIRECTORY] = { "INSERT INTO directory (path, last) VALUES (?1, ?2)" },
	[TOUCH_DIRECTORY] = { "UPDATE directory SET last = ?2 WHERE id = ?1" },
	[SELECT_TEXT] = { "SELECT id, last FROM text WHERE value = ?1" },
	[INSERT_TEXT] = { "INSERT INTO text (value, last) VALUES (?1, ?2)" },
	[TOUCH_TEXT] = { "UPDATE text SET last = ?2 WHERE id = ?1" },
	[SELECT_USER] = { "SELECT id, last FROM user WHERE uid = ?1 AND name = ?2" },
	[INSERT_USER] = { "INSERT INTO user (uid, name, last) VALUES (?1, ?2, ?3)" },
	[TOUCH_USER] = { "UPDATE user SET last = ?2 WHERE id = ?1" },
	[SELECT_PROCESS] = { "SELECT last, user, exe, ancestors, cgroup, unit, container, cause"
			     " FROM process WHERE id = ?1" },
	[INSERT_PROCESS] = { "INSERT INTO process (id, recording, pid, ppid, start_time, user,"
			     " euid, login_uid, audit_session, exe, args, ancestors, cgroup, unit,"
			     " container, cause, incomplete, last, mount_namespace) VALUES (?1, ?2,"
			     " ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,"
			     " ?18, ?19)" },
	[TOUCH_PROCESS] = { "UPDATE process SET last = ?2 WHERE id = ?1" },
	[PUT_BLOCK] = { "INSERT OR REPLACE INTO block (id, recording, closed, events, since, until,"
			" names, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)" },
	[PUT_COVERAGE] = { "INSERT INTO coverage (id, recording, kind, since, until, count,"
			   " reason) SELECT 1 + max(coalesce(max(id), 0),"
			   " coalesce((SELECT coverage FROM forward), 0)),"
			   " ?1, ?2, ?3, ?4, ?5, ?6 FROM coverage" },
	[PUT_LOSS_BY] = { "INSERT INTO loss_by (coverage, pid, comm, lost) VALUES (?1, ?2, ?3, "
			  "?4)" },
	[UPDATE_RECORDING] = { "UPDATE recording SET until = ?2, ended = ?3, canary = ?4,"
			       " events = ?5 WHERE id = ?1" },
};

int store_statement(struct store *store, enum statement which, sqlite3_stmt **stmt)
{
	int result;

	if (!store->statements[which]) {
		result = sqlite3_prepare_v3(store->db, statements[which].sql, -1,
					    SQLITE_PREPARE_PERSISTENT, &store->statements[which],
					    NULL);
		if (result)
			return sql_errno(store->db, result);
	}
	*stmt = store->statements[which];
	sqlite3_clear_bindings(*stmt);
	return 0;
}

/* ---- life ---- */

static int count_log(void *ctx, sqlite3 *db, const char *name, int pages)
{
	struct store *store = ctx;

	(void)db;
	(void)name;
	store->log_pages = pages;
	return SQLITE_OK;
}

/* Before the first table is made, else they have no effect; then the ones of this connection. */
static int set_pragmas(struct store *store)
{
	static const char made_with[] = "PRAGMA auto_vacuum = INCREMENTAL;"
					"PRAGMA journal_mode = WAL;";
	static const char each_time[] = "PRAGMA synchronous = FULL;"
					"PRAGMA wal_autocheckpoint = 0;"
					"PRAGMA journal_size_limit = 16777216;"
					"PRAGMA cache_size = -4096;"
					"PRAGMA temp_store = MEMORY;"
					"PRAGMA trusted_schema = OFF;";
	int keep_log = 1;
	int err = sql_run(store->db, made_with);

	if (!err)
		err = sql_run(store->db, each_time);
	if (err)
		return err;
	sqlite3_file_control(store->db, "main", SQLITE_FCNTL_PERSIST_WAL, &keep_log);
	sqlite3_wal_hook(store->db, count_log, store);
	return 0;
}

static int explain(const struct store_opts *opts, int err, int version)
{
	if (err == -ENOTSUP)
		snprintf(opts->error, opts->error_size,
			 "%s is a store of version %d, and this whodel knows %d: a newer whodel "
			 "wrote it; use that, or another --store",
			 opts->path, version, SCHEMA_VERSION);
	else if (err == -EUCLEAN)
		snprintf(opts->error, opts->error_size,
			 "%s is damaged, or no store of whodel's; keep it aside and start another "
			 "one: mv %s %s.damaged",
			 opts->path, opts->path, opts->path);
	else if (err == -EMEDIUMTYPE)
		snprintf(opts->error, opts->error_size,
			 "%s is a database of another program; give another file with --store",
			 opts->path);
	else
		snprintf(opts->error, opts->error_size, "cannot open the store %s: %s", opts->path,
			 strerror(-err));
	return err;
}

static int open_database(struct store *store, const char *path, int *version)
{
	int result = sqlite3_open_v2(path, &store->db,
				     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW |
					     SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
				     NULL);
	int err;

	if (result)
		return store->db ? sql_errno(store->db, result) : -ENOMEM;
	sqlite3_busy_timeout(store->db, BUSY_MS);
	err = schema_check(store->db, version);
	if (err && err != -ENODATA && err != -EPROTO)
		return err;
	err = set_pragmas(store);
	return err ? err : schema_migrate(store->db, schema_steps, SCHEMA_VERSION);
}

int store_open(const struct store_opts *opts, struct store **out)
{
	struct store *store = calloc(1, sizeof(*store));
	int version = 0;
	int err;

	if (!store)
		return explain(opts, -ENOMEM, 0);
	store->lock = -1;
	err = opts->must_exist && access(opts->path, F_OK) ? explain(opts, -errno, 0) : 0;
	if (!err)
		err = store_file_lock(opts->path, opts->group, &store->lock, opts->error,
				      opts->error_size);
	if (!err) {
		err = open_database(store, opts->path, &version);
		if (err)
			explain(opts, err, version);
	}
	if (err) {
		store_close(store);
		return err;
	}
	*out = store;
	return 0;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(store->statements[i]);
	sqlite3_close(store->db);
	if (store->lock >= 0)
		close(store->lock);
	free(store);
}

bool store_moved(struct store *store)
{
	int moved = 0;

	return !sqlite3_file_control(store->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) && moved;
}

int store_begin(struct store *store)
{
	return sql_run(store->db, "BEGIN IMMEDIATE");
}

int store_commit(struct store *store)
{
	return sql_run(store->db, "COMMIT");
}

void store_rollback(struct store *store)
{
	if (!sqlite3_get_autocommit(store->db))
		sql_run(store->db, "ROLLBACK");
}

int store_checkpoint(struct store *store)
{
	int result;

	if (store->log_pages < CHECKPOINT_PAGES)
		return 0;
	store->log_pages = 0;
	/* A reader in its way is no error: what is left goes with the next one. */
	result = sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return (result & 0xff) == SQLITE_BUSY ? 0 : sql_errno(store->db, result);
}

int store_size(struct store *store, uint64_t *bytes)
{
	sqlite3_int64 pages = 0;
	sqlite3_int64 unused = 0;
	sqlite3_int64 size = 0;
	int err = sql_number(store->db, "PRAGMA page_count", &pages);

	if (!err)
		err = sql_number(store->db, "PRAGMA freelist_count", &unused);
	if (!err)
		err = sql_number(store->db, "PRAGMA page_size", &size);
	if (!err)
		*bytes = (uint64_t)((pages - unused) * size);
	return err;
}
