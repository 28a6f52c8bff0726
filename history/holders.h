/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Who still has a deleted file open: its content can be had back from there. */
#ifndef WHODEL_HOLDERS_H
#define WHODEL_HOLDERS_H

#include "output/answer.h"
#include "trace/deletion.h"

struct holders {
	struct answer_holder *items;
	unsigned int count;
};

/*
 * holders_find - look through the open files of all processes that may be looked at
 * @deletion: of a file whose identity is known
 *
 * One of each process, found by device and inode, with no name left, and by the generation where
 * the file system tells it. Returns 0 or -ENOMEM; @holders is to be freed in any case, before
 * @deletion is.
 */
int holders_find(const struct deletion *deletion, struct holders *holders);

void holders_free(struct holders *holders);

#endif
