// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "history/sql.h"

#include <errno.h>
#include <stddef.h>

static int system_errno(sqlite3 *db, int otherwise)
{
	int err = sqlite3_system_errno(db);

	return err ? -err : otherwise;
}

int sql_errno(sqlite3 *db, int result)
{
	switch (result & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_MISMATCH:
	case SQLITE_SCHEMA:
		return -EUCLEAN;
	case SQLITE_CANTOPEN:
		return system_errno(db, -ENOENT);
	case SQLITE_IOERR:
		return result == SQLITE_IOERR_SHORT_READ ? -EUCLEAN : system_errno(db, -EIO);
	default:
		/* A table or a column is missing: this is not what the version says. */
		return result == SQLITE_ERROR ? -EUCLEAN : -EIO;
	}
}

int sql_run(sqlite3 *db, const char *sql)
{
	return sql_errno(db, sqlite3_exec(db, sql, NULL, NULL, NULL));
}

int sql_step(sqlite3_stmt *stmt)
{
	int result = sqlite3_step(stmt);

	if (result == SQLITE_ROW)
		return 1;
	return sql_errno(sqlite3_db_handle(stmt), result);
}

int sql_finish(sqlite3_stmt *stmt)
{
	int result = sqlite3_step(stmt);
	int err = result == SQLITE_ROW ? 0 : sql_errno(sqlite3_db_handle(stmt), result);

	sqlite3_reset(stmt);
	return err;
}

int sql_number(sqlite3 *db, const char *sql, sqlite3_int64 *number)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int ret = sql_errno(db, sqlite3_prepare_v2(db, sql, -1, &stmt, NULL));

	if (!ret)
		ret = sql_step(stmt);
	if (ret == 1)
		*number = sqlite3_column_int64(stmt, 0);
	return ret == 1 ? 0 : ret ? ret : -ENODATA;
}
