/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * A time as people say it, in local time:
 *
 *	now  today  yesterday  14:00  yesterday 14:00:30  2026-11-21  2026-11-21 14:00
 *	2026-11-21T14:00:00.5Z  2026-11-21T14:00+01:00  @1767322984.5  90s ago  2h ago  1 day ago
 *
 * A day alone is its first moment. A time alone is today's, also where that is still to come.
 */
#ifndef WHODEL_WHEN_H
#define WHODEL_WHEN_H

#include <time.h>

/* 0; -EINVAL for what is no time, -ERANGE for one that does not exist (a 30th of February). */
int when_parse(const char *text, const struct timespec *now, struct timespec *out);

#endif
