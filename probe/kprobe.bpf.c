// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The kprobe probe: what the fentry probe does, where the kernel has no BPF trampolines. Where the
 * programs are attached is said in trace/hooks.c.
 *
 * A return is seen only while the kernel has room to remember it; what it had none for is counted
 * by the difference of begun and ended operations.
 */
#include "probe/kernel.h"
#include "probe/vfs.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define ARG(n) ((void *)function_arg(regs, n))

/* ---- the mount: since 2.6.29, with CONFIG_SECURITY_PATH ---- */

SEC("kprobe")
int ask_unlink(struct pt_regs *regs)
{
	note_asked(ARG(0), ARG(1), 0);
	return 0;
}

SEC("kprobe")
int ask_rmdir(struct pt_regs *regs)
{
	note_asked(ARG(0), ARG(1), 0);
	return 0;
}

SEC("kprobe")
int ask_rename(struct pt_regs *regs)
{
	note_asked(ARG(2), ARG(1), ARG(0));
	return 0;
}

/* ---- the operation: in this form since 5.12 ---- */

SEC("kprobe")
int enter_unlink(struct pt_regs *regs)
{
	enter_removal(RECORD_UNLINK, function_frame(regs), ARG(2));
	return 0;
}

SEC("kprobe")
int enter_rmdir(struct pt_regs *regs)
{
	enter_removal(RECORD_RMDIR, function_frame(regs), ARG(2));
	return 0;
}

SEC("kprobe")
int enter_replace(struct pt_regs *regs)
{
	enter_rename(function_frame(regs), ARG(0));
	return 0;
}

SEC("kretprobe")
int leave_unlink(struct pt_regs *regs)
{
	leave_vfs(regs, RECORD_UNLINK, function_frame(regs), function_result(regs));
	return 0;
}

SEC("kretprobe")
int leave_rmdir(struct pt_regs *regs)
{
	leave_vfs(regs, RECORD_RMDIR, function_frame(regs), function_result(regs));
	return 0;
}

SEC("kretprobe")
int leave_rename(struct pt_regs *regs)
{
	leave_vfs(regs, RECORD_REPLACE, function_frame(regs), function_result(regs));
	return 0;
}

/* ---- attempts: in this form since 5.15; before 7.0 named do_... ---- */

SEC("kprobe")
int try_unlink(struct pt_regs *regs)
{
	enter_attempt(RECORD_UNLINK, function_frame(regs), function_arg(regs, 0), ARG(1));
	return 0;
}

SEC("kprobe")
int try_rmdir(struct pt_regs *regs)
{
	enter_attempt(RECORD_RMDIR, function_frame(regs), function_arg(regs, 0), ARG(1));
	return 0;
}

SEC("kprobe")
int try_rename(struct pt_regs *regs)
{
	enter_rename_attempt(function_frame(regs), function_arg(regs, 0), ARG(1),
			     function_arg(regs, 2), ARG(3), function_arg(regs, 4));
	return 0;
}

SEC("kretprobe")
int tried_unlink(struct pt_regs *regs)
{
	leave_attempt(regs, RECORD_UNLINK, function_frame(regs), function_result(regs));
	return 0;
}

SEC("kretprobe")
int tried_rmdir(struct pt_regs *regs)
{
	leave_attempt(regs, RECORD_RMDIR, function_frame(regs), function_result(regs));
	return 0;
}

SEC("kretprobe")
int tried_rename(struct pt_regs *regs)
{
	leave_attempt(regs, RECORD_REPLACE, function_frame(regs), function_result(regs));
	return 0;
}
