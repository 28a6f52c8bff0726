/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * io_uring: a request is named when it is submitted, by the process that asks for it, carried out
 * later by a worker thread, and its outcome shown when it completes. What it is about is kept from
 * the one to the other, by the address of the request.
 */
#ifndef WHODEL_URING_BPF_H
#define WHODEL_URING_BPF_H

#include "probe/operation.bpf.h"

#define URING_REQUESTS 1024 /* under way at once; those beyond are counted as lost */

#define IORING_OP_RENAMEAT 35
#define IORING_OP_UNLINKAT 36
#define REQ_F_CQE_SKIP	   (1 << 6) /* no completion is seen if it goes well */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct io_unlink {
	int dfd;
	int flags;
	struct filename *filename;
};

struct io_rename {
	int old_dfd;
	int new_dfd;
	struct filename *oldpath;
	struct filename *newpath;
	int flags;
};

struct io_wq_work {
	struct {
		void *next;
	} list;
};

struct io_cqe {
	int res;
};

struct io_kiocb {
	unsigned char opcode;
	unsigned int flags;
	struct io_cqe cqe;
	struct io_wq_work work;
};

struct io_worker {
	struct io_wq_work *cur_work;
};

#pragma clang attribute pop

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, URING_REQUESTS);
	__type(key, __u64); /* the request's address */
	__type(value, struct operation);
} requests SEC(".maps");

static __always_inline bool is_uring_worker(struct task_struct *task)
{
	return LOAD(task->flags) & PF_IO_WORKER;
}

/* The request that a worker thread is at. */
static __always_inline __u64 request_of(struct task_struct *task)
{
	struct io_worker *worker = LOAD(task->worker_private);
	struct io_wq_work *work = LOAD(worker->cur_work);

	return work ? (__u64)work - bpf_core_field_offset(struct io_kiocb, work) : 0;
}

/* What @task is at, for itself or for who submitted a request. */
static __always_inline struct operation *operation_of(struct task_struct *task)
{
	__u64 key;

	if (!is_uring_worker(task))
		return bpf_task_storage_get(&operations, task, 0, 0);
	key = request_of(task);
	return bpf_map_lookup_elem(&requests, &key);
}

/* The union of commands is the first thing in a request, in all kernels that have workers. */
static __always_inline bool read_request(struct io_kiocb *req, struct call *call)
{
	struct io_rename *rename = (void *)req;
	struct io_unlink *unlink = (void *)req;
	unsigned char opcode = LOAD(req->opcode);

	if (opcode == IORING_OP_UNLINKAT) {
		call->op = LOAD(unlink->flags) & AT_REMOVEDIR ? RECORD_RMDIR : RECORD_UNLINK;
		call->dirfd = LOAD(unlink->dfd);
		call->name = (unsigned long)LOAD(LOAD(unlink->filename)->name);
		return true;
	}
	if (opcode != IORING_OP_RENAMEAT)
		return false;
	call->op = RECORD_REPLACE;
	call->flags = LOAD(rename->flags);
	call->dirfd = LOAD(rename->new_dfd);
	call->name = (unsigned long)LOAD(LOAD(rename->newpath)->name);
	call->other_dirfd = LOAD(rename->old_dfd);
	call->other = (unsigned long)LOAD(LOAD(rename->oldpath)->name);
	return true;
}

#endif
