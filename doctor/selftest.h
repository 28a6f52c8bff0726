/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Go every way of the table in a scratch folder, while a trace looks, and compare. */
#ifndef WHODEL_SELFTEST_H
#define WHODEL_SELFTEST_H

#include <stddef.h>

#include "channel/bpfchan.h"
#include "doctor/ways.h"

enum verdict {
	VERDICT_MISSED,	 /* it should have been seen: a fault */
	VERDICT_WRONG,	 /* seen, and something in the event is not so: a fault */
	VERDICT_SEEN,	 /* path, process, outcome and identity, all as they were */
	VERDICT_PARTLY,	 /* seen; what could not be known is flagged as that */
	VERDICT_GAP,	 /* this probe cannot see it, as the table says */
	VERDICT_UNTRIED, /* this machine does not let it be tried */
	VERDICTS,
};

/* "missed", "wrong", ... */
const char *verdict_name(enum verdict verdict);

struct finding {
	const struct way *way;
	enum verdict verdict;
	unsigned int events; /* by the process that went the way */
	uint32_t incomplete; /* bits of enum incomplete of the event; 0 without one */
	char why[192];	     /* in words; "" where all is as it should be */
};

struct selftest {
	char folder[PATH_MAX]; /* where it was */
	char file_system[32];
	const char *probe;
	const char *transport;
	char tried[1024]; /* better probes that did not do, and why */
	struct finding *findings;
	size_t count;
	unsigned int faults; /* missed and wrong */
	char error[1024];    /* it could not be done at all */
};

struct selftest_opts {
	const char *probe; /* as trace_opts */
	enum bpfchan_transport transport;
	const char *folder; /* to make the scratch folder in */
};

/* 0 or -errno, with the reason in @out->error. @out is for selftest_free() in any case. */
int selftest_run(const struct selftest_opts *opts, struct selftest *out);

void selftest_free(struct selftest *selftest);

#endif
