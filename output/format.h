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
	bool dates;
	bool terminal;		       /* where the data goes */
	unsigned int width;	       /* of the terminal; 0: no limit */
	const unsigned short *columns; /* the table's */
};

/* Each of them puts whole lines, and returns as buffer_end_line(). */
struct output_format {
	const char *name;
	int (*start)(struct output *out); /* NULL: nothing goes first */
	int (*deletion)(struct output *out, const struct deletion *deletion);
	int (*loss)(struct output *out, const struct loss *loss);
	int (*tree)(struct output *out, const struct tree *tree); /* NULL: single events only */
	int (*story)(struct output *out, const struct deletion *deletion); /* NULL: as deletion */
	int (*answer)(struct output *out, const struct answer *answer);	   /* NULL: the table's */
	int (*summary)(struct output *out, const struct summary *summary);
};

extern const struct output_format output_csv;
extern const struct output_format output_ecs;
extern const struct output_format output_json;
extern const struct output_format output_table;

/* What story.c and answer.c give to the formats, and what of the table's they are made of. */
int table_story(struct output *out, const struct deletion *deletion);
int table_answer(struct output *out, const struct answer *answer);
void table_put_field(struct buffer *b, const char *text); /* NULL: "?" */
void table_put_size(struct buffer *b, uint64_t bytes);
void table_put_result(struct buffer *b, const struct deletion *deletion);
void table_put_path(struct buffer *b, const struct deletion *deletion);
void table_put_loss_by(struct buffer *b, const struct loss_by *by, unsigned int count);

int json_answer(struct output *out, const struct answer *answer);
void json_field_name(struct buffer *b, const char *key, const char *name);
void json_field_number(struct buffer *b, const char *key, uint64_t number);
void json_field_time(struct output *out, const char *key, struct timespec time);
void json_field_loss_by(struct buffer *b, const struct loss_by *by, unsigned int count);

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
