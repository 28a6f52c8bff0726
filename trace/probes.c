// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "trace/probes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "probe/tracepoint.skel.h"

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
		if (!err)                                                                          \
			object->counters = skeleton->bss->counters;                                \
		return err;                                                                        \
	}                                                                                          \
                                                                                                   \
	static void name##_destroy(void *skeleton)                                                 \
	{                                                                                          \
		name##_bpf__destroy(skeleton);                                                     \
	}

SKELETON(tracepoint)

static const char *const tracepoint_unseen[] = {
	"io_uring",
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

const struct probe *const probe_table[] = { &tracepoint, NULL };

const struct probe *probe_find(const char *name)
{
	for (size_t i = 0; probe_table[i]; i++)
		if (!strcmp(probe_table[i]->name, name))
			return probe_table[i];
	return NULL;
}

int probe_open(const struct probe *probe, const struct hook_wants *wants,
	       struct probe_object *object, char *error, size_t error_size)
{
	int err = probe->check ? probe->check(error, error_size) : 0;

	if (err)
		return err;
	object->probe = probe;
	err = probe->open(object);
	if (err) {
		snprintf(error, error_size, "cannot open its object: %s", strerror(-err));
		return err;
	}
	return hooks_choose(probe->hooks, object->obj, wants, error, error_size);
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

void probe_close(struct probe_object *object)
{
	hooks_detach(&object->hooks);
	if (object->skeleton)
		object->probe->destroy(object->skeleton);
	*object = (struct probe_object){ 0 };
}
