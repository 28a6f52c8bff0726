/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The same facts of a process come with each of its events: they get one number, and one row. */
#ifndef WHODEL_PROCESS_NUMBERS_H
#define WHODEL_PROCESS_NUMBERS_H

#include "history/collect.h"

struct process_numbers;

int process_numbers_new(struct process_numbers **out);

void process_numbers_free(struct process_numbers *numbers);

/* Who comes again gets another number, and its facts a row more. */
void process_numbers_reset(struct process_numbers *numbers);

/* Sets process->number. 0 or -ENOMEM */
int process_numbers_get(struct process_numbers *numbers, const char *store, struct process *process,
			struct collection *collection);

#endif
