/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The processes that the probe has told of: joined to their deletions by pid and start time. */
#ifndef WHODEL_PROCESSES_H
#define WHODEL_PROCESSES_H

#include "trace/decode.h"
#include "trace/deletion.h"

struct processes;

int processes_new(struct processes **out);
void processes_free(struct processes *processes);

/* Keep what was told, instead of what was told earlier of the same process; -ENOMEM. */
int processes_tell(struct processes *processes, const struct process_record *record);

/* NULL: never told, or lost. Valid until the next tell or forget. */
struct process *processes_find(struct processes *processes, const struct record_key *key);

void processes_forget(struct processes *processes, const struct record_key *key);

#endif
