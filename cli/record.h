/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* whodel record: keep history, as a service. */
#ifndef WHODEL_RECORD_H
#define WHODEL_RECORD_H

#include "cli/options.h"

/* Returns whodel's exit status. */
int record_main(int argc, char **argv);

/* As options_parse(). */
enum options_result record_options_parse(int argc, char **argv, struct options *options);

/* Setters of record and collect alike. */
const char *set_store(struct options *options, const char *value);
const char *set_keep(struct options *options, const char *value);
const char *set_max_size(struct options *options, const char *value);
const char *set_group(struct options *options, const char *value);

#endif
