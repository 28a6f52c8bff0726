/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* A subcommand's command line as data: one table gives the parser and the help. */
#ifndef WHODEL_SYNTAX_H
#define WHODEL_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/options.h"

/* Takes the value; what is wrong with it is returned as text, NULL when fine. */
typedef const char *(*setter)(struct options *options, const char *value);

struct option_row {
	char letter; /* 0: none */
	const char *name;
	const char *value; /* NULL: takes none; WORD: its kind; or all that it can be: a|b|c */
	const char *help;
	setter set; /* NULL: answered by the parser itself: help, version */
};

struct syntax {
	const char *command; /* "whodel who": what messages send people to the help of */
	const char *head;    /* above the options in the help */
	const char *tail;    /* below */
	const struct option_row *rows;
	size_t row_count;
	bool stops_at_operand; /* an option behind the first word that is none belongs to it */
	/* What getopt left, from argv[optind]. NULL: nothing may be left. */
	enum options_result (*take_rest)(struct options *options, int argc, char **argv);
	enum options_result (*check)(const struct options *options); /* NULL: all go together */
};

/* Strings point into @argv. @options must be freed in any case. */
enum options_result syntax_parse(const struct syntax *syntax, int argc, char **argv,
				 struct options *options);

/* Says what is wrong with @subject, and where the help is. */
enum options_result syntax_wrong(const struct syntax *syntax, const char *subject,
				 const char *reason);

/* Digits alone, at most @most; 0 or -EINVAL. */
int parse_number(const char *text, uint64_t most, uint64_t *number);

/* Setters of more than one table. */
const char *set_pid(struct options *options, const char *value);
const char *set_user(struct options *options, const char *value);
const char *set_comm(struct options *options, const char *value);
const char *set_container(struct options *options, const char *value);
const char *set_path(struct options *options, const char *value);
const char *set_exclude(struct options *options, const char *value);
const char *set_verbose(struct options *options, const char *value);
const char *set_args(struct options *options, const char *value);
const char *set_output(struct options *options, const char *value);
const char *set_transport(struct options *options, const char *value);
const char *set_probe(struct options *options, const char *value);
const char *set_count(struct options *options, const char *value);
const char *set_truncations(struct options *options, const char *value);
const char *set_buffer(struct options *options, const char *value);

#endif
