/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The mounts that a file system is seen under: in the host's namespace, or else in the task's. */
#ifndef WHODEL_MOUNTS_BPF_H
#define WHODEL_MOUNTS_BPF_H

#include "probe/walk.bpf.h"

struct mount_search {
	struct place *found;	/* RECORD_MOUNTS of them: mounts and their roots */
	struct mount *base;	/* already noted */
	struct mount *origin;	/* where the name started, in another namespace */
	struct mount *mount;	/* the next one, where mounts are chained by pointers */
	struct list_head *node; /* and where by list_heads, up to the end */
	struct list_head *end;
	__u32 namespace;
	__u32 count;
};

static __always_inline __u32 namespace_of(struct mount *mount)
{
	return LOAD(LOAD(mount->mnt_ns)->ns.inum);
}

/* The same mount in another namespace: copied with it, so mounted at the same place. */
static __always_inline bool is_twin(struct mount *a, struct mount *b)
{
	return b && LOAD(a->mnt.mnt_root) == LOAD(b->mnt.mnt_root) &&
	       LOAD(a->mnt_mountpoint) == LOAD(b->mnt_mountpoint);
}

/* A twin of the mount that the name started from goes first: its path is the one expected. */
static __always_inline void note_mount(struct mount_search *search, struct mount *mount)
{
	struct place place = { .mount = mount };
	__u32 i = search->count;

	if (mount == search->base || namespace_of(mount) != search->namespace)
		return;
	place.dentry = LOAD(mount->mnt.mnt_root);
	if (i < RECORD_MOUNTS) {
		search->found[i] = place;
		search->count = i + 1;
	}
	if (!is_twin(mount, search->origin))
		return;
	if (i < RECORD_MOUNTS)
		search->found[i] = search->found[0];
	search->found[0] = place;
}

/* Since 6.18 a superblock's mounts are chained by pointers, before by list_heads. */
static long mount_step(__u32 index, struct mount_search *search)
{
	struct mount *mount = search->mount;
	struct list_head *node;

	if (bpf_core_field_exists(struct mount___single, mnt_next_for_sb)) {
		if (!mount)
			return 1;
		note_mount(search, mount);
		search->mount = LOAD(((struct mount___single *)mount)->mnt_next_for_sb);
		return 0;
	}
	if (search->node == search->end || !search->node)
		return 1;
	mount = (void *)search->node - bpf_core_field_offset(struct mount, mnt_instance);
	note_mount(search, mount);
	node = search->node;
	search->node = LOAD(node->next);
	return 0;
}

static __always_inline void search_mounts(struct mount_search *search, struct super_block *sb)
{
	struct list_head *first;

	if (bpf_core_field_exists(struct mount___single, mnt_next_for_sb)) {
		search->mount = LOAD(((struct super_block___single *)sb)->s_mounts);
	} else {
		search->end = (void *)sb + bpf_core_field_offset(struct super_block, s_mounts);
		first = search->end;
		search->node = LOAD(first->next);
	}
	bpf_loop(WALK_STEPS, mount_step, search, 0);
}

/*
 * Those of the host, the one that the name started from first; where the host has none those of
 * the namespace that the name started in.
 */
static __always_inline void find_mounts(struct place found[RECORD_MOUNTS], struct mount *base,
					struct super_block *sb)
{
	struct mount_search search = { .found = found, .namespace = config.host_mounts };

	__builtin_memset(found, 0, RECORD_MOUNTS * sizeof(*found));
	if (base && LOAD(base->mnt.mnt_sb) == sb && namespace_of(base) == config.host_mounts) {
		found[0].mount = base;
		found[0].dentry = LOAD(base->mnt.mnt_root);
		search.base = base;
		search.count = 1;
	}
	if (!search.count)
		search.origin = base;
	search_mounts(&search, sb);
	if (search.count || !base)
		return;
	search.namespace = namespace_of(base);
	search_mounts(&search, sb);
}

#endif
