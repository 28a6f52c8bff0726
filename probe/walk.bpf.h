/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Walk from a directory up to the root of its mount namespace, collecting names. */
#ifndef WHODEL_WALK_BPF_H
#define WHODEL_WALK_BPF_H

#include "probe/kernel.h"
#include "probe/load.bpf.h"
#include "probe/record.h"

/* Deepest walk: a path of 4,096 bytes has at most 2,048 components; mounts add steps. */
#define WALK_STEPS 4096

/* Steps of a walk that are remembered, so that the next one can be compared instead of read. */
#define WALK_LINKS 24

/* Where a name is looked up: a directory in a mount. */
struct place {
	struct dentry *dentry;
	struct mount *mount;
};

/*
 * One step up: three adjacent words of a dentry or a mount, and where they lie. As long as they
 * stay, so do the name and what is above: a rename changes the hash or the parent, a move of a
 * mount the mount point. Compared word by word: no padding, no other meaning.
 */
struct link {
	const void *at;
	union {
		__u64 words[3];
		struct {
			struct dentry *parent;
			__u64 hash_len;
			const unsigned char *name;
		} dentry;
		struct {
			struct mount *parent;
			struct dentry *point;
			struct dentry *root;
		} mount;
	};
};

/* The steps of a walk. In map memory: a count on the stack would be followed by the verifier. */
struct chain {
	__u32 count; /* more than WALK_LINKS: not all were kept */
	__u32 reserved;
	struct link links[WALK_LINKS];
};

struct walk {
	char *data; /* names go to data + offset */
	__u32 offset;
	__u32 room; /* no name starts beyond this offset */
	struct place place;
	struct link mount; /* of place.mount */
	/* The process's own root: where it is passed is noted. */
	struct place root;
	__u32 root_at;
	__u16 root_passed;
	__u16 flags;	     /* RECORD_BASE_* */
	struct chain *chain; /* NULL: not kept */
};

static __always_inline struct mount *mount_of(struct vfsmount *mnt)
{
	return (void *)mnt - bpf_core_field_offset(struct mount, mnt);
}

/* The fields of a link are neighbours in every kernel since 3.3; checked here, at load time. */
static __always_inline bool has_links(void)
{
	return bpf_core_field_offset(struct dentry, d_name) ==
		       bpf_core_field_offset(struct dentry, d_parent) + 8 &&
	       bpf_core_field_offset(struct qstr, name) == 8 &&
	       bpf_core_field_offset(struct mount, mnt_mountpoint) ==
		       bpf_core_field_offset(struct mount, mnt_parent) + 8 &&
	       bpf_core_field_offset(struct mount, mnt) +
			       bpf_core_field_offset(struct vfsmount, mnt_root) ==
		       bpf_core_field_offset(struct mount, mnt_parent) + 16;
}

static __always_inline void read_words(__u64 words[3], const void *at)
{
	const __u64 *from;

	if (!config.direct_loads) {
		bpf_probe_read_kernel(words, 3 * sizeof(words[0]), at);
		return;
	}
	from = readable(at);
	words[0] = from[0];
	words[1] = from[1];
	words[2] = from[2];
}

/* -1: nothing there. Neither a dentry nor a mount is without a parent: some are their own. */
static __always_inline int read_link(struct link *link, const void *at)
{
	link->at = at;
	read_words(link->words, at);
	return link->words[0] ? 0 : -1;
}

static __always_inline int read_mount_link(struct link *link, struct mount *mount)
{
	return read_link(link, (void *)mount + bpf_core_field_offset(struct mount, mnt_parent));
}

static __always_inline int read_dentry_link(struct link *link, struct dentry *dentry)
{
	return read_link(link, (void *)dentry + bpf_core_field_offset(struct dentry, d_parent));
}

static __always_inline void keep_link(struct walk *walk, const struct link *link)
{
	struct chain *chain = walk->chain;
	__u32 i;

	if (!chain)
		return;
	i = chain->count;
	if (i < WALK_LINKS)
		chain->links[i] = *link;
	chain->count = i + 1;
}

/* Append one component with its NUL. 0, or 1 when there is no room. */
static __always_inline int append_name(char *data, __u32 *offset, __u32 room,
				       const unsigned char *name)
{
	__u32 at = *offset;
	long n;

	if (at > room || at > RECORD_DELETION_DATA - RECORD_NAME_MAX - 1)
		return 1;
	n = bpf_probe_read_kernel_str(data + at, RECORD_NAME_MAX + 1, name);
	if (n <= 0)
		return 1;
	*offset = at + n;
	return 0;
}

/* From a mount's root to where it is mounted. 1: arrived at the namespace's root. */
static __always_inline int leave_mount(struct walk *walk)
{
	struct mount *above = walk->mount.mount.parent;

	keep_link(walk, &walk->mount);
	if (above == walk->place.mount || !above) {
		walk->place.dentry = 0;
		return 1;
	}
	walk->place.dentry = walk->mount.mount.point;
	walk->place.mount = above;
	return read_mount_link(&walk->mount, above) != 0;
}

static long walk_step(__u32 index, struct walk *walk)
{
	struct dentry *dentry = walk->place.dentry;
	struct link link;

	if (dentry == walk->root.dentry && walk->place.mount == walk->root.mount) {
		walk->root_passed = 1;
		walk->root_at = walk->offset;
	}
	if (dentry == walk->mount.mount.root)
		return leave_mount(walk);
	/* Its own parent, yet no mount's root: disconnected. */
	if (read_dentry_link(&link, dentry) || link.dentry.parent == dentry)
		return 1;
	if (append_name(walk->data, &walk->offset, walk->room, link.dentry.name))
		return 1;
	keep_link(walk, &link);
	walk->place.dentry = link.dentry.parent;
	return 0;
}

/* Follow @walk by @step to its end and judge where it ended. */
static __always_inline void walk_up_by(struct walk *walk, __u32 host_mounts,
				       long (*step)(__u32 index, struct walk *walk))
{
	struct mount *top;

	if (has_links() && !read_mount_link(&walk->mount, walk->place.mount))
		bpf_loop(WALK_STEPS, step, walk, 0);
	if (walk->place.dentry) {
		walk->flags |= RECORD_BASE_TRUNCATED;
		return;
	}
	if (!walk->root_passed)
		walk->flags |= RECORD_BASE_UNROOTED;
	top = walk->place.mount;
	if (LOAD(LOAD(top->mnt_ns)->ns.inum) != host_mounts)
		walk->flags |= RECORD_BASE_FOREIGN;
}

static __always_inline void walk_up(struct walk *walk, __u32 host_mounts)
{
	walk_up_by(walk, host_mounts, walk_step);
}

static __always_inline bool is_same_link(const struct link *then)
{
	__u64 now[3];

	read_words(now, then->at);
	return now[0] == then->words[0] && now[1] == then->words[1] && now[2] == then->words[2];
}

/* Is everything on the way up as it was? A loop, not bpf_loop(): no calls. */
static __always_inline bool is_same_walk(const struct chain *chain)
{
	__u32 count = chain->count;
	__u32 i;

	if (count > WALK_LINKS)
		return false;
#pragma clang loop unroll(disable)
	for (i = 0; i < WALK_LINKS && i < count; i++)
		if (!is_same_link(&chain->links[i]))
			return false;
	return true;
}

#endif
