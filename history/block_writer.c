// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "history/block.h"
#include "history/recall.h"
#include "history/varint.h"

/* Processes that delete one file each bring many facts: they count for a block's size too. */
#define NAMES_BYTES_MAX ((size_t)512 << 10)
/* All that an event takes, but for its names. */
#define EVENT_MAX 256

struct block_writer {
	struct names names;
	struct recall recall;
	uint32_t process; /* of the last event */
	unsigned int events;
	int64_t since;
	int64_t until;
	uint8_t *data;
	size_t size;
	size_t room;
	uint32_t hashes[2 * BLOCK_EVENTS_MAX];
	unsigned int hash_count;
};

/* A path taken apart, and its directory's local number; number 0: there is no path. */
struct parts {
	uint32_t number;
	const char *name;
	size_t size;
};

struct draft {
	uint32_t flags;
	uint32_t process;
	uint32_t comm;
	struct parts path;
	struct parts seen;
	struct parts other;
};

int block_writer_new(struct block_writer **out)
{
	struct block_writer *writer = calloc(1, sizeof(*writer));

	if (!writer)
		return -ENOMEM;
	*out = writer;
	return 0;
}

void block_writer_free(struct block_writer *writer)
{
	if (!writer)
		return;
	names_free(&writer->names);
	recall_free(&writer->recall);
	free(writer->data);
	free(writer);
}

void block_writer_reset(struct block_writer *writer)
{
	names_reset(&writer->names);
	recall_reset(&writer->recall);
	writer->events = 0;
	writer->size = 0;
	writer->hash_count = 0;
}

bool block_writer_full(const struct block_writer *writer)
{
	return writer->events >= BLOCK_EVENTS_MAX || writer->size >= BLOCK_BYTES_MAX ||
	       writer->names.size >= NAMES_BYTES_MAX;
}

struct block_view block_writer_view(const struct block_writer *writer)
{
	return (struct block_view){
		.events = writer->events,
		.since = writer->since,
		.until = writer->until,
		.names = &writer->names,
		.data = writer->data,
		.size = writer->size,
		.hashes = writer->hashes,
		.hash_count = writer->hash_count,
	};
}

/* ---- names ---- */

static uint32_t fold(uint64_t hash)
{
	return (uint32_t)(hash ^ (hash >> 32));
}

uint32_t path_hash(const char *path, size_t size)
{
	while (size && path[size - 1] == '/')
		size--;
	return fold(hash_bytes(HASH_START, path, size));
}

/* Most events have the directory and the comm of the process's last one: compared first. */
static bool is_name(const struct names *names, uint32_t number, const char *path, size_t size)
{
	const struct name *name = number ? names_get(names, number) : NULL;

	return name && name->size == size && !memcmp(names->bytes + name->offset, path, size);
}

static int take_path(struct block_writer *writer, const char *path, uint32_t last,
		     struct parts *parts)
{
	const char *slash;
	size_t size;

	if (!path)
		return 0;
	slash = strrchr(path, '/');
	size = slash ? (size_t)(slash - path) + 1 : 0;
	parts->name = path + size;
	parts->size = strlen(parts->name);
	if (parts->size > BLOCK_NAME_MAX)
		return -E2BIG;
	parts->number = last;
	if (is_name(&writer->names, last, path, size))
		return 0;
	return names_add(&writer->names, NAME_DIRECTORY, path, size, &parts->number);
}

/* The directory's hash is kept with it, and goes on over the name. */
static void add_hash(struct block_writer *writer, const char *path, const struct parts *parts)
{
	uint32_t *hash = &writer->hashes[writer->hash_count++];

	if (parts->size)
		*hash = fold(hash_bytes(names_get(&writer->names, parts->number)->key, parts->name,
					parts->size));
	else
		*hash = path_hash(path, strlen(path));
}

static int take_comm(struct block_writer *writer, const char *comm, uint32_t last, uint32_t *number)
{
	size_t size = strlen(comm);

	*number = last;
	if (is_name(&writer->names, last, comm, size))
		return 0;
	return names_add(&writer->names, NAME_TEXT, comm, size, number);
}

/* ---- one event ---- */

static uint8_t *put_name(uint8_t *to, const struct parts *parts, const char *before,
			 size_t before_size)
{
	size_t most = parts->size < before_size ? parts->size : before_size;
	size_t shared = 0;

	while (shared < most && parts->name[shared] == before[shared])
		shared++;
	to = varint_put(to, shared);
	to = varint_put(to, parts->size - shared);
	return mempcpy(to, parts->name + shared, parts->size - shared);
}

static uint8_t *put_identity(uint8_t *to, const struct identity *identity,
			     struct recall_event *last)
{
	to = varint_put(to, zigzag((int64_t)(identity->inode - last->inode)));
	to = varint_put(to, identity->size_known ? identity->size + 1 : 0);
	to = varint_put(to, identity->links);
	last->inode = identity->inode;
	return mempcpy(to, &identity->generation, sizeof(identity->generation));
}

static uint8_t *put_kind(uint8_t *to, const struct identity *identity, struct recall_event *last)
{
	last->device_major = identity->device_major;
	last->device_minor = identity->device_minor;
	last->mode = identity->mode;
	last->owner = identity->owner;
	to = varint_put(to, last->device_major);
	to = varint_put(to, last->device_minor);
	to = varint_put(to, last->mode);
	return varint_put(to, last->owner);
}

static uint8_t *put_what(uint8_t *to, const struct deletion *deletion, struct recall_event *last)
{
	last->op = deletion->op;
	last->via = deletion->via;
	last->outcome = deletion->outcome;
	last->error = (uint32_t)deletion->error;
	last->incomplete = deletion->incomplete;
	to = varint_put(to, last->op);
	to = varint_put(to, last->via);
	to = varint_put(to, last->outcome);
	to = varint_put(to, last->error);
	return varint_put(to, last->incomplete);
}

static bool same_what(const struct deletion *deletion, const struct recall_event *last)
{
	return deletion->op == last->op && deletion->via == last->via &&
	       deletion->outcome == last->outcome && (uint32_t)deletion->error == last->error &&
	       deletion->incomplete == last->incomplete;
}

static bool same_kind(const struct identity *identity, const struct recall_event *last)
{
	return identity->device_major == last->device_major &&
	       identity->device_minor == last->device_minor && identity->mode == last->mode &&
	       identity->owner == last->owner;
}

static uint64_t *seq_of(struct recall *recall, uint32_t cpu)
{
	return &recall->seq[cpu % RECALL_CPUS];
}

static uint32_t choose_flags(struct recall *recall, const struct deletion *deletion,
			     const struct draft *draft, const struct recall_event *last,
			     bool same_process)
{
	const struct identity *identity = &deletion->identity;
	uint32_t flags = 0;

	if (!same_process || draft->process == 0)
		flags |= BLOCK_PROCESS;
	if (!draft->path.number)
		flags |= BLOCK_NO_PATH;
	else if (draft->path.number != last->directory)
		flags |= BLOCK_DIRECTORY;
	if (deletion->cpu != last->cpu)
		flags |= BLOCK_CPU;
	if (deletion->seq != *seq_of(recall, deletion->cpu) + 1)
		flags |= BLOCK_SEQ;
	if (identity->known)
		flags |= BLOCK_IDENTITY | (same_kind(identity, last) ? 0 : BLOCK_KIND);
	if (!same_what(deletion, last))
		flags |= BLOCK_WHAT;
	if (draft->comm != last->comm)
		flags |= BLOCK_COMM;
	if (deletion->tid != deletion->pid)
		flags |= BLOCK_TID;
	return flags | (draft->seen.number ? BLOCK_SEEN : 0) |
	       (draft->other.number ? BLOCK_OTHER : 0);
}

static uint8_t *put_place(uint8_t *to, const struct parts *parts, const struct parts *path)
{
	to = varint_put(to, parts->number);
	return put_name(to, parts, path->name, path->size < RECALL_NAME ? path->size : RECALL_NAME);
}

static uint8_t *put_path(uint8_t *to, const struct parts *path, struct recall_event *last)
{
	to = put_name(to, path, last->name, last->name_size);
	last->directory = path->number;
	recall_name(last, path->name, path->size);
	return to;
}

static uint8_t *put_process(uint8_t *to, const struct deletion *deletion, uint32_t process)
{
	to = varint_put(to, process);
	return process ? to : varint_put(to, deletion->pid);
}

static uint8_t *put_numbers(uint8_t *to, struct recall *recall, const struct deletion *deletion,
			    const struct draft *draft, struct recall_event *last)
{
	uint64_t *seq = seq_of(recall, deletion->cpu);

	if (draft->flags & BLOCK_DIRECTORY)
		to = varint_put(to, draft->path.number);
	if (draft->flags & BLOCK_CPU)
		to = varint_put(to, deletion->cpu);
	if (draft->flags & BLOCK_SEQ)
		to = varint_put(to, zigzag((int64_t)(deletion->seq - (*seq + 1))));
	if (draft->flags & BLOCK_COMM)
		to = varint_put(to, draft->comm);
	if (draft->flags & BLOCK_TID)
		to = varint_put(to, zigzag((int64_t)deletion->tid - deletion->pid));
	*seq = deletion->seq;
	last->cpu = deletion->cpu;
	last->comm = draft->comm;
	return to;
}

static uint8_t *put_event(uint8_t *to, struct recall *recall, const struct deletion *deletion,
			  const struct draft *draft, struct recall_event *last)
{
	int64_t time = (int64_t)deletion->time.tv_sec * 1000000000 + deletion->time.tv_nsec;

	to = varint_put(to, draft->flags);
	to = varint_put(to, zigzag(time - recall->time));
	recall->time = time;
	if (draft->flags & BLOCK_PROCESS)
		to = put_process(to, deletion, draft->process);
	to = put_numbers(to, recall, deletion, draft, last);
	if (draft->flags & BLOCK_WHAT)
		to = put_what(to, deletion, last);
	if (draft->flags & BLOCK_KIND)
		to = put_kind(to, &deletion->identity, last);
	if (draft->flags & BLOCK_IDENTITY)
		to = put_identity(to, &deletion->identity, last);
	if (!(draft->flags & BLOCK_NO_PATH))
		to = put_path(to, &draft->path, last);
	if (draft->flags & BLOCK_SEEN)
		to = put_place(to, &draft->seen, &draft->path);
	if (draft->flags & BLOCK_OTHER)
		to = put_place(to, &draft->other, &draft->path);
	return to;
}

static int make_room(struct block_writer *writer, const struct draft *draft)
{
	size_t needed =
		writer->size + EVENT_MAX + draft->path.size + draft->seen.size + draft->other.size;
	size_t more = writer->room ? writer->room : 65536;
	uint8_t *grown;

	if (needed <= writer->room)
		return 0;
	while (more < needed)
		more *= 2;
	grown = realloc(writer->data, more);
	if (!grown)
		return -ENOMEM;
	writer->data = grown;
	writer->room = more;
	return 0;
}

static int make_draft(struct block_writer *writer, const struct deletion *deletion,
		      struct draft *draft, struct recall_event **last)
{
	const char *other = deletion->to ? deletion->to : deletion->replaced_by;
	int err = 0;

	if (deletion->process)
		err = names_add_process(&writer->names, deletion->process, &draft->process);
	*last = err ? NULL : recall_process(&writer->recall, draft->process);
	if (!*last)
		return -ENOMEM;
	err = take_path(writer, deletion->path, (*last)->directory, &draft->path);
	if (!err)
		err = take_path(writer, deletion->path_seen, 0, &draft->seen);
	if (!err)
		err = take_path(writer, other, draft->path.number, &draft->other);
	if (!err)
		err = take_comm(writer, deletion->comm, (*last)->comm, &draft->comm);
	return err ? err : make_room(writer, draft);
}

static void count_event(struct block_writer *writer)
{
	int64_t time = writer->recall.time;

	if (!writer->events || time < writer->since)
		writer->since = time;
	if (!writer->events || time > writer->until)
		writer->until = time;
	writer->events++;
}

int block_writer_add(struct block_writer *writer, const struct deletion *deletion)
{
	struct draft draft = { 0 };
	struct recall_event *last;
	int err = make_draft(writer, deletion, &draft, &last);

	if (err)
		return err;
	draft.flags = choose_flags(&writer->recall, deletion, &draft, last,
				   writer->events && writer->process == draft.process);
	writer->process = draft.process;
	writer->size = (size_t)(put_event(writer->data + writer->size, &writer->recall, deletion,
					  &draft, last) -
				writer->data);
	if (draft.path.number)
		add_hash(writer, deletion->path, &draft.path);
	if (draft.seen.number)
		add_hash(writer, deletion->path_seen, &draft.seen);
	count_event(writer);
	return 0;
}
