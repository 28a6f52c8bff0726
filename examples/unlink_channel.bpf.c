// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Kernel side 4: libbpfchan. One source for both buffers; user space chooses. */
#include "examples/unlink.bpf.h"

#include "channel/bpfchan.bpf.h"

struct record {
	struct bpfchan_header header; /* the channel's: time, CPU, sequence number */
	struct event event;
};

static __always_inline int emit(void *ctx, const char *name, enum name_in name_in)
{
	struct record *r = bpfchan_reserve(sizeof(*r), 1, 1);

	if (!r)
		return 0; /* the channel has counted it, by reason */
	fill(&r->event, name, name_in);
	if (wanted(&r->event))
		bpfchan_submit(ctx, r, sizeof(*r));
	else
		bpfchan_discard(r);
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
