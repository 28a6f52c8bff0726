// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * One line an event, for people:
 *
 *	TIME         PID     USER     COMM       PARENT     OP      RESULT   PATH
 *	03:12:45.678 31337   www-data find       cleanup.sh unlink  ok       /srv/www/a.html
 *	03:12:45.679 31338   root     mv         bash       replace ok     ~ /etc/motd by /tmp/motd
 *
 * Local time; PARENT is the parent's comm. "?" is what could not be seen, as RESULT too. A "~"
 * before the path: taken as the process gave it, the file system did not confirm it
 * (path_unverified or symlink_unresolved). Behind the path, which is never cut: "by" what took its
 * place or "to" where it went, "seen as" the path as the process saw it, and in brackets whatever
 * else is incomplete in this line.
 *
 * A wide terminal has wider columns. On one where the line is too long, what begins at the path has
 * a line of its own, indented: no other line starts with a blank, and no name can make one.
 */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "channel/bpfchan.h"
#include "output/escape.h"
#include "output/format.h"

enum column {
	COLUMN_PID,
	COLUMN_USER,
	COLUMN_COMM,
	COLUMN_PARENT,
	COLUMN_OP,
	COLUMN_RESULT,
	COLUMN_MARK,
	COLUMN_PATH,
	COLUMNS,
};

/* Where each starts. What is longer takes from the blanks of the next ones, down to one. */
static const unsigned short columns[COLUMNS] = { 13, 21, 30, 41, 52, 60, 67, 69 };

/* Room for each comm and nearly each error, and still half of the line for the path. */
#define WIDE_TERMINAL 160
static const unsigned short wide_columns[COLUMNS] = { 13, 21, 34, 50, 66, 74, 84, 86 };

#define DATE_WIDTH 11 /* of "2026-01-02 ", where it is shown: not among the columns above */

#define UNPROVEN (1U << INCOMPLETE_PATH_UNVERIFIED | 1U << INCOMPLETE_SYMLINK_UNRESOLVED)

/* About what this line does not show. */
#define UNTOLD                                                                                     \
	(1U << INCOMPLETE_IDENTITY_UNKNOWN | 1U << INCOMPLETE_EXE_TRUNCATED |                      \
	 1U << INCOMPLETE_EXE_MOUNT_UNKNOWN | 1U << INCOMPLETE_ARGS_TRUNCATED |                    \
	 1U << INCOMPLETE_ARGS_UNREAD | 1U << INCOMPLETE_CGROUP_TRUNCATED)

/* Characters since the line's start; good enough for alignment, wide ones aside. */
static size_t line_width(const struct buffer *b)
{
	size_t width = 0;

	for (size_t i = b->line; i < b->used; i++)
		width += ((unsigned char)b->data[i] & 0xc0) != 0x80;
	return width - b->margin;
}

static void pad_to(struct output *out, enum column column)
{
	struct buffer *b = &out->data;
	size_t width = line_width(b);
	size_t start = out->columns[column];
	size_t blanks = width < start ? start - width : 1;
	char *room = buffer_room(b, blanks);

	if (!room)
		return;
	memset(room, ' ', blanks);
	b->used += blanks;
}

/* Once for what is written at a time: it may have been resized. */
static void look_at_terminal(struct output *out)
{
	struct winsize size;

	if (out->terminal && out->data.used == 0)
		out->width = ioctl(out->data.fd, TIOCGWINSZ, &size) ? 0 : size.ws_col;
}

/* At least what a terminal makes of it: two cells for each character beyond U+0FFF. */
static size_t most_cells(const struct buffer *b)
{
	size_t cells = line_width(b) + b->margin;

	for (size_t i = b->line; i < b->used; i++)
		cells += (unsigned char)b->data[i] >= 0xe1;
	return cells;
}

/* The path is about to come; returns where the line ends without it. */
static size_t begin_path(struct output *out, bool unproven)
{
	size_t end = out->data.used;

	if (unproven) {
		pad_to(out, COLUMN_MARK);
		buffer_put_text(&out->data, "~");
	}
	pad_to(out, COLUMN_PATH);
	return end;
}

/* All from @text on is written: where it does not fit, it goes from @end to the next line. */
static void end_path(struct output *out, size_t end, size_t text, bool unproven)
{
	const char *lead = unproven ? "\n    ~ " : "\n      ";
	size_t length = strlen(lead);
	struct buffer *b = &out->data;
	size_t rest = b->used - text;

	if (!out->width || most_cells(b) <= out->width || !buffer_room(b, length))
		return;
	memmove(b->data + end + length, b->data + text, rest);
	memcpy(b->data + end, lead, length);
	b->used = end + length + rest;
}

void table_put_field(struct buffer *b, const char *text)
{
	size_t length;
	char *to;

	if (!text) {
		buffer_put_text(b, "?");
		return;
	}
	length = strlen(text);
	to = buffer_room(b, ESCAPE_FIELD_SIZE(length));
	if (to)
		buffer_take(b, escape_field(to, text, length));
}

static size_t local_second(char *text, size_t size, time_t at)
{
	struct tm tm;

	return localtime_r(&at, &tm) ? strftime(text, size, "%H:%M:%S.", &tm) : 0;
}

static size_t local_date(char *text, size_t size, time_t at)
{
	struct tm tm;

	return localtime_r(&at, &tm) ? strftime(text, size, "%Y-%m-%d %H:%M:%S.", &tm) : 0;
}

static void put_time(struct output *out, struct buffer *b, struct timespec time)
{
	second_put(&out->second, b, time.tv_sec, out->dates ? local_date : local_second);
	buffer_put_milliseconds(b, (uint32_t)time.tv_nsec);
}

static void put_user(struct buffer *b, const struct process *process)
{
	if (process && !process->user)
		buffer_put_number(b, process->uid);
	else
		table_put_field(b, process ? process->user : NULL);
}

static const char *parent_comm(const struct process *process)
{
	return process && process->ancestor_count ? process->ancestors[0].comm : NULL;
}

static void put_who(struct output *out, const struct deletion *deletion)
{
	const struct process *process = deletion->process;
	struct buffer *b = &out->data;

	pad_to(out, COLUMN_PID);
	buffer_put_number(b, deletion->pid);
	pad_to(out, COLUMN_USER);
	put_user(b, process);
	pad_to(out, COLUMN_COMM);
	table_put_field(b, deletion->comm);
	pad_to(out, COLUMN_PARENT);
	table_put_field(b, parent_comm(process));
}

void table_put_result(struct buffer *b, const struct deletion *deletion)
{
	const char *name;

	if (deletion->outcome != OUTCOME_FAILED) {
		buffer_put_text(b, deletion->outcome == OUTCOME_DONE ? "ok" : "?");
		return;
	}
	name = strerrorname_np(deletion->error);
	if (name)
		buffer_put_text(b, name);
	else
		buffer_put_number(b, (uint64_t)deletion->error);
}

static void put_brackets(struct buffer *b, uint32_t incomplete)
{
	const char *separator = " [";

	incomplete &= (1U << INCOMPLETE_REASONS) - 1;
	for (int reason = 0; reason < INCOMPLETE_REASONS; reason++) {
		if (!(incomplete & 1U << reason))
			continue;
		buffer_put_text(b, separator);
		buffer_put_text(b, incomplete_name(reason));
		separator = " ";
	}
	if (incomplete)
		buffer_put_text(b, "]");
}

/* The other side of a rename. */
static void put_other_path(struct buffer *b, const struct deletion *deletion)
{
	if (deletion->op == DELETION_REPLACE) {
		buffer_put_text(b, " by ");
		table_put_field(b, deletion->replaced_by);
	} else if (deletion->op == DELETION_MOVE) {
		buffer_put_text(b, " to ");
		table_put_field(b, deletion->to);
	}
}

void table_put_path(struct buffer *b, const struct deletion *deletion)
{
	table_put_field(b, deletion->path);
	put_other_path(b, deletion);
	if (deletion->path_seen) {
		buffer_put_text(b, " seen as ");
		table_put_field(b, deletion->path_seen);
	}
	put_brackets(b, deletion->incomplete & ~(UNPROVEN | UNTOLD));
}

static void put_marked_path(struct output *out, const struct deletion *deletion)
{
	bool unproven = deletion->incomplete & UNPROVEN;
	size_t end = begin_path(out, unproven);
	size_t text = out->data.used;

	table_put_path(&out->data, deletion);
	end_path(out, end, text, unproven);
}

static int table_deletion(struct output *out, const struct deletion *deletion)
{
	struct buffer *b = &out->data;

	look_at_terminal(out);
	buffer_begin_line(b);
	b->margin = out->dates ? DATE_WIDTH : 0;
	put_time(out, b, deletion->time);
	put_who(out, deletion);
	pad_to(out, COLUMN_OP);
	buffer_put_text(b, deletion_op_name(deletion->op));
	pad_to(out, COLUMN_RESULT);
	table_put_result(b, deletion);
	put_marked_path(out, deletion);
	return buffer_end_line(b);
}

static void put_count(struct buffer *b, uint64_t count, const char *one, const char *many)
{
	buffer_put_number(b, count);
	buffer_put_text(b, " ");
	buffer_put_text(b, count == 1 ? one : many);
}

/* (120 files, 5 directories, 3.1 MiB, 0.2 s, 2 failed) */
static void put_tree_sums(struct buffer *b, const struct tree *tree)
{
	double seconds = (double)(tree->until.tv_sec - tree->since.tv_sec) +
			 (double)(tree->until.tv_nsec - tree->since.tv_nsec) / 1e9;

	buffer_put_text(b, " (");
	put_count(b, tree->files, "file", "files");
	buffer_put_text(b, ", ");
	put_count(b, tree->directories, "directory", "directories");
	if (tree->files) {
		buffer_put_text(b, tree->bytes_known ? ", " : ", at least ");
		if (tree->bytes < 1024)
			put_count(b, tree->bytes, "byte", "bytes");
		else
			table_put_size(b, tree->bytes);
	}
	buffer_printf(b, ", %.1f s", seconds);
	if (tree->failures)
		buffer_printf(b, ", %ju failed", (uintmax_t)tree->failures);
	buffer_put_text(b, ")");
}

static const char *tree_result(const struct tree *tree)
{
	if (!tree->failures)
		return "ok";
	return tree->files + tree->directories ? "partly" : "failed";
}

static int table_tree(struct output *out, const struct tree *tree)
{
	struct buffer *b = &out->data;
	size_t end;
	size_t text;

	look_at_terminal(out);
	buffer_begin_line(b);
	b->margin = out->dates ? DATE_WIDTH : 0;
	put_time(out, b, tree->since);
	put_who(out, tree->first);
	pad_to(out, COLUMN_OP);
	buffer_put_text(b, "tree");
	pad_to(out, COLUMN_RESULT);
	buffer_put_text(b, tree_result(tree));
	end = begin_path(out, tree->unproven);
	text = b->used;
	table_put_field(b, tree->root);
	put_tree_sums(b, tree);
	end_path(out, end, text, tree->unproven);
	return buffer_end_line(b);
}

/* The columns stay as the head has them; what fits in a line follows the terminal. */
static int table_start(struct output *out)
{
	static const char *const heads[COLUMNS] = {
		[COLUMN_PID] = "PID",	    [COLUMN_USER] = "USER", [COLUMN_COMM] = "COMM",
		[COLUMN_PARENT] = "PARENT", [COLUMN_OP] = "OP",	    [COLUMN_RESULT] = "RESULT",
		[COLUMN_PATH] = "PATH",
	};
	struct buffer *b = &out->data;

	look_at_terminal(out);
	out->columns = out->width >= WIDE_TERMINAL ? wide_columns : columns;
	buffer_begin_line(b);
	b->margin = out->dates ? DATE_WIDTH : 0;
	buffer_put_text(b, out->dates ? "DATE       TIME" : "TIME");
	for (enum column column = 0; column < COLUMNS; column++) {
		if (!heads[column])
			continue;
		pad_to(out, column);
		buffer_put_text(b, heads[column]);
	}
	return buffer_end_line(b);
}

void table_put_loss_by(struct buffer *b, const struct loss_by *by, unsigned int count)
{
	const char *separator = " (";

	for (unsigned int i = 0; by && i < count; i++) {
		buffer_put_text(b, separator);
		if (by[i].comm) {
			table_put_field(b, by[i].comm);
			buffer_printf(b, "[%u]", by[i].pid);
		} else {
			buffer_put_text(b, "others");
		}
		buffer_put_text(b, ": ");
		buffer_put_number(b, by[i].lost);
		separator = ", ";
	}
	if (by && count)
		buffer_put_text(b, ")");
}

/* whodel: 3 deletions lost, 03:12:45.678 to 03:12:46.100: buffer full (rm[991]: 3) */
static int table_loss(struct output *out, const struct loss *loss)
{
	struct buffer *b = &out->notes;

	buffer_begin_line(b);
	buffer_printf(b, "whodel: %ju deletion%s lost, ", (uintmax_t)loss->lost,
		      loss->lost == 1 ? "" : "s");
	put_time(out, b, loss->since);
	buffer_put_text(b, " to ");
	put_time(out, b, loss->until);
	buffer_printf(b, ": %s", loss->reason);
	table_put_loss_by(b, loss->by, loss->by_count);
	return buffer_end_line(b);
}

/* 8.0 MiB */
void table_put_size(struct buffer *b, uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB" };
	double size = (double)bytes / 1024;
	unsigned int unit = 0;

	for (; size >= 1024 && unit < 2; unit++)
		size /= 1024;
	buffer_printf(b, "%.1f %s", size, units[unit]);
}

/* What to try next, in MiB. 0: both transports end at 2 GiB (channel/size.c). */
static uint64_t larger_mebibytes(uint64_t buffer_bytes)
{
	uint64_t size = 8;

	while (size << 20 <= buffer_bytes)
		size *= 2;
	return size <= 2048 ? size : 0;
}

static void put_losses(struct buffer *b, const struct summary *summary)
{
	size_t most = sizeof(summary->losses) / sizeof(summary->losses[0]);
	bool full = false;
	uint64_t larger;

	buffer_printf(b, "%ju lost: ", (uintmax_t)summary->lost);
	for (size_t i = 0; i < most && summary->losses[i].reason; i++) {
		const char *reason = summary->losses[i].reason;

		full = full || strcmp(reason, bpfchan_loss_name(BPFCHAN_LOST_FULL)) == 0;
		buffer_printf(b, "%s%s (%ju)", i ? ", " : "", reason,
			      (uintmax_t)summary->losses[i].count);
	}
	larger = full ? larger_mebibytes(summary->buffer_bytes) : 0;
	if (larger)
		buffer_printf(b, "; try --buffer %juM", (uintmax_t)larger);
}

/* 5 deletions seen: 5 shown, 0 filtered, 0 lost (ring, 8.0 MiB, tracepoint probe, 3.2 s) */
static int table_summary(struct output *out, const struct summary *summary)
{
	struct buffer *b = &out->notes;
	int err;

	buffer_begin_line(b);
	buffer_printf(b, "%ju deletion%s seen: %ju shown, %ju filtered, %ju lost (%s, ",
		      (uintmax_t)summary->seen, summary->seen == 1 ? "" : "s",
		      (uintmax_t)summary->delivered, (uintmax_t)summary->filtered,
		      (uintmax_t)summary->lost, summary->transport);
	table_put_size(b, summary->buffer_bytes);
	buffer_printf(b, ", %s probe, %.1f s)", summary->probe, summary->seconds);
	err = buffer_end_line(b);
	if (err || summary->lost == 0)
		return err;
	buffer_begin_line(b);
	put_losses(b, summary);
	return buffer_end_line(b);
}

const struct output_format output_table = {
	.name = "table",
	.start = table_start,
	.deletion = table_deletion,
	.tree = table_tree,
	.loss = table_loss,
	.story = table_story,
	.answer = table_answer,
	.summary = table_summary,
};
