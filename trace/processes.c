// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "trace/processes.h"

#include <errno.h>
#include <pwd.h>
#include <search.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "trace/cleanup.h"
#include "trace/origin.h"
#include "trace/path.h"

/* Exits that were lost leave dead processes behind: from this many on they are looked for. */
#define SWEEP_FROM 16384

struct known {
	struct record_key key; /* first: what the tree compares */
	struct process process;
	char strings[]; /* what process points to, but for its cause */
};

struct user {
	uint32_t uid;
	char *name; /* NULL: no such user */
};

struct processes {
	void *by_key;
	void *by_uid;
	struct known *last; /* deletions come in runs of one process */
	size_t count;
	size_t sweep_at;
	uint64_t told;
	struct path_buffer path;
	struct origin origin;
};

static int compare_keys(const void *a, const void *b)
{
	const struct record_key *x = a;
	const struct record_key *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return x->start_time < y->start_time ? -1 : x->start_time > y->start_time;
}

static int compare_users(const void *a, const void *b)
{
	const struct user *x = a;
	const struct user *y = b;

	return x->uid < y->uid ? -1 : x->uid > y->uid;
}

static void free_entry(void *entry)
{
	struct known *known = entry;

	free(known->process.rendered);
	free((void *)known->process.cause);
	free(known);
}

static void free_user(void *user)
{
	free(((struct user *)user)->name);
	free(user);
}

int processes_new(struct processes **out)
{
	struct processes *processes = calloc(1, sizeof(*processes));

	if (!processes)
		return -ENOMEM;
	processes->sweep_at = SWEEP_FROM;
	*out = processes;
	return 0;
}

void processes_free(struct processes *processes)
{
	if (!processes)
		return;
	tdestroy(processes->by_key, free_entry);
	tdestroy(processes->by_uid, free_user);
	free(processes);
}

/* The user data base may be slow (it may be a network away): each uid is asked for once. */
static const char *user_name(void *ctx, uint32_t uid)
{
	struct processes *processes = ctx;
	struct user wanted = { .uid = uid };
	struct user **known = tfind(&wanted, &processes->by_uid, compare_users);
	const struct passwd *entry;
	struct user *user;

	if (known)
		return (*known)->name;
	user = calloc(1, sizeof(*user));
	if (!user)
		return NULL;
	entry = getpwuid(uid);
	user->uid = uid;
	user->name = entry ? strdup(entry->pw_name) : NULL;
	if (!tsearch(user, &processes->by_uid, compare_users)) {
		free_user(user);
		return NULL;
	}
	return user->name;
}

static const char *keep(char **at, const char *string, size_t size)
{
	char *kept = *at;

	memcpy(kept, string, size);
	kept[size] = '\0';
	*at += size + 1;
	return kept;
}

/* "a\0b\0", cut or not, to pointers. */
static void keep_args(struct process *process, char **at, const char *args, size_t size)
{
	const char *string = keep(at, args, size);
	size_t offset = 0;

	while (offset < size && process->arg_count < ARGS_MAX) {
		process->args[process->arg_count++] = string + offset;
		offset += strlen(string + offset) + 1;
	}
}

static unsigned int incomplete_bits(uint32_t flags)
{
	static const struct {
		uint32_t flag;
		enum incomplete reason;
	} reasons[] = {
		{ RECORD_EXE_TRUNCATED, INCOMPLETE_EXE_TRUNCATED },
		{ RECORD_EXE_FOREIGN, INCOMPLETE_EXE_MOUNT_UNKNOWN },
		{ RECORD_ARGS_TRUNCATED, INCOMPLETE_ARGS_TRUNCATED },
		{ RECORD_ARGS_UNREAD, INCOMPLETE_ARGS_UNREAD },
		{ RECORD_CGROUP_TRUNCATED, INCOMPLETE_CGROUP_TRUNCATED },
	};
	unsigned int bits = 0;

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (flags & reasons[i].flag)
			bits |= 1U << reasons[i].reason;
	return bits;
}

static const char *keep_walk(struct processes *processes, char **at, const char *data,
			     struct record_span walk)
{
	path_from_walk(data + walk.offset, walk.size, &processes->path);
	return keep(at, processes->path.bytes, processes->path.size);
}

static void keep_ancestors(struct processes *processes, struct process *process, char **at,
			   const struct process_record *record)
{
	for (unsigned int i = 0; i < record->fixed.ancestor_count; i++) {
		const struct record_ancestor *from = &record->fixed.ancestors[i];
		struct ancestor *to = &process->ancestors[i];

		to->pid = from->pid;
		to->uid = from->uid;
		to->euid = from->euid;
		to->comm = keep(at, from->comm, strnlen(from->comm, sizeof(from->comm)));
		to->exe_foreign = from->flags & RECORD_EXE_FOREIGN;
		if (from->exe.size)
			to->exe = keep_walk(processes, at, record->data, from->exe);
	}
	process->ancestor_count = record->fixed.ancestor_count;
}

static const char *keep_if_any(char **at, const char *string)
{
	return *string ? keep(at, string, strlen(string)) : NULL;
}

static void keep_origin(struct processes *processes, struct process *process, char **at)
{
	struct origin_users users = { .name = user_name, .ctx = processes };
	struct origin *origin = &processes->origin;

	origin_find(process, &users, origin);
	process->unit = keep_if_any(at, origin->unit);
	process->container = keep_if_any(at, origin->container);
	process->cause = *origin->cause ? strdup(origin->cause) : NULL;
}

/*
 * The walks turned round are as long as they were; each string gets its NUL. Unit and container are
 * parts of the cgroup's path.
 */
static size_t strings_size(const struct record_process *fixed)
{
	size_t size = fixed->exe.size + 2U + fixed->args.size + 1U + 3 * (fixed->cgroup.size + 2U);

	for (unsigned int i = 0; i < fixed->ancestor_count; i++)
		size += RECORD_COMM_MAX + 1 + fixed->ancestors[i].exe.size + 2U;
	return size;
}

static void fill(struct processes *processes, struct known *entry,
		 const struct process_record *record)
{
	const struct record_process *fixed = &record->fixed;
	struct process *process = &entry->process;
	char *at = entry->strings;

	entry->key = fixed->key;
	process->number = ++processes->told;
	process->start_time = fixed->key.start_time;
	process->pid = fixed->key.pid;
	process->ppid = fixed->ppid;
	process->uid = fixed->uid;
	process->euid = fixed->euid;
	process->user = user_name(processes, fixed->uid);
	/* (uid_t)-1 is the kernel's "not set". */
	process->login_known = !(fixed->flags & RECORD_NO_AUDIT) && fixed->login_uid != UINT32_MAX;
	process->login_uid = fixed->login_uid;
	process->audit_session = fixed->audit_session;
	process->incomplete = incomplete_bits(fixed->flags);
	process->mount_namespace = fixed->mount_namespace;
	if (fixed->exe.size && !(fixed->flags & RECORD_EXE_TRUNCATED))
		process->exe = keep_walk(processes, &at, record->data, fixed->exe);
	process->args_known = fixed->args.size > 0;
	keep_args(process, &at, record->data + fixed->args.offset, fixed->args.size);
	if (!(fixed->flags & RECORD_CGROUP_TRUNCATED))
		process->cgroup = keep_walk(processes, &at, record->data, fixed->cgroup);
	keep_ancestors(processes, process, &at, record);
	keep_origin(processes, process, &at);
}

struct dead {
	struct record_key *keys;
	size_t count;
	size_t room;
};

static void collect_dead(const void *node, VISIT visit, void *closure)
{
	const struct known *entry = *(struct known *const *)node;
	struct dead *dead = closure;

	if (visit != postorder && visit != leaf)
		return;
	if (dead->count < dead->room && kill((pid_t)entry->key.pid, 0) && errno == ESRCH)
		dead->keys[dead->count++] = entry->key;
}

static void sweep(struct processes *processes)
{
	_cleanup_free_ struct record_key *keys = calloc(processes->count, sizeof(*keys));
	struct dead dead = { .keys = keys, .room = keys ? processes->count : 0 };

	twalk_r(processes->by_key, collect_dead, &dead);
	for (size_t i = 0; i < dead.count; i++)
		processes_forget(processes, &dead.keys[i]);
	processes->sweep_at = processes->count * 2 > SWEEP_FROM ? processes->count * 2 : SWEEP_FROM;
}

int processes_tell(struct processes *processes, const struct process_record *record)
{
	const struct record_process *fixed = &record->fixed;
	struct known *entry;
	struct known **slot;

	if (processes->count >= processes->sweep_at)
		sweep(processes);
	processes_forget(processes, &fixed->key);
	entry = calloc(1, sizeof(*entry) + strings_size(fixed));
	if (!entry)
		return -ENOMEM;
	fill(processes, entry, record);
	slot = tsearch(entry, &processes->by_key, compare_keys);
	if (!slot) {
		free_entry(entry);
		return -ENOMEM;
	}
	processes->count++;
	return 0;
}

static struct known *find(struct processes *processes, const struct record_key *key)
{
	struct known **slot = tfind(key, &processes->by_key, compare_keys);

	return slot ? *slot : NULL;
}

struct process *processes_find(struct processes *processes, const struct record_key *key)
{
	if (!processes->last || compare_keys(&processes->last->key, key))
		processes->last = find(processes, key);
	/* Facts of another revision are not those of this deletion: the newer ones were lost. */
	if (!processes->last || processes->last->key.revision != key->revision)
		return NULL;
	return &processes->last->process;
}

void processes_forget(struct processes *processes, const struct record_key *key)
{
	struct known *entry = find(processes, key);

	if (!entry)
		return;
	if (processes->last == entry)
		processes->last = NULL;
	tdelete(key, &processes->by_key, compare_keys);
	free_entry(entry);
	processes->count--;
}
