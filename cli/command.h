/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The command behind "--": started, but held before its exec until it is followed. */
#ifndef WHODEL_COMMAND_H
#define WHODEL_COMMAND_H

#include <sys/types.h>

struct command {
	pid_t pid;
	int pidfd;
	int gate;   /* written to: go */
	int result; /* read from: the errno of a failed exec, or nothing */
};

#define COMMAND_NONE                                                                               \
	{                                                                                          \
		.pid = -1, .pidfd = -1, .gate = -1, .result = -1                                   \
	}

/* Fork; the child waits. 0 or -errno. */
int command_hold(struct command *command, char **argv);

/* Let it exec; 0, or the -errno of its exec. */
int command_release(struct command *command);

/* Wait for its end: its exit status, or 128 and its signal, as a shell has it. */
int command_wait(struct command *command);

/* End it if it is still held, and forget it. */
void command_close(struct command *command);

#endif
