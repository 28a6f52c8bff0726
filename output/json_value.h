/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* JSON values that the outputs made of JSON share. Each puts one whole value, quotes included. */
#ifndef WHODEL_JSON_VALUE_H
#define WHODEL_JSON_VALUE_H

#include <stdbool.h>
#include <time.h>

#include "output/buffer.h"
#include "output/format.h"

/* @utf8: set to false if there was a byte that is not UTF-8; each becomes U+FFFD */
void json_put_string(struct buffer *buffer, const char *text, bool *utf8);

/* The exact bytes, for what is not UTF-8. */
void json_put_base64(struct buffer *buffer, const char *bytes);

/* "ENOENT"; the number, as a string, where the error has no name */
void json_put_error(struct buffer *buffer, int error);

/* RFC 3339, UTC, nanoseconds. @second is kept by the caller. */
void json_put_time(struct second *second, struct buffer *buffer, struct timespec time);

#endif
