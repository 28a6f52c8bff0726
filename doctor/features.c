// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "doctor/features.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The first line of a file, without its end; -errno. */
static int read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "re");
	int err = file ? 0 : -errno;

	if (file && !fgets(line, (int)size, file))
		err = -ENODATA;
	if (file)
		fclose(file);
	if (!err)
		line[strcspn(line, "\n")] = '\0';
	return err;
}

static enum feature_state by_file(const char *path, struct feature *feature)
{
	snprintf(feature->value, sizeof(feature->value), "%s%s", path,
		 access(path, F_OK) ? " is not there" : "");
	return access(path, F_OK) ? FEATURE_NO : FEATURE_YES;
}

static enum feature_state find_kernel(struct feature *feature)
{
	struct utsname name;

	if (uname(&name))
		return FEATURE_UNKNOWN;
	snprintf(feature->value, sizeof(feature->value), "%.60s %.60s (%.20s)", name.release,
		 name.version, name.machine);
	return FEATURE_YES;
}

static enum feature_state find_btf(struct feature *feature)
{
	return by_file("/sys/kernel/btf/vmlinux", feature);
}

bool may_use_bpf(void)
{
	int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "whodel_ask", 4, 4, 1, NULL);

	if (map >= 0)
		close(map);
	return map >= 0;
}

static enum feature_state find_map(enum bpf_map_type type, struct feature *feature)
{
	int found = libbpf_probe_bpf_map_type(type, NULL);

	if (found != 1 && !may_use_bpf()) {
		snprintf(feature->value, sizeof(feature->value), "this process may not ask");
		return FEATURE_UNKNOWN;
	}
	return found == 1 ? FEATURE_YES : found == 0 ? FEATURE_NO : FEATURE_UNKNOWN;
}

static enum feature_state find_ring(struct feature *feature)
{
	return find_map(BPF_MAP_TYPE_RINGBUF, feature);
}

static enum feature_state find_perf(struct feature *feature)
{
	return find_map(BPF_MAP_TYPE_PERF_EVENT_ARRAY, feature);
}

static enum feature_state find_task_storage(struct feature *feature)
{
	return find_map(BPF_MAP_TYPE_TASK_STORAGE, feature);
}

static enum feature_state find_kprobes(struct feature *feature)
{
	return by_file("/sys/bus/event_source/devices/kprobe", feature);
}

static enum feature_state find_tracefs(struct feature *feature)
{
	enum feature_state state = by_file("/sys/kernel/tracing/events", feature);

	return state == FEATURE_YES ? state : by_file("/sys/kernel/debug/tracing/events", feature);
}

/* The bits of linux/capability.h that matter here. */
static const struct {
	unsigned int bit;
	const char *name;
} capabilities[] = {
	{ 39, "CAP_BPF" },	    { 38, "CAP_PERFMON" },    { 21, "CAP_SYS_ADMIN" },
	{ 24, "CAP_SYS_RESOURCE" }, { 19, "CAP_SYS_PTRACE" }, { 23, "CAP_SYS_NICE" },
};

static uint64_t effective_capabilities(void)
{
	char line[256];
	uint64_t set = 0;
	FILE *file = fopen("/proc/self/status", "re");

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "CapEff:", 7))
			set = strtoull(line + 7, NULL, 16);
	if (file)
		fclose(file);
	return set;
}

static enum feature_state find_capabilities(struct feature *feature)
{
	uint64_t set = effective_capabilities();
	size_t used = 0;

	for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++)
		if (set & (UINT64_C(1) << capabilities[i].bit))
			used += (size_t)snprintf(feature->value + used,
						 sizeof(feature->value) - used, "%s%s",
						 used ? " " : "", capabilities[i].name);
	if (!used)
		snprintf(feature->value, sizeof(feature->value), "none of those for BPF");
	/* CAP_SYS_ADMIN holds the other two, as before Linux 5.8. */
	return (set >> 21 & 1) || ((set >> 39 & 1) && (set >> 38 & 1)) ? FEATURE_YES : FEATURE_NO;
}

/* The inode numbers that the kernel gives its first namespaces (linux/proc_ns.h). */
#define INITIAL_USER_NAMESPACE 0xEFFFFFFDU
#define INITIAL_PID_NAMESPACE  0xEFFFFFFCU

static enum feature_state find_namespace(const char *path, ino_t initial, struct feature *feature)
{
	struct stat stat_;

	if (stat(path, &stat_))
		return FEATURE_UNKNOWN;
	snprintf(feature->value, sizeof(feature->value), "%s",
		 stat_.st_ino == initial ? "this is it" : "this is another one");
	return stat_.st_ino == initial ? FEATURE_YES : FEATURE_NO;
}

static enum feature_state find_user_namespace(struct feature *feature)
{
	return find_namespace("/proc/self/ns/user", INITIAL_USER_NAMESPACE, feature);
}

static enum feature_state find_pid_namespace(struct feature *feature)
{
	return find_namespace("/proc/self/ns/pid", INITIAL_PID_NAMESPACE, feature);
}

/* "none [integrity] confidentiality": the one in brackets holds. */
static enum feature_state find_lockdown(struct feature *feature)
{
	char line[128];

	if (read_line("/sys/kernel/security/lockdown", line, sizeof(line))) {
		snprintf(feature->value, sizeof(feature->value), "not shown, so most likely off");
		return FEATURE_YES;
	}
	snprintf(feature->value, sizeof(feature->value), "%s", line);
	return strstr(line, "[confidentiality]") ? FEATURE_NO : FEATURE_YES;
}

static enum feature_state find_jit(struct feature *feature)
{
	char line[32];

	if (read_line("/proc/sys/net/core/bpf_jit_enable", line, sizeof(line)))
		return FEATURE_UNKNOWN;
	snprintf(feature->value, sizeof(feature->value), "net.core.bpf_jit_enable = %s", line);
	return line[0] == '0' ? FEATURE_NO : FEATURE_YES;
}

static enum feature_state find_audit(struct feature *feature)
{
	return by_file("/proc/self/loginuid", feature);
}

static const struct {
	const char *name;
	enum feature_state (*find)(struct feature *feature);
	const char *advice;
} table[] = {
	{ "kernel", find_kernel, NULL },
	{ "BTF: the kernel's types", find_btf,
	  "boot a kernel with CONFIG_DEBUG_INFO_BTF; those of the large distributions have it" },
	{ "capabilities for BPF", find_capabilities,
	  "run as root, or give CAP_BPF and CAP_PERFMON" },
	{ "initial user namespace", find_user_namespace,
	  "run outside the container or the unshared namespace: BPF asks for it" },
	{ "initial PID namespace", find_pid_namespace,
	  "pids in events are those of the initial namespace: run there to have them match" },
	{ "lockdown allows BPF to read", find_lockdown,
	  "boot without lockdown=confidentiality: it forbids BPF to read kernel memory" },
	{ "ring buffer, since 5.8", find_ring, "--transport perf does without" },
	{ "perf event buffer", find_perf, NULL },
	{ "task storage, since 5.11", find_task_storage, "boot Linux 5.17 or later" },
	{ "BPF JIT", find_jit,
	  "sysctl net.core.bpf_jit_enable=1 makes programs several times faster" },
	{ "kprobes", find_kprobes, "the kprobe probe needs CONFIG_KPROBE_EVENTS" },
	{ "tracefs", find_tracefs, "not needed by whodel itself" },
	{ "login user IDs (audit)", find_audit,
	  "login_uid and audit_session stay null without CONFIG_AUDIT" },
};

_Static_assert(sizeof(table) / sizeof(table[0]) <= FEATURES_MAX, "room for the table");

size_t features_find(struct feature *features)
{
	size_t count = sizeof(table) / sizeof(table[0]);

	for (size_t i = 0; i < count; i++) {
		features[i] = (struct feature){ .name = table[i].name };
		features[i].state = table[i].find(&features[i]);
		if (features[i].state == FEATURE_NO)
			features[i].advice = table[i].advice;
	}
	return count;
}
