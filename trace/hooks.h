/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The hooks of the tracepoint probe: one table for loading, attaching and telling what is missed.
 */
#ifndef WHODEL_HOOKS_H
#define WHODEL_HOOKS_H

#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stddef.h>

#define HOOKS_MAX 8

struct hooks {
	struct bpf_link *links[HOOKS_MAX];
};

/*
 * Before the load: leave out the programs whose tracepoint this kernel does not have.
 * @follow: a command tree is followed. -ENOENT: one that the probe cannot do without.
 */
int hooks_choose(struct bpf_object *obj, bool follow, char *error, size_t error_size);

/* After the load. -errno of what the kernel refused. */
int hooks_attach(struct hooks *hooks, struct bpf_object *obj, char *error, size_t error_size);

/* Stop seeing; safe to call again. */
void hooks_detach(struct hooks *hooks);

#endif
