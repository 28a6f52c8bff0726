// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "cli/history_options.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <time.h>

#include "cli/syntax.h"
#include "history/nanoseconds.h"
#include "history/when.h"

static const char no_memory[] = "out of memory";

static const char *set_moment(int64_t *moment, const char *value)
{
	struct timespec now;
	struct timespec at;
	int err;

	clock_gettime(CLOCK_REALTIME, &now);
	err = when_parse(value, &now, &at);
	if (err == -ERANGE)
		return "there is no such day, or hour";
	if (err)
		return "a time is as in: yesterday 14:00, 2h ago, 2026-11-21 14:00:30, "
		       "2026-11-21T13:00:30Z, @1795266030";
	*moment = nanoseconds_of(at);
	return NULL;
}

static const char *set_since(struct options *options, const char *value)
{
	return set_moment(&options->asked.since, value);
}

static const char *set_until(struct options *options, const char *value)
{
	return set_moment(&options->asked.until, value);
}

static const char *set_store(struct options *options, const char *value)
{
	options->asked.store = value;
	return NULL;
}

static const char *set_under(struct options *options, const char *value)
{
	options->asked.under = value;
	return NULL;
}

static const char *set_inode(struct options *options, const char *value)
{
	if (parse_number(value, UINT64_MAX, &options->asked.match.inode) ||
	    options->asked.match.inode == 0)
		return "an inode is a number from 1, as ls -i shows it";
	return NULL;
}

static const char *set_unit(struct options *options, const char *value)
{
	return string_list_add(&options->asked.match.units, value) ? no_memory : NULL;
}

static const char *set_stored_container(struct options *options, const char *value)
{
	if (!*value)
		return "a container is its ID, or how it begins";
	return string_list_add(&options->asked.match.containers, value) ? no_memory : NULL;
}

static const char *set_expand(struct options *options, const char *value)
{
	(void)value;
	options->asked.expand = true;
	return NULL;
}

static const char *set_follow(struct options *options, const char *value)
{
	(void)value;
	options->asked.follow = true;
	return NULL;
}

static const char *set_stored_failed(struct options *options, const char *value)
{
	(void)value;
	options->failed = true;
	return NULL;
}

/* Rows of who and of log alike. */
#define ROWS_OF_EVENTS                                                                             \
	{ 'p', "pid", "PID", "only this process", set_pid },                                       \
		{ 'u', "user", "USER", "only processes of this user, by name or number",           \
		  set_user },                                                                      \
		{ 'c', "comm", "NAME", "only threads of this name", set_comm },                    \
		{ 0, "unit", "UNIT", "only processes of this systemd unit", set_unit },            \
		{ 0, "container", "ID", "only of this container; the ID may be cut",               \
		  set_stored_container },                                                          \
		{ 0, "under", "DIR", "only what was in this directory, or it itself", set_under }, \
		{ 0, "inode", "N", "only the file of this inode", set_inode },                     \
		{ 0, "exclude", "GLOB", "no paths that match", set_exclude },                      \
		{ 0, "since", "TIME", "from then on: 2h ago, yesterday 14:00, 2026-11-21",         \
		  set_since },                                                                     \
		{ 0, "until", "TIME", "up to then", set_until },                                   \
		{ 'x', "failed", NULL, "failed attempts too", set_stored_failed },                 \
		{ 0, "expand", NULL, "each event of a tree that a process deleted", set_expand },  \
		{ 0, "store", "FILE", "instead of " STORE_DEFAULT, set_store },                    \
	{                                                                                          \
		'o', "output", "table|json|ecs", "table (default), or an object a line",           \
			set_output                                                                 \
	}

#define ROWS_OF_ALL                                                                                \
	{ 'h', "help", NULL, "show this", NULL },                                                  \
	{                                                                                          \
		0, "version", NULL, "show the version", NULL                                       \
	}

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* ---- who ---- */

static const struct option_row who_rows[] = {
	{ 0, "glob", "GLOB", "only paths that match; * and ? match / too", set_path },
	ROWS_OF_EVENTS,
	{ 'n', "count", "N", "as many events at most (default 10 of a path, else 100)", set_count },
	ROWS_OF_ALL,
};

static const struct syntax who_syntax;

static bool is_search(const struct options *options)
{
	const struct filter *filter = &options->filter;
	const struct match *match = &options->asked.match;

	return options->asked.under || match->inode || filter->paths.count || filter->pids.count ||
	       filter->uids.count || filter->comms.count || match->units.count ||
	       match->containers.count || filter->excludes.count;
}

static enum options_result take_path(struct options *options, int argc, char **argv)
{
	if (optind < argc)
		options->asked.path = argv[optind++];
	if (optind < argc)
		return syntax_wrong(&who_syntax, argv[optind], "one path at a time");
	return OPTIONS_GO;
}

static enum options_result check_who(const struct options *options)
{
	const char *path = options->asked.path;

	if (path && !*path)
		return syntax_wrong(&who_syntax, "''", "no file has an empty path");
	if (path && is_search(options))
		return syntax_wrong(&who_syntax, path,
				    "give a path, or what to search by; --under takes a directory");
	if (!path && !is_search(options))
		return syntax_wrong(&who_syntax, "who",
				    "of which file? Give a path, or what to search by, as --glob");
	if (options->asked.since > options->asked.until)
		return syntax_wrong(&who_syntax, "--since", "it is later than --until");
	return OPTIONS_GO;
}

static const struct syntax who_syntax = {
	.command = "whodel who",
	.head = "Usage: whodel who [options] PATH\n"
		"       whodel who [options] what to search by\n"
		"\n"
		"Who deleted that file? From the history that whodel record keeps, the last "
		"deletion\n"
		"first, and with what the history can prove.\n",
	.tail = "Options that name processes or paths can be repeated.\n"
		"\n"
		"Exit status: 0 found; 3 not found, and nothing was missed; 4 not found, and "
		"something\n"
		"may have been missed; 1 it failed; 2 wrong use.",
	.rows = who_rows,
	.row_count = COUNT(who_rows),
	.take_rest = take_path,
	.check = check_who,
};

enum options_result who_options(int argc, char **argv, struct options *options)
{
	return syntax_parse(&who_syntax, argc, argv, options);
}

/* ---- log ---- */

static const struct option_row log_rows[] = {
	{ 0, "path", "GLOB", "only paths that match; * and ? match / too", set_path },
	ROWS_OF_EVENTS,
	{ 'n', "count", "N", "the last N events", set_count },
	{ 'f', "follow", NULL, "go on with those that come", set_follow },
	ROWS_OF_ALL,
};

static const struct syntax log_syntax;

static enum options_result check_log(const struct options *options)
{
	if (options->asked.since > options->asked.until)
		return syntax_wrong(&log_syntax, "--since", "it is later than --until");
	return OPTIONS_GO;
}

static const struct syntax log_syntax = {
	.command = "whodel log",
	.head = "Usage: whodel log [options]\n"
		"\n"
		"The history that whodel record keeps, in the order in which it happened.\n",
	.tail = "Options that name processes or paths can be repeated.\n"
		"\n"
		"Exit status: 0; 1 it failed; 2 wrong use.",
	.rows = log_rows,
	.row_count = COUNT(log_rows),
	.check = check_log,
};

enum options_result log_options(int argc, char **argv, struct options *options)
{
	return syntax_parse(&log_syntax, argc, argv, options);
}

/* ---- status ---- */

static const char *set_status_output(struct options *options, const char *value)
{
	return strcmp(value, "ecs") ? set_output(options, value) : "it is one of: table, json";
}

static const struct option_row status_rows[] = {
	{ 0, "store", "FILE", "instead of " STORE_DEFAULT, set_store },
	{ 'o', "output", "table|json", "for people (default), or one object", set_status_output },
	ROWS_OF_ALL,
};

static const struct syntax status_syntax = {
	.command = "whodel status",
	.head = "Usage: whodel status [options]\n"
		"\n"
		"Is the recorder well, and what does the history have?\n",
	.tail = "Exit status: 0 all is well; 3 no recorder runs; 4 one runs, and something is "
		"wrong;\n"
		"1 the store cannot be read; 2 wrong use.",
	.rows = status_rows,
	.row_count = COUNT(status_rows),
};

enum options_result status_options(int argc, char **argv, struct options *options)
{
	return syntax_parse(&status_syntax, argc, argv, options);
}
