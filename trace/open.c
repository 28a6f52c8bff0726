// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Take the best probe that works here: open, load and attach it. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "trace/cleanup.h"
#include "trace/internal.h"
#include "trace/pick.h"

#define KERNEL_BTF "/sys/kernel/btf/vmlinux"

/* libbpf reports through one function for the whole process: kept here, told with -v. */
static bool verbose_log;

static int print_log(enum libbpf_print_level level, const char *fmt, va_list args)
{
	if (!verbose_log || level == LIBBPF_DEBUG)
		return 0;
	return vfprintf(stderr, fmt, args);
}

void trace_log(bool verbose)
{
	verbose_log = verbose;
	libbpf_set_print(print_log);
}

static int fail(const struct trace_opts *opts, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(const struct trace_opts *opts, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(opts->error, opts->error_size, fmt, args);
	va_end(args);
	return err;
}

/* Asked before anything else, so that the answer names the cause and not its last symptom. */
static int check_kernel(const struct trace_opts *opts)
{
	LIBBPF_OPTS(bpf_map_create_opts, map_opts);
	_cleanup_close_ int map = -1;

	if (access(KERNEL_BTF, R_OK))
		return fail(opts, -errno,
			    "cannot read " KERNEL_BTF
			    ": %s; whodel needs a kernel with BTF (CONFIG_DEBUG_INFO_BTF, on in "
			    "the kernels of the large distributions)",
			    strerror(errno));
	map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "whodel_probe", 4, 4, 1, &map_opts);
	if (map < 0)
		return fail(opts, map,
			    "cannot create a BPF map: %s; whodel needs root (try sudo), or "
			    "CAP_BPF and CAP_PERFMON",
			    strerror(-map));
	return 0;
}

static int host_mounts(__u32 *inode)
{
	struct stat st;

	if (stat("/proc/self/ns/mnt", &st))
		return -errno;
	*inode = (__u32)st.st_ino;
	return 0;
}

static int configure(struct trace *trace)
{
	struct probe_config config = {
		.args = trace->opts.args,
		.failed = trace->opts.failed,
		.moves = trace->opts.moves,
		.truncations = trace->opts.truncations,
		.tree = trace->opts.follow,
		.direct_loads = hooks_kernel_has("bpf_rdonly_cast"),
	};
	int err = host_mounts(&config.host_mounts);

	if (err)
		return fail(&trace->opts, err,
			    "cannot tell the mount namespace: %s; is /proc there?", strerror(-err));
	if (trace->opts.filter)
		err = pick_configure(trace->opts.filter, trace->probe.obj, &config);
	if (err)
		return fail(&trace->opts, err, "cannot set up the filter: %s", strerror(-err));
	*trace->probe.config = config;
	return 0;
}

static int open_channel(struct trace *trace)
{
	struct bpfchan_opts opts = {
		.sz = sizeof(opts),
		.transport = trace->opts.transport,
		.buffer_bytes = trace->opts.buffer_bytes,
		.perf_pages = trace->opts.perf_pages,
		.max_delay_ms = trace->opts.max_delay_ms,
		.on_record = trace_take_record,
		.on_loss = trace->opts.on_loss ? trace_take_loss : NULL,
		.ctx = trace,
		.error = trace->opts.error,
		.error_size = trace->opts.error_size,
	};

	if (!opts.buffer_bytes && !opts.perf_pages)
		opts.buffer_bytes = TRACE_DEFAULT_BYTES;
	return bpfchan_open(trace->probe.obj, &opts, &trace->channel);
}

static void close_probe(struct trace *trace)
{
	hooks_detach(&trace->probe.hooks);
	bpfchan_close(trace->channel);
	trace->channel = NULL;
	probe_close(&trace->probe);
}

/* The reasons of all that were tried, for whoever wants to know why not a better one. */
static void note_refusal(struct trace *trace, const struct probe *probe, const char *why)
{
	size_t used = strlen(trace->tried);

	snprintf(trace->tried + used, sizeof(trace->tried) - used, "%s%s: %s", used ? "; " : "",
		 probe->name, why);
}

/* 1: it is not for this kernel, so another may do; noted in trace->tried. */
static int open_probe(struct trace *trace, const struct probe *probe)
{
	struct hook_wants wants = { .follow = trace->opts.follow,
				    .failed = trace->opts.failed,
				    .truncations = trace->opts.truncations };
	char why[TRACE_ERROR_BYTES / 2];
	int err;

	if (probe_open(probe, &wants, &trace->probe, why, sizeof(why))) {
		note_refusal(trace, probe, why);
		return 1;
	}
	err = configure(trace);
	if (!err)
		err = open_channel(trace);
	if (err)
		return err;
	if (probe_load(&trace->probe, why, sizeof(why))) {
		note_refusal(trace, probe, why);
		return 1;
	}
	if (trace->opts.filter)
		err = pick_install(trace->opts.filter, trace->probe.obj, trace->opts.error,
				   trace->opts.error_size);
	return err ? err : bpfchan_start(trace->channel);
}

static int fail_tried(const struct trace *trace)
{
	if (trace->untried != trace->wanted + 1)
		return fail(&trace->opts, -ENOTSUP, "cannot use any probe: %s", trace->tried);
	return fail(&trace->opts, -ENOTSUP,
		    "cannot use the probe %s; try without --probe, which takes the best one that "
		    "works here",
		    trace->tried);
}

/* The next one of those that may be taken; which ones did not do is in trace->tried. */
static int open_next(struct trace *trace)
{
	while (*trace->untried) {
		const struct probe *probe = *trace->untried++;
		int err = open_probe(trace, probe);

		if (err <= 0)
			return err;
		close_probe(trace);
	}
	return fail_tried(trace);
}

/* The table, or for --probe the part of it that is that one. */
static int choose_probes(struct trace *trace)
{
	const struct probe *wanted;

	trace->untried = probe_table;
	if (!trace->opts.probe || !strcmp(trace->opts.probe, "auto"))
		return 0;
	wanted = probe_find(trace->opts.probe);
	if (!wanted)
		return fail(&trace->opts, -ENOTSUP,
			    "cannot use the probe %s: this version has none of that name; try "
			    "--probe tracepoint, which needs Linux 5.17 with BTF",
			    trace->opts.probe);
	trace->wanted[0] = wanted;
	trace->untried = trace->wanted;
	return 0;
}

static int open_steps(struct trace *trace)
{
	int err = check_kernel(&trace->opts);

	if (!err)
		err = choose_probes(trace);
	if (!err)
		err = open_next(trace);
	if (!err)
		err = processes_new(&trace->processes);
	return err;
}

int trace_open(const struct trace_opts *opts, struct trace **out)
{
	struct trace *trace = calloc(1, sizeof(*trace));
	int err;

	if (!trace)
		return -ENOMEM;
	trace->opts = *opts;
	trace->followed = -1;
	err = open_steps(trace);
	if (err) {
		trace_close(trace);
		return err;
	}
	*out = trace;
	return 0;
}

static int follow(const struct trace *trace)
{
	struct bpf_map *tree = bpf_object__find_map_by_name(trace->probe.obj, "tree");
	__u32 one = 1;

	if (trace->followed < 0)
		return 0;
	if (bpf_map_update_elem(bpf_map__fd(tree), &trace->followed, &one, BPF_NOEXIST))
		return fail(&trace->opts, -errno, "cannot follow the command: %s", strerror(errno));
	return 0;
}

int trace_follow(struct trace *trace, int pidfd)
{
	trace->followed = pidfd;
	return follow(trace);
}

/* Some kernels load what they do not let be attached. */
int trace_attach(struct trace *trace)
{
	char why[TRACE_ERROR_BYTES / 2];
	int err = 0;

	clock_gettime(CLOCK_REALTIME, &trace->attached);
	while (!err && probe_attach(&trace->probe, why, sizeof(why))) {
		note_refusal(trace, trace->probe.probe, why);
		close_probe(trace);
		err = open_next(trace);
		if (!err)
			err = follow(trace);
	}
	return err;
}

void trace_close(struct trace *trace)
{
	if (!trace)
		return;
	close_probe(trace);
	processes_free(trace->processes);
	free(trace);
}
