// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "history/block.h"
#include "history/recall.h"
#include "history/varint.h"

/* A row's number takes a byte at least, so more names than bytes there are none. */
struct block_reader {
	struct bytes data;
	struct recall recall;
	uint32_t process; /* local, of the event before */
	uint32_t pid;	  /* of the event, where process is 0 */
	int broken;
	uint32_t count;
	char names[3][BLOCK_NAME_MAX];
	uint64_t rows[]; /* by local number, from 1 */
};

static int read_rows(struct block_reader *reader, struct bytes from)
{
	while (from.at != from.end) {
		uint64_t row;

		if (varint_get(&from, &row))
			return -EBADMSG;
		reader->rows[++reader->count] = row;
	}
	return 0;
}

int block_reader_open(const void *names, size_t names_size, const void *data, size_t size,
		      struct block_reader **out)
{
	struct block_reader *reader;
	int err;

	/* Not more than the writer ever gives: no allocation is a damaged file's to choose. */
	if (names_size > (size_t)BLOCK_EVENTS_MAX * 5 * VARINT_MAX)
		return -EBADMSG;
	reader = malloc(sizeof(*reader) + (names_size + 1) * sizeof(reader->rows[0]));
	if (!reader)
		return -ENOMEM;
	reader->data = bytes_of(data, size);
	reader->recall = (struct recall){ 0 };
	reader->process = 0;
	reader->pid = 0;
	reader->broken = 0;
	reader->count = 0;
	reader->rows[0] = 0;
	err = read_rows(reader, bytes_of(names, names_size));
	if (err) {
		block_reader_free(reader);
		return err;
	}
	*out = reader;
	return 0;
}

void block_reader_free(struct block_reader *reader)
{
	if (!reader)
		return;
	recall_free(&reader->recall);
	free(reader);
}

/* ---- pieces: 0, or -EBADMSG for what no writer puts ---- */

static int get32(struct bytes *from, uint32_t *value)
{
	uint64_t wide;

	if (varint_get(from, &wide) || wide > UINT32_MAX)
		return -EBADMSG;
	*value = (uint32_t)wide;
	return 0;
}

static int get_below(struct bytes *from, uint32_t end, uint32_t *value)
{
	return get32(from, value) || *value >= end ? -EBADMSG : 0;
}

static int get_local(struct block_reader *reader, uint32_t least, uint32_t *local)
{
	return get32(&reader->data, local) || *local < least || *local > reader->count ? -EBADMSG
										       : 0;
}

static int get_signed(struct bytes *from, int64_t *value)
{
	uint64_t wide;

	if (varint_get(from, &wide))
		return -EBADMSG;
	*value = unzigzag(wide);
	return 0;
}

/* @before are at most RECALL_NAME bytes. */
static int get_name(struct bytes *from, char *name, const char *before, size_t before_size,
		    size_t *size)
{
	uint32_t shared;
	uint32_t rest;

	if (get32(from, &shared) || get32(from, &rest) || shared > before_size ||
	    rest > BLOCK_NAME_MAX - shared || rest > (size_t)(from->end - from->at))
		return -EBADMSG;
	if (shared)
		memcpy(name, before, shared);
	memcpy(name + shared, from->at, rest);
	from->at += rest;
	*size = shared + rest;
	return 0;
}

static int get_process(struct block_reader *reader)
{
	reader->pid = 0;
	if (get_local(reader, 0, &reader->process))
		return -EBADMSG;
	return reader->process ? 0 : get32(&reader->data, &reader->pid);
}

static int get_what(struct bytes *from, struct recall_event *last)
{
	return get_below(from, DELETION_OPS, &last->op) ||
			       get_below(from, VIA_KERNEL + 1, &last->via) ||
			       get_below(from, OUTCOME_UNKNOWN + 1, &last->outcome) ||
			       get_below(from, INT32_MAX, &last->error) ||
			       get32(from, &last->incomplete)
		       ? -EBADMSG
		       : 0;
}

static int get_kind(struct bytes *from, struct recall_event *last)
{
	return get32(from, &last->device_major) || get32(from, &last->device_minor) ||
			       get32(from, &last->mode) || get32(from, &last->owner)
		       ? -EBADMSG
		       : 0;
}

static int get_identity(struct bytes *from, struct recall_event *last, struct identity *identity)
{
	int64_t step;
	uint64_t size;

	if (get_signed(from, &step) || varint_get(from, &size) || get32(from, &identity->links) ||
	    from->end - from->at < (ptrdiff_t)sizeof(identity->generation))
		return -EBADMSG;
	memcpy(&identity->generation, from->at, sizeof(identity->generation));
	from->at += sizeof(identity->generation);
	last->inode += (uint64_t)step;
	identity->known = true;
	identity->inode = last->inode;
	identity->size_known = size > 0;
	identity->size = size ? size - 1 : 0;
	identity->device_major = last->device_major;
	identity->device_minor = last->device_minor;
	identity->mode = last->mode;
	identity->owner = last->owner;
	return 0;
}

/* ---- an event ---- */

static int get_time(struct block_reader *reader, struct event *event)
{
	int64_t step;

	if (get_signed(&reader->data, &step) ||
	    __builtin_add_overflow(reader->recall.time, step, &reader->recall.time))
		return -EBADMSG;
	event->time = reader->recall.time;
	return 0;
}

static int get_tid(struct bytes *from, struct event *event)
{
	int64_t offset;

	if (get_signed(from, &offset) || offset < INT32_MIN || offset > INT32_MAX)
		return -EBADMSG;
	event->tid_offset = (int32_t)offset;
	return 0;
}

static int get_numbers(struct block_reader *reader, uint32_t flags, struct recall_event *last,
		       struct event *event)
{
	struct bytes *from = &reader->data;
	int64_t step = 0;
	uint64_t *seq;

	if (((flags & BLOCK_DIRECTORY) && get_local(reader, 1, &last->directory)) ||
	    ((flags & BLOCK_CPU) && get32(from, &last->cpu)) ||
	    ((flags & BLOCK_SEQ) && get_signed(from, &step)) ||
	    ((flags & BLOCK_COMM) && get_local(reader, 1, &last->comm)) ||
	    ((flags & BLOCK_TID) && get_tid(from, event)))
		return -EBADMSG;
	seq = &reader->recall.seq[last->cpu % RECALL_CPUS];
	*seq += 1 + (uint64_t)step;
	event->seq = *seq;
	return 0;
}

static int get_path(struct block_reader *reader, struct recall_event *last, struct place *path)
{
	size_t size;

	if (!last->directory ||
	    get_name(&reader->data, reader->names[0], last->name, last->name_size, &size))
		return -EBADMSG;
	*path = (struct place){ reader->rows[last->directory], reader->names[0], size };
	recall_name(last, path->name, size);
	return 0;
}

/* The other two share with the event's own name. */
static int get_place(struct block_reader *reader, unsigned int which, const struct place *path,
		     struct place *place)
{
	size_t shareable = path->size < RECALL_NAME ? path->size : RECALL_NAME;
	char *name = reader->names[which];
	uint32_t local;
	size_t size;

	if (get_local(reader, 1, &local) ||
	    get_name(&reader->data, name, path->name, shareable, &size))
		return -EBADMSG;
	*place = (struct place){ reader->rows[local], name, size };
	return 0;
}

static int get_paths(struct block_reader *reader, uint32_t flags, struct recall_event *last,
		     struct event *event)
{
	if ((!(flags & BLOCK_NO_PATH) && get_path(reader, last, &event->path)) ||
	    ((flags & BLOCK_SEEN) && get_place(reader, 1, &event->path, &event->seen)) ||
	    ((flags & BLOCK_OTHER) && get_place(reader, 2, &event->path, &event->other)))
		return -EBADMSG;
	return 0;
}

static void fill_from(const struct block_reader *reader, const struct recall_event *last,
		      struct event *event)
{
	event->op = last->op;
	event->via = last->via;
	event->outcome = last->outcome;
	event->error = (int)last->error;
	event->incomplete = last->incomplete;
	event->process = reader->rows[reader->process];
	event->pid = reader->pid;
	event->comm = reader->rows[last->comm];
	event->cpu = last->cpu;
}

static int get_event(struct block_reader *reader, struct event *event)
{
	struct recall_event *last;
	uint32_t flags;

	if (get32(&reader->data, &flags) || get_time(reader, event) ||
	    ((flags & BLOCK_PROCESS) && get_process(reader)))
		return -EBADMSG;
	last = recall_process(&reader->recall, reader->process);
	if (!last)
		return -ENOMEM;
	if (get_numbers(reader, flags, last, event) ||
	    ((flags & BLOCK_WHAT) && get_what(&reader->data, last)) ||
	    ((flags & BLOCK_KIND) && get_kind(&reader->data, last)) ||
	    ((flags & BLOCK_IDENTITY) && get_identity(&reader->data, last, &event->identity)) ||
	    get_paths(reader, flags, last, event))
		return -EBADMSG;
	fill_from(reader, last, event);
	return 0;
}

int block_reader_next(struct block_reader *reader, struct event *event)
{
	struct event read = { 0 };

	if (reader->broken)
		return reader->broken;
	if (reader->data.at == reader->data.end)
		return 0;
	reader->broken = get_event(reader, &read);
	if (reader->broken)
		return reader->broken;
	*event = read;
	return 1;
}
