/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The channel, as the probes use it: who lost what is said of deletions alone. */
#ifndef WHODEL_CHANNEL_BPF_H
#define WHODEL_CHANNEL_BPF_H

#include "probe/record.h"

#define BPFCHAN_BLAMES(type) ((type) == RECORD_DELETION)
#include "channel/bpfchan.bpf.h"

#endif
