// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Kernel side 2: one ring buffer for all CPUs; the event is written where it will be read. */
#include "examples/unlink.bpf.h"

#define RING_BYTES (256 * 1024)
/* What a record really takes: its header, and all of it rounded up to 8. */
#define RECORD_BYTES ((sizeof(struct event) + BPF_RINGBUF_HDR_SZ + 7) / 8 * 8)

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RING_BYTES);
} events SEC(".maps");

static __always_inline int emit(void *ctx, const char *name, enum name_in name_in)
{
	struct event *e = NULL;

	/* The guard: only a hint, so reserve still decides, and what it drops is counted. */
	if (bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) + RECORD_BYTES < RING_BYTES)
		e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e) {
		count_lost();
		return 0;
	}
	fill(e, name, name_in);
	if (wanted(e))
		bpf_ringbuf_submit(e, 0);
	else
		bpf_ringbuf_discard(e, 0); /* what was reserved must be given back */
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
