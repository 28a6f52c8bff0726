/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* SQLite's results as this project's: 0 or -errno. */
#ifndef WHODEL_SQL_H
#define WHODEL_SQL_H

#include <sqlite3.h>

/*
 * What a result of SQLite's means: -ENOSPC, -EROFS, -EBUSY (another connection holds the lock),
 * -EUCLEAN (damaged, or no database), -ENOMEM, or what the operating system said.
 */
int sql_errno(sqlite3 *db, int result);

/* Run @sql, which returns no rows. */
int sql_run(sqlite3 *db, const char *sql);

/* 1: a row; 0: done; else -errno */
int sql_step(sqlite3_stmt *stmt);

/* One step of a statement that returns no row; it can be bound again then. */
int sql_finish(sqlite3_stmt *stmt);

/* The first column of the first row of @sql, a number; -ENODATA: there is none. */
int sql_number(sqlite3 *db, const char *sql, sqlite3_int64 *number);

static inline void sql_cleanup(sqlite3_stmt **stmt)
{
	sqlite3_finalize(*stmt);
}

#define _cleanup_stmt_ __attribute__((cleanup(sql_cleanup)))

#endif
