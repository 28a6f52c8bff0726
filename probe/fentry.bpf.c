// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The fentry probe: the kernel's own functions that remove names, at entry and exit, through BPF
 * trampolines. It sees every caller: system calls, io_uring, nfsd, stacked file systems.
 */
#include "probe/kernel.h"
#include "probe/vfs.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* The trampoline's arguments lie on the stack, in one place for a function's entry and its exit. */
#define FRAME(ctx) ((unsigned long)(ctx))

/* Since 5.17: the result, however many arguments this kernel's function has. */
static __always_inline long result_of(void *ctx)
{
	__u64 result = 0;

	bpf_get_func_ret(ctx, &result);
	return (int)result;
}

/* ---- the mount: since 2.6.29, with CONFIG_SECURITY_PATH ---- */

SEC("fentry/security_path_unlink")
int BPF_PROG(ask_unlink, struct path *dir, struct dentry *dentry)
{
	note_asked(dir, dentry, 0);
	return 0;
}

SEC("fentry/security_path_rmdir")
int BPF_PROG(ask_rmdir, struct path *dir, struct dentry *dentry)
{
	note_asked(dir, dentry, 0);
	return 0;
}

SEC("fentry/security_path_rename")
int BPF_PROG(ask_rename, struct path *old_dir, struct dentry *old, struct path *new_dir)
{
	note_asked(new_dir, old, old_dir);
	return 0;
}

/* ---- the operation: in this form since 5.12 ---- */

SEC("fentry/vfs_unlink")
int BPF_PROG(enter_unlink, void *idmap, struct inode *dir, struct dentry *dentry)
{
	enter_removal(RECORD_UNLINK, FRAME(ctx), dentry);
	return 0;
}

SEC("fentry/vfs_rmdir")
int BPF_PROG(enter_rmdir, void *idmap, struct inode *dir, struct dentry *dentry)
{
	enter_removal(RECORD_RMDIR, FRAME(ctx), dentry);
	return 0;
}

SEC("fentry/vfs_rename")
int BPF_PROG(enter_replace, struct renamedata *rename)
{
	enter_rename(FRAME(ctx), rename);
	return 0;
}

SEC("fexit/vfs_unlink")
int leave_unlink(void *ctx)
{
	leave_vfs(ctx, RECORD_UNLINK, FRAME(ctx), result_of(ctx));
	return 0;
}

SEC("fexit/vfs_rmdir")
int leave_rmdir(void *ctx)
{
	leave_vfs(ctx, RECORD_RMDIR, FRAME(ctx), result_of(ctx));
	return 0;
}

SEC("fexit/vfs_rename")
int leave_rename(void *ctx)
{
	leave_vfs(ctx, RECORD_REPLACE, FRAME(ctx), result_of(ctx));
	return 0;
}

/* ---- attempts: in this form since 5.15; before 7.0 named do_... ---- */

SEC("fentry/do_unlinkat")
int BPF_PROG(try_unlink, int dirfd, struct filename *name)
{
	enter_attempt(RECORD_UNLINK, FRAME(ctx), dirfd, name);
	return 0;
}

SEC("fentry/do_rmdir")
int BPF_PROG(try_rmdir, int dirfd, struct filename *name)
{
	enter_attempt(RECORD_RMDIR, FRAME(ctx), dirfd, name);
	return 0;
}

SEC("fentry/do_renameat2")
int BPF_PROG(try_rename, int olddir, struct filename *old, int newdir, struct filename *new,
	     unsigned int flags)
{
	enter_rename_attempt(FRAME(ctx), olddir, old, newdir, new, flags);
	return 0;
}

SEC("fexit/do_unlinkat")
int tried_unlink(void *ctx)
{
	leave_attempt(ctx, RECORD_UNLINK, FRAME(ctx), result_of(ctx));
	return 0;
}

SEC("fexit/do_rmdir")
int tried_rmdir(void *ctx)
{
	leave_attempt(ctx, RECORD_RMDIR, FRAME(ctx), result_of(ctx));
	return 0;
}

SEC("fexit/do_renameat2")
int tried_rename(void *ctx)
{
	leave_attempt(ctx, RECORD_REPLACE, FRAME(ctx), result_of(ctx));
	return 0;
}
