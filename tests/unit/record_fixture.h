/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the tests of the decoder and the paths share: wire records, put together by hand. */
#ifndef WHODEL_RECORD_FIXTURE_H
#define WHODEL_RECORD_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "trace/decode.h"

struct record_fixture {
	struct record_deletion_buffer buffer;
	struct record_name other; /* parts: put behind the names */
	struct record_found found;
	size_t used; /* of data */
};

static inline struct record_deletion *fixture_record(struct record_fixture *f)
{
	return &f->buffer.record;
}

static inline struct bpfchan_header *fixture_header(struct record_fixture *f)
{
	return &f->buffer.record.header;
}

static inline void fixture_start(struct record_fixture *f)
{
	memset(f, 0, sizeof(*f));
	fixture_header(f)->type = RECORD_DELETION;
	fixture_header(f)->version = RECORD_VERSION;
	fixture_record(f)->op = RECORD_UNLINK;
	fixture_record(f)->via = RECORD_SYSCALL;
}

static inline struct record_span fixture_bytes(struct record_fixture *f, const void *bytes,
					       size_t size)
{
	struct record_span span = { .offset = (uint16_t)f->used, .size = (uint16_t)size };

	assert_true(f->used + size <= sizeof(f->buffer.data));
	memcpy(f->buffer.data + f->used, bytes, size);
	f->used += size;
	return span;
}

static inline struct record_span fixture_string(struct record_fixture *f, const char *string)
{
	return fixture_bytes(f, string, strlen(string));
}

/* "/a/b" as the kernel side sends it: "b\0a\0"; "" is the root. */
static inline struct record_span fixture_walk(struct record_fixture *f, const char *path)
{
	struct record_span span = { .offset = (uint16_t)f->used };
	size_t end = strlen(path);

	while (end > 0) {
		size_t start = end;

		while (path[start - 1] != '/')
			start--;
		span.size += fixture_bytes(f, path + start, end - start).size;
		span.size += fixture_bytes(f, "", 1).size;
		end = start - 1;
	}
	return span;
}

/* Closes the record. */
static inline int fixture_decode(struct record_fixture *f, struct deletion_record *out)
{
	struct record_deletion *record = fixture_record(f);
	size_t names = f->used;
	int ret;

	record->other = fixture_bytes(f, &f->other, sizeof(f->other));
	record->found = fixture_bytes(f, &f->found, sizeof(f->found));
	fixture_header(f)->length = (uint32_t)(sizeof(f->buffer.record) + f->used);
	ret = decode_deletion(fixture_header(f), out);
	f->used = names; /* it can be closed again */
	return ret;
}

#endif
