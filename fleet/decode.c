// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "fleet/decode.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "history/nanoseconds.h"

#define ERRNO_MAX 4095

/* Bytes that were in base64. */
struct owned {
	struct owned *next;
	char bytes[];
};

int told_id_parse(const char *text, struct told_id *id)
{
	const char *dash = strchr(text, '-');
	const char *number = dash + 1;
	char *end;

	if (!dash || dash == text || (size_t)(dash - text) >= sizeof(id->store))
		return -EBADMSG;
	snprintf(id->store, sizeof(id->store), "%.*s", (int)(dash - text), text);
	id->kind = 'e';
	if (*number == 'c' || *number == 'u' || *number == 'r')
		id->kind = *number++;
	if (*number < '0' || *number > '9')
		return -EBADMSG;
	errno = 0;
	id->first = id->last = strtoull(number, &end, 10);
	if (*end == '-' && (id->kind == 'u' || id->kind == 'r'))
		id->last = strtoull(end + 1, &end, 10);
	return errno || *end || id->first == 0 || id->last < id->first || id->last > INT64_MAX
		       ? -EBADMSG
		       : 0;
}

/* ---- values ---- */

static int base64_digit(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static const char *from_base64(struct told *told, const char *text)
{
	struct owned *owned = malloc(sizeof(*owned) + strlen(text) + 1);
	unsigned int bits = 0;
	int count = 0;
	size_t used = 0;

	if (!owned)
		return NULL;
	for (int digit; (digit = base64_digit(*text)) >= 0; text++) {
		bits = bits << 6 | (unsigned int)digit;
		count += 6;
		if (count >= 8) {
			count -= 8;
			owned->bytes[used++] = (char)(bits >> count);
		}
	}
	owned->bytes[used] = '\0';
	owned->next = told->owned;
	told->owned = owned;
	return owned->bytes;
}

/* A name's exact bytes; NULL where it is null. */
static const char *get_name(struct told *told, const json_t *object, const char *key)
{
	char raw_key[40];
	const char *raw;

	snprintf(raw_key, sizeof(raw_key), "%s_raw", key);
	raw = json_string_value(json_object_get(object, raw_key));
	return raw ? from_base64(told, raw) : json_string_value(json_object_get(object, key));
}

static const char *get_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static uint64_t get_number(const json_t *object, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(object, key));
}

static uint32_t get_id(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) ? (uint32_t)json_integer_value(value) : UINT32_MAX;
}

/* "2026-01-02T03:04:05.123456789Z" */
static int get_time(const json_t *object, const char *key, struct timespec *time)
{
	const char *text = json_string_value(json_object_get(object, key));
	struct tm tm = { 0 };
	const char *rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
	char *end = NULL;
	long nanoseconds = 0;

	if (!rest)
		return -EBADMSG;
	if (*rest == '.') {
		nanoseconds = strtol(rest + 1, &end, 10);
		if (end != rest + 10 || nanoseconds < 0)
			return -EBADMSG;
	}
	*time = (struct timespec){ timegm(&tm), nanoseconds };
	return 0;
}

/* 0 where it is null. */
static int64_t get_nanoseconds(const json_t *object, const char *key)
{
	struct timespec time = { 0 };

	return get_time(object, key, &time) ? 0 : nanoseconds_of(time);
}

/* ---- a deletion ---- */

static int find_word(const json_t *object, const char *key, const char *(*name)(int), int count)
{
	const char *word = get_text(object, key);

	for (int i = 0; i < count; i++)
		if (strcmp(word, name(i)) == 0)
			return i;
	return -1;
}

static const char *op_name(int op)
{
	return deletion_op_name((enum deletion_op)op);
}

static const char *via_name(int via)
{
	return deletion_via_name((enum deletion_via)via);
}

static int error_number(const char *name)
{
	for (int i = 1; i <= ERRNO_MAX; i++) {
		const char *known = strerrorname_np(i);

		if (known && strcmp(known, name) == 0)
			return i;
	}
	return (int)strtol(name, NULL, 10);
}

static void read_outcome(struct deletion *deletion, const json_t *root)
{
	const json_t *ok = json_object_get(root, "ok");

	deletion->outcome = json_is_true(ok)	? OUTCOME_DONE
			    : json_is_false(ok) ? OUTCOME_FAILED
						: OUTCOME_UNKNOWN;
	if (deletion->outcome == OUTCOME_FAILED)
		deletion->error = error_number(get_text(root, "error"));
}

static uint32_t read_incomplete(const json_t *root)
{
	const json_t *list = json_object_get(root, "incomplete");
	uint32_t bits = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));

		for (int reason = 0; name && reason < INCOMPLETE_REASONS; reason++)
			if (strcmp(name, incomplete_name(reason)) == 0)
				bits |= 1U << reason;
	}
	return bits;
}

static mode_t read_kind(const json_t *root)
{
	static const mode_t types[] = { S_IFREG,  S_IFDIR, S_IFLNK, S_IFIFO,
					S_IFSOCK, S_IFCHR, S_IFBLK };
	const char *kind = get_text(root, "kind");

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(kind, file_kind_name(types[i])) == 0)
			return types[i];
	return 0;
}

static void read_identity(struct identity *identity, const json_t *root)
{
	char *minor;

	identity->known = json_is_integer(json_object_get(root, "inode"));
	if (!identity->known)
		return;
	identity->inode = get_number(root, "inode");
	identity->generation = (uint32_t)get_number(root, "generation");
	identity->device_major = (unsigned int)strtoul(get_text(root, "device"), &minor, 10);
	if (*minor == ':')
		identity->device_minor = (unsigned int)strtoul(minor + 1, NULL, 10);
	identity->size_known = json_is_integer(json_object_get(root, "size"));
	identity->size = get_number(root, "size");
	identity->links = (uint32_t)get_number(root, "links");
	identity->owner = (uint32_t)get_number(root, "owner");
	identity->mode = read_kind(root);
}

static void read_args(struct told *told, struct process *process)
{
	const json_t *raw = json_object_get(told->root, "args_raw");
	const json_t *list = json_object_get(told->root, "args");

	process->args_known = json_is_array(list);
	for (size_t i = 0; i < json_array_size(list) && i < ARGS_MAX; i++) {
		const char *text = json_string_value(json_array_get(raw ? raw : list, i));

		if (text && raw)
			text = from_base64(told, text);
		process->args[process->arg_count++] = text ? text : "";
	}
}

static void read_ancestors(struct told *told, struct process *process)
{
	const json_t *list = json_object_get(told->root, "ancestors");

	for (size_t i = 0; i < json_array_size(list) && i < ANCESTORS_MAX; i++) {
		const json_t *one = json_array_get(list, i);
		const char *comm = get_name(told, one, "comm");

		process->ancestors[process->ancestor_count++] = (struct ancestor){
			.pid = (uint32_t)get_number(one, "pid"),
			.comm = comm ? comm : "",
		};
	}
}

static void read_process(struct told *told)
{
	const json_t *root = told->root;
	struct process *process = &told->process;

	if (!json_is_integer(json_object_get(root, "start_time")))
		return;
	told->deletion.process = process;
	process->pid = told->deletion.pid;
	process->start_time = get_number(root, "start_time");
	process->ppid = (uint32_t)get_number(root, "ppid");
	process->uid = (uint32_t)get_number(root, "uid");
	process->euid = (uint32_t)get_number(root, "euid");
	process->login_uid = get_id(root, "login_uid");
	process->audit_session = get_id(root, "audit_session");
	process->login_known =
		process->login_uid != UINT32_MAX || process->audit_session != UINT32_MAX;
	process->user = get_name(told, root, "user");
	process->exe = get_name(told, root, "exe");
	process->cgroup = get_name(told, root, "cgroup");
	process->unit = get_name(told, root, "unit");
	process->container = get_name(told, root, "container");
	process->cause = get_name(told, root, "cause");
	process->incomplete = told->deletion.incomplete & ~((1U << INCOMPLETE_EXE_TRUNCATED) - 1);
	read_args(told, process);
	read_ancestors(told, process);
}

static int read_deletion(struct told *told)
{
	const json_t *root = told->root;
	struct deletion *deletion = &told->deletion;
	int op = find_word(root, "op", op_name, DELETION_OPS);
	int via = find_word(root, "via", via_name, VIA_KERNEL + 1);

	if (op < 0 || via < 0 || get_time(root, "time", &deletion->time))
		return -EBADMSG;
	told->type = TOLD_DELETION;
	deletion->op = (enum deletion_op)op;
	deletion->via = (enum deletion_via)via;
	read_outcome(deletion, root);
	deletion->path = get_name(told, root, "path");
	deletion->path_seen = get_name(told, root, "path_seen");
	deletion->replaced_by = get_name(told, root, "replaced_by");
	deletion->to = get_name(told, root, "to");
	deletion->incomplete = read_incomplete(root);
	read_identity(&deletion->identity, root);
	deletion->pid = (uint32_t)get_number(root, "pid");
	deletion->tid = (uint32_t)get_number(root, "tid");
	deletion->comm = get_name(told, root, "comm");
	deletion->comm = deletion->comm ? deletion->comm : "";
	deletion->cpu = (uint32_t)get_number(root, "cpu");
	deletion->seq = get_number(root, "seq");
	deletion->boot = get_text(root, "boot");
	read_process(told);
	return 0;
}

/* ---- coverage ---- */

static void read_by(struct told *told)
{
	const json_t *list = json_object_get(told->root, "by");
	unsigned int most = sizeof(told->by) / sizeof(told->by[0]);

	for (size_t i = 0; i < json_array_size(list) && told->coverage.by_count < most; i++) {
		const json_t *one = json_array_get(list, i);

		told->by[told->coverage.by_count++] = (struct loss_by){
			.pid = (uint32_t)get_number(one, "pid"),
			.comm = json_string_value(json_object_get(one, "comm")),
			.lost = get_number(one, "lost"),
		};
	}
	told->coverage.by = told->coverage.by_count ? told->by : NULL;
}

static int read_stretch(struct told *told, const char *count)
{
	const json_t *number = json_object_get(told->root, count);
	struct timespec since;
	struct timespec until;

	if (get_time(told->root, "since", &since) || get_time(told->root, "until", &until))
		return -EBADMSG;
	told->coverage.since = nanoseconds_of(since);
	told->coverage.until = nanoseconds_of(until);
	told->coverage.count = json_is_integer(number) ? json_integer_value(number) : -1;
	told->coverage.reason = get_text(told->root, "reason");
	return 0;
}

static int read_loss(struct told *told)
{
	told->type = told->id.kind == 'u' ? TOLD_UNFORWARDED : TOLD_LOSS;
	told->coverage.kind = COVERAGE_LOSS;
	read_by(told);
	return read_stretch(told, "lost");
}

static int read_recording(struct told *told)
{
	const json_t *root = told->root;
	struct timespec time;

	if (get_time(root, "since", &time) || get_time(root, "until", &time))
		return -EBADMSG;
	told->type = TOLD_RECORDING;
	told->number = get_number(root, "number");
	told->facts = (struct recording){
		.host = get_text(root, "host"),
		.boot = get_text(root, "boot"),
		.version = get_text(root, "version"),
		.probe = get_text(root, "probe"),
		.transport = get_text(root, "transport"),
		.unseen = get_text(root, "unseen"),
		.began = get_nanoseconds(root, "since"),
		.until = get_nanoseconds(root, "until"),
		.ended = get_nanoseconds(root, "ended"),
		.canary = get_nanoseconds(root, "canary"),
		.events = get_number(root, "events"),
	};
	return 0;
}

static int read_coverage(struct told *told)
{
	const char *kind = get_text(told->root, "kind");

	if (strcmp(kind, "recording") == 0)
		return read_recording(told);
	told->type = TOLD_COVERAGE;
	for (int i = 0; i < COVERAGE_KINDS; i++)
		if (strcmp(kind, coverage_kind_name((enum coverage_kind)i)) == 0) {
			told->coverage.kind = (enum coverage_kind)i;
			return read_stretch(told, "count");
		}
	return -EBADMSG;
}

int told_parse(const char *data, size_t size, struct told *told)
{
	static const struct {
		const char *type;
		char kinds[3]; /* of the ids that it goes with */
		int (*read)(struct told *told);
	} types[] = {
		{ "deletion", "e", read_deletion },
		{ "loss", "cu", read_loss },
		{ "coverage", "cr", read_coverage },
	};
	const char *type;

	told->root = json_loadb(data, size, JSON_ALLOW_NUL, NULL);
	if (!json_is_object(told->root))
		return -EBADMSG;
	if (get_number(told->root, "schema") > 1)
		return -ENOTSUP;
	type = get_text(told->root, "type");
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(type, types[i].type) == 0 && strchr(types[i].kinds, told->id.kind))
			return types[i].read(told);
	return -EBADMSG;
}

void told_free(struct told *told)
{
	while (told->owned) {
		struct owned *next = told->owned->next;

		free(told->owned);
		told->owned = next;
	}
	json_decref(told->root);
	told->root = NULL;
}
