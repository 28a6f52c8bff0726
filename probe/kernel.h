/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The kernel fields that the probes read, and no others. CO-RE finds their offsets at load time,
 * so order and neighbours do not matter. Types with ___ are another kernel's form of the same.
 */
#ifndef WHODEL_KERNEL_H
#define WHODEL_KERNEL_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* Three words, for readable() */
struct kstatfs {
	long f_type;
	long f_bsize;
	unsigned long long f_blocks;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct list_head {
	struct list_head *next;
};

struct qstr {
	const unsigned char *name;
};

typedef struct {
	unsigned int val;
} kuid_t;

struct super_block {
	unsigned int s_dev;
	struct list_head s_mounts; /* until 6.17; super_block___single since */
};

struct mount;

struct super_block___single {
	struct mount *s_mounts;
};

typedef struct {
	long counter;
} atomic_long_t;

struct rw_semaphore {
	atomic_long_t owner; /* not with PREEMPT_RT */
};

struct inode {
	unsigned short i_mode;
	kuid_t i_uid;
	unsigned int i_flags;
	struct super_block *i_sb;
	unsigned long i_ino;
	unsigned int i_nlink;
	long long i_size;
	struct rw_semaphore i_rwsem;
	struct hlist_head i_dentry;
	unsigned int i_generation;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct super_block *d_sb;
	union {
		struct hlist_node d_alias;
	} d_u;
};

struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
};

struct ns_common {
	unsigned int inum;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	struct list_head mnt_instance; /* until 6.17; mount___single since */
	struct mnt_namespace *mnt_ns;
};

struct mount___single {
	struct mount *mnt_next_for_sb;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
	unsigned int f_mode;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct fs_struct {
	struct path root;
	struct path pwd;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
};

struct kernfs_node {
	unsigned long long id;
	const char *name;
	struct kernfs_node *__parent;
};

struct kernfs_node___named { /* until 6.14 */
	struct kernfs_node *parent;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp; /* in the unified hierarchy */
};

struct cred {
	kuid_t uid;
	kuid_t euid;
};

struct mm_struct {
	struct file *exe_file;
	unsigned long arg_start;
	unsigned long arg_end;
};

typedef struct {
	int counter;
} atomic_t;

struct signal_struct {
	atomic_t live;
};

/* What a rename is about, since 5.12. */
struct renamedata {
	struct dentry *old_dentry;
	struct dentry *new_dentry;
	unsigned int flags;
};

/* A path that a system call was given, copied from user memory; or an error as a pointer. */
struct filename {
	const char *name;
};

struct task_struct {
	unsigned int flags;
	void *worker_private;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	unsigned long long start_boottime;
	const struct cred *cred;
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct css_set *cgroups; /* CONFIG_CGROUPS */
	struct signal_struct *signal;
	struct mm_struct *mm;
	unsigned long long self_exec_id;
	char comm[16];
	kuid_t loginuid;	/* CONFIG_AUDIT */
	unsigned int sessionid; /* CONFIG_AUDIT */
};

#pragma clang attribute pop

#define AT_FDCWD	 -100
#define O_TRUNC		 01000 /* on x86 and arm64 */
#define O_PATH		 010000000
#define AT_REMOVEDIR	 0x200
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE	 2
#define RENAME_WHITEOUT	 4

#define S_IFMT	  0170000
#define S_IFREG	  0100000
#define S_IFDIR	  0040000
#define S_NOQUOTA 32 /* an inode that holds quotas: changed as a side effect */

/* the low bits of rw_semaphore.owner (kernel/locking/rwsem.c) */
#define RWSEM_OWNER_FLAGS 7UL

#define PF_IO_WORKER 0x00000010 /* io_uring's worker or poller: a thread of who submits */
#define PF_KTHREAD   0x00200000

#define EWOULDBLOCK 11
#define MAX_ERRNO   4095

/* errno values at which the kernel itself calls the system call again (linux/errno.h) */
#define ERESTARTSYS	      512
#define ERESTART_RESTARTBLOCK 516

#endif
