/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What ext4 shows in the middle of a system call: the file that really goes, and its true name. */
#ifndef WHODEL_EXT4_BPF_H
#define WHODEL_EXT4_BPF_H

#include "probe/operation.bpf.h"
#include "probe/uring.bpf.h"

/*
 * The operation that @task is in, if ext4 is working on its own behalf. A stacked file system
 * (overlayfs) works with its mounter's credentials: then the dentry is not what was named.
 */
static __always_inline struct operation *current_operation(struct task_struct *task)
{
	struct operation *o = operation_of(task);

	if (!o || !o->call.op || o->cred != task->cred)
		return 0;
	return o;
}

static __always_inline struct record_found *found_of(struct operation *o, enum which_name which)
{
	return which == THE_NAME ? &o->found : &o->moved;
}

struct climb {
	struct operation *o;
	struct record_found *found;
	struct dentry *dentry;
	__u32 offset;
	__u32 depth;
	__u32 arrived;
};

/* Towards the root of the file system; which mounts' roots are passed is noted by depth + 1. */
static long climb_step(__u32 index, struct climb *climb)
{
	struct dentry *dentry = climb->dentry;
	struct operation *o = climb->o;
	struct dentry *parent;
	int i;

	for (i = 0; i < RECORD_MOUNTS; i++)
		if (o->seen_under[i].dentry == dentry)
			climb->found->mounts[i].depth = climb->depth + 1;
	parent = LOAD(dentry->d_parent);
	if (parent == dentry || !parent) {
		climb->arrived = 1;
		return 1;
	}
	if (append_name(o->deletion.data, &climb->offset, RECORD_DELETION_DATA,
			LOAD(dentry->d_name.name)))
		return 1;
	climb->depth++;
	climb->dentry = parent;
	return 0;
}

/* Where a mount that the file was seen under is itself mounted. Global: see walk_base(). */
__noinline int read_mount_point(__u32 which, __u32 from, __u32 to)
{
	struct operation *o = operation_of(bpf_get_current_task_btf());
	struct walk walk = { .room = RECORD_DELETION_DATA, .root_passed = 1 };
	struct record_found *found;
	struct record_mount *out;
	struct mount *mount;

	if (!o)
		return 0;
	from &= RECORD_MOUNTS - 1;
	to &= RECORD_MOUNTS - 1;
	mount = o->seen_under[from].mount;
	found = found_of(o, which);
	out = &found->mounts[to];
	walk.data = o->deletion.data;
	walk.offset = o->used;
	walk.place.mount = LOAD(mount->mnt_parent);
	if (walk.place.mount == mount) /* the root of the namespace */
		walk.place.dentry = LOAD(mount->mnt.mnt_root);
	else
		walk.place.dentry = LOAD(mount->mnt_mountpoint);
	out->depth = found->mounts[from].depth - 1;
	out->walk.offset = o->used;
	walk_up(&walk, config.host_mounts);
	out->flags = walk.flags;
	out->walk.size = walk.offset - o->used;
	o->used = walk.offset;
	return 0;
}

/* The true name: the leaf where its directory is the one the name starts from, else all of it. */
static __always_inline void read_true_name(struct operation *o, enum which_name which,
					   struct task_struct *task, struct dentry *dentry)
{
	struct record_found *found = found_of(o, which);
	const struct place *base = which == THE_NAME ? &o->base : &o->other_base;
	struct climb climb = { .o = o, .found = found, .dentry = dentry, .offset = o->used };
	__u32 count = 0;
	int i;

	found->walk.offset = o->used;
	found->flags |= RECORD_FOUND_NAME;
	if (LOAD(dentry->d_parent) == base->dentry) {
		found->flags |= RECORD_FOUND_IN_BASE;
		if (append_name(o->deletion.data, &climb.offset, RECORD_DELETION_DATA,
				LOAD(dentry->d_name.name)))
			found->flags |= RECORD_FOUND_TRUNCATED;
		found->walk.size = climb.offset - o->used;
		o->used = climb.offset;
		return;
	}
	find_mounts(o->seen_under, base->mount, LOAD(dentry->d_sb));
	bpf_loop(WALK_STEPS, climb_step, &climb, 0);
	if (!climb.arrived)
		found->flags |= RECORD_FOUND_TRUNCATED;
	found->walk.size = climb.offset - o->used;
	o->used = climb.offset;
	for (i = 0; i < RECORD_MOUNTS; i++)
		if (found->mounts[i].depth)
			read_mount_point(which, i, count++);
	found->mount_count = count;
}

SEC("tp_btf/ext4_unlink_enter") /* since 2.6.31: the inode and the dentry that unlink takes */
int BPF_PROG(ext4_unlink, struct inode *dir, struct dentry *dentry)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct operation *o = current_operation(task);
	struct inode *inode = LOAD(dentry->d_inode);

	if (!o || !inode || o->call.op != RECORD_UNLINK || (o->found.flags & RECORD_FOUND))
		return 0;
	read_identity(&o->found, inode, LOAD(inode->i_nlink) - 1);
	read_true_name(o, THE_NAME, task, dentry);
	return 0;
}

/* The only dentry of an inode, or NULL where it has none or several names in the cache. */
static __always_inline struct dentry *only_dentry(struct inode *inode)
{
	struct hlist_node *first = LOAD(inode->i_dentry.first);

	if (!first || LOAD(first->next))
		return 0;
	return (void *)first - bpf_core_field_offset(struct dentry, d_u.d_alias);
}

static __always_inline bool is_directory(struct inode *inode)
{
	return (LOAD(inode->i_mode) & S_IFMT) == S_IFDIR;
}

/*
 * Is @task the one that works on this inode? A rename holds the locks of both its files, which a
 * symbolic link on the way to them, marked because it was read, is not.
 */
static __always_inline bool is_locked_by(struct task_struct *task, struct inode *inode)
{
	if (!bpf_core_field_exists(inode->i_rwsem.owner))
		return true;
	return ((unsigned long)LOAD(inode->i_rwsem.owner.counter) & ~RWSEM_OWNER_FLAGS) ==
	       (unsigned long)task;
}

/*
 * Is this the file that the rename replaces? ext4_rename() marks the moved inode before the
 * victim (fs/ext4/namei.c). A directory is a victim when its links are gone; another file when
 * they are, or when the moved one has already been seen.
 */
static __always_inline bool is_victim(struct operation *o, struct inode *inode,
				      struct task_struct *task)
{
	/* What is being evicted has no name any more: it went before, or a layer above let it go.
	 */
	if (!LOAD(inode->i_dentry.first))
		return false;
	if (!is_directory(inode) && !is_locked_by(task, inode))
		return false;
	o->marked = 1;
	if (LOAD(inode->i_nlink) == 0)
		return true;
	if (is_directory(inode) || (LOAD(inode->i_flags) & S_NOQUOTA) ||
	    (o->call.flags & RENAME_WHITEOUT))
		return false;
	if (!o->source)
		o->source = inode;
	return o->source != inode;
}

static __always_inline bool is_removed_directory(struct inode *inode)
{
	return LOAD(inode->i_nlink) == 0 && is_directory(inode) && LOAD(inode->i_dentry.first);
}

/* What goes, or with THE_OTHER what moves. */
static __always_inline void read_found(struct operation *o, enum which_name which,
				       struct task_struct *task, struct inode *inode)
{
	struct dentry *dentry = only_dentry(inode);

	read_identity(found_of(o, which), inode, LOAD(inode->i_nlink));
	if (dentry)
		read_true_name(o, which, task, dentry);
}

static __always_inline bool goes(struct operation *o, struct inode *inode, struct task_struct *task)
{
	if (o->call.op == RECORD_RMDIR)
		return is_removed_directory(inode);
	return o->call.op == RECORD_REPLACE && is_victim(o, inode, task);
}

SEC("tp_btf/ext4_mark_inode_dirty") /* since 2.6.35: rmdir and rename have no tracepoint */
int BPF_PROG(ext4_mark, struct inode *inode, unsigned long caller)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct operation *o = current_operation(task);

	if (!o || (o->found.flags & RECORD_FOUND))
		return 0;
	if (goes(o, inode, task)) {
		read_found(o, THE_NAME, task, inode);
		if (o->call.op == RECORD_RMDIR)
			o->found.flags |= RECORD_FOUND_NO_SIZE;
	} else if (config.moves && o->source == inode && !o->moved.flags) {
		read_found(o, THE_OTHER, task, inode);
	}
	return 0;
}

#endif
