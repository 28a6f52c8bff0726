/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* One system call on its way, and the names that it was given. */
#ifndef WHODEL_OPERATION_BPF_H
#define WHODEL_OPERATION_BPF_H

#include "probe/config.h"
#include "probe/filter.bpf.h"
#include "probe/load.bpf.h"
#include "probe/mounts.bpf.h"
#include "probe/process.bpf.h"
#include "probe/record.h"
#include "probe/syscall.bpf.h"
#include "probe/walk.bpf.h"

/* The directory that the task's last name started from: mostly the next one's too. */
struct base_cache {
	struct place place;
	struct place root;	 /* of the process */
	struct record_span span; /* from offset 0 of the data */
	__u16 root_at;
	__u16 flags;
	__u32 known;
	struct chain chain;
};

/* One system call between its entry and its exit. */
struct operation {
	struct call call;	 /* call.op 0: none is going on */
	const struct cred *cred; /* at entry: others while in the file system mean stacking */
	struct place root;	 /* of the process */
	struct place base;	 /* of the name */
	struct place other_base;
	struct base_cache cache;
	struct inode *source; /* rename: the file that moves, as ext4 marks it first */
	__u32 unsure;	      /* truncation: whether there was any content */
	__u32 marked;	      /* rename: ext4 is at work, so it would show a victim */
	__u32 used;	      /* bytes of deletion.data */
	struct place seen_under[RECORD_MOUNTS]; /* mounts to look for on the way up */
	struct record_name
		other; /* parts of the record, put behind its names where there are any */
	struct record_found found;
	struct record_found moved; /* rename: the file that other names */
	struct record_process_buffer process;
	struct record_deletion_buffer deletion;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct operation);
} operations SEC(".maps");

#define SET_PLACE(place, path) set_place(place, LOAD((path).dentry), LOAD((path).mnt))

static __always_inline void set_place(struct place *place, struct dentry *dentry,
				      struct vfsmount *mnt)
{
	place->dentry = dentry;
	place->mount = mnt ? mount_of(mnt) : 0;
}

static __always_inline struct file *file_of(struct task_struct *task, int fd)
{
	struct fdtable *table = LOAD(LOAD(task->files)->fdt);
	struct file **slots = LOAD(table->fd);

	return fd < 0 || (__u32)fd >= LOAD(table->max_fds) ? 0 : LOAD(slots[fd]);
}

static __always_inline void find_fd(struct task_struct *task, int fd, struct place *place)
{
	struct file *file = file_of(task, fd);

	if (file)
		SET_PLACE(place, file->f_path);
}

static __always_inline void find_base(struct task_struct *task, int dirfd, bool absolute,
				      struct place *place)
{
	struct fs_struct *fs;

	if (!absolute && dirfd != AT_FDCWD) {
		find_fd(task, dirfd, place);
		return;
	}
	fs = LOAD(task->fs);
	if (absolute)
		SET_PLACE(place, fs->root);
	else
		SET_PLACE(place, fs->pwd);
}

enum string_from { FROM_USER, FROM_KERNEL };

/* The string of a name, behind what is there; its first byte, or 0. */
static __always_inline char read_string(struct operation *o, struct record_name *name,
					const void *string, enum string_from from)
{
	__u32 at = o->used;
	long n;

	if (at > RECORD_DELETION_DATA - RECORD_PATH_MAX) {
		name->flags |= RECORD_NAME_UNREAD;
		return 0;
	}
	if (from == FROM_KERNEL)
		n = bpf_probe_read_kernel_str(o->deletion.data + at, RECORD_PATH_MAX, string);
	else
		n = bpf_probe_read_user_str(o->deletion.data + at, RECORD_PATH_MAX, string);
	if (n <= 0) {
		name->flags |= RECORD_NAME_UNREAD;
		return 0;
	}
	if (n == RECORD_PATH_MAX)
		name->flags |= RECORD_NAME_LONG;
	name->string.offset = at;
	name->string.size = n - 1;
	o->used = at + n;
	return o->deletion.data[at];
}

/* @links: those that are left. */
static __always_inline void read_identity(struct record_found *found, struct inode *inode,
					  __u32 links)
{
	__builtin_memset(found, 0, sizeof(*found));
	found->inode = LOAD(inode->i_ino);
	found->size = LOAD(inode->i_size);
	found->generation = LOAD(inode->i_generation);
	found->device = LOAD(LOAD(inode->i_sb)->s_dev);
	found->links = links;
	found->owner = LOAD(inode->i_uid.val);
	found->mode = LOAD(inode->i_mode);
	found->flags |= RECORD_FOUND;
}

static __always_inline bool same_place(const struct place *a, const struct place *b)
{
	return a->dentry == b->dentry && a->mount == b->mount;
}

enum which_name { THE_NAME, THE_OTHER };

/*
 * A directory in another mount namespace, such as a container's: the path by which the host
 * reaches it, by the first of the file system's mounts there that has it. @walk is the one of the
 * namespace, done with: the stack of all functions together has room for one.
 */
static __always_inline void walk_host(struct operation *o, struct record_name *name,
				      const struct place *base, struct walk *walk)
{
	int i;

	find_mounts(o->seen_under, base->mount, LOAD(base->dentry->d_sb));
	for (i = 0; i < RECORD_MOUNTS; i++) {
		walk->offset = o->used;
		walk->place.dentry = base->dentry;
		walk->place.mount = o->seen_under[i].mount;
		walk->root_passed = 1;
		walk->flags = 0;
		walk->chain = 0;
		if (!walk->place.mount)
			return;
		walk_up(walk, config.host_mounts);
		if (walk->flags)
			continue;
		name->host.offset = o->used;
		name->host.size = walk->offset - o->used;
		name->flags |= RECORD_BASE_HOSTED;
		o->used = walk->offset;
		return;
	}
}

/*
 * Walk the directory that a name starts from, behind what is there. A global function, like
 * read_mount_point(): the verifier looks at it once and not at each place that calls it.
 */
__noinline int walk_base(__u32 which)
{
	struct operation *o = bpf_task_storage_get(&operations, bpf_get_current_task_btf(), 0, 0);
	const struct place *base;
	struct record_name *name;
	/* What is left must take a string. */
	struct walk walk = {
		.room = RECORD_DELETION_DATA - RECORD_PATH_MAX - RECORD_NAME_MAX - 1,
	};

	if (!o)
		return 0;
	name = which == THE_NAME ? &o->deletion.record.name : &o->other;
	walk.data = o->deletion.data;
	walk.offset = o->used;
	walk.root = o->root;
	base = which == THE_NAME ? &o->base : &o->other_base;
	walk.place = *base;
	name->base.offset = o->used;
	if (!walk.place.dentry) {
		name->flags |= RECORD_BASE_UNKNOWN;
		return 0;
	}
	if (which == THE_NAME) {
		walk.chain = &o->cache.chain;
		o->cache.chain.count = 0;
	}
	if (base->mount)
		walk_up(&walk, config.host_mounts);
	else /* nobody said under which it was reached */
		walk.flags = RECORD_BASE_FOREIGN | RECORD_BASE_UNROOTED;
	name->base.size = walk.offset - o->used;
	name->root_at = walk.root_passed ? walk.root_at - o->used : 0;
	name->flags |= walk.flags;
	o->used = walk.offset;
	if (walk.flags & RECORD_BASE_FOREIGN)
		walk_host(o, name, base, &walk);
	if (!base->mount && !(name->flags & RECORD_BASE_HOSTED))
		name->flags |= RECORD_BASE_UNKNOWN;
	return 0;
}

static __always_inline bool take_cached_base(struct operation *o, struct record_name *name)
{
	struct base_cache *cache = &o->cache;

	if (!cache->known || !same_place(&cache->place, &o->base) ||
	    !same_place(&cache->root, &o->root) || !is_same_walk(&cache->chain))
		return false;
	name->base = cache->span;
	name->root_at = cache->root_at;
	name->flags |= cache->flags;
	return true;
}

/* The base comes first in the data, so that it can stay there for the next name. */
static __always_inline void read_new_base(struct operation *o, struct record_name *name)
{
	struct base_cache *cache = &o->cache;

	o->used = 0;
	name->flags = 0;
	walk_base(THE_NAME);
	cache->place = o->base;
	cache->root = o->root;
	cache->span = name->base;
	cache->root_at = name->root_at;
	cache->flags = name->flags;
	/* What the host's mounts were is not compared: foreign ones are walked each time. */
	cache->known = !(name->flags &
			 (RECORD_BASE_TRUNCATED | RECORD_BASE_UNKNOWN | RECORD_BASE_FOREIGN)) &&
		       cache->chain.count <= WALK_LINKS;
}

/* The name that goes: behind the base of the last one, which mostly is its own too. */
static __always_inline void read_name(struct operation *o, struct task_struct *task,
				      enum string_from from)
{
	struct record_name *name = &o->deletion.record.name;
	const void *string = (const void *)o->call.name;
	char first;

	find_base(task, AT_FDCWD, true, &o->root);
	o->base.dentry = 0;
	o->used = o->cache.known ? o->cache.span.size : 0;
	first = read_string(o, name, string, from);
	find_base(task, o->call.dirfd, first == '/', &o->base);
	if (take_cached_base(o, name))
		return;
	read_new_base(o, name);
	/* Memory that another thread changes must not make a relative name of an absolute one. */
	if (read_string(o, name, string, from) != first)
		name->flags |= RECORD_NAME_UNREAD;
}

/* Where a rename comes from, behind the name. */
static __always_inline void read_other_name(struct operation *o, struct task_struct *task,
					    enum string_from from)
{
	struct record_name *other = &o->other;
	char first;

	__builtin_memset(other, 0, sizeof(*other));
	first = read_string(o, other, (const void *)o->call.other, from);
	o->other_base.dentry = 0;
	find_base(task, o->call.other_dirfd, first == '/', &o->other_base);
	if (!same_place(&o->other_base, &o->base) || !o->cache.known) {
		walk_base(THE_OTHER);
		return;
	}
	other->base = o->cache.span;
	other->root_at = o->cache.root_at;
	other->flags |= o->cache.flags;
}

static __always_inline void read_comm(char comm[RECORD_COMM_MAX], struct task_struct *task)
{
	__u64 *to = (void *)comm;
	const __u64 *from;

	if (!config.direct_loads) {
		bpf_probe_read_kernel(comm, RECORD_COMM_MAX, &task->comm);
		return;
	}
	from = readable(&task->comm);
	to[0] = from[0];
	to[1] = from[1];
}

/* Aligned, so that both sides may copy it in words. There is room: RECORD_DELETION_PARTS. */
static __always_inline void add_part(struct operation *o, struct record_span *span,
				     const void *part, const __u32 size)
{
	__u32 at = (o->used + 7) & ~7U;

	if (at > RECORD_DELETION_DATA + RECORD_DELETION_PARTS - size)
		return;
	__builtin_memcpy(o->deletion.data + at, part, size);
	span->offset = at;
	span->size = size;
	o->used = at + size;
}

#endif
