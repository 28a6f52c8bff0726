// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include <string.h>

#include "bench/publish.h"

#define WIDTH 100

struct scale {
	double from;
	double unit;
	const char *suffix;
};

static const struct scale counts[] = { { 1e9, 1e9, "G" }, { 1e6, 1e6, "M" }, { 1e4, 1e3, "k" } };
static const struct scale times[] = { { 1e9, 1e9, " s" },
				      { 1e6, 1e6, " ms" },
				      { 1e4, 1e3, " us" } };

static void format_scaled(double value, const struct scale *scales, size_t count, const char *plain,
			  char *text, size_t size)
{
	double magnitude = value < 0 ? -value : value;

	for (size_t i = 0; i < count; i++) {
		if (magnitude < scales[i].from)
			continue;
		snprintf(text, size, "%.3g%s", value / scales[i].unit, scales[i].suffix);
		if (magnitude / scales[i].unit >= 999.5)
			snprintf(text, size, "%.0f%s", value / scales[i].unit, scales[i].suffix);
		return;
	}
	snprintf(text, size, "%.0f%s", value, plain);
}

void format_value(double value, enum unit unit, char *text, size_t size)
{
	switch (unit) {
	case UNIT_COUNT:
		snprintf(text, size, "%.0f", value);
		break;
	case UNIT_RATE:
		format_scaled(value, counts, 3, "", text, size);
		break;
	case UNIT_NS:
		format_scaled(value, times, 3, " ns", text, size);
		break;
	case UNIT_SHARE:
		snprintf(text, size, "%.*f %%", value < 0.01 ? 2 : 1, value * 100);
		break;
	case UNIT_SECONDS:
		snprintf(text, size, "%.3g s", value);
		break;
	}
}

void format_bytes(size_t bytes, char *text, size_t size)
{
	if (bytes % (1 << 20) == 0)
		snprintf(text, size, "%zu MiB", bytes >> 20);
	else
		snprintf(text, size, "%zu KiB", bytes >> 10);
}

void cell_title(const struct cell *cell, char *text, size_t size)
{
	char buffer[32];
	int used;

	format_bytes(cell->buffer_bytes, buffer, sizeof(buffer));
	used = snprintf(text, size, "%u CPU%s producing, %u-byte records, buffer %s",
			cell->producers, cell->producers == 1 ? "" : "s", cell->bytes, buffer);
	if (cell->rate && used > 0 && (size_t)used < size)
		used += snprintf(text + used, size - (size_t)used, ", %u events a second%s",
				 cell->rate, cell->producers == 1 ? "" : " each");
	if (*cell->situation && used > 0 && (size_t)used < size)
		snprintf(text + used, size - (size_t)used, ", %s", cell->situation);
}

/* Broken into lines at spaces. */
static void print_wrapped(FILE *file, const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t word = strcspn(text, " ");

		if (column && column + 1 + word > WIDTH) {
			fputc('\n', file);
			column = 0;
		} else if (column) {
			fputc(' ', file);
			column++;
		}
		fprintf(file, "%.*s", (int)word, text);
		column += word;
		text += word + (text[word] == ' ');
	}
	fputc('\n', file);
}

void table_part(FILE *file, const struct part *part)
{
	fprintf(file, "\n== %s ==\n", part->title);
	print_wrapped(file, part->what);
}

/* Where several settings ran, the table shows the best one. */
static bool is_shown(const struct result *result, const struct cell *cell)
{
	return cell_same(&result->cell, cell) && result->best &&
	       !(result->contestant->fields & FIELD_EMPTY);
}

static void print_head(FILE *file, const struct part *part)
{
	fprintf(file, "%-21s %9s %10s %10s %9s %7s  %10s %19s", "", "memory", "attempts",
		"delivered", "lost", "lost", metrics[part->rank].title, "least .. most");
	for (const enum metric *column = part->columns; *column != METRIC_COUNT; column++)
		fprintf(file, " %11s", metrics[*column].title);
	fputc('\n', file);
}

/* Sums over all rounds: these add up, medians need not. */
static void print_accounting(FILE *file, const struct result *result)
{
	double attempts = result_spread(result, METRIC_ATTEMPTS).sum;
	double lost = result_spread(result, METRIC_LOST).sum;
	char memory[32];

	format_bytes(result->allocated_bytes, memory, sizeof(memory));
	fprintf(file, "%-21s %9s %10.0f %10.0f %9.0f %6.2f%%", result->contestant->name, memory,
		attempts, result_spread(result, METRIC_DELIVERED).sum, lost,
		attempts > 0 ? 100 * lost / attempts : 0);
}

static void print_rank(FILE *file, const struct result *result)
{
	enum metric rank = result->cell.part->rank;
	struct spread spread = result_spread(result, rank);
	char median[32];
	char least[32];
	char most[32];
	char range[72];

	format_value(spread.median, metrics[rank].unit, median, sizeof(median));
	format_value(spread.min, metrics[rank].unit, least, sizeof(least));
	format_value(spread.max, metrics[rank].unit, most, sizeof(most));
	snprintf(range, sizeof(range), "%s .. %s", least, most);
	fprintf(file, "  %10s %19s", median, range);
}

/* What was told of losses stands beside their sum, so it is one too. */
static double column_value(const struct result *result, enum metric column)
{
	struct spread spread = result_spread(result, column);

	return column == METRIC_TOLD ? spread.sum : spread.median;
}

static void print_row(FILE *file, const struct result *result)
{
	char text[32];

	print_accounting(file, result);
	print_rank(file, result);
	for (const enum metric *c = result->cell.part->columns; *c != METRIC_COUNT; c++) {
		strcpy(text, "-");
		if (result_has(result, *c))
			format_value(column_value(result, *c), metrics[*c].unit, text,
				     sizeof(text));
		fprintf(file, " %11s", text);
	}
	if (*result->contestant->setting)
		fprintf(file, "  (%s)", result->contestant->setting);
	fputc('\n', file);
}

/* How a channel fares against libbpf on the same transport. */
static void print_ratio(FILE *file, const struct results *results, const struct result *ours)
{
	enum metric rank = ours->cell.part->rank;
	double mine = result_spread(ours, rank).median;
	const char *before = "";

	for (size_t i = 0; i < results->count; i++) {
		const struct result *other = &results->list[i];
		double theirs = result_spread(other, rank).median;

		if (!is_shown(other, &ours->cell) || mine <= 0 || theirs <= 0 ||
		    other->contestant->ops == ours->contestant->ops ||
		    other->contestant->transport != ours->contestant->transport)
			continue;
		if (!*before)
			fprintf(file, "%s, %s:", ours->contestant->name, metrics[rank].title);
		fprintf(file, "%s %.3g times %s", before, mine / theirs, other->contestant->name);
		before = ",";
	}
	if (*before)
		fputc('\n', file);
}

void table_cell(FILE *file, const struct results *results, size_t first)
{
	const struct cell *cell = &results->list[first].cell;
	char title[128];

	cell_title(cell, title, sizeof(title));
	fprintf(file, "\n%s\n", title);
	print_head(file, cell->part);
	for (size_t i = first; i < results->count; i++)
		if (is_shown(&results->list[i], cell))
			print_row(file, &results->list[i]);
	if (!(cell->part->fields & (FIELD_MAIN | FIELD_PLAIN)))
		return;
	for (size_t i = first; i < results->count; i++)
		if (is_shown(&results->list[i], cell) &&
		    results->list[i].contestant->ops == &bench_channel_reader)
			print_ratio(file, results, &results->list[i]);
}
