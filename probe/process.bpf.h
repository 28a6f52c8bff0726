/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Tell who a process is: once, and again when what is told of it has changed. */
#ifndef WHODEL_PROCESS_BPF_H
#define WHODEL_PROCESS_BPF_H

#include "probe/channel.bpf.h"
#include "probe/config.h"
#include "probe/load.bpf.h"
#include "probe/walk.bpf.h"

/* What was told of a process, kept with its thread group leader and freed with it. */
struct told {
	__u64 exec_id;
	__u64 cgroup;		 /* its ID, which no other cgroup gets */
	struct nsproxy *nsproxy; /* every change of a namespace makes another */
	__u32 ppid;
	__u32 uid;
	__u32 euid;
	__u32 login_uid;
	__u32 audit_session;
	__u32 revision; /* 0: never told */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct told);
} told SEC(".maps");

/* Its cgroup in the unified hierarchy; NULL in a kernel without. */
static __always_inline struct kernfs_node *cgroup_of(struct task_struct *task)
{
	if (!bpf_core_field_exists(task->cgroups))
		return 0;
	return LOAD(LOAD(LOAD(task->cgroups)->dfl_cgrp)->kn);
}

static __always_inline __u32 mount_namespace_of(struct task_struct *task)
{
	return LOAD(LOAD(LOAD(task->nsproxy)->mnt_ns)->ns.inum);
}

/* Read at every deletion: loads, not helper calls. */
static __always_inline void read_facts(struct task_struct *task, struct told *now)
{
	struct kernfs_node *cgroup = cgroup_of(task->group_leader);

	now->exec_id = task->group_leader->self_exec_id;
	now->cgroup = cgroup ? LOAD(cgroup->id) : 0;
	now->nsproxy = LOAD(task->nsproxy);
	now->ppid = task->real_parent->tgid;
	now->uid = task->cred->uid.val;
	now->euid = task->cred->euid.val;
	now->login_uid = -1;
	now->audit_session = -1;
	if (bpf_core_field_exists(task->loginuid)) {
		now->login_uid = task->loginuid.val;
		now->audit_session = task->sessionid;
	}
}

static __always_inline bool same_facts(const struct told *a, const struct told *b)
{
	return a->exec_id == b->exec_id && a->cgroup == b->cgroup && a->nsproxy == b->nsproxy &&
	       a->ppid == b->ppid && a->uid == b->uid && a->euid == b->euid &&
	       a->login_uid == b->login_uid && a->audit_session == b->audit_session;
}

struct probe_counters counters[PROBE_COUNTER_CPUS] = {};

static __always_inline struct probe_counters *my_counters(void)
{
	return &counters[bpf_get_smp_processor_id() % PROBE_COUNTER_CPUS];
}

/* Send a record that is no deletion: its loss must not count as one. */
static __always_inline long send_process(void *ctx, struct bpfchan_header *header, __u32 size,
					 __u16 type)
{
	long lost = bpfchan_output(ctx, header, size, type, RECORD_VERSION);

	if (lost && BPFCHAN_REASON(lost) < BPFCHAN_LOSS_REASONS)
		__sync_fetch_and_add(&my_counters()->lost_processes[BPFCHAN_REASON(lost)], 1);
	return lost;
}

/* Both read by the same program: the arguments are user memory, which may not be resident. */
static __always_inline __u32 read_args(struct record_process_buffer *out, struct task_struct *task,
				       __u32 at, __u32 mode)
{
	unsigned long start = BPF_CORE_READ(task, mm, arg_start);
	unsigned long size = BPF_CORE_READ(task, mm, arg_end) - start;
	long n;

	if (mode == PROBE_ARGS_NONE || !start || at > RECORD_EXE_ROOM + RECORD_NAME_MAX + 1)
		return 0;
	if (mode == PROBE_ARGS_EXE) {
		n = bpf_probe_read_user_str(out->data + at, RECORD_ARGS_MAX, (void *)start);
		if (n < 0)
			out->record.flags |= RECORD_ARGS_UNREAD;
		return n < 0 ? 0 : n;
	}
	if (size > RECORD_ARGS_MAX) {
		size = RECORD_ARGS_MAX;
		out->record.flags |= RECORD_ARGS_TRUNCATED;
	}
	if (bpf_probe_read_user(out->data + at, size, (void *)start)) {
		out->record.flags |= RECORD_ARGS_UNREAD;
		return 0;
	}
	return size;
}

/* append_name() into the data of a process: the verifier wants to see its size. */
static __always_inline int append_fact(char *data, __u32 *offset, __u32 room, const void *name)
{
	if (*offset > RECORD_PROCESS_DATA - RECORD_NAME_MAX - 1)
		return 1;
	return append_name(data, offset, room, name);
}

/* walk_step() for an executable: of no interest to it are roots of processes, and no walk stays. */
static long exe_step(__u32 index, struct walk *walk)
{
	struct dentry *dentry = walk->place.dentry;
	struct link link;

	if (dentry == walk->mount.mount.root)
		return leave_mount(walk);
	if (read_dentry_link(&link, dentry) || link.dentry.parent == dentry)
		return 1;
	if (append_fact(walk->data, &walk->offset, walk->room, link.dentry.name))
		return 1;
	walk->place.dentry = link.dentry.parent;
	return 0;
}

/* 0, or -1: a kernel thread, or a process that is no more. */
static __always_inline int find_exe(struct task_struct *task, struct path *exe)
{
	struct file *file = BPF_CORE_READ(task, mm, exe_file);

	exe->dentry = 0;
	exe->mnt = 0;
	if (file)
		BPF_CORE_READ_INTO(exe, file, f_path);
	return exe->dentry && exe->mnt ? 0 : -1;
}

/*
 * Where the executable of @task lies, behind @at, of at most @room bytes: their end. What is not
 * whole is not told. RECORD_EXE_* in *flags. Global: verified once.
 */
__noinline int read_exe(struct record_process_buffer *out, __u64 task, __u32 at, __u32 room,
			__u32 *flags)
{
	struct walk walk = { .offset = at, .root_passed = 1 };
	struct path exe;

	if (!out || !flags || at > RECORD_PROCESS_DATA - RECORD_NAME_MAX - 1)
		return at;
	if (find_exe((struct task_struct *)task, &exe)) {
		*flags |= RECORD_NO_EXE;
		return at;
	}
	walk.data = out->data;
	walk.room = at + room;
	walk.place.dentry = exe.dentry;
	walk.place.mount = mount_of(exe.mnt);
	walk_up_by(&walk, config.host_mounts, exe_step);
	if (walk.flags & RECORD_BASE_FOREIGN)
		*flags |= RECORD_EXE_FOREIGN;
	if ((walk.flags & RECORD_BASE_TRUNCATED) || walk.offset > at + room) {
		*flags |= RECORD_EXE_TRUNCATED;
		return at;
	}
	return walk.offset;
}

struct climb_cgroup {
	char *data;
	__u32 offset;
	struct kernfs_node *node;
};

static __always_inline struct kernfs_node *cgroup_above(struct kernfs_node *node)
{
	struct kernfs_node___named *named = (void *)node;

	if (bpf_core_field_exists(struct kernfs_node___named, parent))
		return BPF_CORE_READ(named, parent);
	return BPF_CORE_READ(node, __parent);
}

static long cgroup_step(__u32 index, struct climb_cgroup *climb)
{
	struct kernfs_node *above = cgroup_above(climb->node);
	struct kernfs_node *node = climb->node;

	if (!above) { /* the root, which has no name */
		climb->node = 0;
		return 1;
	}
	if (append_fact(climb->data, &climb->offset, RECORD_CGROUP_ROOM, BPF_CORE_READ(node, name)))
		return 1;
	climb->node = above;
	return 0;
}

/* Now, since the ID of a cgroup says nothing once it is gone. Global: verified once. */
__noinline int read_cgroup(struct record_process_buffer *out, __u64 task, __u32 at)
{
	struct climb_cgroup climb;

	if (!out || at > RECORD_EXE_ROOM + RECORD_NAME_MAX + 1 + RECORD_ARGS_MAX)
		return 0;
	climb.data = out->data;
	climb.offset = at;
	climb.node = cgroup_of((struct task_struct *)task);
	bpf_loop(WALK_STEPS, cgroup_step, &climb, 0);
	if (climb.node)
		out->record.flags |= RECORD_CGROUP_TRUNCATED;
	out->record.cgroup.offset = at;
	out->record.cgroup.size = climb.offset - at;
	return 0;
}

/* The end of the walk that one ancestor adds behind @at. Global: verified once. */
__noinline int read_ancestor(struct record_process_buffer *out, __u64 task, __u32 index, __u32 at)
{
	struct task_struct *ancestor = (struct task_struct *)task;
	struct record_ancestor *to;
	__u32 flags = 0;
	__u32 end;

	if (!out || index >= RECORD_ANCESTORS)
		return at;
	end = read_exe(out, task, at, RECORD_EXE_KEPT, &flags);
	to = &out->record.ancestors[index];
	to->pid = BPF_CORE_READ(ancestor, tgid);
	to->uid = BPF_CORE_READ(ancestor, cred, uid.val);
	to->euid = BPF_CORE_READ(ancestor, cred, euid.val);
	BPF_CORE_READ_INTO(&to->comm, ancestor, comm);
	to->exe.offset = at;
	to->exe.size = end - at;
	to->flags = flags;
	return end;
}

/* Nearest first. The idle task is its own parent: nobody's ancestor worth telling. */
static __always_inline __u32 read_ancestors(struct record_process_buffer *out,
					    struct task_struct *ancestor, __u32 at)
{
	__u32 i;

#pragma clang loop unroll(disable)
	for (i = 0; i < RECORD_ANCESTORS; i++) {
		ancestor = BPF_CORE_READ(ancestor, real_parent, group_leader);
		if (!ancestor || BPF_CORE_READ(ancestor, tgid) == 0)
			break;
		at = read_ancestor(out, (__u64)ancestor, i, at);
	}
	out->record.ancestor_count = i;
	return at;
}

static __always_inline long tell_process(void *ctx, struct record_process_buffer *out,
					 struct task_struct *task, const struct told *facts,
					 const volatile struct probe_config *config)
{
	struct record_process *record = &out->record;
	struct task_struct *leader; /* a number to the verifier, as global functions take */
	__u32 flags = bpf_core_field_exists(task->loginuid) ? 0 : RECORD_NO_AUDIT;
	__u32 size;

	bpf_probe_read_kernel(&leader, sizeof(leader), &task->group_leader);

	record->ppid = facts->ppid;
	record->uid = facts->uid;
	record->euid = facts->euid;
	record->login_uid = facts->login_uid;
	record->audit_session = facts->audit_session;
	record->cgroup_id = facts->cgroup;
	record->mount_namespace = mount_namespace_of(task);

	size = read_exe(out, (__u64)leader, 0, RECORD_EXE_ROOM, &flags);
	record->flags = flags;
	record->exe.offset = 0;
	record->exe.size = size;
	record->args.offset = size;
	record->args.size = read_args(out, task, size, config->args);
	size += record->args.size;
	read_cgroup(out, (__u64)leader, size);
	size = read_ancestors(out, leader, size + record->cgroup.size);
	if (size > RECORD_PROCESS_DATA)
		return -1;
	return send_process(ctx, &record->header, sizeof(*record) + size, RECORD_PROCESS);
}

/* The key for a deletion by @task, its process told if it has to be. */
static __always_inline void identify(void *ctx, struct record_process_buffer *out,
				     struct record_key *key, struct task_struct *task,
				     const volatile struct probe_config *config)
{
	struct task_struct *leader = task->group_leader;
	struct told now = {};
	struct told *then;

	key->pid = task->tgid;
	key->start_time = leader->start_boottime;
	key->revision = 0;
	read_facts(task, &now);
	then = bpf_task_storage_get(&told, leader, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	now.revision = then ? then->revision : 0;
	if (then && then->revision && same_facts(then, &now)) {
		key->revision = then->revision;
		return;
	}
	now.revision++;
	key->revision = now.revision;
	out->record.key = *key;
	/* Marked as told only once it is in the buffer; without memory it is told every time. */
	if (tell_process(ctx, out, task, &now, config) == 0 && then)
		*then = now;
}

#endif
