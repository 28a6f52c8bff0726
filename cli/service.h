/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * What systemd wants to hear (sd_notify(3)): one datagram, so libsystemd is not linked for it.
 * Without a service manager nothing happens.
 */
#ifndef WHODEL_SERVICE_H
#define WHODEL_SERVICE_H

#include <stdint.h>

/* "READY=1", ... */
void service_tell(const char *state);

/* How often "WATCHDOG=1" is wanted, ns: half of what the manager allows. 0: not at all */
int64_t service_watchdog_ns(void);

#endif
