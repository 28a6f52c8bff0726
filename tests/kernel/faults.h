/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the two sides of the channel's fault tests share. */
#ifndef WHODEL_TEST_FAULTS_H
#define WHODEL_TEST_FAULTS_H

#include "channel/bpfchan_types.h"

/* Attempts by program, counted beside the channel: [0] on demand, [1] and [2] in between. */
#define PROGRAMS 3

#endif
