// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "trace/hooks.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum need {
	NEEDED, /* no probe without it */
	BETTER, /* sees more with it */
	FOLLOW, /* only to follow a command */
};

/*
 * BTF tracepoints: no tracefs, no perf event, and their links go without waiting for the kernel.
 * In the order of attaching: the exit before the entry, so that no entry waits for an exit that
 * is not yet seen.
 */
static const struct hook {
	const char *program;
	const char *event;
	enum need need;
} hook_table[] = {
	{ "process_exit", "sched_process_exit", NEEDED },
	{ "process_fork", "sched_process_fork", FOLLOW },
	{ "ext4_unlink", "ext4_unlink_enter", BETTER },
	{ "ext4_mark", "ext4_mark_inode_dirty", BETTER },
	{ "leave", "sys_exit", NEEDED },
	{ "enter", "sys_enter", NEEDED },
};

#define HOOK_COUNT (sizeof(hook_table) / sizeof(hook_table[0]))

_Static_assert(HOOK_COUNT <= HOOKS_MAX, "struct hooks has room for the table");

static bool btf_has_tracepoint(const struct btf *btf, const char *event)
{
	char name[80];

	snprintf(name, sizeof(name), "btf_trace_%s", event);
	return btf && btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF) > 0;
}

static int choose_hook(struct bpf_object *obj, const struct hook *hook, bool here, bool follow,
		       char *error, size_t error_size)
{
	struct bpf_program *program = bpf_object__find_program_by_name(obj, hook->program);
	bool wanted = hook->need != FOLLOW || follow;

	if (!here && wanted && hook->need != BETTER) {
		snprintf(error, error_size,
			 "cannot attach the tracepoint probe: this kernel has no BTF tracepoint %s "
			 "(CONFIG_FTRACE_SYSCALLS and CONFIG_DEBUG_INFO_BTF are needed); this "
			 "version has no other probe",
			 hook->event);
		return -ENOENT;
	}
	return bpf_program__set_autoload(program, here && wanted);
}

int hooks_choose(struct bpf_object *obj, bool follow, char *error, size_t error_size)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	struct btf *ext4 = kernel ? btf__load_module_btf("ext4", kernel) : NULL;
	int err = 0;

	for (size_t i = 0; i < HOOK_COUNT && !err; i++) {
		const char *event = hook_table[i].event;

		err = choose_hook(obj, &hook_table[i],
				  btf_has_tracepoint(kernel, event) ||
					  btf_has_tracepoint(ext4, event),
				  follow, error, error_size);
	}
	btf__free(ext4);
	btf__free(kernel);
	return err;
}

static int attach_hook(struct hooks *hooks, struct bpf_object *obj, size_t i, char *error,
		       size_t error_size)
{
	const struct hook *hook = &hook_table[i];
	struct bpf_program *program = bpf_object__find_program_by_name(obj, hook->program);

	if (!bpf_program__autoload(program))
		return 0;
	hooks->links[i] = bpf_program__attach(program);
	if (hooks->links[i])
		return 0;
	snprintf(error, error_size, "cannot attach program %s to tracepoint %s: %s", hook->program,
		 hook->event, strerror(errno));
	return -errno;
}

int hooks_attach(struct hooks *hooks, struct bpf_object *obj, char *error, size_t error_size)
{
	int err = 0;

	for (size_t i = 0; i < HOOK_COUNT && !err; i++)
		err = attach_hook(hooks, obj, i, error, error_size);
	return err;
}

/* Backwards: the entry first, so that no entry is left without its exit. */
void hooks_detach(struct hooks *hooks)
{
	for (size_t i = HOOK_COUNT; i-- > 0;) {
		bpf_link__destroy(hooks->links[i]);
		hooks->links[i] = NULL;
	}
}
