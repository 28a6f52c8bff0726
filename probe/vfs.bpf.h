/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * What the fentry and kprobe probes share: handlers for the kernel's functions that remove names,
 * vfs_unlink(), vfs_rmdir() and vfs_rename(), whoever calls them.
 *
 * The entry copies what will be gone at the exit: the inode's identity and the dentry's name. The
 * exit knows the outcome and sends. The mount is none of the arguments; security_path_*(), called
 * just before with the same dentry, shows it.
 */
#ifndef WHODEL_VFS_BPF_H
#define WHODEL_VFS_BPF_H

#include "probe/kernel.h"
/* after kernel.h, which brings the BPF helpers */
#include "probe/channel.bpf.h"
#include "probe/operation.bpf.h"
#include "probe/tasks.bpf.h"

/*
 * The outermost operation of a task. A stacked file system (overlayfs) carries it out by others of
 * the same kind in the file systems below: these are part of it and not told.
 */
struct act {
	__u32 op;     /* enum record_op; 0: none is going on */
	__u8 told;    /* is there something to tell of it? */
	__u8 wanted;  /* or to count as filtered? */
	__u8 reached; /* the attempt got as far as the VFS */
	__u8 attempt_wanted;
	unsigned long frame; /* on the stack: what it calls lies below */
	struct super_block *sb;
	struct inode *source; /* rename: what moves */
	/* security_path_*() was asked about this dentry, in these directories. */
	struct dentry *asked;
	struct place dir;
	struct place other_dir;
	/* The call that tries it, as far as failed attempts are told: do_unlinkat() and the like.
	 */
	__u32 attempt; /* enum record_op; 0: none */
	__u32 reserved;
	unsigned long attempt_frame;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct act);
} acts SEC(".maps");

/* Between a kprobe and its kretprobe the stack pointer differs by the return address. */
#define FRAME_SLACK 64

/* ---- who ---- */

/* Workers do what a process asked for: it is theirs whose thread group they are in. */
static __always_inline bool is_tracked(struct task_struct *task)
{
	if (task->flags & PF_IO_WORKER)
		return is_wanted(task->group_leader);
	return is_wanted(task);
}

static __always_inline enum record_via via_of(struct task_struct *task)
{
	struct pt_regs *regs;

	if (task->flags & PF_IO_WORKER)
		return RECORD_IO_URING;
	if (task->flags & PF_KTHREAD)
		return RECORD_KERNEL;
	regs = (void *)bpf_task_pt_regs(task);
	return call_number(regs) == NR_IO_URING_ENTER ? RECORD_IO_URING : RECORD_SYSCALL;
}

static __always_inline void name_thread(struct record_deletion *deletion, struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;

	deletion->via = via_of(task);
	if (!(task->flags & PF_IO_WORKER)) {
		deletion->tid = task->pid;
		bpf_get_current_comm(deletion->comm, sizeof(deletion->comm));
		return;
	}
	deletion->tid = leader->pid;
	BPF_CORE_READ_INTO(&deletion->comm, leader, comm);
}

/* ---- the mount ---- */

static __always_inline struct act *get_act(struct task_struct *task)
{
	struct act *act = bpf_task_storage_get(&acts, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!act)
		__sync_fetch_and_add(&my_counters()->no_state, 1);
	return act;
}

static __always_inline void read_place(struct place *place, struct path *path)
{
	struct vfsmount *mnt = LOAD(path->mnt);

	place->dentry = LOAD(path->dentry);
	place->mount = mnt ? mount_of(mnt) : 0;
}

static __always_inline void note_asked(struct path *dir, struct dentry *dentry,
				       struct path *other_dir)
{
	struct act *act = get_act(bpf_get_current_task_btf());

	if (!act)
		return;
	act->asked = dentry;
	read_place(&act->dir, dir);
	if (other_dir)
		read_place(&act->other_dir, other_dir);
}

/* ---- entry ---- */

/* An exit that the kernel skipped leaves its act behind: what comes then is no part of it. */
static __always_inline bool is_nested(const struct act *act, unsigned long frame,
				      const struct super_block *sb)
{
	return act->op && frame < act->frame && sb != act->sb;
}

/* The outermost operation begins. NULL: it is not, or nothing of it is to be told. */
static __always_inline struct act *begin_act(enum record_op op, unsigned long frame,
					     struct dentry *dentry)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct super_block *sb = LOAD(dentry->d_sb);
	struct act *act = get_act(task);

	if (!act || is_nested(act, frame, sb))
		return 0;
	act->op = op;
	act->frame = frame;
	act->sb = sb;
	act->told = 0;
	act->wanted = is_tracked(task);
	act->source = 0;
	return act;
}

static __always_inline void clear_operation(struct operation *o)
{
	__builtin_memset(&o->deletion.record.name, 0, sizeof(o->deletion.record.name));
	__builtin_memset(&o->other, 0, sizeof(o->other));
	__builtin_memset(&o->found, 0, sizeof(o->found));
	o->used = 0;
}

static __always_inline struct operation *begin_operation(struct act *act)
{
	struct operation *o;

	act->told = 1;
	if (!act->wanted)
		return 0;
	o = bpf_task_storage_get(&operations, bpf_get_current_task_btf(), 0,
				 BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!o) {
		act->told = 0;
		__sync_fetch_and_add(&my_counters()->no_state, 1);
		return 0;
	}
	__sync_fetch_and_add(&my_counters()->begun, 1);
	clear_operation(o);
	return o;
}

/* A directory goes with all of its links. */
static __always_inline __u32 links_left(struct inode *inode)
{
	__u32 links = LOAD(inode->i_nlink);

	if ((LOAD(inode->i_mode) & S_IFMT) == S_IFDIR)
		return 0;
	return links ? links - 1 : 0;
}

/* The leaf of a dentry's name behind what is there; the string without, the walk with its NUL. */
static __always_inline void read_leaf(struct operation *o, struct record_name *name,
				      struct dentry *dentry)
{
	__u32 at = o->used;

	name->string.offset = at;
	if (append_name(o->deletion.data, &o->used, RECORD_DELETION_DATA,
			LOAD(dentry->d_name.name))) {
		name->flags |= RECORD_NAME_UNREAD;
		return;
	}
	name->string.size = o->used - at - 1;
}

/* What the file system itself calls the file: its directory's walk, and the leaf. */
static __always_inline void read_victim(struct operation *o, const struct act *act,
					struct dentry *dentry, const struct place *dir)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct record_name *name = &o->deletion.record.name;
	struct record_found *found = &o->found;

	find_base(task, AT_FDCWD, true, &o->root);
	o->base = *dir;
	if (take_cached_base(o, name))
		o->used = o->cache.span.size;
	else
		read_new_base(o, name);
	read_leaf(o, name, dentry);
	if (name->flags & RECORD_NAME_UNREAD)
		return;
	found->walk.offset = name->string.offset;
	found->walk.size = name->string.size + 1;
	found->flags |= RECORD_FOUND_NAME;
	if (!(name->flags & RECORD_BASE_UNKNOWN))
		found->flags |= RECORD_FOUND_IN_BASE;
}

static __always_inline void read_old_name(struct operation *o, struct dentry *dentry,
					  const struct place *dir)
{
	struct record_name *other = &o->other;

	o->other_base = *dir;
	if (same_place(&o->other_base, &o->base) && o->cache.known) {
		other->base = o->cache.span;
		other->root_at = o->cache.root_at;
		other->flags |= o->cache.flags;
	} else {
		walk_base(THE_OTHER);
	}
	read_leaf(o, other, dentry);
}

/* Nobody was asked: its directory, under a mount that is not known. */
static __always_inline void set_parent(struct place *place, struct dentry *dentry)
{
	place->dentry = LOAD(dentry->d_parent);
	place->mount = 0;
}

static __always_inline void enter_removal(enum record_op op, unsigned long frame,
					  struct dentry *dentry)
{
	struct act *act = begin_act(op, frame, dentry);
	struct inode *inode = LOAD(dentry->d_inode);
	struct operation *o;

	if (!act || !inode)
		return;
	o = begin_operation(act);
	if (!o)
		return;
	if (act->asked != dentry)
		set_parent(&act->dir, dentry);
	act->asked = 0;
	read_identity(&o->found, inode, links_left(inode));
	read_victim(o, act, dentry, &act->dir);
}

static __always_inline void enter_rename(unsigned long frame, struct renamedata *rename)
{
	struct dentry *old = LOAD(rename->old_dentry);
	struct dentry *new = LOAD(rename->new_dentry);
	struct act *act = begin_act(RECORD_REPLACE, frame, new);
	struct inode *source = LOAD(old->d_inode);
	struct inode *victim = LOAD(new->d_inode);
	struct operation *o;

	if (!act || (LOAD(rename->flags) & RENAME_EXCHANGE))
		return;
	/* Two names of one file: the kernel leaves both. */
	if (victim == source || !(victim || config.moves))
		return;
	o = begin_operation(act);
	if (!o)
		return;
	if (act->asked != old) {
		set_parent(&act->dir, new);
		set_parent(&act->other_dir, old);
	}
	act->asked = 0;
	act->source = source;
	if (victim)
		read_identity(&o->found, victim, links_left(victim));
	read_victim(o, act, new, &act->dir);
	read_old_name(o, old, &act->other_dir);
}

/* ---- exit ---- */

static __always_inline void name_process(void *ctx, struct operation *o)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct record_deletion *deletion = &o->deletion.record;

	identify(ctx, &o->process, &deletion->process, task, &config);
	name_thread(deletion, task);
	deletion->reserved = 0;
	deletion->reserved2 = 0;
}

/* The parts are not kept: what they need of the data is free again. */
static __always_inline void send_operation(void *ctx, struct operation *o, __u32 op, long result)
{
	struct record_deletion *deletion = &o->deletion.record;
	const __u32 names = o->used;
	struct record_span none = {};
	__u32 used;

	deletion->other = none;
	deletion->found = none;
	if (op == RECORD_REPLACE || op == RECORD_MOVE)
		add_part(o, &deletion->other, &o->other, sizeof(o->other));
	if (o->found.flags)
		add_part(o, &deletion->found, &o->found, sizeof(o->found));
	used = o->used;
	o->used = names;
	deletion->op = op;
	deletion->result = result;
	barrier_var(used); /* the verifier of 6.1 is to see what is compared here */
	if (used > sizeof(o->deletion.data))
		return;
	bpfchan_output(ctx, &deletion->header, sizeof(struct record_deletion) + used,
		       RECORD_DELETION, RECORD_VERSION);
}

/* Seen from the file that moves: the names change places. */
static __always_inline void turn_round(struct operation *o, struct inode *source)
{
	struct record_name old = o->other;

	o->other = o->deletion.record.name;
	o->deletion.record.name = old;
	__builtin_memset(&o->found, 0, sizeof(o->found));
	if (!source)
		return;
	read_identity(&o->found, source, LOAD(source->i_nlink));
	if (old.flags & (RECORD_NAME_UNREAD | RECORD_BASE_UNKNOWN))
		return;
	o->found.walk.offset = old.string.offset;
	o->found.walk.size = old.string.size + 1;
	o->found.flags |= RECORD_FOUND_NAME | RECORD_FOUND_IN_BASE;
}

/* @source: what a rename moved; NULL: it did not get so far. */
static __always_inline void send_rename(void *ctx, struct operation *o, struct inode *source,
					bool replaces, long result)
{
	if (replaces)
		send_operation(ctx, o, RECORD_REPLACE, result);
	if (!config.moves)
		return;
	turn_round(o, source);
	send_operation(ctx, o, RECORD_MOVE, result);
}

static __always_inline void send_act(void *ctx, struct act *act, __u32 op, long result)
{
	struct operation *o = bpf_task_storage_get(&operations, bpf_get_current_task_btf(), 0, 0);

	if (!o)
		return;
	name_process(ctx, o);
	if (op == RECORD_REPLACE)
		send_rename(ctx, o, act->source, o->found.flags & RECORD_FOUND, result);
	else
		send_operation(ctx, o, op, result);
}

static __always_inline bool is_to_tell(long result)
{
	return result == 0 || config.failed;
}

static __always_inline void leave_vfs(void *ctx, __u32 op, unsigned long frame, long result)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct act *act = bpf_task_storage_get(&acts, task, 0, 0);

	if (!act || act->op != op || frame + FRAME_SLACK < act->frame)
		return;
	act->op = 0;
	if (act->told && act->wanted)
		__sync_fetch_and_add(&my_counters()->ended, 1);
	/* A lease is being broken: the caller waits, and tries again. */
	if (result == -EWOULDBLOCK)
		return;
	act->reached = 1;
	if (!act->told || !is_to_tell(result))
		return;
	if (act->wanted)
		send_act(ctx, act, op, result);
	else
		__sync_fetch_and_add(&my_counters()->filtered, 1);
}

/* ---- attempts that the VFS refuses before: with -x only ---- */

static __always_inline void read_given_name(struct operation *o, struct record_name *name,
					    struct filename *filename, struct place *base,
					    int dirfd)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 at = o->used;
	long n = -1;

	if ((unsigned long)filename < (unsigned long)-MAX_ERRNO &&
	    at <= RECORD_DELETION_DATA - RECORD_PATH_MAX)
		n = bpf_probe_read_kernel_str(o->deletion.data + at, RECORD_PATH_MAX,
					      LOAD(filename->name));
	if (n <= 0) {
		name->flags |= RECORD_NAME_UNREAD;
		return;
	}
	name->string.offset = at;
	name->string.size = n - 1;
	base->dentry = 0;
	find_base(task, dirfd, o->deletion.data[at] == '/', base);
	o->used = at + n;
}

static __always_inline struct operation *begin_attempt(enum record_op op, unsigned long frame)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct act *act = get_act(task);
	struct operation *o;

	if (!act)
		return 0;
	act->attempt = op;
	act->attempt_frame = frame;
	act->reached = 0;
	act->attempt_wanted = is_tracked(task);
	if (!act->attempt_wanted)
		return 0;
	o = bpf_task_storage_get(&operations, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!o) {
		act->attempt = 0;
		return 0;
	}
	clear_operation(o);
	o->cache.known = 0; /* what it holds is overwritten */
	find_base(task, AT_FDCWD, true, &o->root);
	return o;
}

static __always_inline void enter_attempt(enum record_op op, unsigned long frame, int dirfd,
					  struct filename *filename)
{
	struct operation *o = begin_attempt(op, frame);

	if (!o)
		return;
	read_given_name(o, &o->deletion.record.name, filename, &o->base, dirfd);
	walk_base(THE_NAME);
}

static __always_inline void enter_rename_attempt(unsigned long frame, int olddir,
						 struct filename *old, int newdir,
						 struct filename *new, __u32 flags)
{
	struct operation *o;

	/* Both names stay; or none is replaced. */
	if ((flags & RENAME_EXCHANGE) || ((flags & RENAME_NOREPLACE) && !config.moves))
		return;
	o = begin_attempt(RECORD_REPLACE, frame);
	if (!o)
		return;
	o->call.flags = flags;
	read_given_name(o, &o->deletion.record.name, new, &o->base, newdir);
	walk_base(THE_NAME);
	read_given_name(o, &o->other, old, &o->other_base, olddir);
	walk_base(THE_OTHER);
}

static __always_inline void leave_attempt(void *ctx, __u32 op, unsigned long frame, long result)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct act *act = bpf_task_storage_get(&acts, task, 0, 0);
	struct operation *o;

	if (!act || act->attempt != op || frame + FRAME_SLACK < act->attempt_frame)
		return;
	act->attempt = 0;
	if (act->reached || result >= 0)
		return;
	if (!act->attempt_wanted) {
		if (op != RECORD_REPLACE)
			__sync_fetch_and_add(&my_counters()->filtered, 1);
		return;
	}
	o = bpf_task_storage_get(&operations, task, 0, 0);
	if (!o)
		return;
	name_process(ctx, o);
	if (op == RECORD_REPLACE)
		send_rename(ctx, o, 0, !(o->call.flags & RENAME_NOREPLACE), result);
	else
		send_operation(ctx, o, op, result);
}

#endif
