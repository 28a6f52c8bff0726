/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Load the probe, attach it, and turn its records into deletions. */
#ifndef WHODEL_TRACE_H
#define WHODEL_TRACE_H

#include <stdbool.h>
#include <stddef.h>

#include "channel/bpfchan.h"
#include "probe/config.h"
#include "trace/deletion.h"
#include "trace/filter.h"

struct trace;

struct trace_opts {
	enum bpfchan_transport transport;
	size_t buffer_bytes;	   /* 0: TRACE_DEFAULT_BYTES */
	size_t perf_pages;	   /* 0: not said */
	unsigned int max_delay_ms; /* 0: the channel's default */
	bool failed;		   /* failed attempts too */
	bool moves;		   /* names that a rename took away */
	bool truncations;	   /* content that was cut to nothing */
	enum probe_args args;	   /* how much of the command line to keep */
	bool follow;		   /* only the tree under trace_follow()'s task */
	/* What of it the kernel side can keep; NULL: none. */
	const struct filter *filter;
	const char *probe; /* its name; NULL, "auto": the best that works */

	/* Called in the order of the deletions. Anything but 0 stops the drain and is returned. */
	int (*on_deletion)(void *ctx, const struct deletion *deletion);
	/* Called between deletions, for each reason for which some were lost. As on_deletion. */
	int (*on_loss)(void *ctx, const struct loss *loss);
	void *ctx;

	char *error; /* one line: why trace_open() failed */
	size_t error_size;
};

/* About 40,000 deletions: what a reader that is held up for a tenth of a second needs. */
#define TRACE_DEFAULT_BYTES ((size_t)8 << 20)

/* Room for the reason of a failure. */
#define TRACE_ERROR_BYTES 1024

/* Choose, load and map; nothing is seen yet. 0 or -errno, with the reason in opts->error. */
int trace_open(const struct trace_opts *opts, struct trace **out);

/* Follow the task behind @pidfd, and what it forks. Before trace_attach(). */
int trace_follow(struct trace *trace, int pidfd);

/* From here on deletions are seen. A probe that cannot be attached gives way to the next one. */
int trace_attach(struct trace *trace);

/* After trace_attach(): readable when there may be something; then call trace_poll(). */
int trace_fd(const struct trace *trace);

/* Deliver what is there, without waiting; 0 or what on_deletion returned, or -errno. */
int trace_poll(struct trace *trace);

/* See no more, and deliver all that was seen. As trace_poll(). */
int trace_finish(struct trace *trace);

/* The reason of a loss that no program can count: the kernel did not run it. */
#define LOSS_SKIPPED "skipped by the kernel"

/* And another: it ran the program at the beginning, but could not remember to do so at the end. */
#define LOSS_UNFINISHED "return skipped by the kernel"

/* What the probe and the channel counted. */
struct trace_counts {
	unsigned long long filtered;   /* in the kernel */
	unsigned long long unfollowed; /* forks whose child could not be followed */
	unsigned long long no_state;   /* operations for which the kernel had no memory: lost */
	unsigned long long unfinished; /* operations whose return was not seen: lost */
	unsigned long long malformed;  /* records that made no sense: 0, or a fault */
	unsigned long long deletions;  /* deletion records received */
	/* Deletion records lost on the way, by reason; the channel's own count has all records. */
	unsigned long long lost[BPFCHAN_LOSS_REASONS];
	struct bpfchan_stats channel;
};

int trace_counts(struct trace *trace, struct trace_counts *counts);

/* "tracepoint" */
const char *trace_probe_name(const struct trace *trace);

/* The better probes that did not do, each with the reason; "" if none. */
const char *trace_tried(const struct trace *trace);

void trace_close(struct trace *trace);

/* What libbpf said last, for -v; "" if nothing. */
void trace_log(bool verbose);

#endif
