// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Everything, for programs: every round of every setting, spreads and distributions. */
#include <errno.h>
#include <string.h>

#include "bench/publish.h"

/* Other than the command and the processor, all strings are our own plain words. */
static void print_string(FILE *file, const char *text)
{
	fputc('"', file);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			fprintf(file, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			fprintf(file, "\\u%04x", c < 0x80 ? c : 0xfffd);
		else
			fputc(c, file);
	}
	fputc('"', file);
}

static void print_number(FILE *file, const char *key, double value)
{
	fprintf(file, "\"%s\":%.17g", key, value);
}

static void print_values(FILE *file, const struct result *result, unsigned int round)
{
	const char *before = "";

	fputc('{', file);
	for (unsigned int i = 0; i < METRIC_COUNT; i++) {
		if (!result_has(result, i))
			continue;
		fputs(before, file);
		print_number(file, metrics[i].key, result->values[round][i]);
		before = ",";
	}
	fputc('}', file);
}

static void print_rounds(FILE *file, const struct result *result)
{
	fputs(",\"rounds\":[", file);
	for (unsigned int i = 0; i < result->rounds; i++) {
		if (i)
			fputc(',', file);
		print_values(file, result, i);
	}
	fputc(']', file);
}

static void print_spread(FILE *file, const char *key, const struct spread *spread)
{
	fprintf(file, "\"%s\":{\"min\":%.17g,\"q1\":%.17g,\"median\":%.17g,\"q3\":%.17g,", key,
		spread->min, spread->low, spread->median, spread->high);
	fprintf(file, "\"max\":%.17g,\"sum\":%.17g}", spread->max, spread->sum);
}

static void print_spreads(FILE *file, const struct result *result)
{
	const char *before = "";

	fputs(",\"over_rounds\":{", file);
	for (unsigned int i = 0; i < METRIC_COUNT; i++) {
		struct spread spread;

		if (!result_has(result, i))
			continue;
		spread = result_spread(result, i);
		fputs(before, file);
		print_spread(file, metrics[i].key, &spread);
		before = ",";
	}
	fputc('}', file);
}

/* [largest ns of the bucket, how many], empty ones left out. */
static void print_latency(FILE *file, const struct histogram *latency)
{
	const char *before = "";

	if (!latency->count)
		return;
	fputs(",\"latency_ns\":[", file);
	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		if (!latency->buckets[i])
			continue;
		fprintf(file, "%s[%llu,%u]", before, (unsigned long long)histogram_bucket_end(i),
			latency->buckets[i]);
		before = ",";
	}
	fputc(']', file);
}

static void print_result(FILE *file, const struct result *result)
{
	const struct cell *cell = &result->cell;
	const struct contestant *contestant = result->contestant;

	fprintf(file, "{\"part\":\"%s\",\"contestant\":\"%s\",\"setting\":\"%s\",\"best\":%s,",
		cell->part->name, contestant->name, contestant->setting,
		result->best ? "true" : "false");
	fprintf(file, "\"transport\":\"%s\",\"producers\":%u,\"bytes\":%u,\"buffer_bytes\":%zu,",
		contestant->transport == BPFCHAN_RING ? "ring" : "perf", cell->producers,
		cell->bytes, cell->buffer_bytes);
	fprintf(file, "\"rate\":%u,\"situation\":\"%s\",\"data_bytes\":%zu,\"allocated_bytes\":%zu",
		cell->rate, cell->situation, result->data_bytes, result->allocated_bytes);
	print_spreads(file, result);
	print_rounds(file, result);
	print_latency(file, &result->latency);
	fputc('}', file);
}

static void print_about(FILE *file, const struct bench_opts *opts, const struct about *about)
{
	const struct {
		const char *key;
		const char *value;
	} strings[] = {
		{ "whodel", WHODEL_VERSION },	 { "command", opts->command ?: "" },
		{ "finished", about->finished }, { "kernel", about->kernel },
		{ "machine", about->machine },	 { "processor", about->processor },
	};

	print_number(file, "others_cpu", about->others);
	fputc(',', file);
	print_number(file, "stolen_cpu", about->stolen);
	fprintf(file, ",\"schema\":1,\"cpus\":%u,\"rounds\":%u,\"quick\":%s", about->cpus,
		opts->rounds, opts->quick ? "true" : "false");
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		fprintf(file, ",\"%s\":", strings[i].key);
		print_string(file, strings[i].value);
	}
}

static void print_all(FILE *file, const struct bench_opts *opts, const struct about *about,
		      const struct results *results)
{
	fputc('{', file);
	print_about(file, opts, about);
	fputs(",\"results\":[\n", file);
	for (size_t i = 0; i < results->count; i++) {
		if (i)
			fputs(",\n", file);
		print_result(file, &results->list[i]);
	}
	fputs("\n]}\n", file);
}

int json_write(const struct bench_opts *opts, const struct about *about,
	       const struct results *results)
{
	bool to_stdout = !strcmp(opts->json, "-");
	FILE *file = to_stdout ? stdout : fopen(opts->json, "we");
	bool failed;

	if (file)
		print_all(file, opts, about, results);
	failed = !file || ferror(file) || fflush(file);
	if (file && !to_stdout && fclose(file))
		failed = true;
	if (failed)
		fprintf(stderr, "whodel: bench: cannot write %s: %m\n", opts->json);
	return failed ? -EIO : 0;
}
