// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "trace/probes.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "probe/fentry.skel.h"
#include "probe/kprobe.skel.h"
#include "probe/tracepoint.skel.h"

/* At the end: how long the returns of what is under way are waited for. */
#define END_PAUSE_NS 1000000
#define END_PAUSES   20

/* bpftool's skeletons are alike but for the names of their types and functions. */
#define SKELETON(name)                                                                             \
	static int name##_open(struct probe_object *object)                                        \
	{                                                                                          \
		struct name##_bpf *skeleton = name##_bpf__open();                                  \
                                                                                                   \
		if (!skeleton)                                                                     \
			return -errno;                                                             \
		object->skeleton = skeleton;                                                       \
		object->obj = skeleton->obj;                                                       \
		object->config = (void *)&skeleton->rodata->config;                                \
		return 0;                                                                          \
	}                                                                                          \
                                                                                                   \
	static int name##_load(struct probe_object *object)                                        \
	{                                                                                          \
		struct name##_bpf *skeleton = object->skeleton;                                    \
		int err = name##_bpf__load(skeleton);                                              \
                                                                                                   \
		if (err)                                                                           \
			return err;                                                                \
		object->counters = skeleton->bss->counters;                                        \
		object->strange_cgroups = skeleton->bss->strange_cgroups;                          \
		return 0;                                                                          \
	}                                                                                          \
                                                                                                   \
	static void name##_destroy(void *skeleton)                                                 \
	{                                                                                          \
		name##_bpf__destroy(skeleton);                                                     \
	}

SKELETON(fentry)
SKELETON(kprobe)
SKELETON(tracepoint)

/* A program that does nothing, where the probe's first one is to go: what the kernel refuses, it
 * refuses here, and at once. */
static int check_fentry(char *error, size_t error_size)
{
	const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts);
	struct btf *kernel = btf__load_vmlinux_btf();
	int id = btf__find_by_name_kind(kernel, "vfs_unlink", BTF_KIND_FUNC);
	int fd;

	btf__free(kernel);
	opts.expected_attach_type = BPF_TRACE_FENTRY;
	opts.attach_btf_id = (__u32)id;
	fd = id < 0 ? id
		    : bpf_prog_load(BPF_PROG_TYPE_TRACING, "whodel_check", "GPL", nothing, 2,
				    &opts);
	if (fd < 0) {
		snprintf(error, error_size, "this kernel lets no program be put on vfs_unlink: %s",
			 strerror(-fd));
		return fd;
	}
	close(fd);
	return 0;
}

static const char *const vfs_unseen[] = {
	"what a file system removes by itself: btrfs subvolumes, a remote client's deletions on "
	"NFS",
	NULL,
};

static const struct probe fentry = {
	.name = "fentry",
	.hooks = vfs_hooks,
	.unseen = vfs_unseen,
	.check = check_fentry,
	.open = fentry_open,
	.load = fentry_load,
	.destroy = fentry_destroy,
};

/* The kernel's own list of what perf_event_open(2) can attach to. */
static int check_kprobe(char *error, size_t error_size)
{
	if (!access("/sys/bus/event_source/devices/kprobe", F_OK))
		return 0;
	snprintf(error, error_size, "this kernel has no kprobes (CONFIG_KPROBE_EVENTS)");
	return -ENOENT;
}

static const struct probe kprobe = {
	.name = "kprobe",
	.hooks = vfs_hooks,
	.unseen = vfs_unseen,
	.check = check_kprobe,
	.open = kprobe_open,
	.load = kprobe_load,
	.destroy = kprobe_destroy,
};

static const char *const tracepoint_unseen[] = {
	"the kernel's own NFS server",
	"identity, true path and what a rename replaced, but on ext4",
	NULL,
};

static const struct probe tracepoint = {
	.name = "tracepoint",
	.hooks = tracepoint_hooks,
	.unseen = tracepoint_unseen,
	.open = tracepoint_open,
	.load = tracepoint_load,
	.destroy = tracepoint_destroy,
};

const struct probe *const probe_table[] = { &fentry, &kprobe, &tracepoint, NULL };

const struct probe *probe_find(const char *name)
{
	for (size_t i = 0; probe_table[i]; i++)
		if (!strcmp(probe_table[i]->name, name))
			return probe_table[i];
	return NULL;
}

static bool sees_truncations(const struct probe *probe)
{
	for (const struct hook *hook = probe->hooks; hook->program; hook++)
		if (hook->need == HOOK_TRUNCATIONS)
			return true;
	return false;
}

int probe_open(const struct probe *probe, const struct hook_wants *wants,
	       struct probe_object *object, char *error, size_t error_size)
{
	int err = probe->check ? probe->check(error, error_size) : 0;

	if (err)
		return err;
	/* What is asked for and cannot be seen must not look like nothing. */
	if (wants->truncations && !sees_truncations(probe)) {
		snprintf(error, error_size, "it does not see truncations (--truncations)");
		return -ENOTSUP;
	}
	object->probe = probe;
	err = probe->open(object);
	if (err) {
		snprintf(error, error_size, "cannot open its object: %s", strerror(-err));
		return err;
	}
	return hooks_choose(probe->hooks, object->obj, wants, &object->hooks, error, error_size);
}

int probe_load(struct probe_object *object, char *error, size_t error_size)
{
	int err = object->probe->load(object);

	if (err)
		snprintf(error, error_size, "cannot load it: %s; %s", strerror(-err),
			 err == -ENOMEM ? "try a smaller --buffer"
					: "run with -v to see what the kernel refused");
	return err;
}

int probe_attach(struct probe_object *object, char *error, size_t error_size)
{
	return hooks_attach(&object->hooks, object->probe->hooks, object->obj, error, error_size);
}

/* Ends first, so that reading them in this order never finds more ends than beginnings. */
static unsigned long long count_open(const struct probe_object *object)
{
	unsigned long long ended = 0;
	unsigned long long begun = 0;

	for (size_t i = 0; i < PROBE_COUNTER_CPUS; i++)
		ended += __atomic_load_n(&object->counters[i].ended, __ATOMIC_ACQUIRE);
	for (size_t i = 0; i < PROBE_COUNTER_CPUS; i++)
		begun += __atomic_load_n(&object->counters[i].begun, __ATOMIC_ACQUIRE);
	return begun - ended;
}

void probe_detach(struct probe_object *object)
{
	const struct timespec pause = { .tv_nsec = END_PAUSE_NS };

	if (object->counters) {
		hooks_detach_entries(&object->hooks, object->probe->hooks);
		for (int i = 0; i < END_PAUSES && count_open(object); i++)
			nanosleep(&pause, NULL);
	}
	hooks_detach(&object->hooks);
}

int probe_count_unfinished(const struct probe_object *object, unsigned long long *unfinished)
{
	unsigned long long open = count_open(object);
	unsigned long long skipped;
	int err = hooks_count_skipped_returns(object->probe->hooks, object->obj, &skipped);

	if (err)
		return err;
	*unfinished = open > skipped ? open - skipped : 0;
	return 0;
}

void probe_close(struct probe_object *object)
{
	hooks_detach(&object->hooks);
	if (object->skeleton)
		object->probe->destroy(object->skeleton);
	*object = (struct probe_object){ 0 };
}
