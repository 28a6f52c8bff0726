/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* whodel.<host>.<op>: what is not a letter, a digit, "-" or "_" of a host is %XX in it. */
#ifndef WHODEL_SUBJECT_H
#define WHODEL_SUBJECT_H

#include <stddef.h>

#define SUBJECT_MAX 512
#define SUBJECT_ALL "whodel.>"

/* A host of more than 64 bytes is cut. */
void subject_put(char subject[SUBJECT_MAX], const char *host, const char *op);

/* The host of a subject: 0, or -EBADMSG. */
int subject_host(const char *subject, char *host, size_t size);

#endif
