/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * System calls that remove names, as raw_syscalls' tracepoints show them: numbers and registers.
 * All that depends on the architecture is here.
 */
#ifndef WHODEL_SYSCALL_BPF_H
#define WHODEL_SYSCALL_BPF_H

#include "probe/kernel.h"
#include "probe/load.bpf.h"
#include "probe/record.h"

/* One call, whatever its form: where the name starts, and for a rename where it comes from. */
struct call {
	__u32 op; /* enum record_op; 0: none of ours */
	int dirfd;
	int other_dirfd;
	__u32 flags; /* of renameat2 */
	unsigned long name;
	unsigned long other;
	__u32 opens; /* its result is a descriptor */
	__u32 reserved;
};

enum call_form {
	CALL_OTHER,
	CALL_UNLINK,
	CALL_UNLINKAT,
	CALL_RMDIR,
	CALL_TRUNCATE,
	CALL_TRUNCATE64, /* 32-bit callers: the length in two registers */
	CALL_FTRUNCATE,
	CALL_FTRUNCATE64,
	CALL_OPEN,
	CALL_CREAT,
	CALL_OPENAT,
	CALL_OPENAT2,
	CALL_RENAME,
	CALL_RENAMEAT,
	CALL_RENAMEAT2,
};

#if defined(__TARGET_ARCH_x86)

#define X32_BIT	  0x40000000 /* __X32_SYSCALL_BIT: the x32 ABI has the same numbers above it */
#define TS_COMPAT 2	     /* arch/x86/include/asm/thread_info.h: in a 32-bit system call */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs {
	unsigned long si, di, dx, r10, r8, bx, cx, bp;
	unsigned long ax, orig_ax, sp;
};

struct thread_info {
	unsigned int status;
};

struct task_struct___x86 {
	struct thread_info thread_info;
};

#pragma clang attribute pop

static __always_inline bool is_32bit(struct task_struct *task)
{
	struct task_struct___x86 *x86 = (void *)task;

	return x86->thread_info.status & TS_COMPAT;
}

static __always_inline enum call_form truncation_of_64bit(__u32 nr)
{
	switch (nr & ~X32_BIT) {
	case 2:
		return CALL_OPEN;
	case 76:
		return CALL_TRUNCATE;
	case 77:
		return CALL_FTRUNCATE;
	case 85:
		return CALL_CREAT;
	case 257:
		return CALL_OPENAT;
	case 437:
		return CALL_OPENAT2;
	}
	return CALL_OTHER;
}

static __always_inline enum call_form truncation_of_32bit(__u32 nr)
{
	switch (nr) {
	case 5:
		return CALL_OPEN;
	case 8:
		return CALL_CREAT;
	case 92:
		return CALL_TRUNCATE;
	case 93:
		return CALL_FTRUNCATE;
	case 193:
		return CALL_TRUNCATE64;
	case 194:
		return CALL_FTRUNCATE64;
	case 295:
		return CALL_OPENAT;
	case 437:
		return CALL_OPENAT2;
	}
	return CALL_OTHER;
}

/* arch/x86/entry/syscalls/syscall_64.tbl */
static __always_inline enum call_form form_of_64bit(__u32 nr)
{
	switch (nr & ~X32_BIT) {
	case 87:
		return CALL_UNLINK;
	case 263:
		return CALL_UNLINKAT;
	case 84:
		return CALL_RMDIR;
	case 82:
		return CALL_RENAME;
	case 264:
		return CALL_RENAMEAT;
	case 316:
		return CALL_RENAMEAT2;
	}
	return config.truncations ? truncation_of_64bit(nr) : CALL_OTHER;
}

/* arch/x86/entry/syscalls/syscall_32.tbl */
static __always_inline enum call_form form_of_32bit(__u32 nr)
{
	switch (nr) {
	case 10:
		return CALL_UNLINK;
	case 301:
		return CALL_UNLINKAT;
	case 40:
		return CALL_RMDIR;
	case 38:
		return CALL_RENAME;
	case 302:
		return CALL_RENAMEAT;
	case 353:
		return CALL_RENAMEAT2;
	}
	return config.truncations ? truncation_of_32bit(nr) : CALL_OTHER;
}

/* Nearly every call is none of ours: the number alone says so, before the task is looked at. */
static __always_inline enum call_form call_form(struct task_struct *task, __u32 nr)
{
	enum call_form form = form_of_64bit(nr);
	enum call_form form32 = form_of_32bit(nr);

	if (form == form32)
		return form;
	return is_32bit(task) ? form32 : form;
}

static __always_inline __u32 call_number(struct pt_regs *regs)
{
	return regs->orig_ax;
}

static __always_inline void call_args(struct task_struct *task, struct pt_regs *regs,
				      unsigned long args[5])
{
	if (is_32bit(task)) {
		args[0] = (__u32)regs->bx;
		args[1] = (__u32)regs->cx;
		args[2] = (__u32)regs->dx;
		args[3] = (__u32)regs->si;
		args[4] = (__u32)regs->di;
		return;
	}
	args[0] = regs->di;
	args[1] = regs->si;
	args[2] = regs->dx;
	args[3] = regs->r10;
	args[4] = regs->r8;
}

/* At a kprobe on a function's first instruction: one of its first five arguments. */
static __always_inline unsigned long function_arg(struct pt_regs *regs, const int n)
{
	return n == 0	? regs->di
	       : n == 1 ? regs->si
	       : n == 2 ? regs->dx
	       : n == 3 ? regs->cx
			: regs->r8;
}

static __always_inline int function_result(struct pt_regs *regs)
{
	return regs->ax;
}

static __always_inline unsigned long function_frame(struct pt_regs *regs)
{
	return regs->sp;
}

#elif defined(__TARGET_ARCH_arm64)

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct user_pt_regs {
	unsigned long long regs[31];
	unsigned long long sp;
};

struct pt_regs {
	struct user_pt_regs user_regs;
	int syscallno;
};

#pragma clang attribute pop

/* include/uapi/asm-generic/unistd.h: neither unlink, rmdir nor rename. 32-bit callers: not seen. */
static __always_inline enum call_form call_form(struct task_struct *task, __u32 nr)
{
	switch (nr) {
	case 35:
		return CALL_UNLINKAT;
	case 38:
		return CALL_RENAMEAT;
	case 276:
		return CALL_RENAMEAT2;
	}
	if (!config.truncations)
		return CALL_OTHER;
	switch (nr) {
	case 45:
		return CALL_TRUNCATE;
	case 46:
		return CALL_FTRUNCATE;
	case 56:
		return CALL_OPENAT;
	case 437:
		return CALL_OPENAT2;
	}
	return CALL_OTHER;
}

static __always_inline __u32 call_number(struct pt_regs *regs)
{
	return regs->syscallno;
}

static __always_inline void call_args(struct task_struct *task, struct pt_regs *regs,
				      unsigned long args[5])
{
	int i;

	for (i = 0; i < 5; i++)
		args[i] = regs->user_regs.regs[i];
}

static __always_inline unsigned long function_arg(struct pt_regs *regs, const int n)
{
	return regs->user_regs.regs[n];
}

static __always_inline int function_result(struct pt_regs *regs)
{
	return regs->user_regs.regs[0];
}

static __always_inline unsigned long function_frame(struct pt_regs *regs)
{
	return regs->user_regs.sp;
}

#else
#error "system call numbers and registers of this architecture are missing here"
#endif

#define NR_IO_URING_ENTER 426 /* on every architecture */

static __always_inline bool is_rename(enum call_form form)
{
	return form >= CALL_RENAME;
}

/* Neither what a stranger's rename replaced nor what there was to cut is looked into. */
static __always_inline bool may_be_nothing(enum call_form form)
{
	return form >= CALL_TRUNCATE;
}

static __always_inline __u32 truncation_op(bool cuts)
{
	return cuts ? RECORD_TRUNCATE : 0;
}

static __always_inline bool cuts(unsigned long flags)
{
	return (flags & O_TRUNC) && !(flags & O_PATH);
}

static __always_inline void read_open(enum call_form form, const unsigned long args[5],
				      struct call *call)
{
	unsigned long long flags = 0;

	call->opens = 1;
	if (form == CALL_CREAT) {
		call->op = RECORD_TRUNCATE;
		return;
	}
	if (form == CALL_OPEN) {
		call->op = truncation_op(cuts(args[1]));
		return;
	}
	call->dirfd = args[0];
	call->name = args[1];
	if (form == CALL_OPENAT)
		flags = args[2];
	else /* the first word of a struct open_how */
		bpf_probe_read_user(&flags, sizeof(flags), (const void *)args[2]);
	call->op = truncation_op(cuts(flags));
}

static __always_inline void read_truncation(enum call_form form, const unsigned long args[5],
					    struct call *call)
{
	bool wide = form == CALL_TRUNCATE64 || form == CALL_FTRUNCATE64;

	call->op = truncation_op(args[1] == 0 && (!wide || args[2] == 0));
	if (form == CALL_FTRUNCATE || form == CALL_FTRUNCATE64) {
		call->dirfd = args[0];
		call->name = 0;
	}
}

static __always_inline void read_call(struct task_struct *task, struct pt_regs *regs,
				      enum call_form form, struct call *call)
{
	unsigned long args[5];

	call_args(task, regs, args);
	call->dirfd = AT_FDCWD;
	call->other_dirfd = AT_FDCWD;
	call->flags = 0;
	call->opens = 0;
	call->name = args[0];
	call->other = 0;
	call->op = form == CALL_RMDIR ? RECORD_RMDIR : RECORD_UNLINK;
	if (form == CALL_UNLINKAT) {
		call->dirfd = args[0];
		call->name = args[1];
		if (args[2] & AT_REMOVEDIR)
			call->op = RECORD_RMDIR;
	}
	if (form >= CALL_OPEN && form <= CALL_OPENAT2)
		read_open(form, args, call);
	else if (form >= CALL_TRUNCATE && form <= CALL_FTRUNCATE64)
		read_truncation(form, args, call);
	if (!is_rename(form))
		return;
	call->op = RECORD_REPLACE;
	call->other = args[0];
	call->name = args[1];
	if (form == CALL_RENAME)
		return;
	call->other_dirfd = args[0];
	call->other = args[1];
	call->dirfd = args[2];
	call->name = args[3];
	if (form == CALL_RENAMEAT2)
		call->flags = args[4];
}

#endif
