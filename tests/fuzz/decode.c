// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Any bytes as a record: decoded, its paths composed, and written in every format. The first byte
 * says which type; with SHAPE set the spans are made to fit, so that what lies behind the decoder
 * is reached too.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "output/output.h"
#include "trace/decode.h"
#include "trace/deletion.h"
#include "trace/path.h"
#include "trace/processes.h"

#define SHAPE 0x80

static struct processes *processes;
static struct output *outputs[8];
static struct paths paths;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv) /* NOLINT: libFuzzer's signature */
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)argc;
	(void)argv;
	if (fd < 0 || processes_new(&processes))
		abort();
	for (unsigned int i = 0; output_format_name(i); i++)
		if (output_open(output_format_name(i), fd, &(struct output_opts){ .notes_fd = fd },
				&outputs[i]))
			abort();
	return 0;
}

/* ---- records that the decoder takes ---- */

static void shape_span(struct record_span *span, size_t data_size)
{
	span->offset = data_size ? span->offset % data_size : 0;
	span->size = span->size % (data_size - span->offset + 1);
}

static void shape_walk(struct record_span *walk, char *data, size_t data_size)
{
	shape_span(walk, data_size);
	if (walk->size)
		data[walk->offset + walk->size - 1] = '\0';
}

static void shape_name(struct record_name *name, char *data, size_t data_size)
{
	shape_span(&name->string, data_size);
	shape_walk(&name->base, data, data_size);
	shape_walk(&name->host, data, data_size);
	name->root_at = name->root_at % (name->base.size + 1);
	if (name->root_at)
		data[name->base.offset + name->root_at - 1] = '\0';
	name->string.size = strnlen(data + name->string.offset, name->string.size);
}

static void shape_found(struct record_found *found, char *data, size_t data_size)
{
	shape_walk(&found->walk, data, data_size);
	found->mount_count %= RECORD_MOUNTS + 1;
	for (unsigned int i = 0; i < found->mount_count; i++) {
		found->mounts[i].depth %= 3;
		shape_walk(&found->mounts[i].walk, data, data_size);
	}
}

/* Both at the end of the data; returns what is left for names. */
static size_t shape_parts(struct record_deletion *deletion, char *data, size_t data_size)
{
	struct record_found found;
	struct record_name other;

	data_size -= sizeof(other) + sizeof(found);
	deletion->other.offset = (uint16_t)data_size;
	deletion->other.size = sizeof(other);
	deletion->found.offset = (uint16_t)(data_size + sizeof(other));
	deletion->found.size = sizeof(found);
	memcpy(&other, data + deletion->other.offset, sizeof(other));
	memcpy(&found, data + deletion->found.offset, sizeof(found));
	shape_found(&found, data, data_size);
	shape_name(&other, data, data_size);
	memcpy(data + deletion->other.offset, &other, sizeof(other));
	memcpy(data + deletion->found.offset, &found, sizeof(found));
	return data_size;
}

static void shape_deletion(char *bytes, size_t size)
{
	struct record_deletion *deletion = (void *)bytes;
	char *data = bytes + sizeof(*deletion);
	size_t data_size = size - sizeof(*deletion);

	deletion->op = deletion->op % DELETION_OPS + RECORD_UNLINK;
	deletion->via = deletion->via % 3 + RECORD_SYSCALL;
	deletion->other = deletion->found = (struct record_span){ 0 };
	if (data_size >= sizeof(struct record_name) + sizeof(struct record_found))
		data_size = shape_parts(deletion, data, data_size);
	shape_name(&deletion->name, data, data_size);
}

static void shape_process(char *bytes, size_t size)
{
	struct record_process *process = (void *)bytes;
	char *data = bytes + sizeof(*process);

	shape_walk(&process->exe, data, size - sizeof(*process));
	shape_span(&process->args, size - sizeof(*process));
	shape_walk(&process->cgroup, data, size - sizeof(*process));
	process->ancestor_count %= RECORD_ANCESTORS + 1;
	for (unsigned int i = 0; i < process->ancestor_count; i++)
		shape_walk(&process->ancestors[i].exe, data, size - sizeof(*process));
}

/* ---- what is true of whatever was taken ---- */

static void check_path(const struct path_buffer *path)
{
	assert(path->size < PATH_KEPT);
	assert(strlen(path->bytes) == path->size);
}

static void check_paths(void)
{
	if (paths.has_path) {
		check_path(&paths.path);
		assert(paths.path.bytes[0] == '/');
	}
	if (paths.has_seen)
		check_path(&paths.seen);
	if (paths.has_other) {
		check_path(&paths.other);
		assert(paths.other.bytes[0] == '/');
	}
	assert(paths.incomplete < 1U << INCOMPLETE_REASONS);
}

static void write_deletion(const struct deletion_record *record)
{
	const struct record_deletion *fixed = &record->fixed;
	const struct record_found *found = &record->found;
	char comm[RECORD_COMM_MAX + 1] = "";
	struct deletion deletion = {
		.op = (enum deletion_op)(fixed->op - RECORD_UNLINK),
		.via = (enum deletion_via)(fixed->via - RECORD_SYSCALL),
		.outcome = fixed->result < 0 ? OUTCOME_FAILED : OUTCOME_DONE,
		.error = fixed->result < 0 && fixed->result > -4096 ? -fixed->result : 0,
		.path = paths.has_path ? paths.path.bytes : NULL,
		.path_seen = paths.has_seen ? paths.seen.bytes : NULL,
		.replaced_by = paths.has_other ? paths.other.bytes : NULL,
		.to = paths.has_other ? paths.other.bytes : NULL,
		.incomplete = paths.incomplete,
		.identity = { .known = found->flags & RECORD_FOUND,
			      .mode = found->mode,
			      .size = found->size },
		.comm = comm,
		.process = processes_find(processes, &fixed->process),
	};

	memcpy(comm, fixed->comm, RECORD_COMM_MAX);
	for (unsigned int i = 0; outputs[i]; i++) {
		output_deletion(outputs[i], &deletion);
		output_flush(outputs[i]);
	}
}

static void take_deletion(const struct bpfchan_header *header)
{
	struct deletion_record record;

	if (decode_deletion(header, &record))
		return;
	paths_compose(&record, &paths);
	check_paths();
	write_deletion(&record);
}

/* Told, looked at through a deletion of it, and forgotten. */
static void take_process(const struct bpfchan_header *header)
{
	struct deletion_record deletion = { .fixed = { .op = RECORD_UNLINK,
						       .via = RECORD_SYSCALL } };
	struct process_record record;

	if (decode_process(header, &record))
		return;
	record.fixed.uid %= 4; /* each uid costs a look into the user data base */
	if (processes_tell(processes, &record))
		return;
	assert(processes_find(processes, &record.fixed.key));
	memset(&paths, 0, sizeof(paths));
	deletion.fixed.process = record.fixed.key;
	write_deletion(&deletion);
	processes_forget(processes, &record.fixed.key);
	assert(!processes_find(processes, &record.fixed.key));
}

static void take_exit(const struct bpfchan_header *header)
{
	struct record_exit record;

	if (decode_exit(header, &record) == 0)
		processes_forget(processes, &record.key);
}

static void take(char *bytes, size_t size, uint8_t choice)
{
	struct bpfchan_header *header = (void *)bytes;

	header->type = choice % 3 + RECORD_PROCESS;
	header->version = RECORD_VERSION;
	header->length = (uint32_t)size;
	if ((choice & SHAPE) && header->type == RECORD_PROCESS &&
	    size >= sizeof(struct record_process))
		shape_process(bytes, size);
	if ((choice & SHAPE) && header->type == RECORD_DELETION &&
	    size >= sizeof(struct record_deletion))
		shape_deletion(bytes, size);
	take_process(header);
	take_deletion(header);
	take_exit(header);
}

/* Exactly as long as the input, so that a byte too many is seen. */
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	char *bytes;

	if (size < 1 + sizeof(struct bpfchan_header))
		return 0;
	bytes = malloc(size - 1);
	if (!bytes)
		return 0;
	memcpy(bytes, input + 1, size - 1);
	take(bytes, size - 1, input[0]);
	free(bytes);
	return 0;
}
