// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Kernel side 1: a perf event array, one buffer for each CPU. */
#include "examples/unlink.bpf.h"

/* CPU number -> perf event. libbpf makes it as long as there are CPUs, perf_buffer__new() fills it.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(int));
	__uint(value_size, sizeof(int));
} events SEC(".maps");

static __always_inline int emit(void *ctx, const char *name, enum name_in name_in)
{
	struct event e = {};

	fill(&e, name, name_in);
	if (!wanted(&e))
		return 0; /* nothing to give back: the event is on our stack */
	if (bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &e, sizeof(e)))
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
