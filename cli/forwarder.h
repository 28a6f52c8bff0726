/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The process that tells the store's events to a stream: nothing it does holds up the recorder. */
#ifndef WHODEL_FORWARDER_H
#define WHODEL_FORWARDER_H

#include "fleet/fleet.h"

struct forwarder_process {
	pid_t pid;  /* of who starts it again where it dies; 0: none */
	int socket; /* readable: there is a report; -1: none */
	struct forward_report report;
	char told[FLEET_ERROR];
	char machine[40]; /* whose store it is */
};

/* Before there are threads, and before anything is opened. 0 or -errno */
int forwarder_start(struct forwarder_process *forwarder, const struct fleet_opts *fleet,
		    const char *store);

/* Takes what has come; errors are told. True: the cursor has moved. */
bool forwarder_read(struct forwarder_process *forwarder);

/* After the store is closed: what is in it by then is told, if that goes fast. */
void forwarder_stop(struct forwarder_process *forwarder);

#endif
