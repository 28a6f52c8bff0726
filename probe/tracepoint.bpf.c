// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The tracepoint probe: system calls at entry and exit, and what ext4 shows in between.
 *
 * The record is built in memory that belongs to the task, from the entry to the exit of its
 * system call, so no other task, program or CPU can disturb it. The entry notes the path as user
 * memory has it and the directory that it starts from; ext4's tracepoints, in the middle, show the
 * file that really goes; the exit knows the outcome and sends.
 */
#include "probe/kernel.h"
/* after kernel.h, which brings the BPF helpers */
#include "channel/bpfchan.bpf.h"
#include "probe/config.h"
#include "probe/process.bpf.h"
#include "probe/record.h"
#include "probe/syscall.bpf.h"
#include "probe/walk.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile struct probe_config config = {};

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
	__u32 marked;	      /* rename: ext4 is at work, so it would show a victim */
	__u32 used;	      /* bytes of deletion.data */
	struct place seen_under[RECORD_MOUNTS]; /* mounts to look for on the way up */
	struct record_process_buffer process;
	struct record_deletion_buffer deletion;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct operation);
} operations SEC(".maps");

/* Tasks of the command that is being followed; a task's children are marked at the fork. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u32);
} tree SEC(".maps");

static __always_inline bool is_wanted(struct task_struct *task)
{
	return !config.tree || bpf_task_storage_get(&tree, task, 0, 0);
}

/* ---- names ---- */

static __always_inline void set_place(struct place *place, const struct path *path)
{
	place->dentry = path->dentry;
	place->mount = path->mnt ? mount_of(path->mnt) : 0;
}

static __always_inline void find_fd(struct task_struct *task, int fd, struct place *place)
{
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **slots = BPF_CORE_READ(table, fd);
	struct path path = {};
	struct file *file = 0;

	if (fd < 0 || (__u32)fd >= BPF_CORE_READ(table, max_fds))
		return;
	if (bpf_probe_read_kernel(&file, sizeof(file), slots + fd) || !file)
		return;
	BPF_CORE_READ_INTO(&path, file, f_path);
	set_place(place, &path);
}

/* Helper calls, not typed loads: these the verifier of 6.18 takes 2 ms each for. */
static __always_inline void find_base(struct task_struct *task, int dirfd, bool absolute,
				      struct place *place)
{
	struct path path = {};

	if (!absolute && dirfd != AT_FDCWD) {
		find_fd(task, dirfd, place);
		return;
	}
	if (absolute)
		BPF_CORE_READ_INTO(&path, task, fs, root);
	else
		BPF_CORE_READ_INTO(&path, task, fs, pwd);
	set_place(place, &path);
}

/* The string of a name, from user memory, behind what is there; its first byte, or 0. */
static __always_inline char read_string(struct operation *o, struct record_name *name,
					const void *user)
{
	__u32 at = o->used;
	long n;

	if (at > RECORD_DELETION_DATA - RECORD_PATH_MAX) {
		name->flags |= RECORD_NAME_UNREAD;
		return 0;
	}
	n = bpf_probe_read_user_str(o->deletion.data + at, RECORD_PATH_MAX, user);
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

static __always_inline bool same_place(const struct place *a, const struct place *b)
{
	return a->dentry == b->dentry && a->mount == b->mount;
}

enum which_name { THE_NAME, THE_OTHER };

/*
 * Walk the directory that a name starts from, behind what is there. A global function, like
 * read_mount_point(): the verifier looks at it once and not at each place that calls it.
 */
__noinline int walk_base(__u32 which)
{
	struct operation *o = bpf_task_storage_get(&operations, bpf_get_current_task_btf(), 0, 0);
	struct record_name *name;
	/* What is left must take a string. */
	struct walk walk = {
		.room = RECORD_DELETION_DATA - RECORD_PATH_MAX - RECORD_NAME_MAX - 1,
	};

	if (!o)
		return 0;
	name = which == THE_NAME ? &o->deletion.record.name : &o->deletion.record.other;
	walk.data = o->deletion.data;
	walk.offset = o->used;
	walk.root = o->root;
	walk.place = which == THE_NAME ? o->base : o->other_base;
	name->base.offset = o->used;
	if (!walk.place.dentry) {
		name->flags |= RECORD_BASE_UNKNOWN;
		return 0;
	}
	if (which == THE_NAME) {
		walk.chain = &o->cache.chain;
		o->cache.chain.count = 0;
	}
	walk_up(&walk, config.host_mounts);
	name->base.size = walk.offset - o->used;
	name->root_at = walk.root_passed ? walk.root_at - o->used : 0;
	name->flags |= walk.flags;
	o->used = walk.offset;
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
	cache->known = !(name->flags & (RECORD_BASE_TRUNCATED | RECORD_BASE_UNKNOWN)) &&
		       cache->chain.count <= WALK_LINKS;
}

/* The name that goes: behind the base of the last one, which mostly is its own too. */
static __always_inline void read_name(struct operation *o, struct record_name *name,
				      struct task_struct *task)
{
	const void *user = (const void *)o->call.name;
	char first;

	find_base(task, AT_FDCWD, true, &o->root);
	o->base.dentry = 0;
	o->used = o->cache.known ? o->cache.span.size : 0;
	first = read_string(o, name, user);
	find_base(task, o->call.dirfd, first == '/', &o->base);
	if (take_cached_base(o, name))
		return;
	read_new_base(o, name);
	/* Memory that another thread changes must not make a relative name of an absolute one. */
	if (read_string(o, name, user) != first)
		name->flags |= RECORD_NAME_UNREAD;
}

/* Where a rename comes from, behind the name. */
static __always_inline void read_other_name(struct operation *o, struct record_name *other,
					    struct task_struct *task)
{
	char first = read_string(o, other, (const void *)o->call.other);

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

/* ---- entry ---- */

static __always_inline struct operation *begin(struct task_struct *task, const struct call *call)
{
	struct operation *o =
		bpf_task_storage_get(&operations, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!o) {
		__sync_fetch_and_add(&my_counters()->no_state, 1);
		return 0;
	}
	__builtin_memset(&o->deletion.record, 0, sizeof(struct record_deletion));
	o->call = *call;
	o->cred = BPF_CORE_READ(task, cred);
	o->source = 0;
	o->marked = 0;
	o->used = 0;
	return o;
}

SEC("tp_btf/sys_enter") /* since 5.5: sees 32-bit callers too, needs no tracefs */
int BPF_PROG(enter, struct pt_regs *regs, long nr)
{
	struct task_struct *task = bpf_get_current_task_btf();
	enum call_form form = call_form(task, nr);
	struct operation *o;
	struct call call;

	if (form == CALL_OTHER || !is_wanted(task))
		return 0;
	read_call(task, regs, form, &call);
	/* Neither flag lets a file go. */
	if (call.flags & (RENAME_NOREPLACE | RENAME_EXCHANGE))
		return 0;
	o = begin(task, &call);
	if (!o)
		return 0;
	read_name(o, &o->deletion.record.name, task);
	if (call.op == RECORD_REPLACE)
		read_other_name(o, &o->deletion.record.other, task);
	return 0;
}

/* ---- ext4, in the middle ---- */

/*
 * The operation that @task is in, if ext4 is working on its own behalf. A stacked file system
 * (overlayfs) works with its mounter's credentials: then the dentry is not what was named.
 */
static __always_inline struct operation *current_operation(struct task_struct *task)
{
	struct operation *o = bpf_task_storage_get(&operations, task, 0, 0);

	if (!o || !o->call.op || o->cred != task->cred)
		return 0;
	return o;
}

static __always_inline void read_identity(struct record_found *found, struct inode *inode,
					  __u32 links)
{
	found->inode = BPF_CORE_READ(inode, i_ino);
	found->size = BPF_CORE_READ(inode, i_size);
	found->generation = BPF_CORE_READ(inode, i_generation);
	found->device = BPF_CORE_READ(inode, i_sb, s_dev);
	found->links = links;
	found->owner = BPF_CORE_READ(inode, i_uid.val);
	found->mode = BPF_CORE_READ(inode, i_mode);
	found->flags |= RECORD_FOUND;
}

struct mount_search {
	struct operation *o;
	struct mnt_namespace *namespace;
	struct mount *mount; /* until 6.17: the list_head inside it; see first_mount() */
	struct list_head *node;
	struct list_head *end;
	__u32 count;
};

static __always_inline void note_mount(struct mount_search *search, struct mount *mount)
{
	__u32 i = search->count;

	if (mount == search->o->base.mount || i >= RECORD_MOUNTS ||
	    BPF_CORE_READ(mount, mnt_ns) != search->namespace)
		return;
	search->o->seen_under[i].mount = mount;
	search->o->seen_under[i].dentry = BPF_CORE_READ(mount, mnt.mnt_root);
	search->count = i + 1;
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
		search->mount = BPF_CORE_READ((struct mount___single *)mount, mnt_next_for_sb);
		return 0;
	}
	if (search->node == search->end || !search->node)
		return 1;
	mount = (void *)search->node - bpf_core_field_offset(struct mount, mnt_instance);
	note_mount(search, mount);
	node = search->node;
	search->node = BPF_CORE_READ(node, next);
	return 0;
}

/* The mounts of a file system in the task's namespace, the one it started from first. */
static __always_inline void find_mounts(struct operation *o, struct task_struct *task,
					struct super_block *sb)
{
	struct mount_search search = {
		.o = o,
		.namespace = BPF_CORE_READ(task, nsproxy, mnt_ns),
	};

	struct mount *base = o->base.mount;
	struct list_head *first;

	__builtin_memset(o->seen_under, 0, sizeof(o->seen_under));
	if (base && BPF_CORE_READ(base, mnt.mnt_sb) == sb) {
		o->seen_under[0].mount = base;
		o->seen_under[0].dentry = BPF_CORE_READ(base, mnt.mnt_root);
		search.count = 1;
	}
	if (bpf_core_field_exists(struct mount___single, mnt_next_for_sb)) {
		search.mount = BPF_CORE_READ((struct super_block___single *)sb, s_mounts);
	} else {
		search.end = (void *)sb + bpf_core_field_offset(struct super_block, s_mounts);
		first = search.end;
		search.node = BPF_CORE_READ(first, next);
	}
	bpf_loop(WALK_STEPS, mount_step, &search, 0);
}

struct climb {
	struct operation *o;
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
			o->deletion.record.found.mounts[i].depth = climb->depth + 1;
	parent = BPF_CORE_READ(dentry, d_parent);
	if (parent == dentry || !parent) {
		climb->arrived = 1;
		return 1;
	}
	if (append_name(o->deletion.data, &climb->offset, RECORD_DELETION_DATA,
			BPF_CORE_READ(dentry, d_name.name)))
		return 1;
	climb->depth++;
	climb->dentry = parent;
	return 0;
}

/* Where a mount that the file was seen under is itself mounted. Global: see walk_base(). */
__noinline int read_mount_point(__u32 from, __u32 to)
{
	struct operation *o = bpf_task_storage_get(&operations, bpf_get_current_task_btf(), 0, 0);
	struct walk walk = { .room = RECORD_DELETION_DATA, .root_passed = 1 };
	struct record_mount *out;
	struct mount *mount;

	if (!o)
		return 0;
	from &= RECORD_MOUNTS - 1;
	to &= RECORD_MOUNTS - 1;
	mount = o->seen_under[from].mount;
	out = &o->deletion.record.found.mounts[to];
	walk.data = o->deletion.data;
	walk.offset = o->used;
	walk.place.mount = BPF_CORE_READ(mount, mnt_parent);
	if (walk.place.mount == mount) /* the root of the namespace */
		walk.place.dentry = BPF_CORE_READ(mount, mnt.mnt_root);
	else
		walk.place.dentry = BPF_CORE_READ(mount, mnt_mountpoint);
	out->depth = o->deletion.record.found.mounts[from].depth - 1;
	out->walk.offset = o->used;
	walk_up(&walk, config.host_mounts);
	out->flags = walk.flags;
	out->walk.size = walk.offset - o->used;
	o->used = walk.offset;
	return 0;
}

/* The true name: the leaf where its directory is the one the name starts from, else all of it. */
static __always_inline void read_true_name(struct operation *o, struct task_struct *task,
					   struct dentry *dentry)
{
	struct record_found *found = &o->deletion.record.found;
	struct climb climb = { .o = o, .dentry = dentry, .offset = o->used };
	__u32 count = 0;
	int i;

	found->walk.offset = o->used;
	found->flags |= RECORD_FOUND_NAME;
	if (BPF_CORE_READ(dentry, d_parent) == o->base.dentry) {
		found->flags |= RECORD_FOUND_IN_BASE;
		if (append_name(o->deletion.data, &climb.offset, RECORD_DELETION_DATA,
				BPF_CORE_READ(dentry, d_name.name)))
			found->flags |= RECORD_FOUND_TRUNCATED;
		found->walk.size = climb.offset - o->used;
		o->used = climb.offset;
		return;
	}
	find_mounts(o, task, BPF_CORE_READ(dentry, d_sb));
	bpf_loop(WALK_STEPS, climb_step, &climb, 0);
	if (!climb.arrived)
		found->flags |= RECORD_FOUND_TRUNCATED;
	found->walk.size = climb.offset - o->used;
	o->used = climb.offset;
	for (i = 0; i < RECORD_MOUNTS; i++)
		if (found->mounts[i].depth)
			read_mount_point(i, count++);
	found->mount_count = count;
}

SEC("tp_btf/ext4_unlink_enter") /* since 2.6.31: the inode and the dentry that unlink takes */
int BPF_PROG(ext4_unlink, struct inode *dir, struct dentry *dentry)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct operation *o = current_operation(task);
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);

	if (!o || !inode || o->call.op != RECORD_UNLINK ||
	    (o->deletion.record.found.flags & RECORD_FOUND))
		return 0;
	read_identity(&o->deletion.record.found, inode, BPF_CORE_READ(inode, i_nlink) - 1);
	read_true_name(o, task, dentry);
	return 0;
}

/* The only dentry of an inode, or NULL where it has none or several names in the cache. */
static __always_inline struct dentry *only_dentry(struct inode *inode)
{
	struct hlist_node *first = BPF_CORE_READ(inode, i_dentry.first);

	if (!first || BPF_CORE_READ(first, next))
		return 0;
	return (void *)first - bpf_core_field_offset(struct dentry, d_u.d_alias);
}

static __always_inline bool is_directory(struct inode *inode)
{
	return (BPF_CORE_READ(inode, i_mode) & S_IFMT) == S_IFDIR;
}

/*
 * Is this the file that the rename replaces? ext4_rename() marks the moved inode before the
 * victim (fs/ext4/namei.c). A directory is a victim when its links are gone; another file when
 * they are, or when the moved one has already been seen.
 */
static __always_inline bool is_victim(struct operation *o, struct inode *inode)
{
	/* What is being evicted has no name any more: it went before, or a layer above let it go.
	 */
	if (!BPF_CORE_READ(inode, i_dentry.first))
		return false;
	o->marked = 1;
	if (BPF_CORE_READ(inode, i_nlink) == 0)
		return true;
	if (is_directory(inode) || (BPF_CORE_READ(inode, i_flags) & S_NOQUOTA) ||
	    (o->call.flags & RENAME_WHITEOUT))
		return false;
	if (!o->source)
		o->source = inode;
	return o->source != inode;
}

static __always_inline bool is_removed_directory(struct inode *inode)
{
	return BPF_CORE_READ(inode, i_nlink) == 0 && is_directory(inode) &&
	       BPF_CORE_READ(inode, i_dentry.first);
}

SEC("tp_btf/ext4_mark_inode_dirty") /* since 2.6.35: rmdir and rename have no tracepoint */
int BPF_PROG(ext4_mark, struct inode *inode, unsigned long caller)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct operation *o = current_operation(task);
	struct dentry *dentry;

	if (!o || (o->deletion.record.found.flags & RECORD_FOUND))
		return 0;
	if (o->call.op == RECORD_RMDIR	   ? !is_removed_directory(inode)
	    : o->call.op == RECORD_REPLACE ? !is_victim(o, inode)
					   : true)
		return 0;
	read_identity(&o->deletion.record.found, inode, BPF_CORE_READ(inode, i_nlink));
	if (o->call.op == RECORD_RMDIR)
		o->deletion.record.found.flags |= RECORD_FOUND_NO_SIZE;
	dentry = only_dentry(inode);
	if (dentry)
		read_true_name(o, task, dentry);
	return 0;
}

/* ---- exit ---- */

/*
 * Memory that was not resident at the entry is now: the kernel has read it. The name is built
 * anew, and with it all that lies behind it; unless its true name is already there.
 */
static __always_inline void read_late(struct operation *o, struct task_struct *task)
{
	struct record_name *other = &o->deletion.record.other;
	struct record_name *name = &o->deletion.record.name;
	bool true_name = o->deletion.record.found.flags & RECORD_FOUND_NAME;
	bool name_late = (name->flags & RECORD_NAME_UNREAD) && !true_name;

	if (name_late) {
		o->cache.known = 0;
		__builtin_memset(name, 0, sizeof(*name));
		read_name(o, name, task);
		name->flags |= RECORD_NAME_LATE;
	}
	if (o->call.op != RECORD_REPLACE || !(name_late || (other->flags & RECORD_NAME_UNREAD)))
		return;
	__builtin_memset(other, 0, sizeof(*other));
	read_other_name(o, other, task);
	other->flags |= RECORD_NAME_LATE;
}

static __always_inline void send(void *ctx, struct operation *o, struct task_struct *task)
{
	struct record_deletion *deletion = &o->deletion.record;
	__u32 used = o->used;

	if (used > RECORD_DELETION_DATA)
		return;
	identify(ctx, &o->process, &deletion->process, task, &config);
	deletion->tid = task->pid;
	deletion->op = o->call.op;
	deletion->via = RECORD_SYSCALL;
	bpf_get_current_comm(deletion->comm, sizeof(deletion->comm));
	bpfchan_output(ctx, &deletion->header, sizeof(struct record_deletion) + used,
		       RECORD_DELETION, RECORD_VERSION);
}

/* A rename that ended well: did a file go? Where ext4 was at work it would have shown it. */
static __always_inline bool replaced_nothing(const struct operation *o)
{
	return o->marked && !(o->deletion.record.found.flags & RECORD_FOUND);
}

static __always_inline bool is_restarted(long ret)
{
	return ret <= -ERESTARTSYS && ret >= -ERESTART_RESTARTBLOCK;
}

/* What a stranger's rename replaced is not looked into. */
static __always_inline void count_filtered(bool rename)
{
	if (!rename)
		__sync_fetch_and_add(&my_counters()->filtered, 1);
}

static __always_inline void end(void *ctx, struct operation *o, struct task_struct *task, long ret)
{
	struct record_deletion *deletion = &o->deletion.record;
	bool rename = o->call.op == RECORD_REPLACE;

	if (rename && ret == 0 && replaced_nothing(o))
		return;
	deletion->result = ret;
	if (rename && ret == 0 && !(deletion->found.flags & RECORD_FOUND))
		deletion->result = RECORD_RESULT_UNKNOWN;
	read_late(o, task);
	send(ctx, o, task);
}

SEC("tp_btf/sys_exit") /* since 5.5 */
int BPF_PROG(leave, struct pt_regs *regs, long ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	enum call_form form = call_form(task, call_number(regs));
	bool told = (ret >= 0 || config.failed) && !is_restarted(ret);
	struct operation *o;

	if (form == CALL_OTHER)
		return 0;
	if (!is_wanted(task)) {
		if (told)
			count_filtered(is_rename(form));
		return 0;
	}
	o = bpf_task_storage_get(&operations, task, 0, 0);
	if (!o || !o->call.op)
		return 0;
	if (told)
		end(ctx, o, task, ret);
	o->call.op = 0;
	return 0;
}

/* ---- processes ---- */

SEC("tp_btf/sched_process_exit") /* since 2.6.28: lets user space forget a process it was told of */
int BPF_PROG(process_exit, struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;
	struct record_exit record = {};
	struct told *then;

	if (task->signal->live.counter != 0) /* not the last thread */
		return 0;
	then = bpf_task_storage_get(&told, leader, 0, 0);
	if (!then || !then->revision)
		return 0;
	record.key.pid = task->tgid;
	record.key.start_time = leader->start_boottime;
	record.key.revision = then->revision;
	send_process(ctx, &record.header, sizeof(record), RECORD_EXIT);
	return 0;
}

SEC("tp_btf/sched_process_fork") /* before the child runs its first instruction */
int BPF_PROG(process_fork, struct task_struct *parent, struct task_struct *child)
{
	__u32 one = 1;

	if (!bpf_task_storage_get(&tree, parent, 0, 0))
		return 0;
	if (!bpf_task_storage_get(&tree, child, &one, BPF_LOCAL_STORAGE_GET_F_CREATE))
		__sync_fetch_and_add(&my_counters()->unfollowed, 1);
	return 0;
}
