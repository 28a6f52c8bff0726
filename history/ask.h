/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* A question to the recorder, at the socket beside the store; docs/store.md has the protocol. */
#ifndef WHODEL_ASK_H
#define WHODEL_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ASK_ANSWER_MAX 4096

/*
 * ask_recorder - ask, and wait for the answer
 * @question: "status", or "flush": answered when all that happened until now is stored
 * @answer: NUL-terminated, on success
 *
 * Returns 0; -ECONNREFUSED or -ENOENT: no recorder runs; -EACCES; -ETIMEDOUT; -errno.
 */
int ask_recorder(const char *store, const char *question, int timeout_ms,
		 char answer[ASK_ANSWER_MAX]);

/* A field of such an answer, which has no object in an object. False: not there, or null. */
bool ask_number(const char *answer, const char *key, uint64_t *number);
bool ask_text(const char *answer, const char *key, char *text, size_t size);

#endif
