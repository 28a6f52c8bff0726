/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the tests of the store share: a folder of their own, and deletions to put into it. */
#ifndef WHODEL_HISTORY_FIXTURE_H
#define WHODEL_HISTORY_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "history/sql.h"
#include "history/store.h"

#define FIXTURE_TIME 1767322984 /* 2026-01-02T03:03:04Z */

struct history {
	char folder[64];
	char path[96];
	char error[512];
	struct store *store;
	struct recording recording;
	struct block_writer *writer;
	struct process process;
	char name[4200];
	struct deletion deletion;
};

static inline void history_open(struct history *h)
{
	struct store_opts opts = {
		.path = h->path,
		.group = STORE_NO_GROUP,
		.error = h->error,
		.error_size = sizeof(h->error),
	};

	assert_int_equal(store_open(&opts, &h->store), 0);
	assert_int_equal(store_begin(h->store), 0);
	assert_int_equal(store_record(h->store, &h->recording), 0);
	assert_int_equal(store_commit(h->store), 0);
}

static inline void history_set_up(struct history *h)
{
	*h = (struct history){
		.folder = "/tmp/whodel-history-XXXXXX",
		.recording = {
			.host = "host",
			.boot = "boot-1",
			.version = "0",
			.probe = "tracepoint",
			.transport = "ring",
			.unseen = "nfsd",
			.began = FIXTURE_TIME * 1000000000LL,
			.until = FIXTURE_TIME * 1000000000LL,
		},
		.process = {
			.number = 1,
			.start_time = 981000000000,
			.pid = 31337,
			.ppid = 991,
			.uid = 33,
			.euid = 0,
			.user = "www-data",
			.exe = "/usr/bin/rm",
			.args = { "rm", "-f", "a.html" },
			.arg_count = 3,
			.args_known = true,
			.login_known = true,
			.login_uid = 1000,
			.audit_session = 7,
			.ancestors = { { 991, "bash" }, { 1, "systemd" } },
			.ancestor_count = 2,
			.cgroup = "/system.slice/cron.service",
			.unit = "cron.service",
			.cause = "cron",
		},
		.deletion = {
			.time = { FIXTURE_TIME, 5 },
			.path = h->name,
			.pid = 31337,
			.tid = 31337,
			.comm = "rm",
			.process = &h->process,
			.cpu = 1,
			.seq = 1,
		},
	};
	assert_non_null(mkdtemp(h->folder));
	snprintf(h->path, sizeof(h->path), "%s/history.db", h->folder);
	assert_int_equal(block_writer_new(&h->writer), 0);
}

static inline void history_tear_down(struct history *h)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char path[128];

	store_close(h->store);
	h->store = NULL;
	block_writer_free(h->writer);
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s%s", h->path, ends[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(h->folder), 0);
}

/* One more deletion, of @path, into the block at hand. */
static inline void history_add(struct history *h, const char *path)
{
	snprintf(h->name, sizeof(h->name), "%s", path);
	h->deletion.seq++;
	h->deletion.time.tv_nsec += 1000;
	assert_int_equal(block_writer_add(h->writer, &h->deletion), 0);
}

/* The block at hand becomes block @number of the recording; closed, the next one is begun. */
static inline void history_put(struct history *h, uint64_t number, bool closed)
{
	struct block_view view = block_writer_view(h->writer);

	assert_int_equal(store_begin(h->store), 0);
	assert_int_equal(store_put_block(h->store, number, closed, &view), 0);
	h->recording.events += view.events;
	assert_int_equal(store_update(h->store, &h->recording), 0);
	assert_int_equal(store_commit(h->store), 0);
	if (closed)
		block_writer_reset(h->writer);
}

/* What any reader of the file sees. */
static inline int64_t history_number(const struct history *h, const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_int64 number = -1;

	assert_int_equal(sqlite3_open_v2(h->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sql_number(db, sql, &number), 0);
	sqlite3_close(db);
	return number;
}

#endif
