/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the path of a cgroup says: systemd's unit and session, and the container. Pure. */
#ifndef WHODEL_CGROUP_H
#define WHODEL_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#define CGROUP_NAME_SIZE 256 /* NAME_MAX and a NUL: a component */

struct cgroup_names {
	char unit[CGROUP_NAME_SIZE]; /* "": in none */
	char container[CGROUP_NAME_SIZE];
	char session[CGROUP_NAME_SIZE]; /* logind's: of "session-3.scope" the "3" */
	bool of_user;			/* unit: of a user's own manager, who may choose its name */
	uint32_t user;			/* of_user, or session: whose */
};

/* @foreign: the process runs an executable of another mount namespace than the host's */
void cgroup_read(const char *path, bool foreign, struct cgroup_names *out);

#endif
