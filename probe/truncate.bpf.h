/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Content that is cut to nothing. What a descriptor leads to is known: the file itself. Whether
 * there was any content, an open() with O_TRUNC tells on ext4 only.
 */
#ifndef WHODEL_TRUNCATE_BPF_H
#define WHODEL_TRUNCATE_BPF_H

#include "probe/ext4.bpf.h"

#define FMODE_CREATED 0x100000 /* include/linux/fs.h: the open has made the file */

static __always_inline bool is_regular(struct inode *inode)
{
	return (LOAD(inode->i_mode) & S_IFMT) == S_IFREG;
}

/* The file itself as the base, and nothing behind it. */
static __always_inline void take_file(struct operation *o, struct file *file, struct inode *inode)
{
	struct record_name *name = &o->deletion.record.name;

	__builtin_memset(name, 0, sizeof(*name));
	o->cache.known = 0;
	o->used = 0;
	SET_PLACE(&o->base, file->f_path);
	walk_base(THE_NAME);
	name->flags |= RECORD_NAME_FILE;
	if (!(o->found.flags & RECORD_FOUND))
		read_identity(&o->found, inode, LOAD(inode->i_nlink));
	o->found.flags |= RECORD_FOUND_NAME | RECORD_FOUND_IN_BASE;
	o->found.walk.offset = 0;
	o->found.walk.size = 0;
}

/* ftruncate(): what there is to lose is known before. False: nothing. */
static __always_inline bool begin_with_file(struct operation *o, struct task_struct *task)
{
	struct file *file = file_of(task, o->call.dirfd);
	struct inode *inode;

	find_base(task, AT_FDCWD, true, &o->root);
	if (!file)
		return config.failed;
	inode = LOAD(file->f_inode);
	if (!is_regular(inode) || !LOAD(inode->i_size))
		return false;
	take_file(o, file, inode);
	return true;
}

/*
 * An open() that ended well: of a file that was there before? ext4 has shown what was cut, and its
 * name, before; elsewhere the file is what there is to go by, and its size is 0 by now.
 */
static __always_inline bool opened_old_file(struct operation *o, struct task_struct *task, int fd)
{
	bool named = o->found.flags & RECORD_FOUND_NAME;
	struct file *file = file_of(task, fd);
	struct inode *inode;

	if (!file)
		return true;
	inode = LOAD(file->f_inode);
	if (!is_regular(inode) || (LOAD(file->f_mode) & FMODE_CREATED))
		return false;
	if (named)
		return true;
	if (!(o->found.flags & RECORD_FOUND)) {
		take_file(o, file, inode);
		o->found.flags |= RECORD_FOUND_NO_SIZE;
		o->unsure = 1;
		return true;
	}
	take_file(o, file, inode);
	return true;
}

static __always_inline bool is_truncated(struct operation *o, struct task_struct *task, int ret)
{
	if (o->call.op != RECORD_TRUNCATE || ret < 0)
		return true;
	if (o->call.opens)
		return opened_old_file(o, task, ret);
	o->unsure = !(o->found.flags & RECORD_FOUND);
	return true;
}

SEC("tp_btf/ext4_begin_ordered_truncate") /* since 2.6.29: the inode, its old size still there */
int BPF_PROG(ext4_truncate, struct inode *inode, long long size)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct operation *o = current_operation(task);

	if (size == 0 && o && o->call.op == RECORD_TRUNCATE && !(o->found.flags & RECORD_FOUND))
		read_found(o, THE_NAME, task, inode);
	return 0;
}

#endif
