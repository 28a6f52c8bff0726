/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* whodel [trace]: show deletions as they happen. */
#ifndef WHODEL_LIVE_H
#define WHODEL_LIVE_H

#include "cli/options.h"

/* Returns whodel's exit status. */
int live_run(const struct options *options);

#endif
