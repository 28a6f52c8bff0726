/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* System calls that the C library has no function for. 0 or -errno. */
#ifndef WHODEL_CALLS_H
#define WHODEL_CALLS_H

#include <stdbool.h>

/*
 * One unlinkat() or renameat() through an io_uring of its own, in a kernel worker if @async; what
 * it completed with is in @result. -errno: there is no io_uring to be had.
 */
int call_io_uring_unlink(const char *path, bool async, int *result);
int call_io_uring_rename(const char *from, const char *to, int *result);

/* unlink() as a 32-bit process calls it. -ENOSYS: not on this machine. Kernels without the 32-bit
 * system calls kill the caller. */
int call_unlink_32bit(const char *path);

#endif
