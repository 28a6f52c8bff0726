/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What has nothing to do with the buffers: options, signals, the choice of the hook, the table. */
#ifndef EXAMPLES_EXAMPLE_H
#define EXAMPLES_EXAMPLE_H

#include <stdbool.h>
#include <stddef.h>

#include "examples/unlink.h"

#define POLL_MS 100 /* how long an example may sleep before it looks at its stop flag */

struct bpf_object;

struct example {
	const char *name;
	const char *transport; /* NULL: this example has no choice of transport */
	char only_comm[COMM_SIZE];
	double seconds;	     /* 0: until a signal */
	unsigned long limit; /* 0: no limit */
	unsigned long printed;
	unsigned long long lost;
	int write_error;
	const char *hook;
};

/* Reads the options; exits on --help (0), on wrong use (2) and without root (1). */
void example_init(struct example *ex, int argc, char **argv);

/* Before the load: which of the object's programs this kernel can attach. 0 or -errno. */
int example_choose_hook(struct example *ex, struct bpf_object *obj);

/* After the attach: says where, prints the head of the table, starts the clock of -d. */
void example_attached(struct example *ex);

/* @err is the last poll's result. False once a signal, -d, -n or an error says stop. */
bool example_running(const struct example *ex, int err);

/* After the detach: the last drain runs to its end, unless another signal comes. */
void example_detached(void);

/* One line of the table. 0, or -ECANCELED: printed, but now stop; past the limit not printed. */
int example_print(struct example *ex, const void *data, size_t size);

/* @total is a counter that only grows; what it grew by is told. */
void example_tell_lost(struct example *ex, unsigned long long total);

/* "NAME: cannot ACTION: CAUSE" on stderr; returns err. */
int example_error(const struct example *ex, int err, const char *action);

/* The counts, on stderr. Returns the exit status. */
int example_end(struct example *ex, int err, unsigned long long lost);

#endif
