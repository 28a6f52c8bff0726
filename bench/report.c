// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The page: one file, nothing fetched from elsewhere, in the reader's theme. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/plot.h"
#include "bench/publish.h"

static const char head[] =
	"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\">\n"
	"<title>whodel bench</title>\n<style>\n"
	":root{--paper:#ffffff;--ink:#1c1c1c;--soft:#5a5a5a;--grid:#d5d5d5;--best:#eef3f8;\n"
	"--c0:#3f86bd;--c1:#1f62a8;--c2:#0a2f66;--c3:#b3761a;--c4:#b35900;--c5:#7a2e00;"
	"--c6:#1f7a4a;--c7:#7a3fb0}\n"
	"@media (prefers-color-scheme:dark){:root{--paper:#15171a;--ink:#ececec;--soft:#a9a9a9;"
	"--grid:#3a3d42;--best:#20262d;\n"
	"--c0:#5f93bd;--c1:#8cc0f5;--c2:#d3e7ff;--c3:#b98a4a;--c4:#f2a54a;--c5:#ffdfb0;"
	"--c6:#7fd6a4;--c7:#cda8f2}}\n"
	"body{background:var(--paper);color:var(--ink);font:16px/1.5 sans-serif;"
	"max-width:84rem;margin:2rem auto;padding:0 1rem}\n"
	"p,dl{max-width:48rem}dt{float:left;clear:left;width:8rem;color:var(--soft)}"
	"dd{margin-left:8rem}\n"
	".plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,30rem),1fr));"
	"gap:1.5rem}\n"
	"figure{margin:0}figcaption{font-size:.9rem}svg{width:100%;height:auto}\n"
	"details{margin:1rem 0}.wide{overflow-x:auto}summary{cursor:pointer}\n"
	"table{border-collapse:collapse;font-size:.85rem;margin:.5rem 0 1.5rem}"
	"caption{text-align:left;font-weight:bold;padding:.3rem 0}\n"
	"th,td{padding:.15rem .6rem;text-align:right;border-bottom:1px solid var(--grid);"
	"white-space:nowrap}th:first-child,td:first-child{text-align:left}\n"
	"tr.best{background:var(--best)}\n";

/* gnuplot writes a colour in two ways, and points by "color". */
static void print_color(FILE *page, unsigned int r, unsigned int g, unsigned int b,
			const char *name)
{
	static const char *const properties[] = { "stroke", "fill", "color" };

	for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++)
		fprintf(page, "[%s=\"rgb(%3u, %3u, %3u)\"],[%s=\"rgb(%u,%u,%u)\"]{%s:var(--%s)}\n",
			properties[i], r, g, b, properties[i], r, g, b, properties[i], name);
}

static void print_head(FILE *page)
{
	char name[8];

	fputs(head, page);
	print_color(page, 1, 2, 3, "ink");
	print_color(page, 1, 2, 4, "grid");
	for (unsigned int i = 0; i < PLOT_COLORS; i++) {
		snprintf(name, sizeof(name), "c%u", i);
		print_color(page, 10, 10, i, name);
	}
	fputs("</style>\n</head>\n<body>\n<h1>whodel bench</h1>\n", page);
}

static void print_text(FILE *page, const char *text)
{
	for (; *text; text++) {
		if (*text == '<')
			fputs("&lt;", page);
		else if (*text == '&')
			fputs("&amp;", page);
		else
			fputc(*text, page);
	}
}

static void print_about(FILE *page, const struct bench_opts *opts, const struct about *about)
{
	const struct {
		const char *key;
		const char *value;
	} lines[] = {
		{ "Command", opts->command ?: "" },
		{ "Finished", about->finished },
		{ "Kernel", about->kernel },
		{ "Processor", about->processor },
	};

	fputs("<dl>\n", page);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		fprintf(page, "<dt>%s</dt><dd>", lines[i].key);
		print_text(page, lines[i].value);
		fputs("</dd>\n", page);
	}
	fprintf(page, "<dt>CPUs</dt><dd>%u</dd>\n<dt>Rounds</dt><dd>%u, interleaved</dd>\n",
		about->cpus, opts->rounds);
	fprintf(page,
		"<dt>Other load</dt><dd>%.1f %% of the CPUs by other programs, %.1f %% by other "
		"guests</dd>\n</dl>\n",
		about->others * 100, about->stolen * 100);
	fputs("<p>Points are medians over the rounds, bars reach from the least to the most. Where "
	      "a "
	      "contestant ran with several settings, the plots show its best one in each place, "
	      "and the tables all of them, the best one marked. Blue is the ring, orange the perf "
	      "buffer; dotted as people write it, dashed at its best, full lines libbpfchan.</p>\n",
	      page);
}

/* ---- tables ---- */

static void print_cell_value(FILE *page, const struct result *result, enum metric metric)
{
	struct spread spread = result_spread(result, metric);
	char text[32];

	if (!result_has(result, metric)) {
		fputs("<td>-</td>", page);
		return;
	}
	format_value(spread.median, metrics[metric].unit, text, sizeof(text));
	fprintf(page, "<td title=\"%.6g to %.6g\">%s</td>", spread.min, spread.max, text);
}

static void print_row(FILE *page, const struct result *result)
{
	const struct part *part = result->cell.part;
	char memory[32];

	format_bytes(result->allocated_bytes, memory, sizeof(memory));
	fprintf(page, "<tr%s><td>%s</td><td>%s</td><td>%s</td>",
		result->best ? " class=\"best\"" : "", result->contestant->name,
		result->contestant->setting, memory);
	fprintf(page, "<td>%.0f</td><td>%.0f</td><td>%.0f</td>",
		result_spread(result, METRIC_ATTEMPTS).sum,
		result_spread(result, METRIC_DELIVERED).sum,
		result_spread(result, METRIC_LOST).sum);
	print_cell_value(page, result, part->rank);
	for (const enum metric *c = part->columns; *c != METRIC_COUNT; c++)
		print_cell_value(page, result, *c);
	fputs("</tr>\n", page);
}

static void print_table_head(FILE *page, const struct cell *cell)
{
	char title[128];

	cell_title(cell, title, sizeof(title));
	fprintf(page, "<table><caption>%s</caption>\n<tr><th>Contestant</th><th>setting</th>",
		title);
	fputs("<th>memory</th><th>attempts</th><th>delivered</th><th>lost</th>", page);
	fprintf(page, "<th>%s</th>", metrics[cell->part->rank].title);
	for (const enum metric *c = cell->part->columns; *c != METRIC_COUNT; c++)
		fprintf(page, "<th>%s</th>", metrics[*c].title);
	fputs("</tr>\n", page);
}

static void print_tables(FILE *page, const struct results *results, const struct part *part)
{
	const struct cell *cell = NULL;

	fputs("<details><summary>Numbers</summary>\n<p>Attempts, delivered and lost are sums over "
	      "all rounds; the rest are medians.</p>\n<div class=\"wide\">\n",
	      page);
	for (size_t i = 0; i < results->count; i++) {
		const struct result *result = &results->list[i];

		if (result->cell.part != part || (result->contestant->fields & FIELD_EMPTY))
			continue;
		if (!cell || !cell_same(cell, &result->cell)) {
			fputs(cell ? "</table>\n" : "", page);
			print_table_head(page, &result->cell);
		}
		cell = &result->cell;
		print_row(page, result);
	}
	fputs("</table>\n</div>\n</details>\n", page);
}

/* ---- the page ---- */

static bool was_measured(const struct results *results, const struct part *part)
{
	for (size_t i = 0; i < results->count; i++)
		if (results->list[i].cell.part == part)
			return true;
	return false;
}

static int print_part(FILE *page, const struct results *results, const struct part *part)
{
	int err;

	fprintf(page, "<section id=\"%s\">\n<h2>%s</h2>\n<p>", part->name, part->title);
	print_text(page, part->what);
	fputs("</p>\n<div class=\"plots\">\n", page);
	err = plots_draw(page, results, part);
	fputs("</div>\n", page);
	print_tables(page, results, part);
	fputs("</section>\n", page);
	return err;
}

static int print_page(FILE *page, const struct bench_opts *opts, const struct about *about,
		      const struct results *results)
{
	int err = 0;

	print_head(page);
	print_about(page, opts, about);
	for (size_t i = 0; i < bench_part_count && !err; i++)
		if (was_measured(results, &bench_parts[i]))
			err = print_part(page, results, &bench_parts[i]);
	fputs("</body>\n</html>\n", page);
	return err;
}

static int failed(const char *folder, const char *what, int err)
{
	fprintf(stderr, "whodel: bench: --report %s: %s: %s\n", folder, what, strerror(-err));
	return err;
}

int report_check(const struct bench_opts *opts)
{
	int err;

	if (mkdir(opts->report, 0777) && errno != EEXIST)
		return failed(opts->report, "cannot make the folder", -errno);
	if (access(opts->report, W_OK | X_OK))
		return failed(opts->report, "cannot write into the folder", -errno);
	err = plot_check();
	if (err)
		failed(opts->report, "cannot run gnuplot (try: apt-get install gnuplot-nox)", err);
	return err;
}

int report_write(const struct bench_opts *opts, const struct about *about,
		 const struct results *results)
{
	char *path = NULL;
	FILE *page = NULL;
	int err = 0;

	if (asprintf(&path, "%s/index.html", opts->report) < 0)
		return -ENOMEM;
	page = fopen(path, "we");
	free(path);
	if (!page)
		return failed(opts->report, "cannot write index.html", -errno);
	err = print_page(page, opts, about, results);
	if (err)
		failed(opts->report, "gnuplot failed", err);
	if (ferror(page) | fclose(page))
		return failed(opts->report, "cannot write index.html", -EIO);
	return err;
}
