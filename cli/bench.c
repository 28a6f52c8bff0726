// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "cli/bench.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "cli/message.h"
#include "cli/options.h"
#include "trace/trace.h"

/* Each setter takes the value; what is wrong with it is returned as text, NULL when fine. */
typedef const char *(*setter)(struct bench_opts *opts, const char *value);

static int parse_count(const char *text, unsigned int *count)
{
	char *end;
	unsigned long value;

	if (*text < '1' || *text > '9')
		return -EINVAL;
	value = strtoul(text, &end, 10);
	if (*end || value > 1000000)
		return -EINVAL;
	*count = (unsigned int)value;
	return 0;
}

static const char *set_rounds(struct bench_opts *opts, const char *value)
{
	return parse_count(value, &opts->rounds) ? "rounds are a number from 1" : NULL;
}

static const char *set_quick(struct bench_opts *opts, const char *value)
{
	(void)value;
	opts->quick = true;
	return NULL;
}

static const char *set_full(struct bench_opts *opts, const char *value)
{
	(void)value;
	opts->full = true;
	return NULL;
}

static const char *set_bytes(struct bench_opts *opts, const char *value)
{
	if (parse_count(value, &opts->bytes))
		return "a record has 32, 128, 512 or 4096 bytes";
	return NULL;
}

static const char *set_buffer(struct bench_opts *opts, const char *value)
{
	size_t bytes;

	if (parse_size(value, &bytes) || bytes < 65536 || bytes > 1 << 30 || (bytes & (bytes - 1)))
		return "a buffer to compare on is a power of two from 64K to 1G: all can have it";
	opts->buffer_bytes = bytes;
	return NULL;
}

static const char *set_producers(struct bench_opts *opts, const char *value)
{
	if (!strcmp(value, "all"))
		opts->producers = BENCH_ALL_CPUS;
	else if (parse_count(value, &opts->producers))
		return "it is a number of CPUs, or all";
	return NULL;
}

static const char *set_rate(struct bench_opts *opts, const char *value)
{
	return parse_count(value, &opts->rate) ? "a rate is 1000, 10000 or 100000" : NULL;
}

static const char *set_json(struct bench_opts *opts, const char *value)
{
	opts->json = value;
	return NULL;
}

static const char *set_report(struct bench_opts *opts, const char *value)
{
	opts->report = value;
	return NULL;
}

static const struct option_info {
	const char *name;
	const char *argument; /* NULL: none */
	setter set;	      /* NULL: --help */
	const char *help;
} table[] = {
	{ "quick", NULL, set_quick, "one size, one buffer, short rounds: under a minute" },
	{ "full", NULL, set_full, "every combination: about an hour" },
	{ "rounds", "N", set_rounds, "interleaved rounds of everything (7; quick: 3)" },
	{ "bytes", "N", set_bytes, "only records of 32, 128, 512 or 4096 bytes" },
	{ "buffer", "SIZE", set_buffer, "a buffer of this size, all CPUs together (512K and 4M)" },
	{ "producers", "N|all", set_producers, "only this many CPUs producing (1 and all)" },
	{ "rate", "N", set_rate, "paced: only so many events a second (1000, 10000, 100000)" },
	{ "json", "FILE", set_json, "write everything there; - for standard output, no table" },
	{ "report", "DIR", set_report, "write a page with plots, DIR/index.html; needs gnuplot" },
	{ "help", NULL, NULL, "this text" },
};

#define OPTIONS (sizeof(table) / sizeof(table[0]))

static int help(void)
{
	printf("Usage: whodel bench [OPTION]... [PART]...\n\n"
	       "Measures the BPF ring buffer and the perf event buffer on this machine: libbpf's\n"
	       "readers as people write them and at their best, and libbpfchan on both, at equal\n"
	       "memory, in interleaved rounds. Needs root. Without a PART, all of them,\n"
	       "a quarter of an hour; one thing is varied at a time, from 128 bytes, 512K, one\n"
	       "CPU producing and 100,000 a second:\n\n ");
	for (size_t i = 0; bench_part_name(i); i++)
		printf(" %s", bench_part_name(i));
	printf("\n\n");
	for (size_t i = 0; i < OPTIONS; i++) {
		char name[40];

		snprintf(name, sizeof(name), "--%s%s%s", table[i].name,
			 table[i].argument ? " " : "", table[i].argument ?: "");
		printf("  %-18s %s\n", name, table[i].help);
	}
	if (fflush(stdout) == 0)
		return STATUS_OK;
	message("cannot write the help: %m");
	return STATUS_FAILED;
}

static void fill_long_options(struct option *options)
{
	for (size_t i = 0; i < OPTIONS; i++)
		options[i] = (struct option){
			.name = table[i].name,
			.has_arg = table[i].argument ? required_argument : no_argument,
		};
}

/* -1: go on; else the exit status. */
static int parse(int argc, char **argv, struct bench_opts *opts)
{
	struct option options[OPTIONS + 1] = { 0 };
	const char *wrong;
	int which;
	int c;

	fill_long_options(options);
	while ((c = getopt_long(argc, argv, "h", options, &which)) != -1) {
		if (c == '?') {
			message("bench: try: whodel bench --help");
			return STATUS_USAGE;
		}
		if (c == 'h' || !table[which].set)
			return help();
		wrong = table[which].set(opts, optarg);
		if (wrong) {
			message("bench: --%s %s: %s", table[which].name, optarg, wrong);
			return STATUS_USAGE;
		}
	}
	opts->parts = (const char *const *)&argv[optind];
	opts->part_count = (size_t)(argc - optind);
	return -1;
}

/* "whodel bench flood --quick", for the record. */
static char *join(int argc, char **argv)
{
	size_t size = sizeof("whodel bench");
	char *text;

	for (int i = 1; i < argc; i++)
		size += strlen(argv[i]) + 1;
	text = malloc(size);
	if (!text)
		return NULL;
	strcpy(text, "whodel bench");
	for (int i = 1; i < argc; i++)
		strcat(strcat(text, " "), argv[i]);
	return text;
}

static int run(int argc, char **argv, const char *command)
{
	struct bench_opts opts = { .command = command };
	int status = parse(argc, argv, &opts);

	if (status >= 0)
		return status;
	trace_log(false);
	switch (bench_run(&opts)) {
	case 0:
		return STATUS_OK;
	case -EINVAL:
		return STATUS_USAGE;
	}
	return STATUS_FAILED;
}

/* Joined first: getopt_long() sorts argv. */
int bench_main(int argc, char **argv)
{
	char *command = join(argc, argv);
	int status = run(argc, argv, command);

	free(command);
	return status;
}
