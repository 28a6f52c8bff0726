// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The tracepoint probe: system calls at entry and exit, and what ext4 shows in between.
 *
 * The record is built in memory that belongs to the task, from the entry to the exit of its
 * system call, so no other task, program or CPU can disturb it. The entry notes the path as user
 * memory has it and the directory that it starts from; ext4's tracepoints, in the middle, show the
 * file that really goes; the exit knows the outcome and sends.
 */
#include "probe/kernel.h"
/* after kernel.h, which brings the BPF helpers */
#include "probe/channel.bpf.h"
#include "probe/config.h"
#include "probe/ext4.bpf.h"
#include "probe/operation.bpf.h"
#include "probe/process.bpf.h"
#include "probe/record.h"
#include "probe/syscall.bpf.h"
#include "probe/tasks.bpf.h"
#include "probe/truncate.bpf.h"
#include "probe/uring.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* ---- entry ---- */

static __always_inline struct operation *begin(struct task_struct *task, const struct call *call)
{
	struct operation *o =
		bpf_task_storage_get(&operations, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!o) {
		__sync_fetch_and_add(&my_counters()->no_state, 1);
		return 0;
	}
	__builtin_memset(&o->deletion.record.name, 0, sizeof(struct record_name));
	o->found.flags = 0;
	o->moved.flags = 0;
	o->call = *call;
	o->cred = LOAD(task->cred);
	o->source = 0;
	o->unsure = 0;
	o->marked = 0;
	o->used = 0;
	return o;
}

/* Both names stay; or none is replaced. */
static __always_inline bool lets_none_go(const struct call *call)
{
	return (call->flags & RENAME_EXCHANGE) ||
	       ((call->flags & RENAME_NOREPLACE) && !config.moves);
}

SEC("tp_btf/sys_enter") /* since 5.5: sees 32-bit callers too, needs no tracefs */
int BPF_PROG(enter, struct pt_regs *regs, long nr)
{
	struct task_struct *task = bpf_get_current_task_btf();
	enum call_form form = call_form(task, nr);
	struct operation *o;
	struct call call;

	if (form == CALL_OTHER)
		return 0;
	read_call(task, regs, form, &call);
	if (!call.op)
		return 0;
	if (!is_wanted(task)) {
		pass_over(task);
		return 0;
	}
	if (lets_none_go(&call))
		return 0;
	o = begin(task, &call);
	if (!o)
		return 0;
	if (config.truncations && call.op == RECORD_TRUNCATE && !call.name) {
		if (!begin_with_file(o, task))
			o->call.op = 0;
		return 0;
	}
	read_name(o, task, FROM_USER);
	if (call.op == RECORD_REPLACE)
		read_other_name(o, task, FROM_USER);
	return 0;
}

/* ---- exit ---- */

/*
 * Memory that was not resident at the entry is now: the kernel has read it. The name is built
 * anew, and with it all that lies behind it; unless its true name is already there.
 */
static __always_inline void read_late(struct operation *o, struct task_struct *task)
{
	struct record_name *other = &o->other;
	struct record_name *name = &o->deletion.record.name;
	bool true_name = o->found.flags & RECORD_FOUND_NAME;
	bool name_late = (name->flags & RECORD_NAME_UNREAD) && !true_name;

	if (name_late) {
		o->cache.known = 0;
		__builtin_memset(name, 0, sizeof(*name));
		read_name(o, task, FROM_USER);
		name->flags |= RECORD_NAME_LATE;
	}
	if (o->call.op != RECORD_REPLACE || !(name_late || (other->flags & RECORD_NAME_UNREAD)))
		return;
	read_other_name(o, task, FROM_USER);
	other->flags |= RECORD_NAME_LATE;
}

/* The parts are not kept: what they need of the data is free again. */
static __always_inline void send(void *ctx, struct operation *o, __u8 op, int result)
{
	struct record_deletion *deletion = &o->deletion.record;
	const __u32 names = o->used;
	struct record_span none = {};
	__u32 used;

	deletion->other = none;
	deletion->found = none;
	if (op == RECORD_REPLACE || op == RECORD_MOVE)
		add_part(o, &deletion->other, &o->other, sizeof(o->other));
	if (o->found.flags)
		add_part(o, &deletion->found, &o->found, sizeof(o->found));
	used = o->used;
	o->used = names;
	if (used > sizeof(o->deletion.data))
		return;
	deletion->result = result;
	deletion->op = op;
	bpfchan_output(ctx, &deletion->header, sizeof(struct record_deletion) + used,
		       RECORD_DELETION, RECORD_VERSION);
}

static __always_inline bool is_restarted(long ret)
{
	return ret <= -ERESTARTSYS && ret >= -ERESTART_RESTARTBLOCK;
}

/* What a stranger's rename replaced is not looked into. */
static __always_inline void count_filtered(bool rename)
{
	if (!rename)
		__sync_fetch_and_add(&my_counters()->filtered, 1);
}

/* Did a rename replace a file? Where ext4 was at work it would have shown it. */
static __always_inline bool replaced_nothing(const struct operation *o, int ret)
{
	return (o->call.flags & RENAME_NOREPLACE) ||
	       (ret == 0 && o->marked && !(o->found.flags & RECORD_FOUND));
}

/* Seen from the file that moves: the names change places. */
static __always_inline void turn_round(struct operation *o)
{
	struct record_name to = o->deletion.record.name;

	o->deletion.record.name = o->other;
	o->other = to;
	o->found = o->moved;
}

static __always_inline bool is_nothing(const struct operation *o, int ret)
{
	return o->call.op == RECORD_REPLACE && !config.moves && replaced_nothing(o, ret);
}

static __always_inline void sign(void *ctx, struct operation *o, struct task_struct *task,
				 enum record_via via)
{
	struct record_deletion *deletion = &o->deletion.record;

	identify(ctx, &o->process, &deletion->process, task, &config);
	deletion->tid = task->pid;
	deletion->via = via;
	deletion->reserved = 0;
	deletion->reserved2 = 0;
	read_comm(deletion->comm, task);
}

/* A rename is one event or two. */
static __always_inline void tell(void *ctx, struct operation *o, int ret)
{
	bool rename = o->call.op == RECORD_REPLACE;
	bool unseen = rename ? ret == 0 && !(o->found.flags & RECORD_FOUND) : o->unsure;

	if (!rename && ret > 0)
		ret = 0; /* a descriptor */
	if (!rename || !replaced_nothing(o, ret))
		send(ctx, o, o->call.op, unseen ? RECORD_RESULT_UNKNOWN : ret);
	if (!rename || !config.moves)
		return;
	turn_round(o);
	send(ctx, o, RECORD_MOVE, ret);
}

static __always_inline void end(void *ctx, struct operation *o, struct task_struct *task, int ret)
{
	if (is_nothing(o, ret))
		return;
	if (config.truncations && !is_truncated(o, task, ret))
		return;
	read_late(o, task);
	sign(ctx, o, task, RECORD_SYSCALL);
	tell(ctx, o, ret);
}

SEC("tp_btf/sys_exit") /* since 5.5 */
int BPF_PROG(leave, struct pt_regs *regs, long ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	enum call_form form = call_form(task, call_number(regs));
	bool told = (ret >= 0 || config.failed) && !is_restarted(ret);
	struct operation *o;

	if (form == CALL_OTHER)
		return 0;
	if (was_passed_over(task)) {
		if (told)
			count_filtered(may_be_nothing(form));
		return 0;
	}
	o = bpf_task_storage_get(&operations, task, 0, 0);
	if (!o || !o->call.op)
		return 0;
	if (told)
		end(ctx, o, task, ret);
	o->call.op = 0;
	return 0;
}

/* ---- io_uring ---- */

/* Of a kernel thread that submits for its process (SQPOLL), the process's first thread. */
static __always_inline void sign_request(void *ctx, struct operation *o, struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;

	sign(ctx, o, task, RECORD_IO_URING);
	if (!is_uring_worker(task))
		return;
	o->deletion.record.tid = task->tgid;
	read_comm(o->deletion.record.comm, leader);
}

/* An earlier request at this address whose completion was not seen: its outcome is not known. */
static __always_inline void end_unseen(void *ctx, __u64 key)
{
	struct operation *o = bpf_map_lookup_elem(&requests, &key);

	if (o)
		send(ctx, o, o->call.op, RECORD_RESULT_UNKNOWN);
}

static __always_inline void keep_request(void *ctx, struct operation *o, struct io_kiocb *req)
{
	__u64 key = (__u64)req;

	end_unseen(ctx, key);
	if (LOAD(req->flags) & REQ_F_CQE_SKIP)
		send(ctx, o, o->call.op, RECORD_RESULT_UNKNOWN);
	else if (bpf_map_update_elem(&requests, &key, o, BPF_ANY))
		__sync_fetch_and_add(&my_counters()->no_state, 1);
}

SEC("tp_btf/io_uring_submit_req") /* since 6.3; io_uring_submit_sqe since 5.1: hooks.c */
int BPF_PROG(uring_submit, struct io_kiocb *req)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct operation *o;
	struct call call = {};

	if (!read_request(req, &call) || lets_none_go(&call))
		return 0;
	/* No fork is seen of a thread that polls (SQPOLL), so it has no mark. */
	if (!is_wanted(is_uring_worker(task) ? task->group_leader : task)) {
		count_filtered(call.op == RECORD_REPLACE);
		return 0;
	}
	o = begin(task, &call);
	if (!o)
		return 0;
	read_name(o, task, FROM_KERNEL);
	if (call.op == RECORD_REPLACE)
		read_other_name(o, task, FROM_KERNEL);
	sign_request(ctx, o, task);
	keep_request(ctx, o, req);
	o->call.op = 0;
	return 0;
}

SEC("tp_btf/io_uring_complete") /* since 5.1; what is behind @req differs, and is in it as well */
int BPF_PROG(uring_complete, void *ring, struct io_kiocb *req)
{
	__u64 key = (__u64)req;
	unsigned char opcode = LOAD(req->opcode);
	struct operation *o;
	int ret;

	if (opcode != IORING_OP_UNLINKAT && opcode != IORING_OP_RENAMEAT)
		return 0;
	o = bpf_map_lookup_elem(&requests, &key);
	if (!o)
		return 0;
	ret = LOAD(req->cqe.res);
	if (ret >= 0 || config.failed)
		tell(ctx, o, ret);
	bpf_map_delete_elem(&requests, &key);
	return 0;
}
