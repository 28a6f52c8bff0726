// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/bench.h"
#include "cli/live.h"
#include "cli/message.h"
#include "cli/options.h"
#include "trace/trace.h"

static int run(const struct options *options)
{
	trace_log(options->verbose);
	return live_run(options);
}

/* What --help and --version print is data too. */
static int close_stdout(void)
{
	if (fclose(stdout) == 0)
		return STATUS_OK;
	message("cannot write the output: %m");
	return STATUS_FAILED;
}

static int trace_main(int argc, char **argv)
{
	struct options options;
	int status = STATUS_USAGE;

	switch (options_parse(argc, argv, &options)) {
	case OPTIONS_GO:
		status = run(&options);
		break;
	case OPTIONS_DONE:
		status = close_stdout();
		break;
	case OPTIONS_WRONG:
		break;
	}
	options_free(&options);
	return status;
}

static const struct subcommand {
	const char *name;
	int (*run)(int argc, char **argv);
} subcommands[] = {
	{ "trace", trace_main },
	{ "bench", bench_main },
};

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
	keep_standard_fds();
	for (size_t i = 0; argc > 1 && i < sizeof(subcommands) / sizeof(subcommands[0]); i++) {
		if (strcmp(argv[1], subcommands[i].name) != 0)
			continue;
		argv[1] = argv[0];
		return subcommands[i].run(argc - 1, argv + 1);
	}
	return trace_main(argc, argv);
}
