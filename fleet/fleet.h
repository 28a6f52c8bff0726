/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The events of many machines, by way of a NATS JetStream stream. docs/fleet.md has the messages
 * and what is guaranteed.
 *
 * Without libnats at build time all of it returns -ENOSYS, and says so. Nothing is printed.
 */
#ifndef WHODEL_FLEET_H
#define WHODEL_FLEET_H

#include <stdbool.h>
#include <stdint.h>

#include "history/forward.h"

#define FLEET_STREAM  "WHODEL"
#define FLEET_DURABLE "whodel"
#define FLEET_ERROR   256

struct fleet_opts {
	const char *servers;	 /* nats://A,nats://B or tls://... */
	const char *credentials; /* NULL or a file, as are the next three */
	const char *ca;
	const char *certificate;
	const char *key;
	const char *stream;    /* NULL: FLEET_STREAM */
	unsigned int replicas; /* make the stream with so many if it is not there; 0: do not */
	uint64_t stream_bytes; /* of one that is made; 0: without limit */
};

/* True if this build can. */
bool fleet_is_built(void);

/* Of the forwarder, to who started it; written whole, and read whole. */
struct forward_report {
	struct forward_cursor cursor; /* acknowledged; uuid "": nothing yet */
	uint64_t lag;		      /* events that are not */
	uint64_t sent;		      /* messages acknowledged since the start */
	char error[FLEET_ERROR];      /* why it does not go on now; "": it does */
};

struct forward_opts {
	struct fleet_opts fleet;
	const char *store;
	int report; /* a SOCK_SEQPACKET; readable or closed: end */
};

/* Tells the store's events, from its cursor on, for ever. Returns where the other end has gone. */
int forward_run(const struct forward_opts *opts);

struct collect_opts {
	struct fleet_opts fleet;
	const char *store;
	gid_t group;
	uint64_t keep_seconds;
	uint64_t keep_bytes;
	int stop; /* readable: end */
	/* What changed: an error, or "" after one. */
	void (*on_error)(const char *error);
	char *error; /* one line: why it could not start */
	size_t error_size;
};

/* Collects until it is stopped. 0, or -errno where the store cannot be opened. */
int collect_run(const struct collect_opts *opts);

#endif
