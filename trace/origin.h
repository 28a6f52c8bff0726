/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Why a process was running: the systemd unit, the container, and the cause in words.
 *
 * Told from evidence that a process cannot choose: the cgroup that it was put into, the executables
 * of its ancestors with their effective user IDs, the login uid and the audit session. A comm is no
 * evidence. Pure; docs/events.md has the words and their evidence.
 */
#ifndef WHODEL_ORIGIN_H
#define WHODEL_ORIGIN_H

#include "trace/deletion.h"

#define ORIGIN_NAME_SIZE  256 /* NAME_MAX and a NUL: a component of a cgroup's path */
#define ORIGIN_CAUSE_SIZE 1024

/* "": in none, not to be told. */
struct origin {
	char unit[ORIGIN_NAME_SIZE];
	char container[ORIGIN_NAME_SIZE];
	char cause[ORIGIN_CAUSE_SIZE];
};

/* The name of a user, or NULL. */
struct origin_users {
	const char *(*name)(void *ctx, uint32_t uid);
	void *ctx;
};

void origin_find(const struct process *process, const struct origin_users *users,
		 struct origin *out);

#endif
