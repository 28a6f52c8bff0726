// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "trace/decode.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static bool is_record(const struct bpfchan_header *header, enum record_type type, size_t fixed)
{
	return header->type == type && header->version == RECORD_VERSION && header->length >= fixed;
}

static bool span_fits(struct record_span span, size_t data_size)
{
	return (size_t)span.offset + span.size <= data_size;
}

/* Components, each ended by a NUL; nothing at all is the root. */
static bool walk_fits(struct record_span walk, const char *data, size_t data_size)
{
	return span_fits(walk, data_size) &&
	       (walk.size == 0 || data[walk.offset + walk.size - 1] == '\0');
}

static unsigned int count_components(struct record_span walk, const char *data)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < walk.size; i++)
		count += data[walk.offset + i] == '\0';
	return count;
}

/* Strings are handed on as C strings: a NUL inside would hide what follows it. */
static bool name_fits(const struct record_name *name, const char *data, size_t data_size)
{
	const struct record_span string = name->string;

	if (!span_fits(string, data_size) || !walk_fits(name->base, data, data_size) ||
	    !walk_fits(name->host, data, data_size))
		return false;
	if (name->root_at > name->base.size)
		return false;
	if (name->root_at && data[name->base.offset + name->root_at - 1] != '\0')
		return false;
	return !string.size || !memchr(data + string.offset, '\0', string.size);
}

static bool found_fits(const struct record_found *found, const char *data, size_t data_size)
{
	if (!walk_fits(found->walk, data, data_size) || found->mount_count > RECORD_MOUNTS)
		return false;
	for (unsigned int i = 0; i < found->mount_count; i++) {
		const struct record_mount *mount = &found->mounts[i];

		if (!walk_fits(mount->walk, data, data_size) ||
		    mount->depth > count_components(found->walk, data))
			return false;
	}
	return true;
}

/* A struct in the data: all of it, or none. */
static bool take_part(struct record_span span, const char *data, size_t data_size, void *out,
		      size_t size)
{
	memset(out, 0, size);
	if (span.size == 0)
		return true;
	if (span.size != size || !span_fits(span, data_size))
		return false;
	memcpy(out, data + span.offset, size);
	return true;
}

static bool ancestors_fit(const struct record_process *fixed, const char *data, size_t data_size)
{
	if (fixed->ancestor_count > RECORD_ANCESTORS)
		return false;
	for (unsigned int i = 0; i < fixed->ancestor_count; i++)
		if (!walk_fits(fixed->ancestors[i].exe, data, data_size))
			return false;
	return true;
}

int decode_process(const struct bpfchan_header *header, struct process_record *out)
{
	struct process_record record;
	size_t data_size;

	if (!is_record(header, RECORD_PROCESS, sizeof(record.fixed)))
		return -EBADMSG;
	memcpy(&record.fixed, header, sizeof(record.fixed));
	record.data = (const char *)header + sizeof(record.fixed);
	data_size = header->length - sizeof(record.fixed);
	if (!walk_fits(record.fixed.exe, record.data, data_size) ||
	    !span_fits(record.fixed.args, data_size) ||
	    !walk_fits(record.fixed.cgroup, record.data, data_size) ||
	    !ancestors_fit(&record.fixed, record.data, data_size))
		return -EBADMSG;
	*out = record;
	return 0;
}

int decode_deletion(const struct bpfchan_header *header, struct deletion_record *out)
{
	struct deletion_record record;
	size_t data_size;

	if (!is_record(header, RECORD_DELETION, sizeof(record.fixed)))
		return -EBADMSG;
	memcpy(&record.fixed, header, sizeof(record.fixed));
	record.data = (const char *)header + sizeof(record.fixed);
	data_size = header->length - sizeof(record.fixed);
	if (record.fixed.op < RECORD_UNLINK || record.fixed.op > RECORD_TRUNCATE ||
	    record.fixed.via < RECORD_SYSCALL || record.fixed.via > RECORD_KERNEL ||
	    !name_fits(&record.fixed.name, record.data, data_size) ||
	    !take_part(record.fixed.other, record.data, data_size, &record.other,
		       sizeof(record.other)) ||
	    !take_part(record.fixed.found, record.data, data_size, &record.found,
		       sizeof(record.found)) ||
	    !name_fits(&record.other, record.data, data_size) ||
	    !found_fits(&record.found, record.data, data_size))
		return -EBADMSG;
	*out = record;
	return 0;
}

int decode_exit(const struct bpfchan_header *header, struct record_exit *out)
{
	if (!is_record(header, RECORD_EXIT, sizeof(*out)))
		return -EBADMSG;
	memcpy(out, header, sizeof(*out));
	return 0;
}
