/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What each subcommand's main is: parse, run, or say what was asked. */
#ifndef WHODEL_SUBCOMMAND_H
#define WHODEL_SUBCOMMAND_H

#include "cli/options.h"

/* Returns whodel's exit status. */
int subcommand_main(int argc, char **argv,
		    enum options_result (*parse)(int argc, char **argv, struct options *options),
		    int (*run)(const struct options *options));

/* What --help and --version print is data too. Returns whodel's exit status. */
int close_stdout(void);

#endif
