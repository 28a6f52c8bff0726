// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * One deletion at length, for people:
 *
 *	2026-11-21 13:53:32.773 unlink /srv/www/a.html
 *	    who   find[28521], user www-data, login user 1000, /usr/bin/find
 *	    why   cron < cleanup.sh[991] < cron[1]
 *	    what  file of 4711 bytes, inode 1073549 on 254:0, owner 33, its last name
 */
#include <sys/stat.h>

#include "output/format.h"

#define INDENT "    "

static size_t local_date(char *text, size_t size, time_t at)
{
	struct tm tm;

	return localtime_r(&at, &tm) ? strftime(text, size, "%Y-%m-%d %H:%M:%S.", &tm) : 0;
}

/* Why it is part of the answer, where that is not plain. */
static void put_match(struct buffer *b, const char *match)
{
	if (!match || strcmp(match, "path") == 0)
		return;
	buffer_put_text(b, " (");
	buffer_put_text(b, match);
	buffer_put_text(b, ")");
}

static int put_head(struct output *out, const struct deletion *deletion)
{
	struct buffer *b = &out->data;

	buffer_begin_line(b);
	second_put(&out->second, b, deletion->time.tv_sec, local_date);
	buffer_put_milliseconds(b, (uint32_t)deletion->time.tv_nsec);
	buffer_put_text(b, " ");
	buffer_put_text(b, deletion_op_name(deletion->op));
	buffer_put_text(b, " ");
	if (deletion->outcome != OUTCOME_DONE) {
		table_put_result(b, deletion);
		buffer_put_text(b, " ");
	}
	if (deletion->incomplete &
	    (1U << INCOMPLETE_PATH_UNVERIFIED | 1U << INCOMPLETE_SYMLINK_UNRESOLVED))
		buffer_put_text(b, "~ ");
	table_put_path(b, deletion);
	put_match(b, deletion->match);
	return buffer_end_line(b);
}

static void put_user(struct buffer *b, const struct process *process)
{
	buffer_put_text(b, ", user ");
	if (process->user)
		table_put_field(b, process->user);
	else
		buffer_put_number(b, process->uid);
	if (process->euid != process->uid)
		buffer_printf(b, " as %u", process->euid);
	if (process->login_known && process->login_uid != UINT32_MAX)
		buffer_printf(b, ", login user %u", process->login_uid);
}

static int put_who(struct buffer *b, const struct deletion *deletion)
{
	const struct process *process = deletion->process;

	buffer_begin_line(b);
	buffer_put_text(b, INDENT "who   ");
	table_put_field(b, deletion->comm);
	buffer_printf(b, "[%u]", deletion->pid);
	if (!process) {
		buffer_put_text(b, ", and nothing more is known of it");
		return buffer_end_line(b);
	}
	put_user(b, process);
	if (process->exe) {
		buffer_put_text(b, ", ");
		table_put_field(b, process->exe);
	}
	for (unsigned int i = 0; i < process->arg_count; i++) {
		buffer_put_text(b, i ? " " : ": ");
		table_put_field(b, process->args[i]);
	}
	return buffer_end_line(b);
}

static void put_reason(struct buffer *b, const char *what, const char *name, const char **separator)
{
	if (!name)
		return;
	buffer_put_text(b, *separator);
	buffer_put_text(b, what);
	table_put_field(b, name);
	*separator = ", ";
}

static int put_why(struct buffer *b, const struct process *process)
{
	const char *separator = "";

	if (!process)
		return 0;
	buffer_begin_line(b);
	buffer_put_text(b, INDENT "why   ");
	put_reason(b, "", process->cause, &separator);
	put_reason(b, "unit ", process->unit, &separator);
	put_reason(b, "container ", process->container, &separator);
	buffer_put_text(b, separator);
	buffer_put_text(b, process->ancestor_count ? "started by " : "?");
	for (unsigned int i = 0; i < process->ancestor_count; i++) {
		buffer_put_text(b, i ? " < " : "");
		table_put_field(b, process->ancestors[i].comm);
		buffer_printf(b, "[%u]", process->ancestors[i].pid);
	}
	return buffer_end_line(b);
}

static void put_links(struct buffer *b, const struct deletion *deletion)
{
	uint32_t links = deletion->identity.links;

	if (deletion->op == DELETION_MOVE || deletion->op == DELETION_TRUNCATE)
		return;
	if (links == 0 || S_ISDIR(deletion->identity.mode))
		buffer_put_text(b, ", its last name");
	else
		buffer_printf(b, ", %u name%s left", links, links == 1 ? "" : "s");
}

static int put_what(struct buffer *b, const struct deletion *deletion)
{
	const struct identity *identity = &deletion->identity;
	const char *kind = file_kind_name(identity->mode);

	if (!identity->known)
		return 0;
	buffer_begin_line(b);
	buffer_put_text(b, INDENT "what  ");
	buffer_put_text(b, kind ? kind : "?");
	if (identity->size_known)
		buffer_printf(b, " of %ju byte%s", (uintmax_t)identity->size,
			      identity->size == 1 ? "" : "s");
	buffer_printf(b, ", inode %ju on %u:%u, owner %u", (uintmax_t)identity->inode,
		      identity->device_major, identity->device_minor, identity->owner);
	put_links(b, deletion);
	return buffer_end_line(b);
}

int table_story(struct output *out, const struct deletion *deletion)
{
	struct buffer *b = &out->data;
	int err = put_head(out, deletion);

	if (!err)
		err = put_who(b, deletion);
	if (!err)
		err = put_why(b, deletion->process);
	return err ? err : put_what(b, deletion);
}
