/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The event of the examples, as the kernel side writes it and the user side reads it. */
#ifndef EXAMPLES_UNLINK_H
#define EXAMPLES_UNLINK_H

#define COMM_SIZE 16  /* the kernel's TASK_COMM_LEN */
#define NAME_SIZE 256 /* a longer name is cut; a program's whole stack is 512 bytes */

struct event {
	int pid;
	char comm[COMM_SIZE];
	char filename[NAME_SIZE];
};

_Static_assert(sizeof(struct event) == 276, "docs/two-buffers.md counts with 276 bytes");

#endif
