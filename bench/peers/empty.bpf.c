// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Programs that do nothing, with the names and on the hooks of the tracepoint probe's: what it
 * costs to be called at all. trace/hooks.c attaches them as it attaches the probe's.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define EMPTY(hook, name)                                                                          \
	SEC("tp_btf/" hook)                                                                        \
	int name(void *ctx)                                                                        \
	{                                                                                          \
		return 0;                                                                          \
	}

EMPTY("sys_enter", enter)
EMPTY("sys_exit", leave)
EMPTY("ext4_unlink_enter", ext4_unlink)
EMPTY("ext4_mark_inode_dirty", ext4_mark)
EMPTY("ext4_begin_ordered_truncate", ext4_truncate)
EMPTY("io_uring_submit_req", uring_submit)
EMPTY("io_uring_complete", uring_complete)
EMPTY("sched_process_exit", process_exit)
EMPTY("sched_process_fork", process_fork)
