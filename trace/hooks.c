// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "trace/hooks.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

/*
 * BTF tracepoints: no tracefs, no perf event, and their links go without waiting for the kernel.
 * In the order of attaching: the exit before the entry, so that no entry waits for an exit that
 * is not yet seen.
 */
const struct hook tracepoint_hooks[] = {
	{ "process_exit", "sched_process_exit", HOOK_TRACEPOINT, HOOK_NEEDED,
	  "forgetting processes that ended", NULL },
	{ "process_fork", "sched_process_fork", HOOK_TRACEPOINT, HOOK_FOLLOW,
	  "the descendants of a command", NULL },
	{ "ext4_unlink", "ext4_unlink_enter", HOOK_TRACEPOINT, HOOK_BETTER,
	  "identity and true path of what unlink takes on ext4",
	  "identity of what unlink takes, and its path is unverified" },
	{ "ext4_mark", "ext4_mark_inode_dirty", HOOK_TRACEPOINT, HOOK_BETTER,
	  "identity and true path for rmdir and rename on ext4",
	  "identity for rmdir and rename, and whether a rename replaced a file" },
	{ "ext4_truncate", "ext4_begin_ordered_truncate", HOOK_TRACEPOINT, HOOK_TRUNCATIONS,
	  "identity and size of what is truncated on ext4",
	  "size of what is truncated on ext4, and whether it had any" },
	{ "uring_complete", "io_uring_complete", HOOK_TRACEPOINT, HOOK_BETTER,
	  "the outcome of io_uring's requests", "deletions through io_uring" },
	{ "uring_submit", "io_uring_submit_req", HOOK_TRACEPOINT, HOOK_BETTER,
	  "deletions through io_uring", "deletions through io_uring" },
	{ "leave", "sys_exit", HOOK_TRACEPOINT, HOOK_NEEDED, "the outcome", NULL },
	{ "enter", "sys_enter", HOOK_TRACEPOINT, HOOK_NEEDED, "the path as the process gave it",
	  NULL },
	{ 0 },
};

/*
 * Whoever wants a name removed calls these in the end. Returns before entries, as above; what is
 * asked of the security modules comes last, since it only begins what the others need.
 */
const struct hook vfs_hooks[] = {
	{ "process_exit", "sched_process_exit", HOOK_TRACEPOINT, HOOK_NEEDED,
	  "forgetting processes that ended", NULL },
	{ "process_fork", "sched_process_fork", HOOK_TRACEPOINT, HOOK_FOLLOW,
	  "the descendants of a command", NULL },
	{ "tried_unlink", "do_unlinkat", HOOK_RETURN, HOOK_FAILED, "the outcome of an attempt",
	  "attempts to unlink that were refused early" },
	{ "tried_rmdir", "do_rmdir", HOOK_RETURN, HOOK_FAILED, "the outcome of an attempt",
	  "attempts to remove a directory that were refused early" },
	{ "tried_rename", "do_renameat2", HOOK_RETURN, HOOK_FAILED, "the outcome of an attempt",
	  "attempts to rename that were refused early" },
	{ "try_unlink", "do_unlinkat", HOOK_ENTRY, HOOK_FAILED, "the path as it was given", NULL },
	{ "try_rmdir", "do_rmdir", HOOK_ENTRY, HOOK_FAILED, "the path as it was given", NULL },
	{ "try_rename", "do_renameat2", HOOK_ENTRY, HOOK_FAILED, "the paths as they were given",
	  NULL },
	{ "leave_unlink", "vfs_unlink", HOOK_RETURN, HOOK_NEEDED, "the outcome", NULL },
	{ "leave_rmdir", "vfs_rmdir", HOOK_RETURN, HOOK_NEEDED, "the outcome", NULL },
	{ "leave_rename", "vfs_rename", HOOK_RETURN, HOOK_NEEDED, "the outcome", NULL },
	{ "ask_unlink", "security_path_unlink", HOOK_ENTRY, HOOK_BETTER, "the mount",
	  "which of several mounts was used" },
	{ "ask_rmdir", "security_path_rmdir", HOOK_ENTRY, HOOK_BETTER, "the mount",
	  "which of several mounts was used" },
	{ "ask_rename", "security_path_rename", HOOK_ENTRY, HOOK_BETTER, "the mounts",
	  "which of several mounts were used" },
	{ "enter_unlink", "vfs_unlink", HOOK_ENTRY, HOOK_NEEDED, "identity and name", NULL },
	{ "enter_rmdir", "vfs_rmdir", HOOK_ENTRY, HOOK_NEEDED, "identity and name", NULL },
	{ "enter_replace", "vfs_rename", HOOK_ENTRY, HOOK_NEEDED,
	  "the victim's identity and both names", NULL },
	{ 0 },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]) - 1)

_Static_assert(COUNT(tracepoint_hooks) <= HOOKS_MAX && COUNT(vfs_hooks) <= HOOKS_MAX,
	       "struct hooks has room for each table");

/* What has another name on other kernels; what the programs look at is the same. */
static const struct {
	const char *name;
	const char *elsewhere;
} renamed[] = {
	{ "io_uring_submit_req", "io_uring_submit_sqe" }, /* until 6.2 */
	/* since 7.0 */
	{ "do_unlinkat", "filename_unlinkat" },
	{ "do_rmdir", "filename_rmdir" },
	{ "do_renameat2", "filename_renameat2" },
};

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

static bool has_function(const struct types *types, const char *name)
{
	return types->kernel && btf__find_by_name_kind(types->kernel, name, BTF_KIND_FUNC) > 0;
}

static bool has_event(const struct hook *hook, const struct types *types, const char *event)
{
	return hook->kind == HOOK_TRACEPOINT ? has_tracepoint(types, event)
					     : has_function(types, event);
}

/* What the hook's event is called here; NULL: this kernel has none. */
static const char *find_event(const struct hook *hook, const struct types *types)
{
	if (has_event(hook, types, hook->event))
		return hook->event;
	for (size_t i = 0; i < sizeof(renamed) / sizeof(renamed[0]); i++)
		if (!strcmp(renamed[i].name, hook->event) &&
		    has_event(hook, types, renamed[i].elsewhere))
			return renamed[i].elsewhere;
	return NULL;
}

static bool is_wanted(const struct hook *hook, const struct hook_wants *wants)
{
	return hook->need == HOOK_FOLLOW	? wants->follow
	       : hook->need == HOOK_FAILED	? wants->failed
	       : hook->need == HOOK_TRUNCATIONS ? wants->truncations
						: true;
}

static int refuse(const struct hook *hook, char *error, size_t error_size)
{
	if (hook->kind == HOOK_TRACEPOINT)
		snprintf(error, error_size,
			 "this kernel has no BTF tracepoint %s (CONFIG_FTRACE_SYSCALLS and "
			 "CONFIG_DEBUG_INFO_BTF are needed)",
			 hook->event);
	else
		snprintf(error, error_size, "this kernel's BTF has no function %s", hook->event);
	return -ENOENT;
}

static int choose_hook(const struct hook *hook, struct bpf_object *obj,
		       const struct hook_wants *wants, const char *event, char *error,
		       size_t error_size)
{
	struct bpf_program *program = bpf_object__find_program_by_name(obj, hook->program);
	bool wanted = is_wanted(hook, wants);

	if (!event && wanted && (hook->need == HOOK_NEEDED || hook->need == HOOK_FOLLOW))
		return refuse(hook, error, error_size);
	if (event && strcmp(event, hook->event) != 0 &&
	    bpf_program__type(program) == BPF_PROG_TYPE_TRACING)
		bpf_program__set_attach_target(program, 0, event);
	return bpf_program__set_autoload(program, event && wanted);
}

int hooks_choose(const struct hook *table, struct bpf_object *obj, const struct hook_wants *wants,
		 struct hooks *hooks, char *error, size_t error_size)
{
	struct types types;
	int err = 0;

	open_types(&types);
	for (size_t i = 0; table[i].program && !err; i++) {
		hooks->events[i] = find_event(&table[i], &types);
		err = choose_hook(&table[i], obj, wants, hooks->events[i], error, error_size);
	}
	close_types(&types);
	return err;
}

static int attach_hook(const struct hook *hook, struct bpf_object *obj, const char *event,
		       struct bpf_link **link, char *error, size_t error_size)
{
	struct bpf_program *program = bpf_object__find_program_by_name(obj, hook->program);

	if (!bpf_program__autoload(program))
		return 0;
	*link = bpf_program__type(program) == BPF_PROG_TYPE_KPROBE
			? bpf_program__attach_kprobe(program, hook->kind == HOOK_RETURN, event)
			: bpf_program__attach(program);
	if (*link)
		return 0;
	snprintf(error, error_size, "cannot attach program %s to %s: %s", hook->program, event,
		 strerror(errno));
	return -errno;
}

int hooks_attach(struct hooks *hooks, const struct hook *table, struct bpf_object *obj, char *error,
		 size_t error_size)
{
	int err = 0;

	for (size_t i = 0; table[i].program && !err; i++)
		err = attach_hook(&table[i], obj, hooks->events[i], &hooks->links[i], error,
				  error_size);
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

void hooks_detach_entries(struct hooks *hooks, const struct hook *table)
{
	for (size_t i = 0; table[i].program; i++) {
		if (table[i].kind != HOOK_ENTRY)
			continue;
		bpf_link__destroy(hooks->links[i]);
		hooks->links[i] = NULL;
	}
}

int hooks_count_skipped_returns(const struct hook *table, struct bpf_object *obj,
				unsigned long long *skipped)
{
	unsigned long long sum = 0;

	for (; table->program; table++) {
		struct bpf_prog_info info = { 0 };
		__u32 size = sizeof(info);
		int fd = bpf_program__fd(bpf_object__find_program_by_name(obj, table->program));

		if (table->kind != HOOK_RETURN || fd < 0)
			continue;
		if (bpf_obj_get_info_by_fd(fd, &info, &size))
			return -errno;
		sum += info.recursion_misses;
	}
	*skipped = sum;
	return 0;
}
