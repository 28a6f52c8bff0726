/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The command line: one table gives the parser and the help. */
#ifndef WHODEL_OPTIONS_H
#define WHODEL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "channel/bpfchan.h"
#include "fleet/fleet.h"
#include "history/match.h"
#include "history/store_file.h"
#include "probe/config.h"
#include "trace/filter.h"

/* What whodel record keeps, and where. */
struct record_options {
	const char *store;
	uint64_t keep_seconds; /* 0: for ever */
	size_t keep_bytes;     /* 0: without limit */
	size_t queue_bytes;    /* 0: not said */
	unsigned int canary_seconds;
	const char *metrics; /* where to serve them; NULL: nowhere */
	gid_t group;	     /* STORE_NO_GROUP: as the folder has it */
};

extern const struct record_options record_defaults;

/* What who, log and status are asked for, besides the filter. */
struct asked {
	const char *store;
	const char *path;  /* who: of one path; NULL: a search */
	const char *under; /* as given; match.under is as the store has it */
	int64_t since;
	int64_t until;
	bool expand; /* trees event by event */
	bool follow;
	struct match match; /* units, containers, inode; the rest comes from the filter */
};

struct options {
	struct filter filter;
	bool failed;
	bool moves;
	bool truncations;
	bool verbose;
	bool collapse; /* trees as one line */
	enum probe_args args;
	const char *format; /* output_format_name() */
	const char *probe;
	const char *folder; /* doctor: NULL: not said */
	enum bpfchan_transport transport;
	size_t buffer_bytes; /* 0: not said */
	size_t perf_pages;   /* 0: not said */
	unsigned int max_delay_ms;
	double duration; /* seconds; 0: no end */
	uint64_t count;	 /* events; 0: no end */
	char **command;	 /* NULL: trace the machine */
	struct record_options record;
	struct fleet_opts fleet; /* servers NULL: none */
	const char *host;	 /* record: instead of the machine's name; NULL: not said */
	struct asked asked;
};

enum options_result {
	OPTIONS_GO,
	OPTIONS_DONE, /* --help or --version: answered */
	OPTIONS_WRONG /* told on stderr */
};

/* Strings point into @argv. @options must be freed in any case. */
enum options_result options_parse(int argc, char **argv, struct options *options);

void options_free(struct options *options);

/* "8M" to bytes; 0, or -EINVAL for what is no size. */
int parse_size(const char *text, size_t *bytes);

#endif
