// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "history/reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history/block.h"
#include "history/lookup.h"
#include "history/schema.h"
#include "history/sql.h"
#include "history/store_file.h"
#include "trace/cleanup.h"

#define BUSY_MS	   1000
#define BLOB_BYTES (8 << 20) /* more is in no row that a recorder writes */

#define BLOCK_COLUMNS "SELECT id, recording, names, data, since, until FROM block "

struct reader {
	sqlite3 *db;
	struct rows *rows;
};

/* ---- opening ---- */

static int refuse(char *error, size_t size, int err, const char *path, const char *why)
{
	snprintf(error, size, "cannot read the store %s: %s", path, why);
	return err;
}

static const char *schema_reason(int err, int version, char *text, size_t size)
{
	switch (err) {
	case -ENODATA:
		return "nothing was recorded yet; is whodel record running?";
	case -EMEDIUMTYPE:
		return "it is no store of whodel's; give the one that whodel record writes with "
		       "--store";
	case -EUCLEAN:
		return "it is damaged, or no store of whodel's; keep it for a look, and let whodel "
		       "record start another";
	case -EPROTO:
		snprintf(text, size,
			 "it has version %d, an older one; start whodel record of this version "
			 "once, which brings it forward",
			 version);
		return text;
	case -ENOTSUP:
		snprintf(text, size,
			 "it has version %d, and this whodel reads version %d; use the "
			 "whodel that records",
			 version, SCHEMA_VERSION);
		return text;
	default:
		return strerror(-err);
	}
}

/* Whatever the file says, it is read as tables of numbers and bytes. */
static int set_up(sqlite3 *db)
{
	sqlite3_extended_result_codes(db, 1);
	sqlite3_busy_timeout(db, BUSY_MS);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, BLOB_BYTES);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	return sql_run(db, "PRAGMA query_only = 1; PRAGMA cell_size_check = 1;");
}

static int open_db(struct reader *reader, const char *path, char *error, size_t size)
{
	char text[160];
	int version = 0;
	int err = sql_errno(reader->db, sqlite3_open_v2(path, &reader->db,
							SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX |
								SQLITE_OPEN_NOFOLLOW,
							NULL));

	if (!reader->db)
		return refuse(error, size, -ENOMEM, path, strerror(ENOMEM));
	if (!err)
		err = set_up(reader->db);
	if (!err)
		err = schema_check(reader->db, &version);
	if (!err)
		err = rows_new(reader->db, &reader->rows);
	if (!err)
		return 0;
	return refuse(error, size, err, path, schema_reason(err, version, text, sizeof(text)));
}

int reader_open(const char *path, struct reader **out, char *error, size_t error_size)
{
	int err = store_file_check(path, error, error_size);
	struct reader *reader;

	if (err)
		return err;
	reader = calloc(1, sizeof(*reader));
	if (!reader)
		return refuse(error, error_size, -ENOMEM, path, strerror(ENOMEM));
	err = open_db(reader, path, error, error_size);
	if (err) {
		reader_close(reader);
		return err;
	}
	*out = reader;
	return 0;
}

void reader_close(struct reader *reader)
{
	if (!reader)
		return;
	rows_free(reader->rows);
	sqlite3_close(reader->db);
	free(reader);
}

int reader_begin(struct reader *reader)
{
	return sql_run(reader->db, "BEGIN; SELECT 1 FROM recording LIMIT 1;");
}

void reader_end(struct reader *reader)
{
	sql_run(reader->db, "COMMIT");
}

sqlite3 *reader_db(struct reader *reader)
{
	return reader->db;
}

struct rows *reader_rows(struct reader *reader)
{
	return reader->rows;
}

/* ---- a block ---- */

/* Events of a block that are wanted, with their names, so that they can be told backwards. */
struct held {
	struct event *events;
	size_t count;
	size_t room;
	char *names;
	size_t names_size;
	size_t names_room;
};

static void held_free(struct held *held)
{
	free(held->events);
	free(held->names);
}

static int hold_name(struct held *held, struct place *place)
{
	size_t room = held->names_room ? held->names_room * 2 : 4096;
	char *names = held->names;

	if (held->names_size + place->size > held->names_room) {
		while (room < held->names_size + place->size)
			room *= 2;
		names = realloc(held->names, room);
		if (!names)
			return -ENOMEM;
		held->names = names;
		held->names_room = room;
	}
	if (place->size)
		memcpy(names + held->names_size, place->name, place->size);
	place->name = NULL; /* where it will be is known when all are there */
	held->names_size += place->size;
	return 0;
}

static int hold(struct held *held, const struct event *event)
{
	size_t room = held->room ? held->room * 2 : 64;
	struct event *events;
	struct event copy = *event;
	int err;

	if (held->count == held->room) {
		events = reallocarray(held->events, room, sizeof(*events));
		if (!events)
			return -ENOMEM;
		held->events = events;
		held->room = room;
	}
	err = hold_name(held, &copy.path);
	if (!err)
		err = hold_name(held, &copy.seen);
	if (!err)
		err = hold_name(held, &copy.other);
	if (!err)
		held->events[held->count++] = copy;
	return err;
}

static void place_names(struct held *held)
{
	const char *at = held->names;

	for (size_t i = 0; i < held->count; i++) {
		struct place *places[] = { &held->events[i].path, &held->events[i].seen,
					   &held->events[i].other };

		for (int j = 0; j < 3; j++) {
			places[j]->name = at;
			at += places[j]->size;
		}
	}
}

struct block_row {
	struct reader *reader;
	const struct reader_scan *scan;
	int64_t id;
	int64_t recording;
	unsigned int skip; /* events that were read before */
	unsigned int seen; /* events of the block */
};

static int tell(const struct block_row *row, const struct event *event)
{
	struct deletion deletion;
	int err = rows_deletion(row->reader->rows, row->recording, event, &deletion);

	return err ? err : row->scan->on_deletion(row->scan->ctx, &deletion);
}

static int tell_backwards(const struct block_row *row, struct held *held)
{
	int ret = 0;

	place_names(held);
	for (size_t i = held->count; i > 0 && !ret; i--)
		ret = tell(row, &held->events[i - 1]);
	return ret;
}

static bool is_wanted(const struct reader_scan *scan, const struct event *event)
{
	return event->time >= scan->since && event->time <= scan->until &&
	       (!scan->wanted || scan->wanted(scan->ctx, event));
}

static int read_events(struct block_row *row, struct block_reader *block)
{
	struct held held = { 0 };
	struct event event;
	int ret = 0;

	while (ret == 0 && (ret = block_reader_next(block, &event)) == 1) {
		ret = 0;
		if (++row->seen <= row->skip || !is_wanted(row->scan, &event))
			continue;
		ret = row->scan->newest_first ? hold(&held, &event) : tell(row, &event);
	}
	if (!ret)
		ret = tell_backwards(row, &held);
	held_free(&held);
	return ret == -EBADMSG ? -EUCLEAN : ret;
}

/* The row that @stmt stands on; columns as in BLOCK_COLUMNS. */
static int read_block(struct block_row *row, sqlite3_stmt *stmt)
{
	struct block_reader *block;
	int ret;

	row->id = sqlite3_column_int64(stmt, 0);
	row->recording = sqlite3_column_int64(stmt, 1);
	row->seen = 0;
	ret = block_reader_open(sqlite3_column_blob(stmt, 2), (size_t)sqlite3_column_bytes(stmt, 2),
				sqlite3_column_blob(stmt, 3), (size_t)sqlite3_column_bytes(stmt, 3),
				&block);
	if (ret)
		return ret == -EBADMSG ? -EUCLEAN : ret;
	ret = read_events(row, block);
	block_reader_free(block);
	return ret;
}

/* ---- scans ---- */

static int prepare(struct reader *reader, const char *sql, sqlite3_stmt **stmt)
{
	return sql_errno(reader->db, sqlite3_prepare_v2(reader->db, sql, -1, stmt, NULL));
}

int reader_scan(struct reader *reader, const struct reader_scan *scan)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	struct block_row row = { .reader = reader, .scan = scan };
	int ret =
		prepare(reader,
			scan->newest_first
				? BLOCK_COLUMNS "WHERE until >= ?1 AND since <= ?2 ORDER BY id DESC"
				: BLOCK_COLUMNS "WHERE until >= ?1 AND since <= ?2 ORDER BY id",
			&stmt);

	if (ret)
		return ret;
	sqlite3_bind_int64(stmt, 1, scan->since);
	sqlite3_bind_int64(stmt, 2, scan->until);
	while ((ret = sql_step(stmt)) == 1) {
		ret = read_block(&row, stmt);
		if (ret)
			return ret;
	}
	return ret;
}

int reader_scan_from(struct reader *reader, const struct reader_scan *scan,
		     struct reader_mark *mark)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	struct block_row row = { .reader = reader, .scan = scan };
	int ret = prepare(reader, BLOCK_COLUMNS "WHERE id >= ? ORDER BY id", &stmt);

	if (ret)
		return ret;
	sqlite3_bind_int64(stmt, 1, mark->block);
	while ((ret = sql_step(stmt)) == 1) {
		row.skip = sqlite3_column_int64(stmt, 0) == mark->block ? mark->events : 0;
		ret = read_block(&row, stmt);
		if (ret)
			return ret;
		*mark = (struct reader_mark){ row.id, row.seen };
	}
	return ret;
}

int reader_scan_block(struct reader *reader, const struct reader_scan *scan,
		      struct reader_mark *mark)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	struct block_row row = { .reader = reader, .scan = scan, .skip = mark->events };
	int ret = prepare(reader, BLOCK_COLUMNS "WHERE id = ?", &stmt);

	if (ret)
		return ret;
	sqlite3_bind_int64(stmt, 1, mark->block);
	ret = sql_step(stmt);
	if (ret != 1)
		return ret;
	ret = read_block(&row, stmt);
	mark->events = ret ? row.seen - 1 : row.seen;
	return ret;
}

int reader_tail(struct reader *reader, uint64_t events, struct reader_mark *mark)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	struct reader_mark found = { 0 };
	int ret = prepare(reader, "SELECT id, events FROM block ORDER BY id DESC", &stmt);

	while (!ret && (ret = sql_step(stmt)) == 1) {
		uint64_t in_block = (uint64_t)sqlite3_column_int64(stmt, 1) & UINT32_MAX;

		found.block = sqlite3_column_int64(stmt, 0);
		found.events = in_block > events ? (unsigned int)(in_block - events) : 0;
		if (in_block >= events)
			break;
		events -= in_block;
		ret = 0;
	}
	if (ret < 0)
		return ret;
	*mark = found;
	return 0;
}

/* ---- a path ---- */

struct find {
	struct reader *reader;
	const struct reader_scan *scan;
	sqlite3_stmt *block;
	uint64_t directory;
	const char *name;
	size_t size;
	int64_t *blocks; /* the newest first */
	size_t count;
	size_t room;
};

static size_t without_slashes(const char *name, size_t size)
{
	while (size && name[size - 1] == '/')
		size--;
	return size;
}

static bool is_place(const struct find *find, const struct place *place)
{
	return place->directory == find->directory &&
	       without_slashes(place->name, place->size) == find->size &&
	       memcmp(place->name, find->name, find->size) == 0;
}

static bool wanted_by_find(void *ctx, const struct event *event)
{
	const struct find *find = ctx;

	if (!is_place(find, &event->path) && !is_place(find, &event->seen))
		return false;
	return !find->scan->wanted || find->scan->wanted(find->scan->ctx, event);
}

static int told_by_find(void *ctx, const struct deletion *deletion)
{
	const struct find *find = ctx;

	return find->scan->on_deletion(find->scan->ctx, deletion);
}

static int add_block(void *ctx, int64_t block)
{
	struct find *find = ctx;
	size_t room = find->room ? find->room * 2 : 16;
	int64_t *blocks;

	if (find->count && find->blocks[find->count - 1] == block)
		return 0;
	if (find->count == find->room) {
		blocks = reallocarray(find->blocks, room, sizeof(*blocks));
		if (!blocks)
			return -ENOMEM;
		find->blocks = blocks;
		find->room = room;
	}
	find->blocks[find->count++] = block;
	return 0;
}

/* Those that are in no run. */
static int add_open_blocks(struct find *find)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int ret = prepare(find->reader,
			  "SELECT id FROM (SELECT id, closed FROM block ORDER BY id DESC LIMIT 1)"
			  " WHERE closed = 0",
			  &stmt);

	while (!ret && (ret = sql_step(stmt)) == 1)
		ret = add_block(find, sqlite3_column_int64(stmt, 0));
	return ret < 0 ? ret : 0;
}

static int read_found(struct find *find, int64_t id)
{
	struct reader_scan scan = *find->scan;
	struct block_row row = { .reader = find->reader, .scan = &scan };
	int ret;

	scan.wanted = wanted_by_find;
	scan.on_deletion = told_by_find;
	scan.ctx = find;
	sqlite3_bind_int64(find->block, 1, id);
	ret = sql_step(find->block);
	if (ret == 1)
		ret = read_block(&row, find->block);
	sqlite3_reset(find->block);
	return ret;
}

static int read_all_found(struct find *find)
{
	int ret = 0;

	for (size_t i = 0; i < find->count && !ret; i++)
		ret = read_found(find, find->scan->newest_first
					       ? find->blocks[i]
					       : find->blocks[find->count - 1 - i]);
	return ret;
}

/* The row of the directory's path, or 0: nothing was ever deleted in it. */
static int find_directory(struct reader *reader, const char *path, size_t size, uint64_t *row)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int ret = prepare(reader, "SELECT id FROM directory WHERE path = ?", &stmt);

	if (ret)
		return ret;
	sqlite3_bind_blob64(stmt, 1, path, size, SQLITE_STATIC);
	ret = sql_step(stmt);
	if (ret == 1)
		*row = (uint64_t)sqlite3_column_int64(stmt, 0);
	return ret < 0 ? ret : 0;
}

int reader_find(struct reader *reader, const char *path, const struct reader_scan *scan)
{
	const char *slash = strrchr(path, '/');
	struct find find = { .reader = reader, .scan = scan };
	int ret;

	if (!slash || !slash[1])
		return 0;
	find.name = slash + 1;
	find.size = strlen(find.name);
	ret = find_directory(reader, path, (size_t)(find.name - path), &find.directory);
	if (ret || !find.directory)
		return ret;
	ret = prepare(reader, BLOCK_COLUMNS "WHERE id = ?", &find.block);
	if (!ret)
		ret = add_open_blocks(&find);
	if (!ret)
		ret = lookup_find(reader->db, path_hash(path, strlen(path)), add_block, &find);
	if (!ret)
		ret = read_all_found(&find);
	sqlite3_finalize(find.block);
	free(find.blocks);
	return ret;
}
