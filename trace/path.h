/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* From the pieces of a record to paths. Pure. */
#ifndef WHODEL_PATH_H
#define WHODEL_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/decode.h"

/* Longest path kept whole, its NUL included: PATH_MAX, what any system call can take. */
#define PATH_KEPT 4096

/* Room for the longest base and string that a record can carry, before the cut. */
#define PATH_ROOM (RECORD_DELETION_DATA + RECORD_PATH_MAX + 8)

struct path_buffer {
	size_t size; /* without NUL */
	char bytes[PATH_ROOM];
};

/* The paths of one deletion, and the bits of enum incomplete that belong to them. */
struct paths {
	struct path_buffer path;
	struct path_buffer seen;
	struct path_buffer other;
	bool has_path;
	bool has_seen;
	bool has_other;
	unsigned int incomplete;
};

/* A walk's components turned round: "/a/b"; "/" where there are none. */
void path_from_walk(const char *walk, size_t size, struct path_buffer *out);

/*
 * Add @string as a path walk would, lexically: no empty and "." components, and with @resolve ".."
 * takes one off, but not above the first @root_size bytes.
 */
void path_append(struct path_buffer *out, const char *string, size_t size, bool resolve,
		 size_t root_size);

void paths_compose(const struct deletion_record *record, struct paths *out);

#endif
