// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "cli/syntax.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/message.h"
#include "output/output.h"

#define ROWS_MAX  64
#define LONG_ONLY 0x100 /* getopt's value of a row: its letter, or this and its index */

enum options_result syntax_wrong(const struct syntax *syntax, const char *subject,
				 const char *reason)
{
	message("%s: %s (see %s --help)", subject, reason, syntax->command);
	return OPTIONS_WRONG;
}

#define HELP_COLUMN 24

static void print_help(const struct syntax *syntax)
{
	char left[80];

	puts(syntax->head);
	for (size_t i = 0; i < syntax->row_count; i++) {
		const struct option_row *row = &syntax->rows[i];

		snprintf(left, sizeof(left), "%c%c%s --%s %s", row->letter ? '-' : ' ',
			 row->letter ? row->letter : ' ', row->letter ? "," : " ", row->name,
			 row->value ? row->value : "");
		if (strlen(left) >= HELP_COLUMN)
			printf("  %s\n  %-*s %s\n", left, HELP_COLUMN, "", row->help);
		else
			printf("  %-*s %s\n", HELP_COLUMN, left, row->help);
	}
	putchar('\n');
	puts(syntax->tail);
}

static void fill_getopt(const struct syntax *syntax, char *letters, struct option *longs)
{
	if (syntax->stops_at_operand)
		*letters++ = '+';
	*letters++ = ':'; /* tell a missing value from an unknown option */
	for (size_t i = 0; i < syntax->row_count; i++) {
		const struct option_row *row = &syntax->rows[i];

		if (row->letter) {
			*letters++ = row->letter;
			if (row->value)
				*letters++ = ':';
		}
		longs[i] = (struct option){
			.name = row->name,
			.has_arg = row->value ? required_argument : no_argument,
			.val = row->letter ? row->letter : LONG_ONLY + (int)i,
		};
	}
	*letters = '\0';
}

static const struct option_row *find_row(const struct syntax *syntax, int value)
{
	if (value >= LONG_ONLY)
		return &syntax->rows[value - LONG_ONLY];
	for (size_t i = 0; i < syntax->row_count; i++)
		if (syntax->rows[i].letter == value)
			return &syntax->rows[i];
	return NULL;
}

static enum options_result apply(const struct syntax *syntax, const struct option_row *row,
				 struct options *options)
{
	char subject[128];
	const char *reason;

	if (!row->set) {
		if (!strcmp(row->name, "help"))
			print_help(syntax);
		else
			puts("whodel " WHODEL_VERSION);
		return OPTIONS_DONE;
	}
	reason = row->set(options, optarg);
	if (!reason)
		return OPTIONS_GO;
	snprintf(subject, sizeof(subject), "--%s %.80s", row->name, optarg);
	return syntax_wrong(syntax, subject, reason);
}

/* In a cluster of letters getopt stays at the word: the letter is told. */
static const char *unknown_option(char **argv)
{
	static char letter[] = "-?";

	if (!optopt || optopt >= LONG_ONLY || !strncmp(argv[optind - 1], "--", 2))
		return argv[optind - 1];
	letter[1] = (char)optopt;
	return letter;
}

static enum options_result take_rest(const struct syntax *syntax, int argc, char **argv,
				     struct options *options)
{
	if (syntax->take_rest)
		return syntax->take_rest(options, argc, argv);
	return optind < argc ? syntax_wrong(syntax, argv[optind], "not an option") : OPTIONS_GO;
}

enum options_result syntax_parse(const struct syntax *syntax, int argc, char **argv,
				 struct options *options)
{
	char letters[2 * ROWS_MAX + 3];
	struct option longs[ROWS_MAX + 1] = { 0 };
	enum options_result result;
	int value;

	*options = (struct options){
		.format = output_format_name(0),
		.probe = "auto",
		.record = record_defaults,
		.asked = { .store = STORE_DEFAULT, .since = INT64_MIN, .until = INT64_MAX },
	};
	fill_getopt(syntax, letters, longs);
	opterr = 0;
	optind = 0; /* glibc's and musl's word for starting afresh */
	while ((value = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (value == ':')
			return syntax_wrong(syntax, argv[optind - 1], "a value must follow");
		if (value == '?')
			return syntax_wrong(syntax, unknown_option(argv), "unknown option");
		result = apply(syntax, find_row(syntax, value), options);
		if (result != OPTIONS_GO)
			return result;
	}
	result = take_rest(syntax, argc, argv, options);
	return result == OPTIONS_GO && syntax->check ? syntax->check(options) : result;
}
