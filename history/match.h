/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Which stored events are wanted. Conditions of one kind are alternatives, kinds must all hold, as
 * with a trace's filter. Here what is not known does not match: an answer names what it found.
 */
#ifndef WHODEL_MATCH_H
#define WHODEL_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "history/reader.h"
#include "trace/filter.h"

struct match {
	struct number_list pids;
	struct number_list uids;
	struct string_list comms;
	struct string_list units;
	struct string_list containers; /* an ID, or how it begins */
	struct string_list globs;      /* of the path, as fnmatch(3) without flags */
	struct string_list excludes;
	const char *under; /* a directory; itself too; NULL: anywhere */
	uint64_t inode;	   /* 0: any */
	bool failed;	   /* attempts that failed too */
};

struct matcher;

/* @match must stay until matcher_free(). 0 or -errno */
int matcher_new(const struct match *match, struct reader *reader, struct matcher **out);

void matcher_free(struct matcher *matcher);

/* The cheap look, before anything is looked up: false only for what does not match. */
bool matcher_wants(void *matcher, const struct event *event);

/* The whole of it. */
bool matcher_takes(const struct matcher *matcher, const struct deletion *deletion);

void match_free(struct match *match);

#endif
