// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* User side 1: a perf buffer for each CPU. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "examples/example.h"
#include "examples/unlink_perf.skel.h"

#define PAGES_PER_CPU 8 /* a power of two; one control page per CPU comes on top */

/* Returns nothing: a perf callback cannot stop the poll that called it. */
static void on_event(void *ctx, int cpu, void *data, __u32 size)
{
	(void)cpu;
	example_print(ctx, data, size);
}

/* The kernel tells of a loss when it next has room to: the last ones before the end, never. */
static void on_lost(void *ctx, int cpu, __u64 count)
{
	struct example *ex = ctx;

	fprintf(stderr, "%s: lost %llu events on CPU %d: buffer full\n", ex->name,
		(unsigned long long)count, cpu);
}

static int trace(struct example *ex, struct unlink_perf_bpf *skel)
{
	struct perf_buffer *pb;
	int err;

	pb = perf_buffer__new(bpf_map__fd(skel->maps.events), PAGES_PER_CPU, on_event, on_lost, ex,
			      NULL);
	if (!pb)
		return example_error(ex, -errno, "set up the perf buffer");
	err = unlink_perf_bpf__attach(skel);
	if (err)
		example_error(ex, err, "attach");
	else
		example_attached(ex);
	while (example_running(ex, err))
		err = perf_buffer__poll(pb, POLL_MS);
	unlink_perf_bpf__detach(skel);
	example_detached();
	perf_buffer__consume(pb); /* what was still in the buffers */
	perf_buffer__free(pb);
	return err;
}

int main(int argc, char **argv)
{
	struct example ex = {};
	struct unlink_perf_bpf *skel;
	int err;

	example_init(&ex, argc, argv);
	skel = unlink_perf_bpf__open();
	if (!skel)
		return example_end(&ex, example_error(&ex, -errno, "open the BPF object"), 0);
	memcpy((char *)skel->rodata->only_comm, ex.only_comm, COMM_SIZE);
	err = example_choose_hook(&ex, skel->obj);
	if (!err && (err = unlink_perf_bpf__load(skel)))
		example_error(&ex, err, "load the BPF programs");
	if (!err)
		err = trace(&ex, skel);
	err = example_end(&ex, err, skel->bss ? skel->bss->lost : 0);
	unlink_perf_bpf__destroy(skel);
	return err;
}
