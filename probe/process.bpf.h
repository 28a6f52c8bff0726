/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Tell who a process is: once, and again when exec, a new parent or new credentials change it. */
#ifndef WHODEL_PROCESS_BPF_H
#define WHODEL_PROCESS_BPF_H

#include "probe/channel.bpf.h"
#include "probe/config.h"
#include "probe/walk.bpf.h"

/* What was told of a process, kept with its thread group leader and freed with it. */
struct told {
	__u64 exec_id;
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

/* Read at every deletion: loads that the verifier knows the type of, not helper calls. */
static __always_inline void read_facts(struct task_struct *task, struct told *now)
{
	now->exec_id = task->group_leader->self_exec_id;
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
	return a->exec_id == b->exec_id && a->ppid == b->ppid && a->uid == b->uid &&
	       a->euid == b->euid && a->login_uid == b->login_uid &&
	       a->audit_session == b->audit_session;
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

struct ancestry {
	struct record_process *record;
	struct task_struct *task;
};

static long ancestor_step(__u32 index, struct ancestry *line)
{
	struct task_struct *task = line->task;
	struct task_struct *parent = BPF_CORE_READ(task, real_parent, group_leader);
	struct record_process *record = line->record;
	__u32 pid = BPF_CORE_READ(parent, tgid);

	/* The idle task is its own parent: nobody's ancestor worth telling. */
	if (!parent || pid == 0 || index >= RECORD_ANCESTORS)
		return 1;
	record->ancestors[index].pid = pid;
	BPF_CORE_READ_INTO(&record->ancestors[index].comm, parent, comm);
	record->ancestor_count = index + 1;
	line->task = parent;
	return 0;
}

/* Both read by the same program: the arguments are user memory, which may not be resident. */
static __always_inline __u32 read_args(struct record_process_buffer *out, struct task_struct *task,
				       __u32 at, __u32 mode)
{
	unsigned long start = BPF_CORE_READ(task, mm, arg_start);
	unsigned long size = BPF_CORE_READ(task, mm, arg_end) - start;
	long n;

	if (mode == PROBE_ARGS_NONE || !start || at > RECORD_PROCESS_DATA - RECORD_ARGS_MAX)
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

static __always_inline __u32 read_exe(struct record_process_buffer *out, struct task_struct *task,
				      __u32 host_mounts)
{
	struct file *exe = BPF_CORE_READ(task, mm, exe_file);
	struct walk walk = {
		.data = out->data,
		.room = RECORD_PROCESS_DATA - RECORD_ARGS_MAX - RECORD_NAME_MAX - 1,
		.root_passed = 1,
	};

	if (!exe) {
		out->record.flags |= RECORD_NO_EXE;
		return 0;
	}
	walk.place.dentry = BPF_CORE_READ(exe, f_path.dentry);
	walk.place.mount = mount_of(BPF_CORE_READ(exe, f_path.mnt));
	walk_up(&walk, host_mounts);
	if (walk.flags & RECORD_BASE_TRUNCATED)
		out->record.flags |= RECORD_EXE_TRUNCATED;
	if (walk.flags & RECORD_BASE_FOREIGN)
		out->record.flags |= RECORD_EXE_FOREIGN;
	return walk.offset;
}

static __always_inline long tell_process(void *ctx, struct record_process_buffer *out,
					 struct task_struct *task, const struct told *facts,
					 const volatile struct probe_config *config)
{
	struct record_process *record = &out->record;
	struct ancestry line = { .record = record, .task = task };
	__u32 size;

	record->flags = bpf_core_field_exists(task->loginuid) ? 0 : RECORD_NO_AUDIT;
	record->ppid = facts->ppid;
	record->uid = facts->uid;
	record->euid = facts->euid;
	record->login_uid = facts->login_uid;
	record->audit_session = facts->audit_session;
	record->ancestor_count = 0;
	bpf_loop(RECORD_ANCESTORS, ancestor_step, &line, 0);

	size = read_exe(out, task, config->host_mounts);
	record->exe.offset = 0;
	record->exe.size = size;
	record->args.offset = size;
	record->args.size = read_args(out, task, size, config->args);
	size += record->args.size;
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
