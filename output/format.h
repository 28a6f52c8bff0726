/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What output.c and the formats share. */
#ifndef WHODEL_FORMAT_H
#define WHODEL_FORMAT_H

#include <stdbool.h>

#include "output/buffer.h"
#include "output/collapse.h"
#include "output/host.h"
#include "output/output.h"

/* A wall clock second as text, kept: events of one second mostly come together. */
struct second {
	bool known;
	time_t at;
	char text[40];
	size_t length;
};

struct output {
	const struct output_format *format;
	struct buffer data;
	struct buffer notes;
	struct second second;
	struct host host;
	bool started;
};

/* Each of them puts whole lines, and returns as buffer_end_line(). */
struct output_format {
	const char *name;
	int (*start)(struct output *out); /* NULL: nothing goes first */
	int (*deletion)(struct output *out, const struct deletion *deletion);
	int (*loss)(struct output *out, const struct loss *loss);
	int (*tree)(struct output *out, const struct tree *tree); /* NULL: single events only */
	int (*summary)(struct output *out, const struct summary *summary);
};

extern const struct output_format output_csv;
extern const struct output_format output_ecs;
extern const struct output_format output_json;
extern const struct output_format output_table;

/* Puts the text of a second at @text, of @size bytes; returns its length, 0 where it has none. */
typedef size_t (*second_fn)(char *text, size_t size, time_t at);

/* Each output stays with one @render. */
void second_put(struct second *second, struct buffer *buffer, time_t at, second_fn render);

/*
 * A process deletes many files: what each line says alike of it is rendered once. Puts it again and
 * returns true, or returns false: render it, then have it kept from @start on, as data.used was.
 */
bool rendered_put(struct output *out, const struct process *process);
void rendered_keep(struct output *out, struct process *process, size_t start);

#endif
