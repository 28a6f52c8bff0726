/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* A deletion that outlives the callback it came in. */
#ifndef WHODEL_CLONE_H
#define WHODEL_CLONE_H

#include "trace/deletion.h"

/* With its process and every string; NULL: no memory. */
struct deletion *deletion_clone(const struct deletion *deletion);

/* @clone may be NULL. */
void deletion_clone_free(struct deletion *clone);

#endif
