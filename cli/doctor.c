// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "cli/doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/message.h"
#include "cli/syntax.h"
#include "doctor/checkup.h"
#include "trace/trace.h"

static const char *set_folder(struct options *options, const char *value)
{
	options->folder = value;
	return NULL;
}

/* A checkup is no stream of events: of their formats it has two. */
static const char *set_format(struct options *options, const char *value)
{
	if (strcmp(value, "table") != 0 && strcmp(value, "json") != 0)
		return "it is one of: table, json";
	return set_output(options, value);
}

static const struct option_row rows[] = {
	{ 'o', "output", "table|json", "for people (default), or one object", set_format },
	{ 0, "folder", "DIR", "make the scratch folder there (default TMPDIR, or /var/tmp)",
	  set_folder },
	{ 0, "transport", "auto|ring|perf", "kernel buffer (default: auto)", set_transport },
	{ 0, "probe", "auto|fentry|kprobe|tracepoint", "test this one (default: auto)", set_probe },
	{ 'v', "verbose", NULL, "say what libbpf says", set_verbose },
	{ 'h', "help", NULL, "show this", NULL },
	{ 0, "version", NULL, "show the version", NULL },
};

static const struct syntax syntax = {
	.command = "whodel doctor",
	.head = "Usage: whodel doctor [options]\n"
		"\n"
		"Says what this kernel has of what whodel builds on, which probe and buffer it "
		"takes\n"
		"and why no better one; then deletes files of its own in every way there is, and "
		"says\n"
		"which of them were seen.\n",
	.tail = "Exit status: 0 what should be seen was; 1 it was not, or could not be tried; 2 "
		"wrong\n"
		"use.",
	.rows = rows,
	.row_count = sizeof(rows) / sizeof(rows[0]),
};

static const char *scratch_parent(const struct options *options)
{
	const char *parent = getenv("TMPDIR");

	if (options->folder)
		return options->folder;
	return parent && *parent ? parent : "/var/tmp";
}

static int show(const struct options *options, const struct checkup *checkup)
{
	struct buffer out;
	int err;

	buffer_init(&out, STDOUT_FILENO);
	if (!strcmp(options->format, "json"))
		checkup_show_json(checkup, &out);
	else
		checkup_show_table(checkup, &out);
	err = buffer_flush(&out);
	buffer_free(&out);
	if (err)
		message("cannot write the output: %s", strerror(-err));
	return err;
}

static int run(const struct options *options)
{
	const struct selftest_opts opts = {
		.probe = options->probe,
		.transport = options->transport,
		.folder = scratch_parent(options),
	};
	static struct checkup checkup;
	int status = STATUS_OK;

	trace_log(options->verbose);
	checkup_run(&opts, &checkup);
	if (!checkup_is_well(&checkup))
		status = STATUS_FAILED;
	if (checkup.selftest_err)
		message("%s", checkup.selftest.error);
	if (show(options, &checkup))
		status = STATUS_FAILED;
	checkup_free(&checkup);
	return status;
}

int doctor_main(int argc, char **argv)
{
	struct options options;
	int status = STATUS_USAGE;

	switch (syntax_parse(&syntax, argc, argv, &options)) {
	case OPTIONS_GO:
		status = run(&options);
		break;
	case OPTIONS_DONE:
		status = fclose(stdout) ? STATUS_FAILED : STATUS_OK;
		break;
	case OPTIONS_WRONG:
		break;
	}
	options_free(&options);
	return status;
}
