// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "cli/collect.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/fleet_options.h"
#include "cli/message.h"
#include "cli/record.h"
#include "cli/service.h"
#include "cli/subcommand.h"
#include "trace/cleanup.h"

static const struct option_row rows[] = {
	{ 0, "store", "FILE", "collect there (default " STORE_DEFAULT ")", set_store },
	{ 0, "group", "NAME", "this group may read a store that is made now", set_group },
	{ 0, "keep", "TIME", "remove what is older: 30d, 12h (default 90d; 0d: never)", set_keep },
	{ 0, "max-size", "SIZE", "remove the oldest beyond it (default 2G; 0: never)",
	  set_max_size },
	ROWS_OF_FLEET,
	{ 'h', "help", NULL, "show this", NULL },
	{ 0, "version", NULL, "show the version", NULL },
};

static const struct syntax collect_syntax;

static enum options_result take_servers(struct options *options, int argc, char **argv)
{
	const char *wrong;

	if (optind + 1 != argc)
		return syntax_wrong(&collect_syntax, "servers",
				    "give them once, as in nats://a:4222,nats://b:4222");
	wrong = set_forward(options, argv[optind]);
	return wrong ? syntax_wrong(&collect_syntax, argv[optind], wrong) : OPTIONS_GO;
}

static const struct syntax collect_syntax = {
	.command = "whodel collect",
	.head = "Usage: whodel collect [options] nats://SERVER[,nats://SERVER...]\n"
		"\n"
		"Collect what recorders with --forward tell into one store, for whodel who and "
		"whodel\n"
		"log. It runs until it is told to stop, mostly as a service.\n",
	.tail = "Exit status: 0 it was stopped; 1 it failed; 2 wrong use.",
	.rows = rows,
	.row_count = sizeof(rows) / sizeof(rows[0]),
	.take_rest = take_servers,
};

static enum options_result parse(int argc, char **argv, struct options *options)
{
	return syntax_parse(&collect_syntax, argc, argv, options);
}

static void on_error(const char *error)
{
	if (*error)
		message("collecting waits: %s", error);
	else
		message("collecting goes on");
}

static int run(const struct options *options)
{
	char error[PATH_MAX + 512] = "out of memory";
	_cleanup_close_ int signals = -1;
	sigset_t set;
	struct collect_opts opts = {
		.fleet = options->fleet,
		.store = options->record.store,
		.group = options->record.group,
		.keep_seconds = options->record.keep_seconds,
		.keep_bytes = options->record.keep_bytes,
		.on_error = on_error,
		.error = error,
		.error_size = sizeof(error),
	};
	int err;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	opts.stop = signals;
	service_tell("READY=1\nSTATUS=collecting");
	message("collecting into %s", opts.store);
	err = collect_run(&opts);
	if (err)
		message("%s", error);
	return err ? STATUS_FAILED : STATUS_OK;
}

int collect_main(int argc, char **argv)
{
	return subcommand_main(argc, argv, parse, run);
}
