/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * What a block's writer and its reader remember alike: of each process its last event, and of each
 * CPU its last sequence number. An event is written as its difference to these.
 */
#ifndef WHODEL_RECALL_H
#define WHODEL_RECALL_H

#include <stddef.h>
#include <stdint.h>

#define RECALL_NAME 255 /* bytes of a name that the next one may share */
#define RECALL_CPUS 256 /* more of them share a place, which costs bytes, not truth */

/* Local numbers, not rows. */
struct recall_event {
	uint32_t directory;
	uint32_t comm;
	uint32_t cpu;
	uint32_t op;
	uint32_t via;
	uint32_t outcome;
	uint32_t error;
	uint32_t incomplete;
	uint32_t device_major;
	uint32_t device_minor;
	uint32_t mode;
	uint32_t owner;
	uint64_t inode;
	uint32_t name_size;
	char name[RECALL_NAME];
};

struct recall {
	struct recall_event *events;
	uint32_t count;
	uint32_t room;
	uint32_t *places; /* by local number of the process: 1 + its place in events; 0: none */
	uint32_t place_count;
	uint64_t seq[RECALL_CPUS];
	int64_t time;
};

/* The last event of a process, all 0 if it had none; valid until the next call. NULL: no memory */
struct recall_event *recall_process(struct recall *recall, uint32_t process);

void recall_name(struct recall_event *event, const char *name, size_t size);

void recall_reset(struct recall *recall);

void recall_free(struct recall *recall);

#endif
