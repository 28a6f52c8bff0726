/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The part of a filter that the kernel side keeps: processes, users, comms, containers. */
#ifndef WHODEL_PICK_H
#define WHODEL_PICK_H

#include <bpf/libbpf.h>

#include "probe/config.h"
#include "trace/deletion.h"
#include "trace/filter.h"

/* Before the load. 0 or -errno. */
int pick_configure(const struct filter *filter, struct bpf_object *obj,
		   struct probe_config *config);

/* After the load. 0 or -errno, with the reason in @error. */
int pick_install(const struct filter *filter, struct bpf_object *obj, char *error,
		 size_t error_size);

/* Note the cgroup of a process that was told, if nothing in it can be in a wanted container. */
void pick_learn(const struct filter *filter, const struct process *process, __u64 cgroup_id,
		__u64 strange_cgroups[PROBE_STRANGE_CGROUPS]);

#endif
