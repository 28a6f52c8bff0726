// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "cli/metrics.h"

#include <stdio.h>
#include <stdlib.h>

static void put_head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Labels are our own words: none has a quote, a backslash or a line's end in it. */
static void put_info(FILE *out, const struct metrics *m)
{
	put_head(out, "whodel_info", "gauge", "What records, and how; always 1.");
	fprintf(out, "whodel_info{version=\"%s\",probe=\"%s\",transport=\"%s\"} 1\n", m->version,
		m->probe, m->transport);
}

static void put_events(FILE *out, const struct metrics *m)
{
	put_head(out, "whodel_events_total", "counter", "Deletions that were recorded.");
	for (int op = 0; op < DELETION_OPS; op++)
		fprintf(out, "whodel_events_total{op=\"%s\"} %ju\n",
			deletion_op_name((enum deletion_op)op), (uintmax_t)m->events[op]);
}

static void put_losses(FILE *out, const struct metrics *m)
{
	put_head(out, "whodel_lost_total", "counter", "Deletions that were seen and are lost.");
	for (int i = 0; i < METRICS_LOSSES && m->losses[i].reason; i++)
		fprintf(out, "whodel_lost_total{reason=\"%s\"} %ju\n", m->losses[i].reason,
			(uintmax_t)m->losses[i].lost);
}

static void put_counters(FILE *out, const struct metrics *m)
{
	const struct {
		const char *name, *help;
		uint64_t value;
	} rows[] = {
		{ "whodel_filtered_total", "Deletions of no interest, such as the recorder's own.",
		  m->filtered },
		{ "whodel_stored_total", "Deletions that survive a power cut.", m->stored },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put_head(out, rows[i].name, "counter", rows[i].help);
		fprintf(out, "%s %ju\n", rows[i].name, (uintmax_t)rows[i].value);
	}
}

static void put_sizes(FILE *out, const struct metrics *m)
{
	const struct {
		const char *name, *help;
		uint64_t value;
	} rows[] = {
		{ "whodel_queue_bytes", "Waiting in memory to be stored.", m->queue_bytes },
		{ "whodel_queue_limit_bytes", "Beyond it events are counted, not kept.",
		  m->queue_limit },
		{ "whodel_store_bytes", "In use in the store's file.", m->store_bytes },
		{ "whodel_buffer_bytes", "The kernel's buffer.", m->buffer_bytes },
		{ "whodel_buffer_records", "In the kernel's buffer, not read yet.",
		  m->buffer_records },
		{ "whodel_failing",
		  "Whether the store cannot be written, or deletions do not come in.", m->failing },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put_head(out, rows[i].name, "gauge", rows[i].help);
		fprintf(out, "%s %ju\n", rows[i].name, (uintmax_t)rows[i].value);
	}
}

/* What never happened has no time: the metric is left out. Not %f: a locale has a comma there. */
static void put_times(FILE *out, const struct metrics *m)
{
	const struct {
		const char *name, *help;
		int64_t time;
	} rows[] = {
		{ "whodel_start_timestamp_seconds", "Recording since.", m->began },
		{ "whodel_canary_timestamp_seconds",
		  "When a deletion of the recorder's own last came all the way.", m->canary },
		{ "whodel_loss_timestamp_seconds", "When something was last lost.", m->last_loss },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!rows[i].time)
			continue;
		put_head(out, rows[i].name, "gauge", rows[i].help);
		fprintf(out, "%s %jd.%03d\n", rows[i].name, (intmax_t)(rows[i].time / 1000000000),
			(int)(rows[i].time % 1000000000 / 1000000));
	}
}

char *metrics_render(const struct metrics *metrics, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);
	int failed;

	if (!out)
		return NULL;
	put_info(out, metrics);
	put_events(out, metrics);
	put_losses(out, metrics);
	put_counters(out, metrics);
	put_sizes(out, metrics);
	put_times(out, metrics);
	failed = ferror(out);
	if (fclose(out) || failed) {
		free(text);
		return NULL;
	}
	return text;
}
