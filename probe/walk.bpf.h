/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Walk from a directory up to the root of its mount namespace, collecting names. */
#ifndef WHODEL_WALK_BPF_H
#define WHODEL_WALK_BPF_H

#include "probe/kernel.h"
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

static __always_inline int read_link(struct link *link, const void *at)
{
	link->at = at;
	return bpf_probe_read_kernel(link->words, sizeof(link->words), at);
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

/* Follow @walk to its end and judge where it ended. */
static __always_inline void walk_up(struct walk *walk, __u32 host_mounts)
{
	struct mount *top;

	if (has_links() && !read_mount_link(&walk->mount, walk->place.mount))
		bpf_loop(WALK_STEPS, walk_step, walk, 0);
	if (walk->place.dentry) {
		walk->flags |= RECORD_BASE_TRUNCATED;
		return;
	}
	if (!walk->root_passed)
		walk->flags |= RECORD_BASE_UNROOTED;
	top = walk->place.mount;
	if (BPF_CORE_READ(top, mnt_ns, ns.inum) != host_mounts)
		walk->flags |= RECORD_BASE_FOREIGN;
}

struct comparison {
	const struct chain *chain;
	__u32 same;
};

static long compare_step(__u32 index, struct comparison *comparison)
{
	const struct link *then;
	struct link now;

	if (index >= WALK_LINKS)
		return 1;
	then = &comparison->chain->links[index];
	if (read_link(&now, then->at) || now.words[0] != then->words[0] ||
	    now.words[1] != then->words[1] || now.words[2] != then->words[2])
		return 1;
	comparison->same = index + 1;
	return 0;
}

/* Is everything on the way up as it was? */
static __always_inline bool is_same_walk(const struct chain *chain)
{
	struct comparison comparison = { .chain = chain };

	if (chain->count > WALK_LINKS)
		return false;
	bpf_loop(chain->count, compare_step, &comparison, 0);
	return comparison.same == chain->count;
}

#endif
