// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* libbpfchan's reader, on either transport. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>

#include "bench/session.h"
#include "channel/bpfchan.h"

/* Needs the types above. */
#include "bench/channel.skel.h"

static const void *channel_elf(size_t *bytes)
{
	return channel_bpf__elf_bytes(bytes);
}

static int take(void *ctx, const struct bpfchan_header *record)
{
	session_take(ctx, record, record->length);
	return 0;
}

static int channel_open(struct session *session)
{
	char why[256] = "";
	struct bpfchan_opts opts = {
		.sz = sizeof(opts),
		.transport = session->contestant->transport,
		.buffer_bytes = session->setup.buffer_bytes,
		.guard = session->contestant->guard,
		.on_record = take,
		.ctx = session,
		.error = why,
		.error_size = sizeof(why),
	};
	int err = bpfchan_open(session->obj, &opts, &session->channel);

	if (err)
		fprintf(stderr, "whodel: %s: %s\n", session->contestant->name, why);
	return err;
}

static int channel_start(struct session *session)
{
	struct bpfchan_stats stats = { .sz = sizeof(stats) };
	int err = bpfchan_start(session->channel);

	if (!err)
		err = bpfchan_stats(session->channel, &stats);
	session->data_bytes = stats.data_bytes;
	session->allocated_bytes = stats.allocated_bytes;
	return err;
}

static int channel_poll(struct session *session)
{
	return bpfchan_poll(session->channel, 100);
}

static int channel_drain(struct session *session)
{
	return bpfchan_drain(session->channel);
}

static int channel_lost(struct session *session, uint64_t *lost)
{
	struct bpfchan_stats stats = { .sz = sizeof(stats) };
	int err = bpfchan_stats(session->channel, &stats);

	*lost = 0;
	for (int i = 0; i < BPFCHAN_LOSS_REASONS; i++)
		*lost += stats.lost[i];
	return err;
}

static void channel_stop(struct session *session)
{
	bpfchan_close(session->channel);
}

const struct reader_ops bench_channel_reader = {
	.elf = channel_elf,
	.open = channel_open,
	.start = channel_start,
	.poll = channel_poll,
	.drain = channel_drain,
	.lost = channel_lost,
	.stop = channel_stop,
};
