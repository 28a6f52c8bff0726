// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Elastic Common Schema, one document a line. What ECS has a field for is in that field, the rest
 * below "whodel" under its name in the JSON lines. As ECS asks, what is not known is absent. Where
 * a name is not UTF-8, each byte that is not becomes U+FFFD, and below "whodel" a field of the name
 * it has in the JSON lines and _raw holds the exact bytes in base64.
 */
#include <string.h>

#include "output/escape.h"
#include "output/format.h"
#include "output/json_member.h"
#include "output/json_value.h"

#define ECS_VERSION "8.11.0"

#define NS_PER_SECOND 1000000000LL

/* A literal, whose length the compiler knows. */
#define put_literal(buffer, literal) buffer_put((buffer), "" literal, sizeof(literal) - 1)

/* event.type */
static const char *const types[] = {
	[DELETION_UNLINK] = "deletion",	 [DELETION_RMDIR] = "deletion",
	[DELETION_REPLACE] = "deletion", [DELETION_MOVE] = "change",
	[DELETION_TRUNCATE] = "change",
};

static const char *const outcomes[] = {
	[OUTCOME_DONE] = "success",
	[OUTCOME_FAILED] = "failure",
	[OUTCOME_UNKNOWN] = "unknown",
};

static void put_time(struct output *out, const char *key, struct timespec time)
{
	json_member(&out->data, key);
	json_put_time(&out->second, &out->data, time);
}

static const struct host *host_of(struct output *out)
{
	host_read(&out->host);
	return &out->host;
}

static const char *host_name(struct output *out, const struct deletion *deletion)
{
	if (deletion && deletion->host)
		return deletion->host;
	return *host_of(out)->name ? out->host.name : NULL;
}

static const char *boot_id(struct output *out, const struct deletion *deletion)
{
	if (deletion && deletion->boot)
		return deletion->boot;
	if (deletion && deletion->host)
		return NULL;
	return *host_of(out)->boot ? out->host.boot : NULL;
}

/* @deletion: NULL where the document is about whodel itself */
static void put_host(struct output *out, const struct deletion *deletion)
{
	struct buffer *b = &out->data;
	size_t host = json_open_object(b, "host");
	size_t boot;

	json_member_name(b, "name", host_name(out, deletion));
	boot = json_open_object(b, "boot");
	json_member_name(b, "id", boot_id(out, deletion));
	json_close_object(b, boot);
	json_close_object(b, host);
}

static void begin_document(struct output *out, struct timespec time)
{
	struct buffer *b = &out->data;

	buffer_begin_line(b);
	put_literal(b, "{");
	put_time(out, "@timestamp", time);
	put_literal(b, ",\"ecs\":{\"version\":\"" ECS_VERSION "\"}");
}

static int end_document(struct buffer *b)
{
	put_literal(b, "}");
	return buffer_end_line(b);
}

static void put_event(struct buffer *b, const struct deletion *deletion)
{
	size_t event = json_open_object(b, "event");

	put_literal(b, "\"kind\":\"event\",\"module\":\"whodel\",\"dataset\":\"whodel.deletion\","
		       "\"category\":[\"file\"],\"type\":[\"");
	buffer_put_text(b, types[deletion->op]);
	put_literal(b, "\"]");
	json_member_name(b, "action", deletion_op_name(deletion->op));
	json_member_name(b, "outcome", outcomes[deletion->outcome]);
	json_member_number(b, "sequence", deletion->seq);
	json_close_object(b, event);
	if (deletion->outcome != OUTCOME_FAILED)
		return;
	put_literal(b, ",\"error\":{\"code\":");
	json_put_error(b, deletion->error);
	put_literal(b, "}");
}

/* @length bytes of @text; they end where a character does if the whole of it is UTF-8. */
static void put_part(struct buffer *b, const char *key, const char *text, size_t length)
{
	char *to;
	bool utf8;

	json_member(b, key);
	to = buffer_room(b, ESCAPE_JSON_SIZE(length) + 2);
	if (!to)
		return;
	*to++ = '"';
	to = escape_json(to, text, length, &utf8);
	*to++ = '"';
	buffer_take(b, to);
}

/* The last of the name, without its dot; a name may start with one. */
static void put_extension(struct buffer *b, const char *name)
{
	const char *dot = strrchr(name, '.');

	if (dot && dot != name && dot[1])
		json_member_name(b, "extension", dot + 1);
}

/* A path that was cut ends in a directory, which is not the file's name. */
static void put_path(struct buffer *b, const struct deletion *deletion)
{
	const char *slash = deletion->path ? strrchr(deletion->path, '/') : NULL;

	json_member_name(b, "path", deletion->path);
	if (!slash || (deletion->incomplete & 1U << INCOMPLETE_PATH_TRUNCATED))
		return;
	put_part(b, "directory", deletion->path,
		 slash == deletion->path ? 1 : (size_t)(slash - deletion->path));
	if (!slash[1])
		return;
	json_member_name(b, "name", slash + 1);
	if (deletion->op != DELETION_RMDIR)
		put_extension(b, slash + 1);
}

static void put_identity(struct buffer *b, const struct identity *identity)
{
	json_member_keyword(b, "inode", identity->inode);
	json_member(b, "device");
	buffer_printf(b, "\"%u:%u\"", identity->device_major, identity->device_minor);
	if (identity->size_known)
		json_member_number(b, "size", identity->size);
	json_member_keyword(b, "uid", identity->owner);
	json_member(b, "mode");
	buffer_printf(b, "\"%04o\"", (unsigned int)identity->mode & 07777);
	json_member_name(b, "type", file_kind_name(identity->mode));
}

static void put_file(struct buffer *b, const struct deletion *deletion)
{
	size_t file = json_open_object(b, "file");

	put_path(b, deletion);
	if (deletion->identity.known)
		put_identity(b, &deletion->identity);
	json_close_object(b, file);
}

static void put_incomplete(struct buffer *b, uint32_t incomplete)
{
	const char *separator = "";

	json_member(b, "incomplete");
	put_literal(b, "[");
	for (int reason = 0; reason < INCOMPLETE_REASONS; reason++) {
		if (!(incomplete & 1U << reason))
			continue;
		buffer_printf(b, "%s\"%s\"", separator, incomplete_name(reason));
		separator = ",";
	}
	put_literal(b, "]");
}

static void put_args(struct buffer *b, const char *key, const struct process *process,
		     void (*put)(struct buffer *b, const char *text))
{
	json_member(b, key);
	for (unsigned int i = 0; i < process->arg_count; i++) {
		buffer_put_text(b, i ? "," : "[");
		put(b, process->args[i]);
	}
	buffer_put_text(b, process->arg_count ? "]" : "[]");
}

static void put_plain(struct buffer *b, const char *text)
{
	bool utf8;

	json_put_string(b, text, &utf8);
}

static void put_args_raw(struct buffer *b, const struct process *process)
{
	bool utf8 = true;

	for (unsigned int i = 0; process->args_known && i < process->arg_count; i++)
		utf8 = utf8 && utf8_valid(process->args[i], strlen(process->args[i]));
	if (!utf8)
		put_args(b, "args_raw", process, json_put_base64);
}

static void put_ancestors(struct buffer *b, const struct process *process)
{
	json_member(b, "ancestors");
	put_literal(b, "[");
	for (unsigned int i = 0; i < process->ancestor_count; i++) {
		buffer_put_text(b, i ? ",{" : "{");
		json_member_number(b, "pid", process->ancestors[i].pid);
		json_member_name_and_raw(b, "comm", process->ancestors[i].comm);
		put_literal(b, "}");
	}
	put_literal(b, "]");
}

/* What ECS has no field for. An ID of all ones is the kernel's "not set". */
static void put_own_process(struct buffer *b, const struct process *process)
{
	if (process->login_known && process->login_uid != UINT32_MAX)
		json_member_number(b, "login_uid", process->login_uid);
	if (process->login_known && process->audit_session != UINT32_MAX)
		json_member_number(b, "audit_session", process->audit_session);
	put_ancestors(b, process);
	json_member_raw(b, "exe", process->exe);
	put_args_raw(b, process);
	json_member_raw(b, "user", process->user);
	json_member_name_and_raw(b, "cgroup", process->cgroup);
	json_member_name_and_raw(b, "unit", process->unit);
	json_member_raw(b, "container", process->container);
	json_member_name_and_raw(b, "cause", process->cause);
}

static void put_user(struct buffer *b, const struct process *process)
{
	size_t user = json_open_object(b, "user");

	json_member_keyword(b, "id", process->uid);
	json_member_name(b, "name", process->user);
	put_literal(b, ",\"effective\":{");
	json_member_keyword(b, "id", process->euid);
	put_literal(b, "}");
	json_close_object(b, user);
}

static void put_container(struct buffer *b, const struct process *process)
{
	size_t container = json_open_object(b, "container");

	json_member_name(b, "id", process->container);
	json_close_object(b, container);
}

static void put_parent(struct buffer *b, const struct process *process)
{
	size_t parent = json_open_object(b, "parent");

	json_member_number(b, "pid", process->ppid);
	if (process->ancestor_count && process->ancestors[0].pid == process->ppid)
		json_member_name(b, "name", process->ancestors[0].comm);
	json_close_object(b, parent);
}

/* Only this host's clock is at hand. With the boot, a process's start and pid name no other. */
static void put_start(struct output *out, const struct deletion *deletion)
{
	struct buffer *b = &out->data;
	const struct process *process = deletion->process;
	const char *boot = boot_id(out, deletion);
	int64_t start;

	if (boot) {
		json_member(b, "entity_id");
		put_literal(b, "\"");
		buffer_put_text(b, boot);
		buffer_printf(b, "-%u-%ju\"", process->pid, (uintmax_t)process->start_time);
	}
	if (deletion->host || deletion->boot)
		return;
	/* Beyond what 64 bits count is no time. */
	if (__builtin_add_overflow(host_of(out)->booted, process->start_time, &start) || start < 0)
		return;
	put_time(out, "start", (struct timespec){ start / NS_PER_SECOND, start % NS_PER_SECOND });
}

/* From within "whodel" to within "process": what is the same for each deletion of a process. */
static void render_process(struct output *out, const struct deletion *deletion)
{
	struct buffer *b = &out->data;
	const struct process *process = deletion->process;

	put_own_process(b, process);
	put_literal(b, "}");
	put_user(b, process);
	put_container(b, process);
	json_open_object(b, "process");
	put_parent(b, process);
	json_member_name(b, "executable", process->exe);
	if (process->args_known) {
		put_args(b, "args", process, put_plain);
		json_member_number(b, "args_count", process->arg_count);
	}
	put_start(out, deletion);
}

static void put_known_process(struct output *out, const struct deletion *deletion)
{
	size_t start = out->data.used;

	if (rendered_put(out, deletion->process))
		return;
	render_process(out, deletion);
	rendered_keep(out, deletion->process, start);
}

static void put_own(struct buffer *b, const struct deletion *deletion)
{
	json_member_name(b, "via", deletion_via_name(deletion->via));
	json_member_number(b, "cpu", deletion->cpu);
	put_incomplete(b, deletion->incomplete);
	json_member_raw(b, "path", deletion->path);
	json_member_name_and_raw(b, "path_seen", deletion->path_seen);
	json_member_name_and_raw(b, "replaced_by", deletion->replaced_by);
	json_member_name_and_raw(b, "to", deletion->to);
	if (deletion->identity.known) {
		json_member_number(b, "generation", deletion->identity.generation);
		json_member_number(b, "links", deletion->identity.links);
	}
	json_member_raw(b, "comm", deletion->comm);
}

/* comm is the thread's: the process's own only where the thread is its first. */
static void put_thread(struct buffer *b, const struct deletion *deletion)
{
	size_t thread;

	json_member_number(b, "pid", deletion->pid);
	if (deletion->tid == deletion->pid)
		json_member_name(b, "name", deletion->comm);
	thread = json_open_object(b, "thread");
	json_member_number(b, "id", deletion->tid);
	json_member_name(b, "name", deletion->comm);
	json_close_object(b, thread);
}

static void put_process(struct output *out, const struct deletion *deletion)
{
	struct buffer *b = &out->data;

	json_open_object(b, "whodel");
	put_own(b, deletion);
	if (deletion->process) {
		put_known_process(out, deletion);
	} else {
		put_literal(b, "}");
		json_open_object(b, "process");
	}
	put_thread(b, deletion);
	put_literal(b, "}");
}

static int ecs_deletion(struct output *out, const struct deletion *deletion)
{
	struct buffer *b = &out->data;

	begin_document(out, deletion->time);
	put_event(b, deletion);
	put_host(out, deletion);
	put_file(b, deletion);
	put_process(out, deletion);
	return end_document(b);
}

/* "All others" have neither pid nor comm. */
static void put_loss_by(struct buffer *b, const struct loss *loss)
{
	if (!loss->by)
		return;
	json_member(b, "by");
	put_literal(b, "[");
	for (unsigned int i = 0; i < loss->by_count; i++) {
		buffer_put_text(b, i ? ",{" : "{");
		if (loss->by[i].comm) {
			json_member_number(b, "pid", loss->by[i].pid);
			json_member_name_and_raw(b, "comm", loss->by[i].comm);
		}
		json_member_number(b, "lost", loss->by[i].lost);
		put_literal(b, "}");
	}
	put_literal(b, "]");
}

/* pipeline_error: data may be missing, through no fault of what it is about. */
static int ecs_loss(struct output *out, const struct loss *loss)
{
	struct buffer *b = &out->data;
	size_t part;

	begin_document(out, loss->until);
	part = json_open_object(b, "event");
	put_literal(b, "\"kind\":\"pipeline_error\",\"module\":\"whodel\",\"dataset\":"
		       "\"whodel.loss\",\"action\":\"loss\"");
	json_member_name(b, "reason", loss->reason);
	put_time(out, "start", loss->since);
	put_time(out, "end", loss->until);
	json_close_object(b, part);
	put_host(out, NULL);
	part = json_open_object(b, "whodel");
	json_member_number(b, "lost", loss->lost);
	put_loss_by(b, loss);
	json_close_object(b, part);
	return end_document(b);
}

/* Objects and no names as keys: a name with a blank in it is no field that one likes to query. */
static void put_losses(struct buffer *b, const struct summary *summary)
{
	size_t most = sizeof(summary->losses) / sizeof(summary->losses[0]);

	json_member(b, "losses");
	put_literal(b, "[");
	for (size_t i = 0; i < most && summary->losses[i].reason; i++) {
		buffer_put_text(b, i ? ",{" : "{");
		json_member_name(b, "reason", summary->losses[i].reason);
		json_member_number(b, "lost", summary->losses[i].count);
		put_literal(b, "}");
	}
	put_literal(b, "]");
}

static void put_sums(struct buffer *b, const struct summary *summary)
{
	size_t whodel = json_open_object(b, "whodel");

	json_member_number(b, "seen", summary->seen);
	json_member_number(b, "delivered", summary->delivered);
	json_member_number(b, "filtered", summary->filtered);
	json_member_number(b, "lost", summary->lost);
	put_losses(b, summary);
	json_member_number(b, "skipped", summary->skipped);
	json_member_name(b, "transport", summary->transport);
	json_member_number(b, "buffer_bytes", summary->buffer_bytes);
	json_member_name(b, "probe", summary->probe);
	json_close_object(b, whodel);
}

static int ecs_summary(struct output *out, const struct summary *summary)
{
	struct buffer *b = &out->data;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	begin_document(out, now);
	put_literal(b, ",\"event\":{\"kind\":\"metric\",\"module\":\"whodel\",\"dataset\":"
		       "\"whodel.summary\",\"action\":\"summary\"");
	json_member_number(b, "duration", (uint64_t)(summary->seconds * 1e3 + 0.5) * 1000000);
	put_literal(b, "}");
	put_host(out, NULL);
	put_sums(b, summary);
	return end_document(b);
}

const struct output_format output_ecs = {
	.name = "ecs",
	.deletion = ecs_deletion,
	.loss = ecs_loss,
	.summary = ecs_summary,
};
