/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Where the recorder is asked: the socket beside the store. docs/store.md has the protocol.
 */
#ifndef WHODEL_DESK_H
#define WHODEL_DESK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define DESK_SEATS 16

struct seat {
	int fd;		 /* -1: free */
	bool asked;	 /* and waits for its answer */
	uint64_t number; /* the hand-over that a flush waits for */
	int64_t end;	 /* neither is waited for longer, monotonic ns */
};

struct desk {
	int epoll; /* readable: call desk_next() */
	int listener;
	char path[108];
	ino_t inode; /* of the socket's file */
	dev_t device;
	struct seat seats[DESK_SEATS];
};

/* Whoever may read the store may ask. 0 or -errno */
int desk_open(struct desk *desk, const char *store);

/* Who has a question, and which: a seat, or NULL. Never waits. Call again until NULL. */
struct seat *desk_next(struct desk *desk, bool *flush);

/* A flush is answered once @number is done. */
void desk_wait(struct seat *seat, uint64_t number);

/* A seat that can be answered now: done, or waited too long; or NULL. To be called each second. */
struct seat *desk_ready(struct desk *desk, uint64_t done);

void desk_answer(struct seat *seat, const char *answer);

/* The socket's file was removed, or its file system is another one now. */
bool desk_is_lost(const struct desk *desk);

/* The socket's file goes too. */
void desk_close(struct desk *desk);

#endif
