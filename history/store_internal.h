/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the files of the writing store share. */
#ifndef WHODEL_STORE_INTERNAL_H
#define WHODEL_STORE_INTERNAL_H

#include <sqlite3.h>
#include <stdint.h>

#include "history/store.h"

/* The statements that come with every event's block; prepared once. */
enum statement {
	SELECT_DIRECTORY,
	INSERT_DIRECTORY,
	TOUCH_DIRECTORY,
	SELECT_TEXT,
	INSERT_TEXT,
	TOUCH_TEXT,
	SELECT_USER,
	INSERT_USER,
	TOUCH_USER,
	SELECT_PROCESS,
	INSERT_PROCESS,
	TOUCH_PROCESS,
	PUT_BLOCK,
	PUT_COVERAGE,
	PUT_LOSS_BY,
	UPDATE_RECORDING,
	STATEMENTS,
};

struct store {
	sqlite3 *db;
	int lock;
	int log_pages;
	int64_t recording;
	int64_t first_block;
	int64_t first_process;
	int sweeping;  /* of the tables that only blocks refer to, the one at hand */
	int64_t swept; /* its rows up to here were looked at */
	sqlite3_stmt *statements[STATEMENTS];
};

/* @which, with nothing bound. */
int store_statement(struct store *store, enum statement which, sqlite3_stmt **stmt);

/* The row of one of the names of a block that is to be @block, made if it is not there. */
int store_name_row(struct store *store, const struct names *names, const struct name *name,
		   int64_t block, int64_t *row);

/* Where the next blocks and processes go: behind all that ever were. */
int store_choose_rows(struct store *store);

#endif
