// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "history/schema.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>

#include "history/sql.h"

/* A step that has once been in a release is never changed: the next change is a step of its own. */
const char *const schema_steps[SCHEMA_VERSION] = {
	"CREATE TABLE block ("
	" id INTEGER PRIMARY KEY, recording INTEGER NOT NULL, closed INTEGER NOT NULL,"
	" events INTEGER NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL,"
	" names BLOB NOT NULL, data BLOB NOT NULL);"
	"CREATE TABLE directory ("
	" id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, last INTEGER NOT NULL);"
	"CREATE TABLE text ("
	" id INTEGER PRIMARY KEY, value BLOB NOT NULL UNIQUE, last INTEGER NOT NULL);"
	"CREATE TABLE user ("
	" id INTEGER PRIMARY KEY, uid INTEGER NOT NULL, name BLOB NOT NULL, last INTEGER NOT NULL,"
	" UNIQUE (uid, name));"
	"CREATE TABLE process ("
	" id INTEGER PRIMARY KEY, recording INTEGER NOT NULL, pid INTEGER NOT NULL,"
	" ppid INTEGER NOT NULL, start_time INTEGER NOT NULL, user INTEGER NOT NULL,"
	" euid INTEGER NOT NULL, login_uid INTEGER, audit_session INTEGER, exe INTEGER, args BLOB,"
	" ancestors INTEGER NOT NULL, cgroup INTEGER, unit INTEGER, container INTEGER,"
	" cause INTEGER, mount_namespace INTEGER, incomplete INTEGER NOT NULL,"
	" last INTEGER NOT NULL);"
	"CREATE TABLE lookup_run ("
	" id INTEGER PRIMARY KEY, level INTEGER NOT NULL, entries INTEGER NOT NULL,"
	" first_block INTEGER NOT NULL, last_block INTEGER NOT NULL);"
	"CREATE TABLE lookup (id INTEGER PRIMARY KEY, data BLOB NOT NULL);"
	"CREATE TABLE recording ("
	" id INTEGER PRIMARY KEY, host TEXT NOT NULL, boot TEXT NOT NULL, version TEXT NOT NULL,"
	" probe TEXT NOT NULL, transport TEXT NOT NULL, unseen TEXT NOT NULL,"
	" began INTEGER NOT NULL, until INTEGER NOT NULL, ended INTEGER, events INTEGER NOT NULL,"
	" canary INTEGER NOT NULL, first_block INTEGER NOT NULL, first_process INTEGER NOT NULL);"
	"CREATE TABLE coverage ("
	" id INTEGER PRIMARY KEY, recording INTEGER NOT NULL, kind TEXT NOT NULL,"
	" since INTEGER NOT NULL, until INTEGER NOT NULL, count INTEGER, reason TEXT NOT NULL);"
	"CREATE TABLE loss_by ("
	" coverage INTEGER NOT NULL, pid INTEGER, comm BLOB, lost INTEGER NOT NULL);",
	"CREATE TABLE identity (uuid TEXT NOT NULL, machine TEXT NOT NULL);"
	"INSERT INTO identity VALUES (lower(hex(randomblob(16))), '');"
	"CREATE TABLE forward ("
	" id INTEGER PRIMARY KEY CHECK (id = 1), block INTEGER NOT NULL, events INTEGER NOT NULL,"
	" number INTEGER NOT NULL, coverage INTEGER NOT NULL);"
	"CREATE TABLE unforwarded ("
	" first INTEGER PRIMARY KEY, last INTEGER NOT NULL, since INTEGER NOT NULL,"
	" until INTEGER NOT NULL);"
	"CREATE TABLE source (id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE);"
	"CREATE TABLE source_recording ("
	" source INTEGER NOT NULL, theirs INTEGER NOT NULL, recording INTEGER NOT NULL,"
	" number INTEGER, until INTEGER, ended INTEGER, canary INTEGER, events INTEGER,"
	" PRIMARY KEY (source, theirs)) WITHOUT ROWID;"
	"CREATE TABLE collected ("
	" source INTEGER NOT NULL, kind INTEGER NOT NULL, first INTEGER NOT NULL,"
	" last INTEGER NOT NULL, PRIMARY KEY (source, kind, first)) WITHOUT ROWID;",
};

static int read_version(sqlite3 *db, int *version)
{
	sqlite3_int64 application = 0;
	sqlite3_int64 tables = 0;
	sqlite3_int64 number = 0;
	int err = sql_number(db, "PRAGMA application_id", &application);

	if (!err)
		err = sql_number(db, "PRAGMA user_version", &number);
	if (!err)
		err = sql_number(db, "SELECT count(*) FROM sqlite_schema", &tables);
	if (err)
		return err;
	if (application != SCHEMA_APPLICATION && (application || number || tables))
		return -EMEDIUMTYPE;
	*version = (int)number;
	return 0;
}

int schema_check(sqlite3 *db, int *version)
{
	int err = read_version(db, version);

	if (err)
		return err;
	if (*version == 0)
		return -ENODATA;
	if (*version == SCHEMA_VERSION)
		return 0;
	return *version < SCHEMA_VERSION ? -EPROTO : -ENOTSUP;
}

static int run_steps(sqlite3 *db, const char *const *steps, int from, int count)
{
	char pragmas[96];
	int err = 0;

	for (int i = from; i < count && !err; i++)
		err = sql_run(db, steps[i]);
	snprintf(pragmas, sizeof(pragmas), "PRAGMA application_id = %d; PRAGMA user_version = %d;",
		 SCHEMA_APPLICATION, count);
	return err ? err : sql_run(db, pragmas);
}

int schema_migrate(sqlite3 *db, const char *const *steps, int count)
{
	int version = 0;
	int err = read_version(db, &version);

	if (err)
		return err;
	if (version > count)
		return -ENOTSUP;
	if (version == count)
		return 0;
	err = sql_run(db, "BEGIN IMMEDIATE");
	if (err)
		return err;
	err = run_steps(db, steps, version, count);
	if (!err)
		err = sql_run(db, "COMMIT");
	if (err)
		sql_run(db, "ROLLBACK");
	return err;
}
