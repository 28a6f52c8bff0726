// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "trace/processes.h"

#include <errno.h>
#include <pwd.h>
#include <search.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "trace/cleanup.h"
#include "trace/path.h"

/* Exits that were lost leave dead processes behind: from this many on they are looked for. */
#define SWEEP_FROM 16384

struct known {
	struct record_key key; /* first: what the tree compares */
	struct process process;
	char strings[]; /* exe, args, ancestors' comm: what process points to */
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
	free(((struct known *)entry)->process.rendered);
	free(entry);
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
static const char *user_name(struct processes *processes, uint32_t uid)
{
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
	};
	unsigned int bits = 0;

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (flags & reasons[i].flag)
			bits |= 1U << reasons[i].reason;
	return bits;
}

static void keep_ancestors(struct process *process, char **at, const struct record_process *fixed)
{
	for (unsigned int i = 0; i < fixed->ancestor_count; i++) {
		const struct record_ancestor *ancestor = &fixed->ancestors[i];

		process->ancestors[i].pid = ancestor->pid;
		process->ancestors[i].comm =
			keep(at, ancestor->comm, strnlen(ancestor->comm, sizeof(ancestor->comm)));
	}
	process->ancestor_count = fixed->ancestor_count;
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
	if (fixed->exe.size && !(fixed->flags & RECORD_EXE_TRUNCATED)) {
		path_from_walk(record->data + fixed->exe.offset, fixed->exe.size, &processes->path);
		process->exe = keep(&at, processes->path.bytes, processes->path.size);
	}
	process->args_known = fixed->args.size > 0;
	keep_args(process, &at, record->data + fixed->args.offset, fixed->args.size);
	keep_ancestors(process, &at, fixed);
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
	/* The walk turned round is as long as it was; each string gets its NUL. */
	entry = calloc(1, sizeof(*entry) + fixed->exe.size + 2 + fixed->args.size + 1 +
				  RECORD_ANCESTORS * (RECORD_COMM_MAX + 1));
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
