// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Directories, texts, users and processes: each is in the store once. */
#include <errno.h>

#include "history/sql.h"
#include "history/store_internal.h"

/* Of each table, in this order: find a row, make it, say that a block refers to it. */
struct interned {
	enum statement select;
	enum statement insert;
	enum statement touch;
};

static const struct interned directories = { SELECT_DIRECTORY, INSERT_DIRECTORY, TOUCH_DIRECTORY };
static const struct interned texts = { SELECT_TEXT, INSERT_TEXT, TOUCH_TEXT };

/* 1: there is such a row; 0: none; else -errno */
static int find(sqlite3_stmt *stmt, int64_t *row, int64_t *last)
{
	int ret = sql_step(stmt);

	if (ret == 1) {
		*row = sqlite3_column_int64(stmt, 0);
		*last = sqlite3_column_int64(stmt, 1);
	}
	sqlite3_reset(stmt);
	return ret;
}

static int touch(struct store *store, enum statement which, int64_t row, int64_t last,
		 int64_t block)
{
	sqlite3_stmt *stmt;
	int err;

	if (last >= block)
		return 0;
	err = store_statement(store, which, &stmt);
	if (err)
		return err;
	sqlite3_bind_int64(stmt, 1, row);
	sqlite3_bind_int64(stmt, 2, block);
	return sql_finish(stmt);
}

static int inserted(struct store *store, sqlite3_stmt *stmt, int64_t *row)
{
	int err = sql_finish(stmt);

	if (!err)
		*row = sqlite3_last_insert_rowid(store->db);
	return err;
}

/* An empty string is a blob of no bytes, and not NULL. */
static void bind_bytes(sqlite3_stmt *stmt, int column, const char *bytes, size_t size)
{
	sqlite3_bind_blob64(stmt, column, size ? bytes : "", size, SQLITE_STATIC);
}

static int intern(struct store *store, const struct interned *table, const char *bytes, size_t size,
		  int64_t block, int64_t *row)
{
	sqlite3_stmt *stmt;
	int64_t last;
	int ret = store_statement(store, table->select, &stmt);

	if (ret)
		return ret;
	bind_bytes(stmt, 1, bytes, size);
	ret = find(stmt, row, &last);
	if (ret < 0)
		return ret;
	if (ret == 1)
		return touch(store, table->touch, *row, last, block);
	ret = store_statement(store, table->insert, &stmt);
	if (ret)
		return ret;
	bind_bytes(stmt, 1, bytes, size);
	sqlite3_bind_int64(stmt, 2, block);
	return inserted(store, stmt, row);
}

static int intern_user(struct store *store, uint32_t uid, const char *name, size_t size,
		       int64_t block, int64_t *row)
{
	sqlite3_stmt *stmt;
	int64_t last;
	int ret = store_statement(store, SELECT_USER, &stmt);

	if (ret)
		return ret;
	sqlite3_bind_int64(stmt, 1, uid);
	bind_bytes(stmt, 2, name, size);
	ret = find(stmt, row, &last);
	if (ret < 0)
		return ret;
	if (ret == 1)
		return touch(store, TOUCH_USER, *row, last, block);
	ret = store_statement(store, INSERT_USER, &stmt);
	if (ret)
		return ret;
	sqlite3_bind_int64(stmt, 1, uid);
	bind_bytes(stmt, 2, name, size);
	sqlite3_bind_int64(stmt, 3, block);
	return inserted(store, stmt, row);
}

/* ---- processes ---- */

/* Which column of INSERT_PROCESS has the row of which string. */
static const struct {
	enum fact fact;
	int column;
} fact_columns[] = {
	{ FACT_EXE, 10 },  { FACT_ANCESTORS, 12 }, { FACT_CGROUP, 13 },
	{ FACT_UNIT, 14 }, { FACT_CONTAINER, 15 }, { FACT_CAUSE, 16 },
};

static int bind_texts(struct store *store, const struct names *names, const struct name *name,
		      int64_t block, sqlite3_stmt *stmt)
{
	int err = 0;

	for (size_t i = 0; i < sizeof(fact_columns) / sizeof(fact_columns[0]) && !err; i++) {
		uint32_t size = 0;
		const char *text = names_fact(names, name, fact_columns[i].fact, &size);
		int64_t row;

		if (!text)
			continue;
		err = intern(store, &texts, text, size, block, &row);
		if (!err)
			sqlite3_bind_int64(stmt, fact_columns[i].column, row);
	}
	return err;
}

static void bind_facts(const struct facts *facts, sqlite3_stmt *stmt)
{
	sqlite3_bind_int64(stmt, 3, facts->pid);
	sqlite3_bind_int64(stmt, 4, facts->ppid);
	sqlite3_bind_int64(stmt, 5, (int64_t)facts->start_time);
	sqlite3_bind_int64(stmt, 7, facts->euid);
	if (facts->login_known) {
		sqlite3_bind_int64(stmt, 8, facts->login_uid);
		sqlite3_bind_int64(stmt, 9, facts->audit_session);
	}
	sqlite3_bind_int64(stmt, 17, facts->incomplete);
	if (facts->mount_namespace)
		sqlite3_bind_int64(stmt, 19, facts->mount_namespace);
}

static int insert_process(struct store *store, const struct names *names, const struct name *name,
			  int64_t block, int64_t row)
{
	struct facts facts;
	sqlite3_stmt *stmt;
	uint32_t size = 0;
	const char *text = names_fact(names, name, FACT_USER, &size);
	int64_t user;
	int err = store_statement(store, INSERT_PROCESS, &stmt);

	if (err)
		return err;
	names_facts(names, name, &facts);
	err = intern_user(store, facts.uid, text, text ? size : 0, block, &user);
	if (!err)
		err = bind_texts(store, names, name, block, stmt);
	if (err)
		return err;
	sqlite3_bind_int64(stmt, 1, row);
	sqlite3_bind_int64(stmt, 2, store->recording);
	bind_facts(&facts, stmt);
	sqlite3_bind_int64(stmt, 6, user);
	text = names_fact(names, name, FACT_ARGS, &size);
	if (text)
		bind_bytes(stmt, 11, text, size);
	sqlite3_bind_int64(stmt, 18, block);
	return sql_finish(stmt);
}

/* Columns of SELECT_PROCESS: last, user, and then the texts. */
struct process_row {
	int64_t last;
	int64_t user;
	int64_t texts[6];
};

static int find_process(struct store *store, int64_t row, struct process_row *found)
{
	sqlite3_stmt *stmt;
	int ret = store_statement(store, SELECT_PROCESS, &stmt);

	if (ret)
		return ret;
	sqlite3_bind_int64(stmt, 1, row);
	ret = sql_step(stmt);
	if (ret == 1) {
		found->last = sqlite3_column_int64(stmt, 0);
		found->user = sqlite3_column_int64(stmt, 1);
		for (int i = 0; i < 6; i++)
			found->texts[i] = sqlite3_column_int64(stmt, 2 + i);
	}
	sqlite3_reset(stmt);
	return ret;
}

/* What the process refers to lives as long as the process. */
static int touch_process(struct store *store, int64_t row, const struct process_row *found,
			 int64_t block)
{
	int err;

	if (found->last >= block)
		return 0;
	err = touch(store, TOUCH_PROCESS, row, found->last, block);
	if (!err)
		err = touch(store, TOUCH_USER, found->user, 0, block);
	for (int i = 0; i < 6 && !err; i++)
		if (found->texts[i])
			err = touch(store, TOUCH_TEXT, found->texts[i], 0, block);
	return err;
}

static int process_row(struct store *store, const struct names *names, const struct name *name,
		       int64_t block, int64_t *row)
{
	struct process_row found = { 0 };
	int ret;

	*row = store->first_process + (int64_t)name->key;
	ret = find_process(store, *row, &found);
	if (ret < 0)
		return ret;
	return ret == 1 ? touch_process(store, *row, &found, block)
			: insert_process(store, names, name, block, *row);
}

int store_name_row(struct store *store, const struct names *names, const struct name *name,
		   int64_t block, int64_t *row)
{
	const char *bytes = names->bytes + name->offset;

	switch (name->kind) {
	case NAME_DIRECTORY:
		return intern(store, &directories, bytes, name->size, block, row);
	case NAME_TEXT:
		return intern(store, &texts, bytes, name->size, block, row);
	case NAME_PROCESS:
		return process_row(store, names, name, block, row);
	}
	return -EINVAL;
}
