/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The connection to the servers, and the stream there as it has to be. */
#ifndef WHODEL_SERVER_H
#define WHODEL_SERVER_H

#include <nats/nats.h>

#include "fleet/fleet.h"

struct server {
	natsOptions *options;
	natsConnection *connection;
	jsCtx *stream;
	int64_t message_bytes; /* the largest that the servers take */
};

/*
 * server_open - connect, look at the stream, make it where that was asked for
 * @error: FLEET_ERROR bytes: what failed, and what to do
 *
 * The library does not connect again by itself: after any failure close, wait, and open again.
 * Returns 0 or -EIO. @server is to be closed in any case.
 */
int server_open(const struct fleet_opts *opts, const struct jsOptions *js, struct server *server,
		char *error);

void server_close(struct server *server);

const char *server_stream(const struct fleet_opts *opts);

/* How long to wait before the next try: longer each time, and not all of a fleet at once. */
struct backoff {
	unsigned int ms;
};

unsigned int backoff_next(struct backoff *backoff);

#endif
