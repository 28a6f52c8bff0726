/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The figures over HTTP, for Prometheus to fetch. Owns no thread: the caller's loop drives it, and
 * nobody who connects can hold that loop up.
 */
#ifndef WHODEL_METRICS_SERVER_H
#define WHODEL_METRICS_SERVER_H

#include "cli/metrics.h"

struct metrics_server;

/* Fill in a sample, when somebody asks. */
typedef void (*metrics_sample_fn)(void *ctx, struct metrics *metrics);

/* What the option may be, for its check: "9435" and ":9435" are on loopback. NULL: fine */
const char *metrics_address_wrong(const char *address);

/*
 * metrics_open - listen at "PORT", "HOST:PORT" or "[HOST]:PORT", the host a numeric address
 *
 * Returns 0; -EINVAL: no such address; -EADDRINUSE, -EACCES, ...: cannot listen there.
 */
int metrics_open(const char *address, metrics_sample_fn sample, void *ctx,
		 struct metrics_server **out);

/* Readable: call metrics_run(). */
int metrics_fd(const struct metrics_server *server);

/* Never waits. Also to be called each second, which ends connections that say nothing. */
void metrics_run(struct metrics_server *server);

/* The port that it really has; for tests, which ask for 0. */
unsigned int metrics_port(const struct metrics_server *server);

/* @server may be NULL. */
void metrics_close(struct metrics_server *server);

#endif
