/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Processes that begin and end: the programs that every probe has. */
#ifndef WHODEL_TASKS_BPF_H
#define WHODEL_TASKS_BPF_H

#include "probe/operation.bpf.h"

SEC("tp_btf/sched_process_exit") /* since 2.6.28: lets user space forget a process it was told of */
int BPF_PROG(process_exit, struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;
	struct record_exit record = {};
	struct told *then;

	if (task->signal->live.counter != 0) /* not the last thread */
		return 0;
	then = bpf_task_storage_get(&told, leader, 0, 0);
	if (!then || !then->revision)
		return 0;
	record.key.pid = task->tgid;
	record.key.start_time = leader->start_boottime;
	record.key.revision = then->revision;
	send_process(ctx, &record.header, sizeof(record), RECORD_EXIT);
	return 0;
}

SEC("tp_btf/sched_process_fork") /* before the child runs its first instruction */
int BPF_PROG(process_fork, struct task_struct *parent, struct task_struct *child)
{
	__u32 one = 1;

	if (!bpf_task_storage_get(&tree, parent, 0, 0))
		return 0;
	if (!bpf_task_storage_get(&tree, child, &one, BPF_LOCAL_STORAGE_GET_F_CREATE))
		__sync_fetch_and_add(&my_counters()->unfollowed, 1);
	return 0;
}

#endif
