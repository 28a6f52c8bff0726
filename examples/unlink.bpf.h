/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the kernel sides share: the kernel's types they read, and how an event is filled in. */
#ifndef EXAMPLES_UNLINK_BPF_H
#define EXAMPLES_UNLINK_BPF_H

#include <linux/bpf.h>
#include <linux/fcntl.h>
#include <linux/ptrace.h>
#include <stdbool.h>
#include <stddef.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "examples/unlink.h"

/* Only the fields that are read: CO-RE finds their offsets in the running kernel's BTF. */
struct filename {
	const char *name;
} __attribute__((preserve_access_index));

struct trace_event_raw_sys_enter {
	unsigned long args[6];
} __attribute__((preserve_access_index));

/* The kprobe finds the name copied into the kernel, a tracepoint still in the caller's memory. */
enum name_in { NAME_IN_KERNEL, NAME_IN_USER };

/* Set before loading; empty: every process. */
const volatile char only_comm[COMM_SIZE] = {};

/* Read by user space from the mapped .bss. */
__u64 lost = 0;

static __always_inline void count_lost(void)
{
	__sync_fetch_and_add(&lost, 1);
}

/* How many bytes of *e are in use. A name that could not be read is left empty. */
static __always_inline __u32 fill(struct event *e, const char *name, enum name_in name_in)
{
	long n;

	e->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	if (name_in == NAME_IN_KERNEL)
		n = bpf_probe_read_kernel_str(e->filename, sizeof(e->filename), name);
	else
		n = bpf_probe_read_user_str(e->filename, sizeof(e->filename), name);
	if (n < 1 || n > NAME_SIZE) {
		e->filename[0] = '\0';
		n = 1;
	}
	return offsetof(struct event, filename) + n;
}

static __always_inline bool wanted(const struct event *e)
{
	if (!only_comm[0])
		return true;
	for (int i = 0; i < COMM_SIZE; i++) {
		if (e->comm[i] != only_comm[i])
			return false;
		if (!e->comm[i])
			break;
	}
	return true;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#endif
