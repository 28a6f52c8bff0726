// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "history/proof.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "history/nanoseconds.h"
#include "history/sql.h"

/* ---- strings and gaps ---- */

static const char *keep(struct proof *proof, const char *text)
{
	char **strings = reallocarray(proof->strings, proof->string_count + 1, sizeof(*strings));
	char *copy;

	if (!strings)
		return NULL;
	proof->strings = strings;
	copy = strdup(text ? text : "");
	if (copy)
		strings[proof->string_count++] = copy;
	return copy;
}

static int add_gap(struct proof *proof, const struct answer_gap *gap)
{
	struct answer_gap *gaps = reallocarray(proof->gaps, proof->gap_count + 1, sizeof(*gaps));

	if (!gaps)
		return -ENOMEM;
	proof->gaps = gaps;
	gaps[proof->gap_count++] = *gap;
	return 0;
}

void proof_free(struct proof *proof)
{
	for (unsigned int i = 0; i < proof->gap_count; i++)
		free((void *)proof->gaps[i].by);
	for (size_t i = 0; i < proof->string_count; i++)
		free(proof->strings[i]);
	free(proof->gaps);
	free(proof->strings);
	free(proof->unseen);
	*proof = (struct proof){ 0 };
}

static int prepare(struct reader *reader, const char *sql, sqlite3_stmt **stmt)
{
	return sql_errno(reader_db(reader),
			 sqlite3_prepare_v2(reader_db(reader), sql, -1, stmt, NULL));
}

/* ---- losses ---- */

static int add_by(struct proof *proof, sqlite3_stmt *stmt, struct loss_by **list,
		  unsigned int *count)
{
	struct loss_by *larger = reallocarray(*list, *count + 1, sizeof(*larger));
	bool others = sqlite3_column_type(stmt, 0) == SQLITE_NULL;

	if (!larger)
		return -ENOMEM;
	*list = larger;
	larger[*count] = (struct loss_by){
		.pid = (uint32_t)sqlite3_column_int64(stmt, 0),
		.comm = others ? NULL : keep(proof, (const char *)sqlite3_column_text(stmt, 1)),
		.lost = (uint64_t)sqlite3_column_int64(stmt, 2),
	};
	if (!others && !larger[*count].comm)
		return -ENOMEM;
	++*count;
	return 0;
}

/* Whose: NULL where nobody knows. */
static int read_by(struct reader *reader, struct proof *proof, int64_t coverage,
		   struct answer_gap *gap)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	struct loss_by *list = NULL;
	int ret = prepare(reader, "SELECT pid, comm, lost FROM loss_by WHERE coverage = ?", &stmt);

	if (ret)
		return ret;
	sqlite3_bind_int64(stmt, 1, coverage);
	while ((ret = sql_step(stmt)) == 1 && !(ret = add_by(proof, stmt, &list, &gap->by_count)))
		;
	gap->by = list;
	return ret;
}

/* id, kind, since, until, count, reason */
static int read_gap(struct reader *reader, struct proof *proof, sqlite3_stmt *stmt)
{
	bool loss = strcmp((const char *)sqlite3_column_text(stmt, 1), "loss") == 0;
	struct answer_gap gap = {
		.kind = loss ? "loss" : "gap",
		.since = nanoseconds_to_time(sqlite3_column_int64(stmt, 2)),
		.until = nanoseconds_to_time(sqlite3_column_int64(stmt, 3)),
		.lost_known = sqlite3_column_type(stmt, 4) != SQLITE_NULL,
		.lost = (uint64_t)sqlite3_column_int64(stmt, 4),
		.reason = keep(proof, (const char *)sqlite3_column_text(stmt, 5)),
	};
	int err = gap.reason ? 0 : -ENOMEM;

	if (!err && loss)
		err = read_by(reader, proof, sqlite3_column_int64(stmt, 0), &gap);
	if (!err)
		err = add_gap(proof, &gap);
	if (err)
		free((void *)gap.by);
	return err;
}

static int read_gaps(struct reader *reader, struct proof *proof, int64_t since, int64_t until)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int ret = prepare(reader,
			  "SELECT id, kind, since, until, count, reason FROM coverage"
			  " WHERE kind IN ('gap', 'loss') AND until >= ?1 AND since <= ?2"
			  " AND kind IS NOT NULL AND reason IS NOT NULL ORDER BY since, id",
			  &stmt);

	if (ret)
		return ret;
	sqlite3_bind_int64(stmt, 1, since);
	sqlite3_bind_int64(stmt, 2, until);
	while ((ret = sql_step(stmt)) == 1) {
		ret = read_gap(reader, proof, stmt);
		if (ret)
			return ret;
	}
	return ret;
}

/* ---- the window ---- */

struct bounds {
	bool recorded;
	bool ended;    /* the newest recording was stopped */
	int64_t began; /* the oldest */
	int64_t until; /* the newest */
	int64_t removed_until;
	uint64_t removed;
};

static int read_removed(struct reader *reader, struct bounds *bounds)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int ret = prepare(reader,
			  "SELECT max(until), sum(count) FROM coverage WHERE kind = 'removed'",
			  &stmt);

	if (!ret)
		ret = sql_step(stmt);
	if (ret < 0)
		return ret;
	bounds->removed_until = sqlite3_column_int64(stmt, 0);
	bounds->removed = (uint64_t)sqlite3_column_int64(stmt, 1);
	return 0;
}

static int read_bounds(struct reader *reader, struct bounds *bounds)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int ret = prepare(reader,
			  "SELECT (SELECT min(began) FROM recording), until, ended IS NOT NULL"
			  " FROM recording ORDER BY id DESC LIMIT 1",
			  &stmt);

	*bounds = (struct bounds){ 0 };
	if (!ret)
		ret = sql_step(stmt);
	if (ret < 0)
		return ret;
	if (ret == 1) {
		bounds->recorded = true;
		bounds->began = sqlite3_column_int64(stmt, 0);
		bounds->until = sqlite3_column_int64(stmt, 1);
		bounds->ended = sqlite3_column_int(stmt, 2);
	}
	return read_removed(reader, bounds);
}

static int add_edge(struct proof *proof, int64_t since, int64_t until, const char *reason)
{
	return add_gap(proof, &(struct answer_gap){
				      .kind = "gap",
				      .since = nanoseconds_to_time(since),
				      .until = nanoseconds_to_time(until),
				      .reason = reason,
			      });
}

/* What was asked for and lies before the first record, or behind the last. */
static int read_edges(struct proof *proof, const struct proof_window *window,
		      const struct bounds *bounds, int64_t begin, int err)
{
	if (!err && window->since != INT64_MIN && window->since < begin)
		err = add_edge(proof, window->since, begin,
			       bounds->removed ? "removed, or before the first record"
					       : "before the first record");
	if (!err && window->until > bounds->until)
		err = add_edge(proof, bounds->until, window->until,
			       bounds->ended ? "no recorder ran"
					     : "not stored, or no recorder ran");
	return err;
}

/* What the newest recording said that it cannot see, a line each. */
static int read_unseen(struct reader *reader, struct proof *proof, struct answer *answer)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int ret = prepare(reader, "SELECT probe, unseen FROM recording ORDER BY id DESC LIMIT 1",
			  &stmt);
	char *lines;
	char *rest;

	if (!ret)
		ret = sql_step(stmt);
	if (ret != 1)
		return ret;
	answer->probe = keep(proof, (const char *)sqlite3_column_text(stmt, 0));
	lines = (char *)keep(proof, (const char *)sqlite3_column_text(stmt, 1));
	if (!answer->probe || !lines)
		return -ENOMEM;
	proof->unseen = calloc(strlen(lines) / 2 + 2, sizeof(*proof->unseen));
	if (!proof->unseen)
		return -ENOMEM;
	for (char *line = strtok_r(lines, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		proof->unseen[proof->unseen_count++] = line;
	answer->unseen = proof->unseen;
	return 0;
}

static uint64_t sum_lost(const struct proof *proof)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < proof->gap_count; i++)
		sum += proof->gaps[i].lost_known ? proof->gaps[i].lost : 0;
	return sum;
}

int proof_read(struct reader *reader, const struct proof_window *window, struct proof *proof,
	       struct answer *answer)
{
	struct bounds bounds;
	int64_t begin;
	int64_t since;
	int64_t until;
	int err = read_bounds(reader, &bounds);

	if (err)
		return err;
	begin = bounds.removed_until > bounds.began ? bounds.removed_until : bounds.began;
	since = window->since > begin ? window->since : begin;
	until = window->until < bounds.until ? window->until : bounds.until;
	answer->recorded = bounds.recorded && since <= until;
	answer->since = nanoseconds_to_time(since);
	answer->until = nanoseconds_to_time(until);
	answer->removed = bounds.removed;
	if (answer->recorded)
		err = read_gaps(reader, proof, since, until);
	err = read_edges(proof, window, &bounds, begin, err);
	if (!err)
		err = read_unseen(reader, proof, answer);
	answer->gaps = proof->gaps;
	answer->gap_count = proof->gap_count;
	answer->lost = sum_lost(proof);
	return err;
}
