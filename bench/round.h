/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* One round: producers on, reader on or off, producers off, everything out, sums checked. */
#ifndef WHODEL_BENCH_ROUND_H
#define WHODEL_BENCH_ROUND_H

#include "bench/part.h"
#include "bench/producers.h"
#include "bench/session.h"

/* Opens the trial's contestant for this round. */
int trial_open(const struct trial *trial, enum look look, struct session **session);

/* Runs the job with the reader at work, on the last CPU where one produces, anywhere where all do;
 * fills the accounting, the reader's cost and, if looked at, the latency. */
int round_run(const struct trial *trial, struct session *session, const struct job *job,
	      struct outcome *outcome);

/* Runs the job with the reader standing still; what is in the buffer stays there. */
int round_run_unread(const struct trial *trial, const struct session *session,
		     const struct job *job);

/* Drains, checks and fills in the accounting of all that was run. */
int round_finish(struct session *session, struct outcome *outcome, struct counts *counts);

static inline void close_session(struct session **session)
{
	session_close(*session);
}

#define _cleanup_session_ __attribute__((cleanup(close_session)))

#endif
