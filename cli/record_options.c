// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>

#include "cli/fleet_options.h"
#include "cli/metrics_server.h"
#include "cli/record.h"
#include "cli/syntax.h"
#include "history/store_file.h"

const struct record_options record_defaults = {
	.store = STORE_DEFAULT,
	.keep_seconds = 90ULL * 86400,
	.keep_bytes = (size_t)2 << 30,
	.canary_seconds = 60,
	.group = STORE_NO_GROUP,
};

const char *set_store(struct options *options, const char *value)
{
	if (!*value)
		return "it is the name of a file";
	options->record.store = value;
	return NULL;
}

const char *set_keep(struct options *options, const char *value)
{
	static const char units[] = "smhdw";
	static const uint64_t seconds[] = { 1, 60, 3600, 86400, 604800 };
	const char *unit;
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(value, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (*value < '0' || *value > '9' || errno || !unit || end[1] || number > 1000000)
		return "a time is a number with s, m, h, d or w behind it, such as 30d; 0d: for "
		       "ever";
	options->record.keep_seconds = number * seconds[unit - units];
	return NULL;
}

const char *set_max_size(struct options *options, const char *value)
{
	size_t bytes;

	if (parse_size(value, &bytes) || (bytes && bytes < (size_t)1 << 20))
		return "a size is from 1M on, such as 500M or 2G; 0: without limit";
	options->record.keep_bytes = bytes;
	return NULL;
}

static const char *set_queue(struct options *options, const char *value)
{
	if (parse_size(value, &options->record.queue_bytes) || options->record.queue_bytes < 65536)
		return "a size is from 64K on";
	return NULL;
}

const char *set_group(struct options *options, const char *value)
{
	const struct group *entry = getgrnam(value);

	if (!entry)
		return "no such group; make it with groupadd --system";
	options->record.group = entry->gr_gid;
	return NULL;
}

static const char *set_canary(struct options *options, const char *value)
{
	uint64_t seconds;

	if (parse_number(value, 86400, &seconds) || !seconds)
		return "it is a number of seconds from 1 to 86400";
	options->record.canary_seconds = (unsigned int)seconds;
	return NULL;
}

static const char *set_metrics(struct options *options, const char *value)
{
	options->record.metrics = value;
	return metrics_address_wrong(value);
}

static const char *set_host(struct options *options, const char *value)
{
	if (!*value || strlen(value) > 64)
		return "a host's name has from 1 to 64 bytes";
	options->host = value;
	return NULL;
}

static const struct option_row rows[] = {
	{ 0, "store", "FILE", "keep it there (default " STORE_DEFAULT ")", set_store },
	{ 0, "group", "NAME", "this group may read a store that is made now", set_group },
	{ 0, "keep", "TIME", "remove what is older: 30d, 12h (default 90d; 0d: never)", set_keep },
	{ 0, "max-size", "SIZE", "remove the oldest beyond it (default 2G; 0: never)",
	  set_max_size },
	{ 0, "queue", "SIZE", "what may wait in memory for a slow disk (default 16M)", set_queue },
	{ 0, "args", "WHAT", "of command lines keep: none, exe (the first word), full (default)",
	  set_args },
	{ 0, "canary", "SECONDS", "how often to prove that deletions come through (default 60)",
	  set_canary },
	{ 0, "truncations", NULL, "files whose content was cut to nothing, too", set_truncations },
	{ 0, "metrics", "ADDRESS", "figures for Prometheus: PORT, on loopback, or HOST:PORT",
	  set_metrics },
	{ 0, "forward", "SERVERS", "tell it all to a stream there: nats://A:4222,nats://B:4222",
	  set_forward },
	{ 0, "host", "NAME", "this machine's name in the stream (default: its own)", set_host },
	ROWS_OF_FLEET,
	{ 0, "transport", "WHICH", "kernel buffer: auto (default), ring, perf", set_transport },
	{ 0, "buffer", "SIZE", "bytes for all CPUs together: 64K, 8M (default), ...", set_buffer },
	{ 0, "probe", "WHICH", "auto (default) or tracepoint, the one of this version", set_probe },
	{ 'v', "verbose", NULL, "say what is chosen, and what libbpf says", set_verbose },
	{ 'h', "help", NULL, "show this", NULL },
	{ 0, "version", NULL, "show the version", NULL },
};

static const struct syntax record_syntax = {
	.command = "whodel record",
	.head = "Usage: whodel record [options]\n"
		"\n"
		"Keep the history of all deletions and moves on this machine, for whodel who and "
		"whodel\n"
		"log. It runs until it is told to stop, mostly as a service.\n",
	.tail = "Exit status: 0 it was stopped; 1 it failed; 2 wrong use.",
	.rows = rows,
	.row_count = sizeof(rows) / sizeof(rows[0]),
};

enum options_result record_options_parse(int argc, char **argv, struct options *options)
{
	return syntax_parse(&record_syntax, argc, argv, options);
}
