/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The ways to see deletions: each a probe with its object, its hooks and its blind spots. */
#ifndef WHODEL_PROBES_H
#define WHODEL_PROBES_H

#include <bpf/libbpf.h>
#include <stddef.h>

#include "probe/config.h"
#include "trace/hooks.h"

struct probe;

/* A probe that is open: its object, and where user space reads and writes in it. */
struct probe_object {
	const struct probe *probe;
	void *skeleton;
	struct bpf_object *obj;
	struct probe_config *config;	       /* to be set before the load */
	const struct probe_counters *counters; /* PROBE_COUNTER_CPUS of them, after the load */
	__u64 *strange_cgroups;		       /* PROBE_STRANGE_CGROUPS of them, after the load */
	struct hooks hooks;
};

struct probe {
	const char *name; /* as --probe has it */
	const struct hook *hooks;
	const char *const *unseen; /* what it cannot see, in words; ended by NULL */
	/* Does this kernel let it be? 0 or -errno, with the reason in @error. NULL: only a load
	 * can tell. Meant to be cheap: it is asked before anything is opened. */
	int (*check)(char *error, size_t error_size);
	int (*open)(struct probe_object *object);
	int (*load)(struct probe_object *object);
	void (*destroy)(void *skeleton);
};

/* Best first; ended by NULL. */
extern const struct probe *const probe_table[];

/* The one of this name, or NULL. */
const struct probe *probe_find(const char *name);

/*
 * Open @probe with the hooks that this kernel has and that are wanted. 0 or -errno, with the
 * reason in @error: one clause, which names neither the probe nor what to try instead. What is
 * in @object is for probe_close() in any case.
 */
int probe_open(const struct probe *probe, const struct hook_wants *wants,
	       struct probe_object *object, char *error, size_t error_size);

int probe_load(struct probe_object *object, char *error, size_t error_size);

int probe_attach(struct probe_object *object, char *error, size_t error_size);

/* See no more; what is under way may end within a moment. Safe to call again. */
void probe_detach(struct probe_object *object);

/*
 * Operations that began and whose return was not seen, besides those of which bpfchan_stats() says
 * that the kernel skipped them. Exact after probe_detach(); before, some are only under way.
 */
int probe_count_unfinished(const struct probe_object *object, unsigned long long *unfinished);

/* Detaches, too. */
void probe_close(struct probe_object *object);

#endif
