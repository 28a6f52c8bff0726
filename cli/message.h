/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What whodel says to people: on stderr, one line, with its name in front. */
#ifndef WHODEL_MESSAGE_H
#define WHODEL_MESSAGE_H

enum status {
	STATUS_OK = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
	STATUS_COMMAND_FAILED = 125, /* whodel itself failed, while it had a command to run */
	STATUS_NOT_RUNNABLE = 126,
	STATUS_NOT_FOUND = 127,
};

void message(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
