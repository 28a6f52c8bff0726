// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "history/health.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "history/ask.h"
#include "history/nanoseconds.h"
#include "history/sql.h"

/* Without events the recorder tells every ten seconds that it is there. */
#define STUCK_AFTER  (30 * NANOSECONDS)
#define CANARY_AFTER (180 * NANOSECONDS)
#define ASK_MS	     3000
#define LATELY	     (3600 * NANOSECONDS)

static int prepare(struct reader *reader, const char *sql, sqlite3_stmt **stmt)
{
	return sql_errno(reader_db(reader),
			 sqlite3_prepare_v2(reader_db(reader), sql, -1, stmt, NULL));
}

static void copy_text(char *to, size_t size, sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	snprintf(to, size, "%s", text ? text : "");
}

static int read_recording(struct reader *reader, struct health *health)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int ret = prepare(reader,
			  "SELECT host, boot, version, probe, transport, began, until, canary,"
			  " events, ended IS NOT NULL FROM recording ORDER BY id DESC LIMIT 1",
			  &stmt);

	if (!ret)
		ret = sql_step(stmt);
	if (ret != 1)
		return ret;
	copy_text(health->host, sizeof(health->host), stmt, 0);
	copy_text(health->boot, sizeof(health->boot), stmt, 1);
	copy_text(health->version, sizeof(health->version), stmt, 2);
	copy_text(health->probe, sizeof(health->probe), stmt, 3);
	copy_text(health->transport, sizeof(health->transport), stmt, 4);
	health->began = sqlite3_column_int64(stmt, 5);
	health->until = sqlite3_column_int64(stmt, 6);
	health->canary = sqlite3_column_int64(stmt, 7);
	health->recorded_events = (uint64_t)sqlite3_column_int64(stmt, 8);
	health->ended = sqlite3_column_int(stmt, 9);
	health->recorded = true;
	return 0;
}

static int read_events(struct reader *reader, struct health *health)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int ret = prepare(reader, "SELECT sum(events), min(since), max(until) FROM block", &stmt);

	if (!ret)
		ret = sql_step(stmt);
	if (ret < 0)
		return ret;
	health->events = (uint64_t)sqlite3_column_int64(stmt, 0);
	health->oldest = sqlite3_column_int64(stmt, 1);
	health->newest = sqlite3_column_int64(stmt, 2);
	return 0;
}

static int read_losses(struct reader *reader, struct health *health)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int ret = prepare(reader,
			  "SELECT sum(count) FILTER (WHERE kind = 'loss'),"
			  " max(until) FILTER (WHERE kind = 'loss'),"
			  " count(*) FILTER (WHERE kind = 'gap') FROM coverage",
			  &stmt);

	if (!ret)
		ret = sql_step(stmt);
	if (ret < 0)
		return ret;
	health->lost_ever = sqlite3_column_type(stmt, 1) != SQLITE_NULL;
	health->lost = (uint64_t)sqlite3_column_int64(stmt, 0);
	health->lost_until = sqlite3_column_int64(stmt, 1);
	health->gaps = (uint64_t)sqlite3_column_int64(stmt, 2);
	return 0;
}

static uint64_t file_bytes(const char *path, const char *suffix)
{
	char name[PATH_MAX];
	struct stat st;

	if (snprintf(name, sizeof(name), "%s%s", path, suffix) >= (int)sizeof(name) ||
	    stat(name, &st))
		return 0;
	return (uint64_t)st.st_size;
}

void health_ask(const char *path, struct health *health)
{
	char answer[ASK_ANSWER_MAX];

	*health = (struct health){ 0 };
	/* What it has is in the store then; where it cannot write, its own words are what counts.
	 */
	health->runs = !ask_recorder(path, "flush", ASK_MS, answer);
	if (!health->runs || ask_recorder(path, "status", ASK_MS, answer))
		return;
	ask_number(answer, "pid", &health->pid);
	ask_number(answer, "rate", &health->rate);
	ask_number(answer, "queue_bytes", &health->queue_bytes);
	ask_number(answer, "queue_limit", &health->queue_limit);
	ask_number(answer, "buffer_bytes", &health->buffer_bytes);
	ask_number(answer, "filtered", &health->filtered);
	ask_text(answer, "error", health->error, sizeof(health->error));
}

int health_read(struct reader *reader, const char *path, struct health *health)
{
	struct health read = *health;
	int err = read_recording(reader, &read);

	read.bytes = file_bytes(path, "") + file_bytes(path, "-wal");
	if (!err)
		err = read_events(reader, &read);
	if (!err)
		err = read_losses(reader, &read);
	if (!err)
		*health = read;
	return err;
}

enum health_verdict health_judge(const struct health *health, int64_t now)
{
	if (!health->runs || !health->recorded)
		return HEALTH_NOT_RUNNING;
	if (health->error[0])
		return HEALTH_ERROR;
	if (health->until < now - STUCK_AFTER)
		return HEALTH_STUCK;
	if (health->canary < now - CANARY_AFTER)
		return HEALTH_NO_CANARY;
	return health->lost_ever && health->lost_until > now - LATELY ? HEALTH_LOSES : HEALTH_WELL;
}

static const struct {
	const char *name;
	const char *text;
} verdicts[] = {
	[HEALTH_WELL] = { "well", "all is well" },
	[HEALTH_NOT_RUNNING] = { "not_running", "no recorder runs; try: systemctl start whodel, or "
						"whodel record" },
	[HEALTH_ERROR] = { "error", "the recorder runs, and meets errors; look at its messages: "
				    "journalctl -u whodel" },
	[HEALTH_STUCK] = { "stuck", "the recorder runs, and has stored nothing lately; look at its "
				    "messages: journalctl -u whodel" },
	[HEALTH_NO_CANARY] = { "no_canary", "the recorder does not see the files that it deletes "
					    "itself; has somebody detached its programs? Try: "
					    "systemctl restart whodel" },
	[HEALTH_LOSES] = { "loses", "events were lost within the last hour; try whodel record with "
				    "a larger --buffer, or look at the disk" },
};

const char *health_verdict_text(enum health_verdict verdict)
{
	return verdicts[verdict].text;
}

const char *health_verdict_name(enum health_verdict verdict)
{
	return verdicts[verdict].name;
}
