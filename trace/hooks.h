/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The hooks of the probes: tables for loading, attaching and telling what is missed. */
#ifndef WHODEL_HOOKS_H
#define WHODEL_HOOKS_H

#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stddef.h>

enum hook_need {
	HOOK_NEEDED,	  /* no probe without it */
	HOOK_BETTER,	  /* sees more with it */
	HOOK_FOLLOW,	  /* only to follow a command */
	HOOK_TRUNCATIONS, /* only for truncations; the rest does without */
	HOOK_FAILED,	  /* only for failed attempts; the rest does without */
};

enum hook_kind {
	HOOK_TRACEPOINT, /* tp_btf */
	HOOK_ENTRY,	 /* of a kernel function: fentry or kprobe, as the program's type has it */
	HOOK_RETURN,	 /* fexit or kretprobe */
};

/* One program and where it is attached. A table of them ends with one without a program. */
struct hook {
	const char *program;
	const char *event; /* tracepoint or function */
	enum hook_kind kind;
	enum hook_need need;
	const char *gives;
	const char *missed; /* without it, where the probe can do without */
};

/* Programs in the order of attaching: the exit before the entry. */
extern const struct hook tracepoint_hooks[];
extern const struct hook vfs_hooks[]; /* of the fentry and the kprobe probe */

/* What is asked of a probe. */
struct hook_wants {
	bool follow; /* a command tree is followed */
	bool failed; /* failed attempts are told */
	bool truncations;
};

#define HOOKS_MAX 20

struct hooks {
	const char *events[HOOKS_MAX]; /* as this kernel calls them; NULL: it has none */
	struct bpf_link *links[HOOKS_MAX];
};

/* Has this kernel's BTF a function of that name, such as a kfunc? */
bool hooks_kernel_has(const char *function);

/*
 * Before the load: leave out the programs that are not wanted, and those whose event this kernel
 * does not have. -ENOENT, with the reason in @error: one that the probe cannot do without.
 */
int hooks_choose(const struct hook *table, struct bpf_object *obj, const struct hook_wants *wants,
		 struct hooks *hooks, char *error, size_t error_size);

/* After the load. -errno of what the kernel refused; what was attached stays for hooks_detach(). */
int hooks_attach(struct hooks *hooks, const struct hook *table, struct bpf_object *obj, char *error,
		 size_t error_size);

/* Stop seeing; safe to call again. */
void hooks_detach(struct hooks *hooks);

/* The same for what begins operations only: those under way can still end. */
void hooks_detach_entries(struct hooks *hooks, const struct hook *table);

/* Runs of return programs that the kernel skipped, as far as it counts them. 0 or -errno. */
int hooks_count_skipped_returns(const struct hook *table, struct bpf_object *obj,
				unsigned long long *skipped);

#endif
