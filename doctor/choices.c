// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "doctor/choices.h"

#include "trace/probes.h"
#include "trace/trace.h"
#include <stdio.h>

static int ignore(void *ctx, const struct deletion *deletion)
{
	(void)ctx;
	(void)deletion;
	return 0;
}

/* Only a load and an attach tell whether the kernel allows it. */
static void try_out(const char *probe, enum bpfchan_transport transport, struct choice *choice)
{
	struct trace *trace = NULL;
	struct trace_opts opts = {
		.probe = probe,
		.transport = transport,
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

size_t choices_probes(struct choice *choices)
{
	size_t count = 0;

	for (; probe_table[count] && count < CHOICES_MAX; count++) {
		struct choice *choice = &choices[count];

		*choice = (struct choice){ .name = probe_table[count]->name,
					   .unseen = probe_table[count]->unseen };
		try_out(choice->name, BPFCHAN_AUTO, choice);
		if (!choice->err)
			name_missing(probe_table[count], choice);
	}
	return count;
}

size_t choices_transports(const char *probe, struct choice *choices)
{
	static const enum bpfchan_transport transports[] = { BPFCHAN_RING, BPFCHAN_PERF };
	size_t count = sizeof(transports) / sizeof(transports[0]);

	for (size_t i = 0; i < count; i++) {
		choices[i] = (struct choice){ .name = bpfchan_transport_name(transports[i]) };
		try_out(probe, transports[i], &choices[i]);
	}
	return count;
}
