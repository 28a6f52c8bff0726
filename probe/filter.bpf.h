/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Whose deletions are wanted: decided at the entry, before anything is read or reserved. Kinds must
 * all hold; what the options do not ask for is not in the loaded program.
 */
#ifndef WHODEL_FILTER_BPF_H
#define WHODEL_FILTER_BPF_H

#include "probe/config.h"
#include "probe/load.bpf.h"
#include "probe/process.bpf.h"

/* Tasks of the command that is being followed; a task's children are marked at the fork. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u32);
} tree SEC(".maps");

/* Thread group leaders, marked by pidfd: a number may come back, and differs by namespace. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u32);
} wanted_processes SEC(".maps");

/* How many is said before the load. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} wanted_users SEC(".maps");

struct wanted_comm {
	char comm[RECORD_COMM_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct wanted_comm);
	__type(value, __u32);
} wanted_comms SEC(".maps");

/*
 * Cgroups that belong to no wanted container, each at its ID's place: user space notes them when it
 * is told of a first process in there, so that what the name of a container is, is decided in one
 * place. One that is not noted, or was overwritten by another, passes, and is filtered there.
 */
__u64 strange_cgroups[PROBE_STRANGE_CGROUPS] = {};

/* Threads in the middle of a call that is not wanted: what was decided at the entry holds. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u32);
} passed_over SEC(".maps");

static __always_inline bool is_filtering(void)
{
	return config.tree || config.processes || config.users || config.comms || config.containers;
}

static __always_inline bool has_wanted_user(struct task_struct *task)
{
	__u32 uid = task->cred->uid.val;

	return bpf_map_lookup_elem(&wanted_users, &uid);
}

/* Behind its NUL the kernel's comm may have what was there before. */
static __always_inline bool has_wanted_comm(struct task_struct *task)
{
	struct wanted_comm key = {};
	bool ended = false;
	int i;

	bpf_probe_read_kernel(key.comm, sizeof(key.comm), &task->comm);
	for (i = 0; i < RECORD_COMM_MAX; i++) {
		ended = ended || !key.comm[i];
		key.comm[i] = ended ? 0 : key.comm[i];
	}
	return bpf_map_lookup_elem(&wanted_comms, &key);
}

static __always_inline bool is_in_strange_cgroup(struct task_struct *task)
{
	struct kernfs_node *cgroup = cgroup_of(task->group_leader);
	__u64 id = cgroup ? LOAD(cgroup->id) : 0;

	return id && strange_cgroups[id % PROBE_STRANGE_CGROUPS] == id;
}

static __always_inline bool is_wanted(struct task_struct *task)
{
	if (config.tree && !bpf_task_storage_get(&tree, task, 0, 0))
		return false;
	if (config.processes && !bpf_task_storage_get(&wanted_processes, task->group_leader, 0, 0))
		return false;
	if (config.users && !has_wanted_user(task))
		return false;
	if (config.comms && !has_wanted_comm(task))
		return false;
	return !config.containers || !is_in_strange_cgroup(task);
}

/* At the entry of a call that is not wanted. */
static __always_inline void pass_over(struct task_struct *task)
{
	__u32 *passed = bpf_task_storage_get(&passed_over, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (passed)
		*passed = 1;
	else
		__sync_fetch_and_add(&my_counters()->no_state, 1);
}

/* At its exit, once. */
static __always_inline bool was_passed_over(struct task_struct *task)
{
	__u32 *passed = is_filtering() ? bpf_task_storage_get(&passed_over, task, 0, 0) : 0;

	if (!passed || !*passed)
		return false;
	*passed = 0;
	return true;
}

#endif
