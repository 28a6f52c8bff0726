/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Numbers in as few bytes as they need: LEB128, and zigzag for those that can be negative. */
#ifndef WHODEL_VARINT_H
#define WHODEL_VARINT_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#define VARINT_MAX 10 /* bytes of the longest one */

/* @to has room for VARINT_MAX; returns the end of what was put. */
static inline uint8_t *varint_put(uint8_t *to, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		*to++ = (uint8_t)(value | 0x80);
	*to++ = (uint8_t)value;
	return to;
}

static inline uint64_t zigzag(int64_t value)
{
	return value < 0 ? ~((uint64_t)value << 1) : (uint64_t)value << 1;
}

static inline int64_t unzigzag(uint64_t value)
{
	return (int64_t)((value >> 1) ^ -(value & 1));
}

/* Bytes of the store, which may be anything: each get looks for the end first. */
struct bytes {
	const uint8_t *at;
	const uint8_t *end;
};

static inline struct bytes bytes_of(const void *data, size_t size)
{
	return (struct bytes){ .at = data, .end = (const uint8_t *)data + size };
}

/* 0; -EBADMSG: cut off, or longer than 64 bits. */
static inline int varint_get(struct bytes *from, uint64_t *value)
{
	uint64_t sum = 0;

	for (unsigned int shift = 0; shift < 64; shift += 7) {
		uint8_t byte;

		if (from->at == from->end)
			return -EBADMSG;
		byte = *from->at++;
		if (shift == 63 && byte > 1)
			return -EBADMSG;
		sum |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*value = sum;
			return 0;
		}
	}
	return -EBADMSG;
}

#endif
