// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* User side 4: libbpfchan; --transport is all that differs between the buffers. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel/bpfchan.h"
#include "examples/example.h"
#include "examples/unlink_channel.skel.h"

/* The same for both buffers, and in order of emission; not 0 stops the poll, which returns it. */
static int on_record(void *ctx, const struct bpfchan_header *record)
{
	return example_print(ctx, record + 1, record->length - sizeof(*record));
}

static enum bpfchan_transport chosen_transport(const struct example *ex)
{
	static const enum bpfchan_transport known[] = { BPFCHAN_AUTO, BPFCHAN_RING, BPFCHAN_PERF };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!strcmp(ex->transport, bpfchan_transport_name(known[i])))
			return known[i];
	}
	fprintf(stderr, "%s: no transport is called %s; try ring, perf or auto\n", ex->name,
		ex->transport);
	exit(2);
}

static int tell_lost(struct example *ex, struct bpfchan *chan)
{
	struct bpfchan_stats stats = { .sz = sizeof(stats) };
	int err = bpfchan_stats(chan, &stats);

	if (err)
		return example_error(ex, err, "read the channel's counters");
	for (int i = 0; i < BPFCHAN_LOSS_REASONS; i++) {
		if (stats.lost[i])
			fprintf(stderr, "%s: lost %llu events: %s\n", ex->name, stats.lost[i],
				bpfchan_loss_name(i));
		ex->lost += stats.lost[i];
	}
	return 0;
}

static int trace(struct example *ex, struct unlink_channel_bpf *skel, struct bpfchan *chan)
{
	int err = bpfchan_start(chan);

	if (err)
		return example_error(ex, err, "start the channel");
	err = unlink_channel_bpf__attach(skel);
	if (err)
		example_error(ex, err, "attach");
	else
		example_attached(ex);
	while (example_running(ex, err))
		err = bpfchan_poll(chan, POLL_MS);
	unlink_channel_bpf__detach(skel);
	example_detached();
	bpfchan_drain(chan);
	return tell_lost(ex, chan) ?: err;
}

static int load(struct example *ex, struct unlink_channel_bpf *skel, struct bpfchan **chan)
{
	char why[256] = "";
	struct bpfchan_opts opts = {
		.sz = sizeof(opts),
		.transport = chosen_transport(ex),
		.buffer_bytes = 256 * 1024,
		.on_record = on_record,
		.ctx = ex,
		.error = why,
		.error_size = sizeof(why),
	};
	int err = bpfchan_open(skel->obj, &opts, chan);

	if (err)
		fprintf(stderr, "%s: cannot open the channel: %s\n", ex->name, why);
	else if ((err = unlink_channel_bpf__load(skel)))
		example_error(ex, err, "load the BPF programs");
	return err;
}

int main(int argc, char **argv)
{
	struct example ex = { .transport = "auto" };
	struct unlink_channel_bpf *skel;
	struct bpfchan *chan = NULL;
	int err;

	example_init(&ex, argc, argv);
	skel = unlink_channel_bpf__open();
	if (!skel)
		return example_end(&ex, example_error(&ex, -errno, "open the BPF object"), 0);
	memcpy((char *)skel->rodata->only_comm, ex.only_comm, COMM_SIZE);
	err = example_choose_hook(&ex, skel->obj);
	if (!err)
		err = load(&ex, skel, &chan);
	if (!err)
		err = trace(&ex, skel, chan);
	err = example_end(&ex, err, ex.lost);
	bpfchan_close(chan);
	unlink_channel_bpf__destroy(skel);
	return err;
}
