// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * CSV as RFC 4180 has it: a header, CRLF, quotes doubled; the fields of the JSON lines, flattened.
 * Text is quoted, an empty unquoted field is null. What could break a line, move a cursor or become
 * a formula in a spreadsheet does not stand in a text (output/escape.h): then the field of the same
 * name and _raw behind it holds the exact bytes in base64.
 */
#include <stdio.h>
#include <string.h>

#include "output/escape.h"
#include "output/format.h"
#include "output/json_value.h"

/* A literal, whose length the compiler knows. */
#define put_literal(buffer, literal) buffer_put((buffer), "" literal, sizeof(literal) - 1)

static void put_base64(struct buffer *b, const char *bytes)
{
	size_t length = strlen(bytes);
	char *to = buffer_room(b, ESCAPE_BASE64_SIZE(length));

	if (to)
		buffer_take(b, escape_base64(to, bytes, length));
}

/* A spreadsheet takes = + - @ in front for a formula: not behind an apostrophe. False: so it is. */
static bool put_guard(struct buffer *b, const char *text)
{
	static const char *const starts[] = {
		"=", "+", "-", "@", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"
	};

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (!strncmp(text, starts[i], strlen(starts[i]))) {
			put_literal(b, "'");
			return false;
		}
	return true;
}

/* Inside of quotes; false where it is not exactly @text. */
static bool put_inside(struct buffer *b, const char *text)
{
	size_t length = strlen(text);
	char *to = buffer_room(b, ESCAPE_CSV_SIZE(length));
	bool exact = true;

	if (to)
		buffer_take(b, escape_csv(to, text, length, &exact));
	return exact;
}

/* Two fields: the text, and its bytes where they are needed. */
static void put_name(struct buffer *b, const char *name)
{
	bool exact = true;

	if (name) {
		put_literal(b, "\"");
		exact = put_guard(b, name);
		exact = put_inside(b, name) && exact;
		put_literal(b, "\"");
	}
	put_literal(b, ",");
	if (!exact)
		put_base64(b, name);
	put_literal(b, ",");
}

/* Our own words: nothing in them needs a quote. */
static void put_word(struct buffer *b, const char *word)
{
	if (word)
		buffer_put_text(b, word);
	put_literal(b, ",");
}

static void put_number_if(struct buffer *b, bool known, uint64_t number)
{
	if (known)
		buffer_put_number(b, number);
	put_literal(b, ",");
}

static void put_number(struct buffer *b, uint64_t number)
{
	put_number_if(b, true, number);
}

static void put_outcome(struct buffer *b, const struct deletion *deletion)
{
	static const char *const words[] = {
		[OUTCOME_DONE] = "true",
		[OUTCOME_FAILED] = "false",
		[OUTCOME_UNKNOWN] = NULL,
	};
	bool failed = deletion->outcome == OUTCOME_FAILED;
	const char *name = failed ? strerrorname_np(deletion->error) : NULL;

	put_word(b, words[deletion->outcome]);
	if (name)
		put_word(b, name);
	else
		put_number_if(b, failed, (uint64_t)deletion->error);
}

static void put_incomplete(struct buffer *b, uint32_t incomplete)
{
	const char *separator = "";

	for (int reason = 0; reason < INCOMPLETE_REASONS; reason++) {
		if (!(incomplete & 1U << reason))
			continue;
		buffer_put_text(b, separator);
		buffer_put_text(b, incomplete_name(reason));
		separator = " ";
	}
	put_literal(b, ",");
}

static void put_paths(struct buffer *b, const struct deletion *deletion)
{
	put_name(b, deletion->path);
	put_name(b, deletion->path_seen);
	put_name(b, deletion->op == DELETION_REPLACE ? deletion->replaced_by : NULL);
	put_name(b, deletion->op == DELETION_MOVE ? deletion->to : NULL);
	put_incomplete(b, deletion->incomplete);
}

static void put_identity(struct buffer *b, const struct identity *identity)
{
	bool known = identity->known;

	put_number_if(b, known, identity->inode);
	put_number_if(b, known, identity->generation);
	if (known) {
		buffer_put_number(b, identity->device_major);
		put_literal(b, ":");
		buffer_put_number(b, identity->device_minor);
	}
	put_literal(b, ",");
	put_number_if(b, known && identity->size_known, identity->size);
	put_number_if(b, known, identity->links);
	put_word(b, known ? file_kind_name(identity->mode) : NULL);
	put_number_if(b, known, identity->owner);
}

/* One text with blanks between; where that is not exact, each in base64 with blanks between. */
static void put_args(struct buffer *b, const struct process *process)
{
	bool exact = true;

	if (!process->args_known) {
		put_literal(b, ",,");
		return;
	}
	put_literal(b, "\"");
	exact = put_guard(b, process->arg_count ? process->args[0] : "");
	for (unsigned int i = 0; i < process->arg_count; i++) {
		if (i)
			put_literal(b, " ");
		exact = put_inside(b, process->args[i]) && exact && !strchr(process->args[i], ' ');
	}
	put_literal(b, "\",");
	for (unsigned int i = 0; !exact && i < process->arg_count; i++) {
		if (i)
			put_literal(b, " ");
		put_base64(b, process->args[i]);
	}
	put_literal(b, ",");
}

/* "rm[31] sh[30]": nearest first, each comm as the table shows it. */
static void put_ancestors(struct buffer *b, const struct process *process)
{
	char text[ANCESTORS_MAX * (ESCAPE_FIELD_SIZE(64) + 16)];
	char *to = text;

	for (unsigned int i = 0; i < process->ancestor_count; i++) {
		const char *comm = process->ancestors[i].comm;

		if (i)
			*to++ = ' ';
		to = escape_field(to, comm, strnlen(comm, 64));
		to += snprintf(to, 16, "[%u]", process->ancestors[i].pid);
	}
	*to = '\0';
	put_literal(b, "\"");
	put_guard(b, text);
	put_inside(b, text);
	put_literal(b, "\",");
}

/* An ID of all ones is the kernel's "not set". */
static bool is_set(const struct process *process, uint32_t id)
{
	return process->login_known && id != UINT32_MAX;
}

static void render_process(struct buffer *b, const struct process *process)
{
	put_number(b, process->start_time);
	put_number(b, process->ppid);
	put_name(b, process->exe);
	put_args(b, process);
	put_number(b, process->uid);
	put_name(b, process->user);
	put_number(b, process->euid);
	put_number_if(b, is_set(process, process->login_uid), process->login_uid);
	put_number_if(b, is_set(process, process->audit_session), process->audit_session);
	put_ancestors(b, process);
	put_number_if(b, process->mount_namespace, process->mount_namespace);
	put_name(b, process->cgroup);
	put_name(b, process->unit);
	put_name(b, process->container);
	put_name(b, process->cause);
}

/* What render_process() puts, in names; the header is made of the same parts as the lines. */
static const char process_head[] =
	"start_time,ppid,exe,exe_raw,args,args_raw,uid,user,user_raw,euid,login_uid,audit_session,"
	"ancestors,mount_namespace,cgroup,cgroup_raw,unit,unit_raw,container,container_raw,cause,"
	"cause_raw,";

static void put_process(struct output *out, const struct deletion *deletion)
{
	struct buffer *b = &out->data;
	size_t start;

	put_number(b, deletion->pid);
	put_number(b, deletion->tid);
	put_name(b, deletion->comm);
	if (!deletion->process) {
		for (const char *at = process_head; *at; at++)
			if (*at == ',')
				put_literal(b, ",");
		return;
	}
	if (rendered_put(out, deletion->process))
		return;
	start = b->used;
	render_process(b, deletion->process);
	rendered_keep(out, deletion->process, start);
}

static int end_line(struct buffer *b)
{
	put_literal(b, "\r");
	return buffer_end_line(b);
}

static int csv_start(struct output *out)
{
	struct buffer *b = &out->data;

	buffer_begin_line(b);
	put_literal(b, "time,op,ok,error,path,path_raw,path_seen,path_seen_raw,replaced_by,"
		       "replaced_by_raw,to,to_raw,incomplete,inode,generation,device,size,links,"
		       "kind,owner,pid,tid,comm,comm_raw,");
	buffer_put_text(b, process_head);
	put_literal(b, "via,cpu,seq,host,host_raw,boot");
	return end_line(b);
}

static int csv_deletion(struct output *out, const struct deletion *deletion)
{
	struct buffer *b = &out->data;

	buffer_begin_line(b);
	json_put_time(&out->second, b, deletion->time);
	put_literal(b, ",");
	put_word(b, deletion_op_name(deletion->op));
	put_outcome(b, deletion);
	put_paths(b, deletion);
	put_identity(b, &deletion->identity);
	put_process(out, deletion);
	put_word(b, deletion_via_name(deletion->via));
	put_number(b, deletion->cpu);
	put_number(b, deletion->seq);
	put_name(b, deletion->host);
	if (deletion->boot)
		put_inside(b, deletion->boot);
	return end_line(b);
}

static int csv_loss(struct output *out, const struct loss *loss)
{
	int err;

	/* Its seconds are local ones. */
	out->second.known = false;
	err = output_table.loss(out, loss);
	out->second.known = false;
	return err;
}

static int csv_summary(struct output *out, const struct summary *summary)
{
	return output_table.summary(out, summary);
}

const struct output_format output_csv = {
	.name = "csv",
	.start = csv_start,
	.deletion = csv_deletion,
	.loss = csv_loss,
	.summary = csv_summary,
};
