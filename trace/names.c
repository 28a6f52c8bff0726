// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The names under which the outputs tell of a deletion. */
#include <sys/stat.h>

#include "trace/deletion.h"

static const char *const op_names[DELETION_OPS] = {
	[DELETION_UNLINK] = "unlink",	  [DELETION_RMDIR] = "rmdir",
	[DELETION_REPLACE] = "replace",	  [DELETION_MOVE] = "move",
	[DELETION_TRUNCATE] = "truncate",
};

static const char *const via_names[] = {
	[VIA_SYSCALL] = "syscall",
	[VIA_IO_URING] = "io_uring",
	[VIA_KERNEL] = "kernel",
};

static const char *const incomplete_names[INCOMPLETE_REASONS] = {
	[INCOMPLETE_PATH_TRUNCATED] = "path_truncated",
	[INCOMPLETE_PATH_UNVERIFIED] = "path_unverified",
	[INCOMPLETE_SYMLINK_UNRESOLVED] = "symlink_unresolved",
	[INCOMPLETE_MOUNT_UNKNOWN] = "mount_unknown",
	[INCOMPLETE_NAME_UNREAD] = "name_unread",
	[INCOMPLETE_DIRECTORY_UNKNOWN] = "directory_unknown",
	[INCOMPLETE_IDENTITY_UNKNOWN] = "identity_unknown",
	[INCOMPLETE_VICTIM_UNKNOWN] = "victim_unknown",
	[INCOMPLETE_PROCESS_UNKNOWN] = "process_unknown",
	[INCOMPLETE_EXE_TRUNCATED] = "exe_truncated",
	[INCOMPLETE_EXE_MOUNT_UNKNOWN] = "exe_mount_unknown",
	[INCOMPLETE_ARGS_TRUNCATED] = "args_truncated",
	[INCOMPLETE_ARGS_UNREAD] = "args_unread",
	[INCOMPLETE_CGROUP_TRUNCATED] = "cgroup_truncated",
};

static const struct {
	mode_t type;
	const char *name;
} kinds[] = {
	{ S_IFREG, "file" },	{ S_IFDIR, "dir" },  { S_IFLNK, "symlink" }, { S_IFIFO, "fifo" },
	{ S_IFSOCK, "socket" }, { S_IFCHR, "char" }, { S_IFBLK, "block" },
};

const char *deletion_op_name(enum deletion_op op)
{
	return op_names[op];
}

const char *deletion_via_name(enum deletion_via via)
{
	return via_names[via];
}

const char *incomplete_name(enum incomplete reason)
{
	return incomplete_names[reason];
}

const char *file_kind_name(mode_t mode)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if ((mode & S_IFMT) == kinds[i].type)
			return kinds[i].name;
	return NULL;
}
