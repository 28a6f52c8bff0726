// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "trace/pick.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe/record.h"
#include "trace/cgroup.h"
#include "trace/cleanup.h"

static int size_map(struct bpf_object *obj, const char *name, size_t entries)
{
	struct bpf_map *map = bpf_object__find_map_by_name(obj, name);

	return map ? bpf_map__set_max_entries(map, entries ? (__u32)entries : 1) : -ENOENT;
}

int pick_configure(const struct filter *filter, struct bpf_object *obj, struct probe_config *config)
{
	int err = size_map(obj, "wanted_users", filter->uids.count);

	if (!err)
		err = size_map(obj, "wanted_comms", filter->comms.count);
	config->processes = filter->pids.count > 0;
	config->users = filter->uids.count > 0;
	config->comms = filter->comms.count > 0;
	config->containers = filter->containers.count > 0;
	return err;
}

static int put(struct bpf_object *obj, const char *map, const void *key)
{
	__u32 one = 1;

	return bpf_map_update_elem(bpf_object__find_map_fd_by_name(obj, map), key, &one, BPF_ANY)
		       ? -errno
		       : 0;
}

/* pidfd_open(2) takes the number as this process's own PID namespace has it. */
static int put_process(struct bpf_object *obj, uint32_t pid, char *error, size_t error_size)
{
	_cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	int err = pidfd < 0 ? -errno : put(obj, "wanted_processes", &pidfd);

	if (err)
		snprintf(error, error_size,
			 "cannot watch process %u: %s; see ps -e for those there are", pid,
			 strerror(-err));
	return err;
}

static int put_comm(struct bpf_object *obj, const char *comm)
{
	char key[RECORD_COMM_MAX] = "";

	memcpy(key, comm, strnlen(comm, sizeof(key) - 1));
	return put(obj, "wanted_comms", key);
}

int pick_install(const struct filter *filter, struct bpf_object *obj, char *error,
		 size_t error_size)
{
	int err = 0;

	for (size_t i = 0; i < filter->pids.count; i++) {
		err = put_process(obj, filter->pids.items[i], error, error_size);
		if (err)
			return err;
	}
	for (size_t i = 0; i < filter->uids.count && !err; i++)
		err = put(obj, "wanted_users", &filter->uids.items[i]);
	for (size_t i = 0; i < filter->comms.count && !err; i++)
		err = put_comm(obj, filter->comms.items[i]);
	if (err)
		snprintf(error, error_size, "cannot set the filter in the kernel: %s",
			 strerror(-err));
	return err;
}

void pick_learn(const struct filter *filter, const struct process *process, __u64 cgroup_id,
		__u64 strange_cgroups[PROBE_STRANGE_CGROUPS])
{
	__u64 *slot = &strange_cgroups[cgroup_id % PROBE_STRANGE_CGROUPS];
	struct cgroup_names names;

	if (!filter->containers.count || !process->cgroup || !cgroup_id)
		return;
	/* Whatever else may run in there: also what has the host's executables no more. */
	cgroup_read(process->cgroup, true, &names);
	if (filter_has_container(filter, names.container))
		return;
	__atomic_store_n(slot, cgroup_id, __ATOMIC_RELAXED);
}
