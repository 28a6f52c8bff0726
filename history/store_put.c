// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* What comes into the store: blocks and coverage. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "history/lookup.h"
#include "history/sql.h"
#include "history/store_internal.h"
#include "history/varint.h"

/* The rows of all names, as the column has them; *@bytes is the caller's to free, on failure too.
 */
static int put_names(struct store *store, const struct names *names, int64_t block, uint8_t **bytes,
		     size_t *size)
{
	uint8_t *at = malloc((size_t)names->count * VARINT_MAX + 1);

	*bytes = at;
	if (!at)
		return -ENOMEM;
	for (uint32_t number = 1; number <= names->count; number++) {
		int64_t row = 0;
		int err = store_name_row(store, names, names_get(names, number), block, &row);

		if (err)
			return err;
		at = varint_put(at, (uint64_t)row);
	}
	*size = (size_t)(at - *bytes);
	return 0;
}

static int put_row(struct store *store, int64_t id, bool closed, const struct block_view *block,
		   const uint8_t *names, size_t names_size)
{
	sqlite3_stmt *stmt;
	int err = store_statement(store, PUT_BLOCK, &stmt);

	if (err)
		return err;
	sqlite3_bind_int64(stmt, 1, id);
	sqlite3_bind_int64(stmt, 2, store->recording);
	sqlite3_bind_int(stmt, 3, closed);
	sqlite3_bind_int(stmt, 4, (int)block->events);
	sqlite3_bind_int64(stmt, 5, block->since);
	sqlite3_bind_int64(stmt, 6, block->until);
	sqlite3_bind_blob64(stmt, 7, names, names_size, SQLITE_STATIC);
	sqlite3_bind_blob64(stmt, 8, block->data, block->size, SQLITE_STATIC);
	return sql_finish(stmt);
}

/* A copy, since the lookup sorts them. */
static int look_up(struct store *store, int64_t id, const struct block_view *block)
{
	uint32_t *hashes;
	int err;

	if (!block->hash_count)
		return 0;
	hashes = malloc(block->hash_count * sizeof(*hashes));
	if (!hashes)
		return -ENOMEM;
	memcpy(hashes, block->hashes, block->hash_count * sizeof(*hashes));
	err = lookup_add(store->db, id, hashes, block->hash_count);
	free(hashes);
	return err;
}

int store_put_block(struct store *store, uint64_t number, bool closed,
		    const struct block_view *block)
{
	int64_t id = store->first_block + (int64_t)number;
	uint8_t *names = NULL;
	size_t size = 0;
	int err = put_names(store, block->names, id, &names, &size);

	if (!err)
		err = put_row(store, id, closed, block, names, size);
	free(names);
	return err || !closed ? err : look_up(store, id, block);
}

/* ---- coverage ---- */

static const char *const kind_names[COVERAGE_KINDS] = {
	[COVERAGE_LOSS] = "loss",	[COVERAGE_GAP] = "gap",	    [COVERAGE_BOOT] = "boot",
	[COVERAGE_SUSPEND] = "suspend", [COVERAGE_CLOCK] = "clock", [COVERAGE_STORE] = "store",
	[COVERAGE_REMOVED] = "removed",
};

const char *coverage_kind_name(enum coverage_kind kind)
{
	return kind_names[kind];
}

static int put_loss_by(struct store *store, int64_t coverage, const struct loss_by *by)
{
	sqlite3_stmt *stmt;
	int err = store_statement(store, PUT_LOSS_BY, &stmt);

	if (err)
		return err;
	sqlite3_bind_int64(stmt, 1, coverage);
	if (by->comm) {
		sqlite3_bind_int64(stmt, 2, by->pid);
		sqlite3_bind_blob(stmt, 3, by->comm, (int)strlen(by->comm), SQLITE_STATIC);
	}
	sqlite3_bind_int64(stmt, 4, (int64_t)by->lost);
	return sql_finish(stmt);
}

int store_put_coverage(struct store *store, const struct coverage *coverage)
{
	sqlite3_stmt *stmt;
	int64_t id;
	int err = store_statement(store, PUT_COVERAGE, &stmt);

	if (err)
		return err;
	sqlite3_bind_int64(stmt, 1, store->recording);
	sqlite3_bind_text(stmt, 2, kind_names[coverage->kind], -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 3, coverage->since);
	sqlite3_bind_int64(stmt, 4, coverage->until);
	if (coverage->count >= 0)
		sqlite3_bind_int64(stmt, 5, coverage->count);
	sqlite3_bind_text(stmt, 6, coverage->reason, -1, SQLITE_STATIC);
	err = sql_finish(stmt);
	id = sqlite3_last_insert_rowid(store->db);
	for (unsigned int i = 0; i < coverage->by_count && !err; i++)
		err = put_loss_by(store, id, &coverage->by[i]);
	return err;
}
