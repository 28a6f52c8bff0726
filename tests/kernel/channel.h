/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the two sides of the channel's test share. */
#ifndef WHODEL_TEST_CHANNEL_H
#define WHODEL_TEST_CHANNEL_H

#include "channel/bpfchan_types.h"

#define TEST_TYPE    7
#define TEST_VERSION 3
#define OUTPUT_MAX   (128 * 1024)

enum verb { EMIT, DISCARD, EMIT_PAGE, NEST, OUTPUT };

struct test_record {
	struct bpfchan_header header;
	__u64 value;
};

#endif
