// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "trace/hooks.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/*
 * BTF tracepoints: no tracefs, no perf event, and their links go without waiting for the kernel.
 * In the order of attaching: the exit before the entry, so that no entry waits for an exit that
 * is not yet seen.
 */
const struct hook tracepoint_hooks[] = {
	{ "process_exit", "sched_process_exit", HOOK_NEEDED, "forgetting processes that ended",
	  NULL },
	{ "process_fork", "sched_process_fork", HOOK_FOLLOW, "the descendants of a command", NULL },
	{ "ext4_unlink", "ext4_unlink_enter", HOOK_BETTER,
	  "identity and true path of what unlink takes on ext4",
	  "identity of what unlink takes, and its path is unverified" },
	{ "ext4_mark", "ext4_mark_inode_dirty", HOOK_BETTER,
	  "identity and true path for rmdir and rename on ext4",
	  "identity for rmdir and rename, and whether a rename replaced a file" },
	{ "leave", "sys_exit", HOOK_NEEDED, "the outcome", NULL },
	{ "enter", "sys_enter", HOOK_NEEDED, "the path as the process gave it", NULL },
	{ 0 },
};

_Static_assert(sizeof(tracepoint_hooks) / sizeof(tracepoint_hooks[0]) - 1 <= HOOKS_MAX,
	       "struct hooks has room for the table");

/* Where hooks are looked for: the kernel and the one module that has any. */
struct types {
	struct btf *kernel;
	struct btf *ext4;
};

static void open_types(struct types *types)
{
	types->kernel = btf__load_vmlinux_btf();
	types->ext4 = types->kernel ? btf__load_module_btf("ext4", types->kernel) : NULL;
}

static void close_types(struct types *types)
{
	btf__free(types->ext4);
	btf__free(types->kernel);
}

static bool has_tracepoint(const struct types *types, const char *event)
{
	char name[80];

	snprintf(name, sizeof(name), "btf_trace_%s", event);
	return (types->kernel &&
		btf__find_by_name_kind(types->kernel, name, BTF_KIND_TYPEDEF) > 0) ||
	       (types->ext4 && btf__find_by_name_kind(types->ext4, name, BTF_KIND_TYPEDEF) > 0);
}

bool hooks_kernel_has(const char *function)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	bool has = kernel && btf__find_by_name_kind(kernel, function, BTF_KIND_FUNC) > 0;

	btf__free(kernel);
	return has;
}

static int choose_hook(const struct hook *hook, struct bpf_object *obj,
		       const struct hook_wants *wants, bool here, char *error, size_t error_size)
{
	struct bpf_program *program = bpf_object__find_program_by_name(obj, hook->program);
	bool wanted = hook->need != HOOK_FOLLOW || wants->follow;

	if (!here && wanted && hook->need != HOOK_BETTER) {
		snprintf(error, error_size,
			 "this kernel has no BTF tracepoint %s (CONFIG_FTRACE_SYSCALLS and "
			 "CONFIG_DEBUG_INFO_BTF are needed)",
			 hook->event);
		return -ENOENT;
	}
	return bpf_program__set_autoload(program, here && wanted);
}

int hooks_choose(const struct hook *table, struct bpf_object *obj, const struct hook_wants *wants,
		 char *error, size_t error_size)
{
	struct types types;
	int err = 0;

	open_types(&types);
	for (const struct hook *hook = table; hook->program && !err; hook++)
		err = choose_hook(hook, obj, wants, has_tracepoint(&types, hook->event), error,
				  error_size);
	close_types(&types);
	return err;
}

static int attach_hook(const struct hook *hook, struct bpf_object *obj, struct bpf_link **link,
		       char *error, size_t error_size)
{
	struct bpf_program *program = bpf_object__find_program_by_name(obj, hook->program);

	if (!bpf_program__autoload(program))
		return 0;
	*link = bpf_program__attach(program);
	if (*link)
		return 0;
	snprintf(error, error_size, "cannot attach program %s to tracepoint %s: %s", hook->program,
		 hook->event, strerror(errno));
	return -errno;
}

int hooks_attach(struct hooks *hooks, const struct hook *table, struct bpf_object *obj, char *error,
		 size_t error_size)
{
	int err = 0;

	for (size_t i = 0; table[i].program && !err; i++)
		err = attach_hook(&table[i], obj, &hooks->links[i], error, error_size);
	return err;
}

/* Backwards: the entry first, so that no entry is left without its exit. */
void hooks_detach(struct hooks *hooks)
{
	for (size_t i = HOOKS_MAX; i-- > 0;) {
		bpf_link__destroy(hooks->links[i]);
		hooks->links[i] = NULL;
	}
}
