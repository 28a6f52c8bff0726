/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the parts of a trace share. */
#ifndef WHODEL_TRACE_INTERNAL_H
#define WHODEL_TRACE_INTERNAL_H

#include "trace/path.h"
#include "trace/probes.h"
#include "trace/processes.h"
#include "trace/trace.h"

struct trace {
	struct trace_opts opts;
	struct probe_object probe;
	const struct probe *wanted[2];	    /* with --probe: that one, and the end */
	const struct probe *const *untried; /* after the one that is open */
	struct bpfchan *channel;
	int followed;		       /* pidfd of the command; -1 */
	char tried[TRACE_ERROR_BYTES]; /* "fentry: why not; ", for each that did not do */
	struct processes *processes;
	struct paths paths;
	struct timespec attached; /* wall clock: since when deletions are seen */
	struct timespec offset;	  /* wall clock minus monotonic */
	unsigned long long malformed;
	unsigned long long deletions;
	unsigned long long processes_told[BPFCHAN_LOSS_REASONS]; /* lost records, not deletions */
};

/* For the channel; @ctx is the trace. */
int trace_take_record(void *ctx, const struct bpfchan_header *header);
int trace_take_loss(void *ctx, const struct bpfchan_loss_report *report);

#endif
