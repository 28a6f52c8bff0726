/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Ownership that ends with the scope. */
#ifndef WHODEL_CLEANUP_H
#define WHODEL_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free(void *memory)
{
	free(*(void **)memory);
}

static inline void cleanup_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Past its scope: the cleanup finds nothing left to do. */
static inline int cleanup_keep_fd(int *fd)
{
	int kept = *fd;

	*fd = -1;
	return kept;
}

#define _cleanup_free_	__attribute__((cleanup(cleanup_free)))
#define _cleanup_close_ __attribute__((cleanup(cleanup_close)))

#endif
