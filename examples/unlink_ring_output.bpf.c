// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Kernel side 3: the same ring, by one call with a copy, and no more bytes than the name needs. */
#include "examples/unlink.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

static __always_inline int emit(void *ctx, const char *name, enum name_in name_in)
{
	struct event e = {};
	__u32 size = fill(&e, name, name_in);

	if (!wanted(&e))
		return 0;
	if (bpf_ringbuf_output(&events, &e, size, 0))
		count_lost();
	return 0;
}

/* int do_unlinkat(int dfd, struct filename *name); filename_unlinkat() from 7.0 on */
SEC("kprobe/do_unlinkat")
int BPF_KPROBE(on_do_unlinkat, int dfd, struct filename *name)
{
	return emit(ctx, BPF_CORE_READ(name, name), NAME_IN_KERNEL);
}

/* Where there are no kprobes: the same handler at the system calls. */
SEC("tracepoint/syscalls/sys_enter_unlink")
int on_unlink(struct trace_event_raw_sys_enter *ctx)
{
	return emit(ctx, (const char *)ctx->args[0], NAME_IN_USER);
}

SEC("tracepoint/syscalls/sys_enter_unlinkat")
int on_unlinkat(struct trace_event_raw_sys_enter *ctx)
{
	if (ctx->args[2] & AT_REMOVEDIR) /* a rmdir, which do_unlinkat() never sees */
		return 0;
	return emit(ctx, (const char *)ctx->args[1], NAME_IN_USER);
}
