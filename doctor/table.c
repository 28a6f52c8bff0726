// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The checkup for people: what the kernel has, what is taken, what was seen. */
#include <stdio.h>
#include <string.h>

#include "doctor/checkup.h"

static const char *const states[] = {
	[FEATURE_NO] = "no",
	[FEATURE_YES] = "yes",
	[FEATURE_UNKNOWN] = "?",
};

static void put_line(struct buffer *out, const char *line)
{
	buffer_begin_line(out);
	buffer_printf(out, "%s", line);
	buffer_end_line(out);
}

/* Left of the colon what is asked, right of it the answer. */
static void put_row(struct buffer *out, const char *name, const char *state, const char *text)
{
	buffer_begin_line(out);
	buffer_printf(out, "  %-42s %-8s%s%s", name, state, *text ? " " : "", text);
	buffer_end_line(out);
}

static void put_advice(struct buffer *out, const char *advice)
{
	buffer_begin_line(out);
	buffer_printf(out, "  %-42s %-8s -> %s", "", "", advice);
	buffer_end_line(out);
}

static void show_features(const struct checkup *checkup, struct buffer *out)
{
	put_line(out, "This kernel, and this process:");
	for (size_t i = 0; i < checkup->feature_count; i++) {
		const struct feature *feature = &checkup->features[i];

		put_row(out, feature->name, states[feature->state], feature->value);
		if (feature->advice)
			put_advice(out, feature->advice);
	}
}

/* The best that works is what auto takes. */
static void show_choices(const struct choice *choices, size_t count, const char *chosen,
			 struct buffer *out)
{
	for (size_t i = 0; i < count; i++) {
		const struct choice *choice = &choices[i];
		bool taken = chosen && !strcmp(choice->name, chosen);

		put_row(out, choice->name,
			taken	      ? "chosen"
			: choice->err ? "no"
				      : "works",
			choice->why);
		if (choice->missing[0])
			put_advice(out, choice->missing);
		for (size_t n = 0; taken && choice->unseen && choice->unseen[n]; n++) {
			buffer_begin_line(out);
			buffer_printf(out, "  %-42s %-8s cannot see: %s", "", "",
				      choice->unseen[n]);
			buffer_end_line(out);
		}
	}
}

static void show_findings(const struct selftest *selftest, struct buffer *out)
{
	for (size_t i = 0; i < selftest->count; i++) {
		const struct finding *finding = &selftest->findings[i];
		const struct way *way = finding->way;
		bool silent = way->silence == WAY_SILENT && finding->verdict == VERDICT_SEEN;

		put_row(out, way->name, verdict_name(finding->verdict),
			silent ? "nothing goes, and nothing is told" : finding->why);
	}
}

static void show_unseen(struct buffer *out)
{
	put_line(out, "\nNot tried, since a probe cannot see it:");
	for (const struct unseen *unseen = unseen_table; unseen->way; unseen++) {
		buffer_begin_line(out);
		buffer_printf(out, "  %s (%s%s): %s", unseen->way, unseen->probes,
			      strcmp(unseen->probes, "all") ? " only" : " probes", unseen->why);
		buffer_end_line(out);
	}
}

static void show_verdict(const struct checkup *checkup, struct buffer *out)
{
	unsigned int counts[VERDICTS] = { 0 };
	const struct selftest *selftest = &checkup->selftest;

	for (size_t i = 0; i < selftest->count; i++)
		counts[selftest->findings[i].verdict]++;
	buffer_begin_line(out);
	buffer_printf(out,
		      "\n%s: %u seen whole, %u with what is missing named, %u gaps of this probe, "
		      "%u not tried, %u missed, %u wrong",
		      selftest->faults ? "Not well" : "Well", counts[VERDICT_SEEN],
		      counts[VERDICT_PARTLY], counts[VERDICT_GAP], counts[VERDICT_UNTRIED],
		      counts[VERDICT_MISSED], counts[VERDICT_WRONG]);
	buffer_end_line(out);
}

void checkup_show_table(const struct checkup *checkup, struct buffer *out)
{
	const struct selftest *selftest = &checkup->selftest;

	show_features(checkup, out);
	put_line(out, "\nProbes, best first:");
	show_choices(checkup->probes, checkup->probe_count, selftest->probe, out);
	put_line(out, "\nBuffers:");
	show_choices(checkup->transports, checkup->transport_count, selftest->transport, out);
	buffer_begin_line(out);
	if (checkup->selftest_err)
		buffer_printf(out, "\nNo self-test: %s", selftest->error);
	else
		buffer_printf(out, "\nSelf-test: really deleted, in %s on %s:", selftest->folder,
			      selftest->file_system);
	buffer_end_line(out);
	if (!checkup->selftest_err)
		show_findings(selftest, out);
	show_unseen(out);
	if (!checkup->selftest_err)
		show_verdict(checkup, out);
}
