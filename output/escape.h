/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Bytes chosen by strangers, made safe to print and reversible. Pure functions.
 *
 * The escape_*() functions write at @to, which has room for as many bytes as their *_SIZE() says,
 * add no NUL, and return the end of what they wrote.
 */
#ifndef WHODEL_ESCAPE_H
#define WHODEL_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * utf8_decode - the code point that @text starts with
 *
 * Returns its length in bytes, or 0: empty or not UTF-8 as RFC 3629 has it (overlong forms,
 * surrogates, above U+10FFFF, cut); then @point is untouched.
 */
size_t utf8_decode(const char *text, size_t length, uint32_t *point);

bool utf8_valid(const char *text, size_t length);

/*
 * escape_json - the inside of a JSON string
 * @utf8: set to false if there was a byte that is not UTF-8; each becomes U+FFFD
 *
 * Besides what JSON asks for, whatever could move a cursor or reorder text on a terminal becomes
 * \uXXXX: DEL, C1 controls, bidi controls, line and paragraph separators.
 */
#define ESCAPE_JSON_SIZE(length) (6 * (length))
char *escape_json(char *to, const char *text, size_t length, bool *utf8);

/*
 * escape_field - one field of a line that people read
 *
 * ASCII letters, digits, the signs %+,-./:=@^_~# (the last two not in front) and visible characters
 * beyond ASCII stand bare. Anything else puts the whole field in $'...', which bash, zsh and ksh
 * read back: \n, \t, \r, \\, \', \xNN for a byte (always two digits) and \uNNNN or \UNNNNNNNN for
 * characters that are invisible, look like a space, break a line or reorder text. So a bare field
 * has no space, and none can pose as two. Letters of right-to-left scripts are shown as they are.
 */
#define ESCAPE_FIELD_SIZE(length) (4 * (length) + 3)
char *escape_field(char *to, const char *text, size_t length);

/*
 * escape_csv - the inside of a quoted field
 * @exact: set to false if it is not exactly @text
 *
 * Quotes are doubled. What is not UTF-8, controls, and what cannot be seen, breaks a line or
 * reorders text become U+FFFD, one for each byte or character.
 */
#define ESCAPE_CSV_SIZE(length) (3 * (length))
char *escape_csv(char *to, const char *text, size_t length, bool *exact);

/* escape_base64 - RFC 4648, section 4: padded, on one line */
#define ESCAPE_BASE64_SIZE(length) (((length) + 2) / 3 * 4)
char *escape_base64(char *to, const char *bytes, size_t length);

#endif
