// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * JSON lines, schema 1. What is not known is null. Where a name is not UTF-8, each byte that is not
 * becomes U+FFFD, and a field of the same name and _raw holds the exact bytes in base64.
 */
#include <string.h>

#include "output/format.h"
#include "output/json_value.h"

/* A literal, whose length the compiler knows. */
#define put_literal(buffer, literal) buffer_put((buffer), "" literal, sizeof(literal) - 1)

/* @key with its punctuation: ,"path": */
static void put_key(struct buffer *b, const char *key, const char *suffix)
{
	put_literal(b, ",\"");
	buffer_put_text(b, key);
	buffer_put_text(b, suffix);
	put_literal(b, "\":");
}

void json_field_name(struct buffer *b, const char *key, const char *name)
{
	bool utf8 = true;

	put_key(b, key, "");
	if (!name) {
		put_literal(b, "null");
		return;
	}
	json_put_string(b, name, &utf8);
	if (utf8)
		return;
	put_key(b, key, "_raw");
	json_put_base64(b, name);
}

void json_field_number(struct buffer *b, const char *key, uint64_t number)
{
	put_key(b, key, "");
	buffer_put_number(b, number);
}

static void put_number_if(struct buffer *b, bool known, const char *key, uint64_t number)
{
	put_key(b, key, "");
	if (known)
		buffer_put_number(b, number);
	else
		put_literal(b, "null");
}

void json_field_time(struct output *out, const char *key, struct timespec time)
{
	struct buffer *b = &out->data;

	put_key(b, key, "");
	json_put_time(&out->second, b, time);
}

static void put_outcome(struct buffer *b, const struct deletion *deletion)
{
	if (deletion->outcome == OUTCOME_DONE) {
		put_literal(b, ",\"ok\":true,\"error\":null");
	} else if (deletion->outcome == OUTCOME_UNKNOWN) {
		put_literal(b, ",\"ok\":null,\"error\":null");
	} else {
		put_literal(b, ",\"ok\":false,\"error\":");
		json_put_error(b, deletion->error);
	}
}

static void put_incomplete(struct buffer *b, uint32_t incomplete)
{
	const char *separator = "\"";

	put_literal(b, ",\"incomplete\":[");
	incomplete &= (1U << INCOMPLETE_REASONS) - 1;
	for (int reason = 0; reason < INCOMPLETE_REASONS; reason++) {
		if (!(incomplete & 1U << reason))
			continue;
		buffer_put_text(b, separator);
		buffer_put_text(b, incomplete_name(reason));
		separator = "\",\"";
	}
	buffer_put_text(b, incomplete ? "\"]" : "]");
}

static void put_paths(struct buffer *b, const struct deletion *deletion)
{
	json_field_name(b, "path", deletion->path);
	if (deletion->path_seen)
		json_field_name(b, "path_seen", deletion->path_seen);
	if (deletion->op == DELETION_REPLACE)
		json_field_name(b, "replaced_by", deletion->replaced_by);
	if (deletion->op == DELETION_MOVE)
		json_field_name(b, "to", deletion->to);
	put_incomplete(b, deletion->incomplete);
}

static void put_device(struct buffer *b, const struct identity *identity)
{
	put_literal(b, ",\"device\":\"");
	buffer_put_number(b, identity->device_major);
	put_literal(b, ":");
	buffer_put_number(b, identity->device_minor);
	put_literal(b, "\"");
}

static void put_identity(struct buffer *b, const struct identity *identity)
{
	if (!identity->known) {
		put_literal(b, ",\"inode\":null,\"generation\":null,\"device\":null,\"size\":null,"
			       "\"links\":null,\"kind\":null,\"owner\":null");
		return;
	}
	json_field_number(b, "inode", identity->inode);
	json_field_number(b, "generation", identity->generation);
	put_device(b, identity);
	put_number_if(b, identity->size_known, "size", identity->size);
	json_field_number(b, "links", identity->links);
	json_field_name(b, "kind", file_kind_name(identity->mode));
	json_field_number(b, "owner", identity->owner);
}

static void put_args_raw(struct buffer *b, const struct process *process)
{
	put_literal(b, ",\"args_raw\":[");
	for (unsigned int i = 0; i < process->arg_count; i++) {
		if (i)
			put_literal(b, ",");
		json_put_base64(b, process->args[i]);
	}
	put_literal(b, "]");
}

static void put_args(struct buffer *b, const struct process *process)
{
	bool utf8 = true;

	if (!process->args_known) {
		put_literal(b, ",\"args\":null");
		return;
	}
	put_literal(b, ",\"args\":[");
	for (unsigned int i = 0; i < process->arg_count; i++) {
		if (i)
			put_literal(b, ",");
		json_put_string(b, process->args[i], &utf8);
	}
	put_literal(b, "]");
	if (!utf8)
		put_args_raw(b, process);
}

static void put_ancestors(struct buffer *b, const struct process *process)
{
	put_literal(b, ",\"ancestors\":[");
	for (unsigned int i = 0; i < process->ancestor_count; i++) {
		buffer_put_text(b, i ? ",{\"pid\":" : "{\"pid\":");
		buffer_put_number(b, process->ancestors[i].pid);
		json_field_name(b, "comm", process->ancestors[i].comm);
		put_literal(b, "}");
	}
	put_literal(b, "]");
}

/* An ID of all ones is the kernel's "not set". */
static bool is_set(const struct process *process, uint32_t id)
{
	return process->login_known && id != UINT32_MAX;
}

static void render_process(struct buffer *b, const struct process *process)
{
	json_field_number(b, "start_time", process->start_time);
	json_field_number(b, "ppid", process->ppid);
	json_field_name(b, "exe", process->exe);
	put_args(b, process);
	json_field_number(b, "uid", process->uid);
	json_field_name(b, "user", process->user);
	json_field_number(b, "euid", process->euid);
	put_number_if(b, is_set(process, process->login_uid), "login_uid", process->login_uid);
	put_number_if(b, is_set(process, process->audit_session), "audit_session",
		      process->audit_session);
	put_ancestors(b, process);
	put_number_if(b, process->mount_namespace, "mount_namespace", process->mount_namespace);
	json_field_name(b, "cgroup", process->cgroup);
	json_field_name(b, "unit", process->unit);
	json_field_name(b, "container", process->container);
	json_field_name(b, "cause", process->cause);
}

static void put_known_process(struct output *out, struct process *process)
{
	size_t start = out->data.used;

	if (rendered_put(out, process))
		return;
	render_process(&out->data, process);
	rendered_keep(out, process, start);
}

static void put_process(struct output *out, const struct deletion *deletion)
{
	struct buffer *b = &out->data;

	json_field_number(b, "pid", deletion->pid);
	json_field_number(b, "tid", deletion->tid);
	json_field_name(b, "comm", deletion->comm);
	if (deletion->process)
		put_known_process(out, deletion->process);
	else
		put_literal(b, ",\"start_time\":null,\"ppid\":null,\"exe\":null,\"args\":null,"
			       "\"uid\":null,\"user\":null,\"euid\":null,\"login_uid\":null,"
			       "\"audit_session\":null,\"ancestors\":null,"
			       "\"mount_namespace\":null,\"cgroup\":null,"
			       "\"unit\":null,\"container\":null,\"cause\":null");
}

static int json_deletion(struct output *out, const struct deletion *deletion)
{
	struct buffer *b = &out->data;

	buffer_begin_line(b);
	put_literal(b, "{\"type\":\"deletion\",\"schema\":1");
	json_field_time(out, "time", deletion->time);
	put_literal(b, ",\"op\":\"");
	buffer_put_text(b, deletion_op_name(deletion->op));
	put_literal(b, "\"");
	put_outcome(b, deletion);
	put_paths(b, deletion);
	put_identity(b, &deletion->identity);
	put_process(out, deletion);
	put_literal(b, ",\"via\":\"");
	buffer_put_text(b, deletion_via_name(deletion->via));
	put_literal(b, "\"");
	json_field_number(b, "cpu", deletion->cpu);
	json_field_number(b, "seq", deletion->seq);
	if (deletion->host)
		json_field_name(b, "host", deletion->host);
	if (deletion->boot)
		json_field_name(b, "boot", deletion->boot);
	if (deletion->match)
		json_field_name(b, "match", deletion->match);
	put_literal(b, "}");
	return buffer_end_line(b);
}

/* "All others" have neither pid nor comm. */
void json_field_loss_by(struct buffer *b, const struct loss_by *by, unsigned int count)
{
	put_key(b, "by", "");
	if (!by) {
		put_literal(b, "null");
		return;
	}
	put_literal(b, "[");
	for (unsigned int i = 0; i < count; i++) {
		buffer_put_text(b, i ? ",{\"pid\":" : "{\"pid\":");
		if (by[i].comm)
			buffer_put_number(b, by[i].pid);
		else
			put_literal(b, "null");
		json_field_name(b, "comm", by[i].comm);
		json_field_number(b, "lost", by[i].lost);
		put_literal(b, "}");
	}
	put_literal(b, "]");
}

static int json_loss(struct output *out, const struct loss *loss)
{
	struct buffer *b = &out->data;

	buffer_begin_line(b);
	put_literal(b, "{\"type\":\"loss\",\"schema\":1");
	json_field_number(b, "lost", loss->lost);
	json_field_name(b, "reason", loss->reason);
	json_field_time(out, "since", loss->since);
	json_field_time(out, "until", loss->until);
	json_field_loss_by(b, loss->by, loss->by_count);
	put_literal(b, "}");
	return buffer_end_line(b);
}

static void put_losses(struct buffer *b, const struct summary *summary)
{
	size_t most = sizeof(summary->losses) / sizeof(summary->losses[0]);
	bool utf8;

	put_literal(b, ",\"losses\":{");
	for (size_t i = 0; i < most && summary->losses[i].reason; i++) {
		if (i)
			put_literal(b, ",");
		json_put_string(b, summary->losses[i].reason, &utf8);
		put_literal(b, ":");
		buffer_put_number(b, summary->losses[i].count);
	}
	put_literal(b, "}");
}

static int json_summary(struct output *out, const struct summary *summary)
{
	struct buffer *b = &out->data;
	uint64_t milliseconds = (uint64_t)(summary->seconds * 1e3 + 0.5);

	buffer_begin_line(b);
	put_literal(b, "{\"type\":\"summary\",\"schema\":1");
	json_field_number(b, "seen", summary->seen);
	json_field_number(b, "delivered", summary->delivered);
	json_field_number(b, "filtered", summary->filtered);
	json_field_number(b, "lost", summary->lost);
	put_losses(b, summary);
	json_field_number(b, "skipped", summary->skipped);
	json_field_name(b, "transport", summary->transport);
	json_field_number(b, "buffer_bytes", summary->buffer_bytes);
	json_field_name(b, "probe", summary->probe);
	/* Not printf's %f: a locale may put a comma there. */
	json_field_number(b, "seconds", milliseconds / 1000);
	put_literal(b, ".");
	buffer_put_milliseconds(b, (uint32_t)(milliseconds % 1000) * 1000000);
	put_literal(b, "}");
	return buffer_end_line(b);
}

const struct output_format output_json = {
	.name = "json",
	.deletion = json_deletion,
	.loss = json_loss,
	.answer = json_answer,
	.summary = json_summary,
};
