// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/bench.h"
#include "cli/collect.h"
#include "cli/doctor.h"
#include "cli/live.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/record.h"
#include "cli/subcommand.h"
#include "cli/who.h"
#include "trace/trace.h"

static int run(const struct options *options)
{
	trace_log(options->verbose);
	return live_run(options);
}

static int trace_main(int argc, char **argv)
{
	return subcommand_main(argc, argv, options_parse, run);
}

static int help_main(int argc, char **argv);

static const struct subcommand {
	const char *name;
	const char *summary; /* a line of whodel help */
	int (*run)(int argc, char **argv);
} subcommands[] = {
	{ "trace", "show deletions as they happen; also without this word", trace_main },
	{ "record", "keep the history of what is deleted, as a service", record_main },
	{ "collect", "collect the history of many machines into one", collect_main },
	{ "who", "say who deleted a file, from the history", who_main },
	{ "log", "show the history as a stream", log_main },
	{ "status", "say whether the recorder is well", status_main },
	{ "bench", "compare the kernel's two buffers on this machine", bench_main },
	{ "doctor", "say what this kernel allows, and try every way to delete", doctor_main },
	{ "help", "list these, or show the options of one", help_main },
};

#define SUBCOMMANDS (sizeof(subcommands) / sizeof(subcommands[0]))

static const struct subcommand *find_subcommand(const char *name)
{
	for (size_t i = 0; i < SUBCOMMANDS; i++)
		if (!strcmp(name, subcommands[i].name))
			return &subcommands[i];
	return NULL;
}

static int list_subcommands(void)
{
	puts("Usage: whodel [SUBCOMMAND] [options]\n");
	for (size_t i = 0; i < SUBCOMMANDS; i++)
		printf("  %-9s %s\n", subcommands[i].name, subcommands[i].summary);
	puts("\nwhodel SUBCOMMAND --help shows its options, man whodel-SUBCOMMAND its manual.");
	return close_stdout();
}

/* whodel help who: as whodel who --help */
static int help_main(int argc, char **argv)
{
	char *ask[] = { argv[0], (char[]){ "--help" }, NULL };
	const struct subcommand *asked = argc == 2 ? find_subcommand(argv[1]) : NULL;

	if (argc == 1 || (asked && asked->run == help_main))
		return list_subcommands();
	if (asked)
		return asked->run(2, ask);
	if (argc == 2 && !strcmp(argv[1], "--help"))
		return list_subcommands();
	message("help: the name of one subcommand, or none; whodel help lists them");
	return STATUS_USAGE;
}

/*
 * A descriptor of ours must not become standard output by taking its number: what is closed is
 * opened so that reading and writing fail as they would have.
 */
static void keep_standard_fds(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			return;
}

/* "trace" is what whodel does without a word. The word itself is dropped. */
int main(int argc, char **argv)
{
	const struct subcommand *subcommand = argc > 1 ? find_subcommand(argv[1]) : NULL;

	keep_standard_fds();
	if (!subcommand)
		return trace_main(argc, argv);
	argv[1] = argv[0];
	return subcommand->run(argc - 1, argv + 1);
}
