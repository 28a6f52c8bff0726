// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/syntax.h"
#include "output/output.h"

static const char no_memory[] = "out of memory";

int parse_size(const char *text, size_t *bytes)
{
	static const char suffixes[] = "KMGT";
	char *end;
	unsigned long long number;
	const char *suffix;
	unsigned int shift = 0;

	errno = 0;
	if (*text < '0' || *text > '9')
		return -EINVAL;
	number = strtoull(text, &end, 10);
	if (errno)
		return -EINVAL;
	if (*end) {
		suffix = strchr(suffixes, *end & ~0x20);
		if (!suffix || !*suffix || end[1])
			return -EINVAL;
		shift = 10 * (unsigned int)(suffix - suffixes + 1);
	}
	if (number > SIZE_MAX >> shift)
		return -EINVAL;
	*bytes = (size_t)number << shift;
	return 0;
}

int parse_number(const char *text, uint64_t most, uint64_t *number)
{
	char *end;
	unsigned long long value;

	errno = 0;
	if (*text < '0' || *text > '9')
		return -EINVAL;
	value = strtoull(text, &end, 10);
	if (errno || *end || value > most)
		return -EINVAL;
	*number = value;
	return 0;
}

const char *set_pid(struct options *options, const char *value)
{
	uint64_t pid;

	if (parse_number(value, INT32_MAX, &pid) || pid == 0)
		return "a process ID is a number from 1";
	return number_list_add(&options->filter.pids, (uint32_t)pid) ? no_memory : NULL;
}

const char *set_user(struct options *options, const char *value)
{
	const struct passwd *entry;
	uint64_t uid;

	if (parse_number(value, UINT32_MAX, &uid)) {
		entry = getpwnam(value);
		if (!entry)
			return "no such user; give a name of the user data base, or a number";
		uid = entry->pw_uid;
	}
	return number_list_add(&options->filter.uids, (uint32_t)uid) ? no_memory : NULL;
}

const char *set_comm(struct options *options, const char *value)
{
	if (strlen(value) > 15)
		return "the kernel keeps 15 bytes of a process name: give just these";
	return string_list_add(&options->filter.comms, value) ? no_memory : NULL;
}

const char *set_container(struct options *options, const char *value)
{
	if (!*value)
		return "a container has a name or an ID";
	return string_list_add(&options->filter.containers, value) ? no_memory : NULL;
}

const char *set_path(struct options *options, const char *value)
{
	return string_list_add(&options->filter.paths, value) ? no_memory : NULL;
}

const char *set_exclude(struct options *options, const char *value)
{
	return string_list_add(&options->filter.excludes, value) ? no_memory : NULL;
}

static const char *set_failed(struct options *options, const char *value)
{
	(void)value;
	options->failed = true;
	return NULL;
}

static const char *set_moves(struct options *options, const char *value)
{
	(void)value;
	options->moves = true;
	return NULL;
}

const char *set_truncations(struct options *options, const char *value)
{
	(void)value;
	options->truncations = true;
	return NULL;
}

static const char *set_collapse(struct options *options, const char *value)
{
	(void)value;
	options->collapse = true;
	return NULL;
}

const char *set_verbose(struct options *options, const char *value)
{
	(void)value;
	options->verbose = true;
	return NULL;
}

const char *set_args(struct options *options, const char *value)
{
	static const char *const names[] = {
		[PROBE_ARGS_FULL] = "full",
		[PROBE_ARGS_EXE] = "exe",
		[PROBE_ARGS_NONE] = "none",
	};

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], value)) {
			options->args = i;
			return NULL;
		}
	return "it is one of: none, exe, full";
}

const char *set_output(struct options *options, const char *value)
{
	for (unsigned int i = 0; output_format_name(i); i++)
		if (!strcmp(output_format_name(i), value)) {
			options->format = output_format_name(i);
			return NULL;
		}
	return "it is one of: table, json, ecs, csv";
}

const char *set_transport(struct options *options, const char *value)
{
	static const enum bpfchan_transport all[] = { BPFCHAN_AUTO, BPFCHAN_RING, BPFCHAN_PERF };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (!strcmp(bpfchan_transport_name(all[i]), value)) {
			options->transport = all[i];
			return NULL;
		}
	return "it is one of: auto, ring, perf";
}

const char *set_buffer(struct options *options, const char *value)
{
	if (parse_size(value, &options->buffer_bytes))
		return "a size is a number of bytes, or one with K, M, G or T behind it";
	if (options->buffer_bytes == 0)
		return "nothing fits into an empty buffer; the smallest is a page, 4K";
	return NULL;
}

static const char *set_pages(struct options *options, const char *value)
{
	uint64_t pages;

	if (parse_number(value, SIZE_MAX, &pages) || pages == 0 || (pages & (pages - 1)))
		return "a perf buffer has a power of two of pages per CPU: 1, 2, 4, 8, ...";
	options->perf_pages = pages;
	return NULL;
}

static const char *set_max_delay(struct options *options, const char *value)
{
	uint64_t ms;

	if (parse_number(value, 60000, &ms) || ms == 0)
		return "a delay is a number of milliseconds from 1 to 60000";
	options->max_delay_ms = (unsigned int)ms;
	return NULL;
}

const char *set_probe(struct options *options, const char *value)
{
	static const char *const names[] = { "auto", "fentry", "kprobe", "tracepoint" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], value)) {
			options->probe = names[i];
			return NULL;
		}
	return "it is one of: auto, fentry, kprobe, tracepoint";
}

static const char *set_duration(struct options *options, const char *value)
{
	char *end;

	options->duration = strtod(value, &end);
	if (strspn(value, "0123456789.") != strlen(value) || end == value || *end ||
	    options->duration <= 0 || options->duration > 1e9)
		return "a duration is a number of seconds above 0, such as 10 or 0.5";
	return NULL;
}

const char *set_count(struct options *options, const char *value)
{
	if (parse_number(value, UINT64_MAX, &options->count) || options->count == 0)
		return "a count is a number from 1";
	return NULL;
}

static const struct option_row rows[] = {
	{ 'p', "pid", "PID", "only this process", set_pid },
	{ 'u', "user", "USER", "only processes of this user, by name or number", set_user },
	{ 'c', "comm", "NAME", "only threads of this name, as ps -o comm shows it", set_comm },
	{ 0, "container", "ID", "only in this container: its name, or an ID's first digits",
	  set_container },
	{ 0, "path", "GLOB", "only paths that match; * and ? match / too", set_path },
	{ 0, "exclude", "GLOB", "no paths that match", set_exclude },
	{ 'x', "failed", NULL, "failed attempts too", set_failed },
	{ 0, "moves", NULL, "names that a rename took away, too", set_moves },
	{ 0, "truncations", NULL, "files whose content was cut to nothing, too", set_truncations },
	{ 0, "args", "none|exe|full", "keep of command lines; exe: the first word (default: full)",
	  set_args },
	{ 'o', "output", "table|json|ecs|csv", "table (default), or for programs", set_output },
	{ 0, "collapse", NULL, "a tree that a process deletes as one line (table only)",
	  set_collapse },
	{ 'd', "duration", "SECONDS", "end after this time", set_duration },
	{ 'n', "count", "N", "end after N events", set_count },
	{ 0, "transport", "auto|ring|perf", "kernel buffer (default: auto)", set_transport },
	{ 0, "buffer", "SIZE", "bytes for all CPUs together: 64K, 8M (default), ...", set_buffer },
	{ 0, "pages", "N", "perf: pages per CPU, a power of two, instead of --buffer", set_pages },
	{ 0, "max-delay", "MS", "show an event after this time at the latest (default 10)",
	  set_max_delay },
	{ 0, "probe", "auto|fentry|kprobe|tracepoint",
	  "what to look with (default: auto, the best that works)", set_probe },
	{ 'v', "verbose", NULL, "say what is chosen, and what libbpf says", set_verbose },
	{ 'h', "help", NULL, "show this", NULL },
	{ 0, "version", NULL, "show the version", NULL },
};

static const struct syntax trace_syntax;

/* What getopt did not take: nothing, or a command behind "--". */
static enum options_result take_rest(struct options *options, int argc, char **argv)
{
	if (optind >= argc) {
		if (optind > 0 && !strcmp(argv[optind - 1], "--") && optind > 1)
			return syntax_wrong(&trace_syntax, "--", "a command must follow");
		return OPTIONS_GO;
	}
	if (strcmp(argv[optind - 1], "--") != 0)
		return syntax_wrong(&trace_syntax, argv[optind],
				    "not an option; a command to follow goes behind --");
	options->command = argv + optind;
	return OPTIONS_GO;
}

static enum options_result check_together(const struct options *options)
{
	if (options->perf_pages && options->buffer_bytes)
		return syntax_wrong(&trace_syntax, "--pages",
				    "follows from --buffer: give one of the two");
	if (options->perf_pages && options->transport != BPFCHAN_PERF)
		return syntax_wrong(&trace_syntax, "--pages",
				    "only perf has pages per CPU: add --transport perf");
	return OPTIONS_GO;
}

static const struct syntax trace_syntax = {
	.command = "whodel",
	.head = "Usage: whodel [trace] [options] [-- COMMAND [ARGUMENT...]]\n"
		"\n"
		"Who deleted that file? Shows each deletion on this machine, and the process that "
		"did\n"
		"it; with a command: of this command and all that it starts.\n",
	.tail = "-p, -u, -c, --container, --path and --exclude can be repeated. A \"~\" in front "
		"of a path: as "
		"the\n"
		"process wrote it, not verified by the file system.\n"
		"\n"
		"whodel bench measures the kernel's two buffers here: whodel bench --help.\n"
		"\n"
		"Exit status: 0; 1 it failed; 2 wrong use; with a command, the command's own, or "
		"125\n"
		"whodel failed, 126 the command cannot be run, 127 it was not found.",
	.rows = rows,
	.row_count = sizeof(rows) / sizeof(rows[0]),
	.stops_at_operand = true,
	.take_rest = take_rest,
	.check = check_together,
};

enum options_result options_parse(int argc, char **argv, struct options *options)
{
	return syntax_parse(&trace_syntax, argc, argv, options);
}

void options_free(struct options *options)
{
	filter_free(&options->filter);
	match_free(&options->asked.match);
}
