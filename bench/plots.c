// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Which plots there are, and what is drawn in each. */
#include <string.h>

#include "bench/part.h"
#include "bench/plot.h"
#include "bench/publish.h"

enum kind {
	KIND_BYTES, /* lines over the size of a record */
	KIND_RATE,  /* lines over events a second */
	KIND_CPUS,  /* lines over CPUs: what the formula says */
	KIND_BARS,  /* a bar for each contestant */
	KIND_TAIL,  /* the distribution: the share of events slower than x */
};

struct plot {
	const char *part;
	enum kind kind;
	enum metric metric;
	const char *title;
	bool logarithmic;
	bool typical_size; /* only 128-byte records, where there are: the tables have the rest */
};

static const struct plot plots[] = {
	{ "flood", KIND_BYTES, METRIC_DELIVERED_RATE, "Delivered", false, false },
	{ "flood", KIND_BYTES, METRIC_LOST_SHARE, "Lost", false, false },
	{ "paced", KIND_RATE, METRIC_PRODUCER_NS, "Cost to the producer", true, true },
	{ "paced", KIND_RATE, METRIC_READER_CPU, "Reader's CPU", false, true },
	{ "paced", KIND_TAIL, METRIC_P99, "Latency", true, true },
	{ "idle", KIND_TAIL, METRIC_P99, "Latency", true, true },
	{ "burst", KIND_BYTES, METRIC_HELD, "Records held", true, false },
	{ "burst", KIND_CPUS, METRIC_HOLDS_HERE, "Records held on larger machines", true, true },
	{ "order", KIND_BARS, METRIC_INVERSIONS, "Inversions", false, false },
	{ "guard", KIND_BARS, METRIC_ATTEMPT_NS, "Cost of an attempt", false, false },
	{ "verbs", KIND_BYTES, METRIC_ATTEMPT_NS, "Cost of an attempt", true, false },
};

static const struct {
	double scale;
	const char *label;
} units[] = {
	[UNIT_COUNT] = { 1, "records" },
	[UNIT_RATE] = { 1e-6, "million records a second" },
	[UNIT_NS] = { 1, "nanoseconds for an event" },
	[UNIT_SHARE] = { 100, "percent" },
	[UNIT_SECONDS] = { 1, "seconds" },
};

/* What is under this on a logarithmic axis is drawn there: less is within the clock's noise. */
#define LEAST_NS 10

/* ---- which results belong into one drawing ---- */

/* Cells that differ only along the x axis share a drawing. */
static bool same_drawing(const struct plot *plot, const struct cell *a, const struct cell *b)
{
	struct cell x = *a;

	if (plot->kind == KIND_BYTES)
		x.bytes = b->bytes;
	if (plot->kind == KIND_RATE)
		x.rate = b->rate;
	return cell_same(&x, b);
}

static bool is_drawn(const struct result *result)
{
	return result->best && !(result->contestant->fields & FIELD_EMPTY);
}

static bool has_typical(const struct results *results, const struct part *part)
{
	for (size_t i = 0; i < results->count; i++)
		if (results->list[i].cell.part == part && results->list[i].cell.bytes == 128)
			return true;
	return false;
}

static bool starts_drawing(const struct plot *plot, const struct results *results, size_t index)
{
	const struct cell *cell = &results->list[index].cell;

	if (plot->typical_size && cell->bytes != 128 && has_typical(results, cell->part))
		return false;
	for (size_t i = 0; i < index; i++)
		if (same_drawing(plot, &results->list[i].cell, cell))
			return false;
	return true;
}

/* ---- data ---- */

static double shown(const struct plot *plot, double value)
{
	enum unit unit = metrics[plot->metric].unit;

	if (plot->logarithmic && unit == UNIT_NS && value < LEAST_NS)
		return LEAST_NS;
	return value * units[unit].scale;
}

static void print_point(FILE *script, const struct plot *plot, const struct result *result,
			double x)
{
	struct spread spread = result_spread(result, plot->metric);

	fprintf(script, "%.9g %.9g %.9g %.9g\n", x, shown(plot, spread.median),
		shown(plot, spread.min), shown(plot, spread.max));
}

static void print_cpus(FILE *script, const struct result *result)
{
	fprintf(script, "64 %.0f 0 0\n192 %.0f 0 0\n",
		result_spread(result, METRIC_HOLDS_64).median,
		result_spread(result, METRIC_HOLDS_192).median);
}

static void print_tail(FILE *script, const struct histogram *latency)
{
	uint64_t slower = latency->count;

	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		if (!latency->buckets[i])
			continue;
		fprintf(script, "%.9g %.9g\n", (double)histogram_bucket_end(i) / 1000,
			100.0 * (double)slower / (double)latency->count);
		slower -= latency->buckets[i];
	}
}

static double x_of(const struct plot *plot, const struct cell *cell)
{
	return plot->kind == KIND_RATE ? cell->rate : cell->bytes;
}

/* The formula knows the transports only. */
static bool has_line(const struct plot *plot, const struct result *result)
{
	return is_drawn(result) &&
	       (plot->kind != KIND_CPUS || result->contestant->ops == &bench_channel_reader);
}

/* One block for each contestant, $d0, $d1, ... Gives who they are, in order. */
static size_t print_data(FILE *script, const struct plot *plot, const struct results *results,
			 const struct cell *cell, const struct contestant **names, size_t room)
{
	size_t count = 0;

	for (size_t c = 0; c < bench_contestant_count && count < room; c++) {
		const char *name = bench_contestants[c].name;
		bool any = false;

		if (count && !strcmp(names[count - 1]->name, name))
			continue;
		for (size_t i = 0; i < results->count; i++) {
			const struct result *result = &results->list[i];

			if (strcmp(result->contestant->name, name) != 0 ||
			    !has_line(plot, result) || !same_drawing(plot, &result->cell, cell))
				continue;
			if (!any)
				fprintf(script, "$d%zu << EOD\n", count);
			any = true;
			if (plot->kind == KIND_TAIL)
				print_tail(script, &result->latency);
			else if (plot->kind == KIND_BARS)
				print_point(script, plot, result, (double)count);
			else if (plot->kind == KIND_CPUS)
				print_cpus(script, result);
			else
				print_point(script, plot, result, x_of(plot, &result->cell));
		}
		if (!any)
			continue;
		fputs("EOD\n", script);
		names[count++] = &bench_contestants[c];
	}
	return count;
}

/* ---- the drawing ---- */

static const char *const axes[] = {
	[KIND_BYTES] = "set xlabel 'bytes of a record'\nset logscale x 2\n"
		       "set xtics (32, 128, 512, 4096)\nset xrange [24:5500]\n",
	[KIND_RATE] = "set xlabel 'events a second'\nset logscale x 10\n"
		      "set xtics ('1 k' 1000, '10 k' 10000, '100 k' 100000)\n"
		      "set xrange [700:140000]\n",
	[KIND_CPUS] = "set xlabel 'CPUs'\nset xtics (64, 192)\nset xrange [32:224]\n",
	[KIND_BARS] = "set style fill solid 0.5\nset xrange [-0.6:*]\n"
		      "set xtics rotate by -25\nunset key\n",
	[KIND_TAIL] = "set xlabel 'microseconds from the program to the callback'\n"
		      "set logscale x 10\nset xrange [1:*]\nset yrange [*:100]\n",
};

static void print_frame(FILE *script, const struct plot *plot)
{
	fprintf(script,
		"set terminal svg size 640,400 dynamic noenhanced font 'sans-serif,13'\n"
		"set border 3 linecolor rgb '%s'\n"
		"set tics nomirror textcolor rgb '%s'\n"
		"set key outside bottom center horizontal samplen 3 textcolor rgb '%s'\n"
		"set grid ytics linecolor rgb '%s' dashtype 1\n"
		"set xlabel textcolor rgb '%s'\nset ylabel textcolor rgb '%s'\n",
		PLOT_INK, PLOT_INK, PLOT_INK, PLOT_GRID, PLOT_INK, PLOT_INK);
	fprintf(script, "set ylabel '%s'\n",
		plot->kind == KIND_TAIL ? "percent of events slower"
					: units[metrics[plot->metric].unit].label);
	if (plot->logarithmic)
		fputs("set logscale y 10\n", script);
	else
		fputs("set yrange [0:*]\n", script);
	fputs(axes[plot->kind], script);
}

/* Hue: the transport. Dots: as people write it; dashes: at its best; a full line: the channel. */
static unsigned int dash_of(const struct contestant *contestant)
{
	if (contestant->ops == &bench_channel_reader)
		return 1;
	return contestant->timed ? 2 : 3;
}

static void print_series(FILE *script, const struct plot *plot, size_t index,
			 const struct contestant *contestant)
{
	static const char *const ways[] = {
		[KIND_BYTES] = "using 1:2:3:4 with yerrorlines",
		[KIND_RATE] = "using 1:2:3:4 with yerrorlines",
		[KIND_CPUS] = "using 1:2 with linespoints",
		[KIND_BARS] = "using 1:2:3:4:(0.6) with boxerrorbars",
		[KIND_TAIL] = "using 1:2 with fsteps",
	};
	unsigned int color = contestant->color % PLOT_COLORS;

	fprintf(script, "%s $d%zu %s linecolor rgb '#0a0a%02x' linewidth 2 dashtype %u",
		index ? "," : "plot", index, ways[plot->kind], color, dash_of(contestant));
	if (plot->kind != KIND_BARS && plot->kind != KIND_TAIL)
		fprintf(script, " pointtype %u", color + 4);
	fprintf(script, " title '%s'", contestant->name);
}

static void print_bar_names(FILE *script, const struct contestant **names, size_t count)
{
	fputs("set xtics (", script);
	for (size_t i = 0; i < count; i++)
		fprintf(script, "%s'%s' %zu", i ? ", " : "", names[i]->name, i);
	fputs(")\n", script);
}

static int draw(FILE *page, const struct plot *plot, const struct results *results,
		const struct cell *cell)
{
	const struct contestant *names[16];
	FILE *script = tmpfile();
	size_t count;
	int err;

	if (!script)
		return -1;
	print_frame(script, plot);
	count = print_data(script, plot, results, cell, names, 16);
	if (plot->kind == KIND_BARS)
		print_bar_names(script, names, count);
	for (size_t i = 0; i < count; i++)
		print_series(script, plot, i, names[i]);
	fputc('\n', script);
	err = count ? plot_run(script, page) : 0;
	fclose(script);
	return err;
}

/* What all points of the drawing have in common. */
static void print_caption(FILE *page, const struct plot *plot, const struct cell *cell)
{
	char buffer[32];

	format_bytes(cell->buffer_bytes, buffer, sizeof(buffer));
	fprintf(page, "<figcaption><b>%s</b>: %u CPU%s producing, buffer %s", plot->title,
		cell->producers, cell->producers == 1 ? "" : "s", buffer);
	if (plot->kind != KIND_BYTES)
		fprintf(page, ", %u-byte records", cell->bytes);
	if (plot->kind != KIND_RATE && cell->rate)
		fprintf(page, ", %u events a second", cell->rate);
	if (*cell->situation)
		fprintf(page, ", %s", cell->situation);
	fputs("</figcaption>\n", page);
}

int plots_draw(FILE *page, const struct results *results, const struct part *part)
{
	int err = 0;

	for (size_t p = 0; p < sizeof(plots) / sizeof(plots[0]) && !err; p++) {
		if (strcmp(plots[p].part, part->name) != 0)
			continue;
		for (size_t i = 0; i < results->count && !err; i++) {
			const struct cell *cell = &results->list[i].cell;

			if (cell->part != part || !starts_drawing(&plots[p], results, i))
				continue;
			fputs("<figure>\n", page);
			print_caption(page, &plots[p], cell);
			err = draw(page, &plots[p], results, cell);
			fputs("</figure>\n", page);
		}
	}
	return err;
}
