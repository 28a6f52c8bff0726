// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "history/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "history/nanoseconds.h"
#include "history/row_cache.h"
#include "history/sql.h"
#include "trace/cleanup.h"

#define CACHE_BYTES ((size_t)16 << 20) /* of each cache */
#define PLACES	    3		       /* a path, as it was seen, and the other one of a rename */

enum query { QUERY_DIRECTORY, QUERY_TEXT, QUERY_RECORDING, QUERY_PROCESS, QUERIES };

static const char *const queries[QUERIES] = {
	[QUERY_DIRECTORY] = "SELECT path FROM directory WHERE id = ?",
	[QUERY_TEXT] = "SELECT value FROM text WHERE id = ?",
	[QUERY_RECORDING] = "SELECT host, boot FROM recording WHERE id = ?",
	[QUERY_PROCESS] =
		"SELECT p.pid, p.ppid, p.start_time, u.uid, p.euid, p.login_uid,"
		" p.audit_session, p.mount_namespace, p.incomplete, u.name, e.value, p.args, "
		"a.value, c.value,"
		" n.value, k.value, s.value FROM process p JOIN user u ON u.id = p.user"
		" LEFT JOIN text e ON e.id = p.exe LEFT JOIN text a ON a.id = p.ancestors"
		" LEFT JOIN text c ON c.id = p.cgroup LEFT JOIN text n ON n.id = p.unit"
		" LEFT JOIN text k ON k.id = p.container LEFT JOIN text s ON s.id = p.cause"
		" WHERE p.id = ?",
};

/* Columns of QUERY_PROCESS. */
enum {
	COLUMN_PID,
	COLUMN_PPID,
	COLUMN_START_TIME,
	COLUMN_UID,
	COLUMN_EUID,
	COLUMN_LOGIN_UID,
	COLUMN_AUDIT_SESSION,
	COLUMN_MOUNT_NAMESPACE,
	COLUMN_INCOMPLETE,
	COLUMN_USER, /* from here on strings */
	COLUMN_EXE,
	COLUMN_ARGS,
	COLUMN_ANCESTORS,
	COLUMN_CGROUP,
	COLUMN_UNIT,
	COLUMN_CONTAINER,
	COLUMN_CAUSE,
	COLUMNS,
};

/* What is cached: bytes, ended by a NUL that does not count. */
struct cached {
	size_t size;
	char bytes[];
};

struct cached_process {
	struct process process;
	char strings[];
};

struct path_bytes {
	char *bytes;
	size_t room;
};

struct rows {
	sqlite3 *db;
	sqlite3_stmt *stmts[QUERIES];
	struct row_cache directories;
	struct row_cache texts;
	struct row_cache processes;
	struct path_bytes paths[PLACES];
	int64_t recording; /* whose host and boot these are */
	char *host;
	char *boot;
};

void rows_free(struct rows *rows)
{
	if (!rows)
		return;
	for (int i = 0; i < QUERIES; i++)
		sqlite3_finalize(rows->stmts[i]);
	row_cache_free(&rows->directories);
	row_cache_free(&rows->texts);
	row_cache_free(&rows->processes);
	for (int i = 0; i < PLACES; i++)
		free(rows->paths[i].bytes);
	free(rows->host);
	free(rows->boot);
	free(rows);
}

/* Outputs may have left a rendering. */
static void release_process(void *process)
{
	free(((struct cached_process *)process)->process.rendered);
	free(process);
}

static int prepare_all(struct rows *rows)
{
	int err = 0;

	for (int i = 0; i < QUERIES && !err; i++)
		err = sql_errno(rows->db, sqlite3_prepare_v2(rows->db, queries[i], -1,
							     &rows->stmts[i], NULL));
	return err;
}

int rows_new(sqlite3 *db, struct rows **out)
{
	struct rows *rows = calloc(1, sizeof(*rows));
	int err;

	if (!rows)
		return -ENOMEM;
	rows->db = db;
	rows->directories.most = rows->texts.most = rows->processes.most = CACHE_BYTES;
	rows->processes.release = release_process;
	err = prepare_all(rows);
	if (err)
		rows_free(rows);
	else
		*out = rows;
	return err;
}

/* 0; -EUCLEAN: what an event refers to must be there. The caller resets the statement. */
static int look_up(struct rows *rows, enum query query, uint64_t row)
{
	int ret;

	sqlite3_bind_int64(rows->stmts[query], 1, (sqlite3_int64)row);
	ret = sql_step(rows->stmts[query]);
	return ret == 1 ? 0 : ret ? ret : -EUCLEAN;
}

/* ---- directories and texts ---- */

static int read_bytes(struct rows *rows, enum query query, uint64_t row, struct row_cache *cache,
		      struct cached **out)
{
	sqlite3_stmt *stmt = rows->stmts[query];
	struct cached *read;
	size_t size;
	int err = look_up(rows, query, row);

	if (err) {
		sqlite3_reset(stmt);
		return err;
	}
	size = (size_t)sqlite3_column_bytes(stmt, 0);
	read = malloc(sizeof(*read) + size + 1);
	if (read) {
		read->size = size;
		if (size)
			memcpy(read->bytes, sqlite3_column_blob(stmt, 0), size);
		read->bytes[size] = '\0';
	}
	sqlite3_reset(stmt);
	if (!read)
		return -ENOMEM;
	err = row_cache_put(cache, row, read, sizeof(*read) + size + 1);
	if (!err)
		*out = read;
	return err;
}

static int get_bytes(struct rows *rows, enum query query, uint64_t row, struct row_cache *cache,
		     struct cached **out)
{
	struct cached *known = row_cache_get(cache, row);

	if (!known)
		return read_bytes(rows, query, row, cache, out);
	*out = known;
	return 0;
}

int rows_directory(struct rows *rows, uint64_t row, struct row_bytes *out)
{
	struct cached *directory;
	int err = get_bytes(rows, QUERY_DIRECTORY, row, &rows->directories, &directory);

	if (!err)
		*out = (struct row_bytes){ directory->bytes, directory->size };
	return err;
}

/* ---- processes ---- */

static size_t strings_size(sqlite3_stmt *stmt)
{
	size_t size = 0;

	for (int column = COLUMN_USER; column < COLUMNS; column++)
		size += (size_t)sqlite3_column_bytes(stmt, column) + 1;
	return size;
}

/* A column's bytes with a NUL behind them; NULL for a NULL. */
static char *keep(char **at, sqlite3_stmt *stmt, int column, size_t *size)
{
	const void *bytes = sqlite3_column_blob(stmt, column);
	char *kept = *at;

	*size = (size_t)sqlite3_column_bytes(stmt, column);
	if (sqlite3_column_type(stmt, column) == SQLITE_NULL)
		return NULL;
	if (*size)
		memcpy(kept, bytes, *size);
	kept[*size] = '\0';
	*at += *size + 1;
	return kept;
}

/* "a\0b\0" */
static void split_args(struct process *process, const char *args, size_t size)
{
	process->args_known = args != NULL;
	if (!args)
		return;
	for (size_t at = 0; at < size && process->arg_count < ARGS_MAX; at += strlen(args + at) + 1)
		process->args[process->arg_count++] = args + at;
}

/* "991 bash\0001 systemd\0": a comm may have blanks in it, a number not. */
static void split_ancestors(struct process *process, const char *ancestors, size_t size)
{
	if (!ancestors)
		return;
	for (size_t at = 0; at < size && process->ancestor_count < ANCESTORS_MAX;
	     at += strlen(ancestors + at) + 1) {
		char *comm;
		unsigned long pid = strtoul(ancestors + at, &comm, 10);

		process->ancestors[process->ancestor_count++] = (struct ancestor){
			.pid = (uint32_t)pid,
			.comm = *comm == ' ' ? comm + 1 : comm,
		};
	}
}

static void fill_numbers(struct process *process, sqlite3_stmt *stmt)
{
	process->pid = (uint32_t)sqlite3_column_int64(stmt, COLUMN_PID);
	process->ppid = (uint32_t)sqlite3_column_int64(stmt, COLUMN_PPID);
	process->start_time = (uint64_t)sqlite3_column_int64(stmt, COLUMN_START_TIME);
	process->uid = (uint32_t)sqlite3_column_int64(stmt, COLUMN_UID);
	process->euid = (uint32_t)sqlite3_column_int64(stmt, COLUMN_EUID);
	process->login_known = sqlite3_column_type(stmt, COLUMN_LOGIN_UID) != SQLITE_NULL;
	process->login_uid = (uint32_t)sqlite3_column_int64(stmt, COLUMN_LOGIN_UID);
	process->audit_session = (uint32_t)sqlite3_column_int64(stmt, COLUMN_AUDIT_SESSION);
	process->mount_namespace = (uint32_t)sqlite3_column_int64(stmt, COLUMN_MOUNT_NAMESPACE);
	process->incomplete = (uint32_t)sqlite3_column_int64(stmt, COLUMN_INCOMPLETE) &
			      ((1U << INCOMPLETE_REASONS) - 1);
}

static void fill_strings(struct process *process, sqlite3_stmt *stmt, char *at)
{
	size_t size;
	const char *args;
	const char *ancestors;

	process->user = keep(&at, stmt, COLUMN_USER, &size);
	if (process->user && !*process->user)
		process->user = NULL;
	process->exe = keep(&at, stmt, COLUMN_EXE, &size);
	args = keep(&at, stmt, COLUMN_ARGS, &size);
	split_args(process, args, size);
	ancestors = keep(&at, stmt, COLUMN_ANCESTORS, &size);
	split_ancestors(process, ancestors, size);
	process->cgroup = keep(&at, stmt, COLUMN_CGROUP, &size);
	process->unit = keep(&at, stmt, COLUMN_UNIT, &size);
	process->container = keep(&at, stmt, COLUMN_CONTAINER, &size);
	process->cause = keep(&at, stmt, COLUMN_CAUSE, &size);
}

static int read_process(struct rows *rows, uint64_t row, struct process **out)
{
	sqlite3_stmt *stmt = rows->stmts[QUERY_PROCESS];
	struct cached_process *read = NULL;
	size_t size = 0;
	int err = look_up(rows, QUERY_PROCESS, row);

	if (!err) {
		size = sizeof(*read) + strings_size(stmt);
		read = calloc(1, size);
		if (!read)
			err = -ENOMEM;
	}
	if (!err) {
		fill_numbers(&read->process, stmt);
		fill_strings(&read->process, stmt, read->strings);
	}
	sqlite3_reset(stmt);
	if (!err)
		err = row_cache_put(&rows->processes, row, read, size);
	if (!err)
		*out = &read->process;
	return err;
}

static int get_process(struct rows *rows, uint64_t row, struct process **out)
{
	struct cached_process *known = row_cache_get(&rows->processes, row);

	if (!known)
		return read_process(rows, row, out);
	*out = &known->process;
	return 0;
}

/* ---- a deletion ---- */

static int put_path(struct rows *rows, unsigned int which, const struct place *place,
		    const char **out)
{
	struct path_bytes *path = &rows->paths[which];
	struct row_bytes directory;
	char *larger;
	int err;

	if (!place->directory)
		return 0;
	err = rows_directory(rows, place->directory, &directory);
	if (err)
		return err;
	if (path->room < directory.size + place->size + 1) {
		larger = realloc(path->bytes, directory.size + place->size + 1);
		if (!larger)
			return -ENOMEM;
		path->bytes = larger;
		path->room = directory.size + place->size + 1;
	}
	memcpy(path->bytes, directory.bytes, directory.size);
	if (place->size)
		memcpy(path->bytes + directory.size, place->name, place->size);
	path->bytes[directory.size + place->size] = '\0';
	*out = path->bytes;
	return 0;
}

static int read_recording(struct rows *rows, int64_t recording)
{
	sqlite3_stmt *stmt = rows->stmts[QUERY_RECORDING];
	int err = look_up(rows, QUERY_RECORDING, (uint64_t)recording);

	free(rows->host);
	free(rows->boot);
	rows->host = rows->boot = NULL;
	rows->recording = 0;
	if (!err) {
		const char *host = (const char *)sqlite3_column_text(stmt, 0);
		const char *boot = (const char *)sqlite3_column_text(stmt, 1);

		rows->host = host ? strdup(host) : NULL;
		rows->boot = boot ? strdup(boot) : NULL;
		rows->recording = recording;
	}
	sqlite3_reset(stmt);
	return err;
}

static int put_paths(struct rows *rows, const struct event *event, struct deletion *out)
{
	const char **other = event->op == DELETION_MOVE ? &out->to : &out->replaced_by;
	int err = put_path(rows, 0, &event->path, &out->path);

	if (!err)
		err = put_path(rows, 1, &event->seen, &out->path_seen);
	return err ? err : put_path(rows, 2, &event->other, other);
}

static int put_who(struct rows *rows, const struct event *event, struct deletion *out)
{
	struct cached *comm;
	int err = 0;

	out->pid = event->pid;
	out->comm = "";
	if (event->process)
		err = get_process(rows, event->process, &out->process);
	if (!err && event->comm) {
		err = get_bytes(rows, QUERY_TEXT, event->comm, &rows->texts, &comm);
		if (!err)
			out->comm = comm->bytes;
	}
	if (!err && out->process)
		out->pid = out->process->pid;
	out->tid = out->pid + (uint32_t)event->tid_offset;
	return err;
}

int rows_deletion(struct rows *rows, int64_t recording, const struct event *event,
		  struct deletion *out)
{
	struct deletion deletion = {
		.time = nanoseconds_to_time(event->time),
		.op = event->op,
		.via = event->via,
		.outcome = event->outcome,
		.error = event->error,
		.incomplete = event->incomplete & ((1U << INCOMPLETE_REASONS) - 1),
		.identity = event->identity,
		.cpu = event->cpu,
		.seq = event->seq,
	};
	int err = rows->recording == recording ? 0 : read_recording(rows, recording);

	if (!err)
		err = put_paths(rows, event, &deletion);
	if (!err)
		err = put_who(rows, event, &deletion);
	if (err)
		return err;
	deletion.host = rows->host;
	deletion.boot = rows->boot;
	*out = deletion;
	return 0;
}
