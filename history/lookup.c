// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "history/lookup.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "history/sql.h"
#include "history/varint.h"

#define PART_BYTES 3900 /* with its head it fills a page of 4096 */

/* Parts of a run have ids from here on; those of the next run from here for run + 1. */
static sqlite3_int64 part_id(int64_t run, uint32_t hash)
{
	return (sqlite3_int64)(((uint64_t)run << 32) | hash);
}

static int prepare(sqlite3 *db, const char *sql, sqlite3_stmt **stmt)
{
	return sql_errno(db, sqlite3_prepare_v2(db, sql, -1, stmt, NULL));
}

/* ---- writing a run ---- */

struct run_writer {
	sqlite3 *db;
	sqlite3_stmt *insert;
	int64_t run;
	int64_t first_block;
	int64_t last_block;
	int64_t block; /* of the last entry */
	int64_t entries;
	uint32_t part;	/* first hash of the part */
	uint32_t hash;	/* of the last entry */
	uint8_t *bytes; /* of the part */
	size_t size;
	size_t room;
};

static int writer_open(struct run_writer *writer, sqlite3 *db, int64_t first_block,
		       int64_t last_block)
{
	sqlite3_int64 newest = 0;
	int err = sql_number(db, "SELECT coalesce(max(id), 0) FROM lookup_run", &newest);

	*writer = (struct run_writer){
		.db = db,
		.run = newest + 1,
		.first_block = first_block,
		.last_block = last_block,
	};
	return err ? err
		   : prepare(db, "INSERT INTO lookup (id, data) VALUES (?, ?)", &writer->insert);
}

static void writer_close(struct run_writer *writer)
{
	sqlite3_finalize(writer->insert);
	free(writer->bytes);
}

static int put_part(struct run_writer *writer)
{
	if (!writer->size)
		return 0;
	sqlite3_bind_int64(writer->insert, 1, part_id(writer->run, writer->part));
	sqlite3_bind_blob64(writer->insert, 2, writer->bytes, writer->size, SQLITE_STATIC);
	writer->size = 0;
	return sql_finish(writer->insert);
}

static int make_room(struct run_writer *writer)
{
	size_t more = writer->room ? writer->room * 2 : (size_t)PART_BYTES * 2;
	uint8_t *grown;

	if (writer->size + 2 * VARINT_MAX <= writer->room)
		return 0;
	grown = realloc(writer->bytes, more);
	if (!grown)
		return -ENOMEM;
	writer->bytes = grown;
	writer->room = more;
	return 0;
}

/* Entries come sorted by hash, then block. A part ends only where the hash changes. */
static int put_entry(struct run_writer *writer, uint32_t hash, int64_t block)
{
	bool same = writer->entries && hash == writer->hash;
	uint8_t *at;
	int err = 0;

	if (same && block == writer->block)
		return 0;
	if (!same && writer->size >= PART_BYTES)
		err = put_part(writer);
	if (!err)
		err = make_room(writer);
	if (err)
		return err;
	if (!writer->size)
		writer->part = writer->hash = hash;
	at = varint_put(writer->bytes + writer->size, hash - writer->hash);
	at = varint_put(at, (uint64_t)(block - writer->first_block));
	writer->size = (size_t)(at - writer->bytes);
	writer->hash = hash;
	writer->block = block;
	writer->entries++;
	return 0;
}

static int writer_finish(struct run_writer *writer, int level)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int err = put_part(writer);

	if (!err)
		err = prepare(writer->db,
			      "INSERT INTO lookup_run (id, level, entries, first_block, last_block)"
			      " VALUES (?, ?, ?, ?, ?)",
			      &stmt);
	if (err)
		return err;
	sqlite3_bind_int64(stmt, 1, writer->run);
	sqlite3_bind_int(stmt, 2, level);
	sqlite3_bind_int64(stmt, 3, writer->entries);
	sqlite3_bind_int64(stmt, 4, writer->first_block);
	sqlite3_bind_int64(stmt, 5, writer->last_block);
	return sql_finish(stmt);
}

/* ---- reading a run ---- */

struct run_reader {
	sqlite3_stmt *parts;
	int64_t run;
	int64_t first_block;
	int64_t last_block;
	int64_t block;
	struct bytes bytes; /* left of the part */
	uint32_t hash;
	bool done;
};

static int reader_open(struct run_reader *reader, sqlite3 *db)
{
	int err = prepare(db, "SELECT id, data FROM lookup WHERE id BETWEEN ? AND ? ORDER BY id",
			  &reader->parts);

	if (err)
		return err;
	sqlite3_bind_int64(reader->parts, 1, part_id(reader->run, 0));
	sqlite3_bind_int64(reader->parts, 2, part_id(reader->run, UINT32_MAX));
	return 0;
}

static int get_entry(struct bytes *bytes, uint32_t *hash, int64_t first_block, int64_t *block)
{
	uint64_t step;
	uint64_t offset;

	if (varint_get(bytes, &step) || varint_get(bytes, &offset) ||
	    __builtin_add_overflow(*hash, step, hash) ||
	    __builtin_add_overflow(first_block, offset, block))
		return -EUCLEAN;
	return 0;
}

/* What the row's blob is, for as long as the statement stays on it. */
static struct bytes row_bytes(sqlite3_stmt *stmt, int column)
{
	const void *data = sqlite3_column_blob(stmt, column);

	return bytes_of(data, data ? (size_t)sqlite3_column_bytes(stmt, column) : 0);
}

/* To the next entry; done is set behind the last. */
static int reader_next(struct run_reader *reader)
{
	while (reader->bytes.at == reader->bytes.end) {
		int ret = sql_step(reader->parts);

		if (ret < 0)
			return ret;
		reader->done = ret == 0;
		if (reader->done)
			return 0;
		reader->hash = (uint32_t)sqlite3_column_int64(reader->parts, 0);
		reader->bytes = row_bytes(reader->parts, 1);
	}
	return get_entry(&reader->bytes, &reader->hash, reader->first_block, &reader->block);
}

/* ---- merging ---- */

static int remove_run(sqlite3 *db, int64_t run)
{
	_cleanup_stmt_ sqlite3_stmt *parts = NULL;
	_cleanup_stmt_ sqlite3_stmt *head = NULL;
	int err = prepare(db, "DELETE FROM lookup WHERE id BETWEEN ? AND ?", &parts);

	if (!err)
		err = prepare(db, "DELETE FROM lookup_run WHERE id = ?", &head);
	if (err)
		return err;
	sqlite3_bind_int64(parts, 1, part_id(run, 0));
	sqlite3_bind_int64(parts, 2, part_id(run, UINT32_MAX));
	sqlite3_bind_int64(head, 1, run);
	err = sql_finish(parts);
	return err ? err : sql_finish(head);
}

static struct run_reader *smallest(struct run_reader *readers, int count)
{
	struct run_reader *best = NULL;

	for (struct run_reader *at = readers; at < readers + count; at++)
		if (!at->done && (!best || at->hash < best->hash ||
				  (at->hash == best->hash && at->block < best->block)))
			best = at;
	return best;
}

static int copy_entries(struct run_reader *readers, int count, struct run_writer *writer)
{
	struct run_reader *from;
	int err = 0;

	for (int i = 0; i < count && !err; i++)
		err = reader_next(&readers[i]);
	while (!err && (from = smallest(readers, count))) {
		err = put_entry(writer, from->hash, from->block);
		if (!err)
			err = reader_next(from);
	}
	return err;
}

static int merge(sqlite3 *db, struct run_reader *readers, int count, int level)
{
	struct run_writer writer = { 0 };
	int64_t first = readers[0].first_block;
	int64_t last = readers[0].last_block;
	int err = 0;

	for (int i = 0; i < count && !err; i++) {
		first = readers[i].first_block < first ? readers[i].first_block : first;
		last = readers[i].last_block > last ? readers[i].last_block : last;
		err = reader_open(&readers[i], db);
	}
	if (!err)
		err = writer_open(&writer, db, first, last);
	if (!err)
		err = copy_entries(readers, count, &writer);
	if (!err)
		err = writer_finish(&writer, level + 1);
	writer_close(&writer);
	for (int i = 0; i < count; i++)
		sqlite3_finalize(readers[i].parts);
	for (int i = 0; i < count && !err; i++)
		err = remove_run(db, readers[i].run);
	return err;
}

/* 1: merged; 0: nothing to do at this level */
static int merge_level(sqlite3 *db, int level)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	struct run_reader readers[LOOKUP_FAN] = { 0 };
	int64_t entries = 0;
	int count = 0;
	int ret = prepare(db,
			  "SELECT id, first_block, last_block, entries FROM lookup_run"
			  " WHERE level = ? ORDER BY first_block DESC LIMIT 8",
			  &stmt);

	if (ret)
		return ret;
	sqlite3_bind_int(stmt, 1, level);
	while ((ret = sql_step(stmt)) == 1 && count < LOOKUP_FAN) {
		readers[count].run = sqlite3_column_int64(stmt, 0);
		readers[count].first_block = sqlite3_column_int64(stmt, 1);
		readers[count++].last_block = sqlite3_column_int64(stmt, 2);
		entries += sqlite3_column_int64(stmt, 3);
	}
	if (ret < 0 || count < LOOKUP_FAN || entries > LOOKUP_ENTRIES_MAX)
		return ret < 0 ? ret : 0;
	ret = merge(db, readers, count, level);
	return ret ? ret : 1;
}

static int compare_hashes(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

int lookup_add(sqlite3 *db, int64_t block, uint32_t *hashes, unsigned int count)
{
	struct run_writer writer = { 0 };
	int ret = 0;

	if (!count)
		return 0;
	qsort(hashes, count, sizeof(*hashes), compare_hashes);
	ret = writer_open(&writer, db, block, block);
	for (unsigned int i = 0; i < count && !ret; i++)
		ret = put_entry(&writer, hashes[i], block);
	if (!ret)
		ret = writer_finish(&writer, 0);
	writer_close(&writer);
	for (int level = 0; !ret; level++) {
		ret = merge_level(db, level);
		if (ret <= 0)
			break;
		ret = 0;
	}
	return ret;
}

/* ---- searching ---- */

struct blocks {
	int64_t *items;
	size_t count;
	size_t room;
};

static int add_block(struct blocks *blocks, int64_t block)
{
	size_t more = blocks->room ? blocks->room * 2 : 64;
	int64_t *grown;

	if (blocks->count == blocks->room) {
		grown = reallocarray(blocks->items, more, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		blocks->items = grown;
		blocks->room = more;
	}
	blocks->items[blocks->count++] = block;
	return 0;
}

static int collect(struct bytes bytes, uint32_t first_hash, int64_t first_block, uint32_t wanted,
		   struct blocks *blocks)
{
	uint32_t hash = first_hash;
	int64_t block;
	int err = 0;

	blocks->count = 0;
	while (!err && bytes.at != bytes.end) {
		err = get_entry(&bytes, &hash, first_block, &block);
		if (err || hash > wanted)
			break;
		if (hash == wanted)
			err = add_block(blocks, block);
	}
	return err;
}

/* The one part of the run that can have the hash: the last that starts no later. */
static int find_in_run(sqlite3_stmt *part, int64_t run, int64_t first_block, uint32_t hash,
		       struct blocks *blocks)
{
	int ret;

	blocks->count = 0;
	sqlite3_bind_int64(part, 1, part_id(run, 0));
	sqlite3_bind_int64(part, 2, part_id(run, hash));
	ret = sql_step(part);
	if (ret == 1)
		ret = collect(row_bytes(part, 1), (uint32_t)sqlite3_column_int64(part, 0),
			      first_block, hash, blocks);
	sqlite3_reset(part);
	return ret;
}

static int tell_blocks(const struct blocks *blocks, int (*found)(void *ctx, int64_t block),
		       void *ctx)
{
	int ret = 0;

	for (size_t i = blocks->count; i-- > 0 && !ret;)
		ret = found(ctx, blocks->items[i]);
	return ret;
}

int lookup_find(sqlite3 *db, uint32_t hash, int (*found)(void *ctx, int64_t block), void *ctx)
{
	_cleanup_stmt_ sqlite3_stmt *runs = NULL;
	_cleanup_stmt_ sqlite3_stmt *part = NULL;
	struct blocks blocks = { 0 };
	int ret = prepare(db, "SELECT id, first_block FROM lookup_run ORDER BY first_block DESC",
			  &runs);

	if (!ret)
		ret = prepare(db,
			      "SELECT id, data FROM lookup WHERE id BETWEEN ? AND ?"
			      " ORDER BY id DESC LIMIT 1",
			      &part);
	while (!ret && (ret = sql_step(runs)) == 1) {
		ret = find_in_run(part, sqlite3_column_int64(runs, 0),
				  sqlite3_column_int64(runs, 1), hash, &blocks);
		if (!ret)
			ret = tell_blocks(&blocks, found, ctx);
	}
	free(blocks.items);
	return ret;
}

int lookup_remove(sqlite3 *db, int64_t oldest)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int64_t run;
	int ret = prepare(db, "SELECT id FROM lookup_run WHERE last_block < ? LIMIT 1", &stmt);

	if (ret)
		return ret;
	sqlite3_bind_int64(stmt, 1, oldest);
	ret = sql_step(stmt);
	if (ret != 1)
		return ret;
	run = sqlite3_column_int64(stmt, 0);
	sqlite3_reset(stmt);
	ret = remove_run(db, run);
	return ret ? ret : 1;
}
