// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "doctor/choices.h"

#include "doctor/features.h"
#include "trace/probes.h"
#include "trace/trace.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int ignore(void *ctx, const struct deletion *deletion)
{
	(void)ctx;
	(void)deletion;
	return 0;
}

/* Only a load and an attach tell whether the kernel allows it. */
static void try_out(const char *probe, struct choice *choice)
{
	struct trace *trace = NULL;
	struct trace_opts opts = {
		.probe = probe,
		.buffer_bytes = (size_t)64 << 10,
		.on_deletion = ignore,
		.error = choice->why,
		.error_size = sizeof(choice->why),
	};

	choice->err = trace_open(&opts, &trace);
	if (!choice->err)
		choice->err = trace_attach(trace);
	if (!choice->err)
		choice->why[0] = '\0';
	trace_close(trace);
}

/* Those that the probe does without, since this kernel has not got them. */
static void name_missing(const struct probe *probe, struct choice *choice)
{
	const struct hook_wants wants = { .follow = true };
	struct probe_object object = { 0 };
	char ignored[256];
	size_t used = 0;

	if (!probe_open(probe, &wants, &object, ignored, sizeof(ignored)))
		for (const struct hook *hook = probe->hooks; hook->program; hook++) {
			const struct bpf_program *program =
				bpf_object__find_program_by_name(object.obj, hook->program);

			if (!hook->missed || !program || bpf_program__autoload(program) ||
			    used >= sizeof(choice->missing))
				continue;
			used += (size_t)snprintf(choice->missing + used,
						 sizeof(choice->missing) - used, "%s%s: %s",
						 used ? "; " : "", hook->event, hook->missed);
		}
	probe_close(&object);
}

size_t choices_probes(const char *only, const char *used, struct choice *choices)
{
	bool all = !only || !strcmp(only, "auto");
	size_t count = 0;

	for (size_t i = 0; probe_table[i] && count < CHOICES_MAX; i++) {
		const struct probe *probe = probe_table[i];
		struct choice *choice = &choices[count];

		if (!all && strcmp(probe->name, only) != 0)
			continue;
		*choice = (struct choice){ .name = probe->name, .unseen = probe->unseen };
		if (!used || strcmp(probe->name, used) != 0)
			try_out(probe->name, choice);
		if (!choice->err)
			name_missing(probe, choice);
		count++;
	}
	return count;
}

size_t choices_transports(const char *used, struct choice *choices)
{
	static const struct {
		enum bpfchan_transport transport;
		enum bpf_map_type map;
		const char *since;
	} table[] = {
		{ BPFCHAN_RING, BPF_MAP_TYPE_RINGBUF, "this kernel has none (since 5.8)" },
		{ BPFCHAN_PERF, BPF_MAP_TYPE_PERF_EVENT_ARRAY, "this kernel has none" },
	};
	size_t count = sizeof(table) / sizeof(table[0]);

	for (size_t i = 0; i < count; i++) {
		const char *name = bpfchan_transport_name(table[i].transport);
		bool works = (used && !strcmp(used, name)) ||
			     libbpf_probe_bpf_map_type(table[i].map, NULL) == 1;

		choices[i] = (struct choice){ .name = name, .err = works ? 0 : -EOPNOTSUPP };
		if (!works)
			snprintf(choices[i].why, sizeof(choices[i].why), "%s",
				 may_use_bpf() ? table[i].since : "this process may not use BPF");
	}
	return count;
}
