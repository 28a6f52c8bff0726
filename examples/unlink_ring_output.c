// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* User side 3: as 2; which call filled the ring is nothing a reader can see. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "examples/example.h"
#include "examples/unlink_ring_output.skel.h"

/* Less than 0 stops the poll, which returns it. */
static int on_event(void *ctx, void *data, size_t size)
{
	return example_print(ctx, data, size);
}

static int trace(struct example *ex, struct unlink_ring_output_bpf *skel)
{
	struct ring_buffer *rb;
	int err;

	rb = ring_buffer__new(bpf_map__fd(skel->maps.events), on_event, ex, NULL);
	if (!rb)
		return example_error(ex, -errno, "set up the ring buffer");
	err = unlink_ring_output_bpf__attach(skel);
	if (err)
		example_error(ex, err, "attach");
	else
		example_attached(ex);
	while (example_running(ex, err)) {
		err = ring_buffer__poll(rb, POLL_MS);
		example_tell_lost(ex, skel->bss->lost); /* a ring tells nothing by itself */
	}
	unlink_ring_output_bpf__detach(skel);
	example_detached();
	ring_buffer__consume(rb); /* what was still in the ring */
	ring_buffer__free(rb);
	return err;
}

int main(int argc, char **argv)
{
	struct example ex = {};
	struct unlink_ring_output_bpf *skel;
	int err;

	example_init(&ex, argc, argv);
	skel = unlink_ring_output_bpf__open();
	if (!skel)
		return example_end(&ex, example_error(&ex, -errno, "open the BPF object"), 0);
	memcpy((char *)skel->rodata->only_comm, ex.only_comm, COMM_SIZE);
	err = example_choose_hook(&ex, skel->obj);
	if (!err && (err = unlink_ring_output_bpf__load(skel)))
		example_error(&ex, err, "load the BPF programs");
	if (!err)
		err = trace(&ex, skel);
	err = example_end(&ex, err, skel->bss ? skel->bss->lost : 0);
	unlink_ring_output_bpf__destroy(skel);
	return err;
}
