/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The hooks of the probes: tables for loading, attaching and telling what is missed. */
#ifndef WHODEL_HOOKS_H
#define WHODEL_HOOKS_H

#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stddef.h>

enum hook_need {
	HOOK_NEEDED, /* no probe without it */
	HOOK_BETTER, /* sees more with it */
	HOOK_FOLLOW, /* only to follow a command */
};

/* One program and where it is attached. A table of them ends with one without a program. */
struct hook {
	const char *program;
	const char *event; /* BTF tracepoint */
	enum hook_need need;
	const char *gives;
	const char *missed; /* without it, where the probe can do without */
};

/* Programs in the order of attaching: the exit before the entry. */
extern const struct hook tracepoint_hooks[];

/* What is asked of a probe. */
struct hook_wants {
	bool follow; /* a command tree is followed */
};

#define HOOKS_MAX 8

struct hooks {
	struct bpf_link *links[HOOKS_MAX];
};

/* Has this kernel's BTF a function of that name, such as a kfunc? */
bool hooks_kernel_has(const char *function);

/*
 * Before the load: leave out the programs that are not wanted, and those whose event this kernel
 * does not have. -ENOENT, with the reason in @error: one that the probe cannot do without.
 */
int hooks_choose(const struct hook *table, struct bpf_object *obj, const struct hook_wants *wants,
		 char *error, size_t error_size);

/* After the load. -errno of what the kernel refused; what was attached stays for hooks_detach(). */
int hooks_attach(struct hooks *hooks, const struct hook *table, struct bpf_object *obj, char *error,
		 size_t error_size);

/* Stop seeing; safe to call again. */
void hooks_detach(struct hooks *hooks);

#endif
