/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the processes do, one random operation after the other. */
#ifndef WHODEL_TEST_MIXED_ACTS_H
#define WHODEL_TEST_MIXED_ACTS_H

#include "world.h"

/* Do something, and tell it; now and then in a child, in a thread, under another name. */
void act(struct worker *worker);

#endif
