/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Walk from a directory up to the root of its mount namespace, collecting names. */
#ifndef WHODEL_WALK_BPF_H
#define WHODEL_WALK_BPF_H

#include "probe/kernel.h"
#include "probe/record.h"

/* Deepest walk: a path of 4,096 bytes has at most 2,048 components; mounts add steps. */
#define WALK_STEPS 4096

struct walk {
	char *data; /* names go to data + offset */
	__u32 offset;
	__u32 room; /* no name starts beyond this offset */
	struct dentry *dentry;
	struct mount *mount;
	struct dentry *mount_root;
	/* The process's own root: where it is passed is noted. */
	struct dentry *root_dentry;
	struct mount *root_mount;
	__u32 root_at;
	__u16 root_passed;
	__u16 flags; /* RECORD_BASE_* */
};

static __always_inline struct mount *mount_of(struct vfsmount *mnt)
{
	return (void *)mnt - bpf_core_field_offset(struct mount, mnt);
}

static __always_inline void walk_enter_mount(struct walk *walk, struct mount *mount)
{
	walk->mount = mount;
	walk->mount_root = BPF_CORE_READ(mount, mnt.mnt_root);
}

/* Append one component with its NUL. 0, or 1 when there is no room. */
static __always_inline int append_name(char *data, __u32 *offset, __u32 room,
				       const struct dentry *dentry)
{
	__u32 at = *offset;
	long n;

	if (at > room || at > RECORD_DELETION_DATA - RECORD_NAME_MAX - 1)
		return 1;
	n = bpf_probe_read_kernel_str(data + at, RECORD_NAME_MAX + 1,
				      BPF_CORE_READ(dentry, d_name.name));
	if (n <= 0)
		return 1;
	*offset = at + n;
	return 0;
}

static long walk_step(__u32 index, struct walk *walk)
{
	struct dentry *dentry = walk->dentry;
	struct dentry *parent;

	if (dentry == walk->root_dentry && walk->mount == walk->root_mount) {
		walk->root_passed = 1;
		walk->root_at = walk->offset;
	}
	if (dentry == walk->mount_root) {
		struct mount *mount = walk->mount;
		struct mount *above = BPF_CORE_READ(mount, mnt_parent);

		if (above == mount || !above) {
			walk->dentry = 0; /* arrived */
			return 1;
		}
		walk->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		walk_enter_mount(walk, above);
		return 0;
	}
	parent = BPF_CORE_READ(dentry, d_parent);
	if (parent == dentry || !parent) /* disconnected from its mount */
		return 1;
	if (append_name(walk->data, &walk->offset, walk->room, dentry))
		return 1;
	walk->dentry = parent;
	return 0;
}

/* Follow @walk to its end and judge where it ended. */
static __always_inline void walk_up(struct walk *walk, __u32 host_mounts)
{
	struct mount *top;

	bpf_loop(WALK_STEPS, walk_step, walk, 0);
	if (walk->dentry) {
		walk->flags |= RECORD_BASE_TRUNCATED;
		return;
	}
	if (!walk->root_passed)
		walk->flags |= RECORD_BASE_UNROOTED;
	top = walk->mount;
	if (BPF_CORE_READ(top, mnt_ns, ns.inum) != host_mounts)
		walk->flags |= RECORD_BASE_FOREIGN;
}

#endif
