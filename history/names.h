/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * What a block refers to: directories, texts and processes, each with a local number, from 1, in
 * the order in which they came. All of it is kept with the block until it is stored, so that a
 * block can be written again, and into another store.
 */
#ifndef WHODEL_NAMES_H
#define WHODEL_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/deletion.h"

enum name_kind { NAME_DIRECTORY, NAME_TEXT, NAME_PROCESS };

struct name {
	enum name_kind kind;
	uint32_t size;
	size_t offset; /* into the bytes */
	uint64_t key;  /* of a process: its number; else hash_bytes() */
};

struct names {
	struct name *items;
	uint32_t count;
	uint32_t room;
	char *bytes;
	size_t size;
	size_t bytes_room;
	uint32_t *slots; /* local numbers, by key; 0: free */
	uint32_t slot_count;
};

/* The strings behind a process's facts, in this order. */
enum fact {
	FACT_USER,
	FACT_EXE,
	FACT_ARGS,	/* each ends in a NUL */
	FACT_ANCESTORS, /* "991 bash", each ends in a NUL */
	FACT_CGROUP,
	FACT_UNIT,
	FACT_CONTAINER,
	FACT_CAUSE,
	FACT_STRINGS,
};

#define FACT_NONE UINT32_MAX

/* A process's item: this, and then its strings. */
struct facts {
	uint64_t start_time;
	uint32_t pid;
	uint32_t ppid;
	uint32_t uid;
	uint32_t euid;
	uint32_t login_uid;
	uint32_t audit_session;
	uint32_t incomplete;
	uint32_t login_known;
	uint32_t mount_namespace; /* 0: unknown */
	uint32_t padding;
	uint32_t sizes[FACT_STRINGS]; /* FACT_NONE: not known */
};

/* FNV-1a, of 64 bits; @seed is HASH_START, or what the bytes before gave. */
#define HASH_START 14695981039346656037ULL
uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t size);

/* A directory or a text: its local number in *@number, the same for the same bytes. 0 or -ENOMEM */
int names_add(struct names *names, enum name_kind kind, const void *bytes, size_t size,
	      uint32_t *number);

/* The same process->number has the same facts. */
int names_add_process(struct names *names, const struct process *process, uint32_t *number);

/* @number is one that was given. */
static inline const struct name *names_get(const struct names *names, uint32_t number)
{
	return &names->items[number - 1];
}

/* The facts of a process's item, and one of its strings: NULL where it is not known. */
void names_facts(const struct names *names, const struct name *name, struct facts *facts);
const char *names_fact(const struct names *names, const struct name *name, enum fact fact,
		       uint32_t *size);

/* Empty again; the memory stays for the next block. */
void names_reset(struct names *names);

/* A copy that needs no more memory than what is in it; for reading only. 0 or -ENOMEM */
int names_copy(const struct names *from, struct names *to);

void names_free(struct names *names);

#endif
