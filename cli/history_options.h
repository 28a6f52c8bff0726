/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The command lines of what reads the store: who, log, status. */
#ifndef WHODEL_HISTORY_OPTIONS_H
#define WHODEL_HISTORY_OPTIONS_H

#include "cli/options.h"

/* As options_parse(). */
enum options_result who_options(int argc, char **argv, struct options *options);
enum options_result log_options(int argc, char **argv, struct options *options);
enum options_result status_options(int argc, char **argv, struct options *options);

#endif
