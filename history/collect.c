// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "history/collect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "history/ranges.h"
#include "history/sql.h"
#include "history/store_internal.h"

struct source {
	struct source *next;
	char uuid[64];
	int64_t id;
	struct ranges known[COLLECT_KINDS];
	bool changed;	   /* since it was saved */
	int64_t theirs;	   /* the recording that was asked for last, */
	int64_t recording; /* and its row here */
};

#define SOURCE_SLOTS 4096

struct collection {
	struct store *store;
	struct source *slots[SOURCE_SLOTS];
	struct source *source;
	uint64_t blocks;
	uint64_t processes;
};

static int prepare(const struct collection *collection, const char *sql, sqlite3_stmt **stmt)
{
	sqlite3 *db = collection->store->db;

	return sql_errno(db, sqlite3_prepare_v2(db, sql, -1, stmt, NULL));
}

int collection_new(struct store *store, struct collection **out)
{
	struct collection *collection = calloc(1, sizeof(*collection));
	int err;

	if (!collection)
		return -ENOMEM;
	collection->store = store;
	err = store_choose_rows(store);
	if (err)
		free(collection);
	else
		*out = collection;
	return err;
}

static void free_source(struct source *source)
{
	if (!source)
		return;
	for (int i = 0; i < COLLECT_KINDS; i++)
		ranges_free(&source->known[i]);
	free(source);
}

void collection_free(struct collection *collection)
{
	if (!collection)
		return;
	for (int i = 0; i < SOURCE_SLOTS; i++)
		while (collection->slots[i]) {
			struct source *source = collection->slots[i];

			collection->slots[i] = source->next;
			free_source(source);
		}
	free(collection);
}

/* ---- sources ---- */

static int read_known(const struct collection *collection, struct source *source)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int ret = prepare(collection,
			  "SELECT kind, first, last FROM collected WHERE source = ?"
			  " ORDER BY kind, first",
			  &stmt);

	if (ret)
		return ret;
	sqlite3_bind_int64(stmt, 1, source->id);
	while ((ret = sql_step(stmt)) == 1) {
		int kind = sqlite3_column_int(stmt, 0);
		uint64_t fresh;

		if (kind < 0 || kind >= COLLECT_KINDS)
			return -EUCLEAN;
		ret = ranges_add(&source->known[kind], (uint64_t)sqlite3_column_int64(stmt, 1),
				 (uint64_t)sqlite3_column_int64(stmt, 2), &fresh);
		if (ret)
			return ret;
	}
	return ret;
}

static int insert_source(const struct collection *collection, const char *uuid)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int err = prepare(collection, "INSERT OR IGNORE INTO source (uuid) VALUES (?)", &stmt);

	if (err)
		return err;
	sqlite3_bind_text(stmt, 1, uuid, -1, SQLITE_STATIC);
	return sql_finish(stmt);
}

static int find_source_row(const struct collection *collection, struct source *source)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int ret = insert_source(collection, source->uuid);

	if (!ret)
		ret = prepare(collection, "SELECT id FROM source WHERE uuid = ?", &stmt);
	if (ret)
		return ret;
	sqlite3_bind_text(stmt, 1, source->uuid, -1, SQLITE_STATIC);
	ret = sql_step(stmt);
	if (ret != 1)
		return ret ? ret : -EUCLEAN;
	source->id = sqlite3_column_int64(stmt, 0);
	return 0;
}

static int make_source(struct collection *collection, const char *uuid, struct source **slot)
{
	struct source *source = calloc(1, sizeof(*source));
	int err;

	if (!source)
		return -ENOMEM;
	strcpy(source->uuid, uuid);
	err = find_source_row(collection, source);
	if (!err)
		err = read_known(collection, source);
	if (err) {
		free_source(source);
		return err;
	}
	source->next = *slot;
	*slot = source;
	collection->source = source;
	return 0;
}

static int choose_source(struct collection *collection, const char *uuid)
{
	struct source **slot;
	struct source *source;

	if (strlen(uuid) >= sizeof(source->uuid))
		return -EBADMSG;
	slot = &collection->slots[hash_bytes(HASH_START, uuid, strlen(uuid)) % SOURCE_SLOTS];
	for (source = *slot; source; source = source->next)
		if (strcmp(source->uuid, uuid) == 0) {
			collection->source = source;
			return 0;
		}
	return make_source(collection, uuid, slot);
}

/* ---- recordings ---- */

static int find_recording(struct collection *collection, int64_t theirs)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	struct source *source = collection->source;
	int ret = prepare(collection,
			  "SELECT recording FROM source_recording WHERE source = ? AND theirs = ?",
			  &stmt);

	if (ret)
		return ret;
	sqlite3_bind_int64(stmt, 1, source->id);
	sqlite3_bind_int64(stmt, 2, theirs);
	ret = sql_step(stmt);
	if (ret == 1) {
		source->theirs = theirs;
		source->recording = sqlite3_column_int64(stmt, 0);
	}
	return ret;
}

static int insert_recording(struct collection *collection, const char *host, const char *boot)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int err = prepare(collection,
			  "INSERT INTO recording (host, boot, version, probe, transport, unseen,"
			  " began, until, events, canary, first_block, first_process)"
			  " VALUES (?, ?, '', '', '', '', 0, 0, 0, 0, ?, ?)",
			  &stmt);

	if (err)
		return err;
	sqlite3_bind_text(stmt, 1, host, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 2, boot, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 3, collection->store->first_block);
	sqlite3_bind_int64(stmt, 4, collection->store->first_process);
	return sql_finish(stmt);
}

static int make_recording(struct collection *collection, int64_t theirs, const char *host,
			  const char *boot)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	struct source *source = collection->source;
	int64_t row;
	int err = insert_recording(collection, host, boot);

	if (err)
		return err;
	row = sqlite3_last_insert_rowid(collection->store->db);
	err = prepare(collection,
		      "INSERT INTO source_recording (source, theirs, recording) VALUES (?, ?, ?)",
		      &stmt);
	if (err)
		return err;
	sqlite3_bind_int64(stmt, 1, source->id);
	sqlite3_bind_int64(stmt, 2, theirs);
	sqlite3_bind_int64(stmt, 3, row);
	err = sql_finish(stmt);
	if (err)
		return err;
	source->theirs = theirs;
	source->recording = row;
	return 0;
}

int collection_source(struct collection *collection, const char *uuid, int64_t theirs,
		      const char *host, const char *boot)
{
	int ret = choose_source(collection, uuid);

	if (!ret && (!collection->source->recording || collection->source->theirs != theirs)) {
		ret = find_recording(collection, theirs);
		ret = ret ? ret : make_recording(collection, theirs, host, boot);
	}
	if (ret < 0)
		return ret;
	collection->store->recording = collection->source->recording;
	return 0;
}

/* ---- what comes ---- */

int collection_take(struct collection *collection, enum collect_kind kind, uint64_t first,
		    uint64_t last, uint64_t *fresh)
{
	struct source *source = collection->source;
	int err = ranges_add(&source->known[kind], first, last, fresh);

	if (!err && *fresh)
		source->changed = true;
	return err;
}

int collection_put_block(struct collection *collection, const struct block_view *block)
{
	return store_put_block(collection->store, collection->blocks++, true, block);
}

uint64_t collection_process(struct collection *collection)
{
	return collection->processes++;
}

static int describe(struct collection *collection, const struct recording *recording)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	const char *const texts[] = { recording->host,	recording->boot,      recording->version,
				      recording->probe, recording->transport, recording->unseen };
	int err = prepare(collection,
			  "UPDATE recording SET host = ?1, boot = ?2, version = ?3, probe = ?4,"
			  " transport = ?5, unseen = ?6, began = ?7, until = max(until, ?7)"
			  " WHERE id = ?8",
			  &stmt);

	if (err)
		return err;
	for (int i = 0; i < 6; i++)
		sqlite3_bind_text(stmt, i + 1, texts[i], -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 7, recording->began);
	sqlite3_bind_int64(stmt, 8, collection->source->recording);
	return sql_finish(stmt);
}

int collection_claim(struct collection *collection, const struct recording *recording,
		     uint64_t number)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int err = describe(collection, recording);

	if (!err)
		err = prepare(collection,
			      "UPDATE source_recording SET number = ?1, until = ?2, ended = ?3,"
			      " canary = ?4, events = ?5 WHERE recording = ?6 AND source = ?7"
			      " AND theirs = ?8 AND coalesce(until, 0) <= ?2",
			      &stmt);
	if (err)
		return err;
	sqlite3_bind_int64(stmt, 1, (int64_t)number);
	sqlite3_bind_int64(stmt, 2, recording->until);
	if (recording->ended)
		sqlite3_bind_int64(stmt, 3, recording->ended);
	sqlite3_bind_int64(stmt, 4, recording->canary);
	sqlite3_bind_int64(stmt, 5, (int64_t)recording->events);
	sqlite3_bind_int64(stmt, 6, collection->source->recording);
	sqlite3_bind_int64(stmt, 7, collection->source->id);
	sqlite3_bind_int64(stmt, 8, collection->source->theirs);
	collection->source->changed = true;
	return sql_finish(stmt);
}

/* ---- saving ---- */

static int delete_known(const struct collection *collection, const struct source *source)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int err = prepare(collection, "DELETE FROM collected WHERE source = ?", &stmt);

	if (err)
		return err;
	sqlite3_bind_int64(stmt, 1, source->id);
	return sql_finish(stmt);
}

/* Mostly one row of each kind. */
static int save_known(const struct collection *collection, const struct source *source)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int err = delete_known(collection, source);

	if (!err)
		err = prepare(collection, "INSERT INTO collected VALUES (?, ?, ?, ?)", &stmt);
	for (int kind = 0; kind < COLLECT_KINDS && !err; kind++)
		for (size_t i = 0; i < source->known[kind].count && !err; i++) {
			sqlite3_bind_int64(stmt, 1, source->id);
			sqlite3_bind_int(stmt, 2, kind);
			sqlite3_bind_int64(stmt, 3, (int64_t)source->known[kind].items[i].first);
			sqlite3_bind_int64(stmt, 4, (int64_t)source->known[kind].items[i].last);
			err = sql_finish(stmt);
		}
	return err;
}

/* The claims that hold by now. */
static int apply_claims(const struct collection *collection, const struct source *source)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int err = prepare(collection,
			  "UPDATE recording SET until = max(recording.until, s.until),"
			  " ended = s.ended, canary = s.canary, events = s.events"
			  " FROM source_recording s WHERE s.source = ?1 AND s.number <= ?2"
			  " AND recording.id = s.recording AND recording.until < s.until",
			  &stmt);

	if (err)
		return err;
	sqlite3_bind_int64(stmt, 1, source->id);
	sqlite3_bind_int64(stmt, 2, (int64_t)ranges_whole(&source->known[COLLECT_EVENTS]));
	return sql_finish(stmt);
}

int collection_save(struct collection *collection)
{
	int err = 0;

	for (int i = 0; i < SOURCE_SLOTS && !err; i++)
		for (struct source *source = collection->slots[i]; source && !err;
		     source = source->next) {
			if (!source->changed)
				continue;
			err = save_known(collection, source);
			if (!err)
				err = apply_claims(collection, source);
			source->changed = false;
		}
	return err;
}
