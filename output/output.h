/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Deletions, losses and the summary, written in a format that the user chose: one contract for all.
 *
 * Whatever names strangers chose, a line stays one line, moves no cursor and reorders no text, and
 * the exact bytes can be had back from it (output/escape.h). On a terminal the table follows its
 * width: a path that does not fit is in a second line, indented. Lines are held until the buffer is
 * full or output_flush() is called: call it after each drain. The caller ignores SIGPIPE.
 *
 * Functions return 0 or -errno. A write error comes back from the call that met it and from each
 * one after it; then nothing more is written there. -ENOMEM is about that one line, left out whole.
 */
#ifndef WHODEL_OUTPUT_H
#define WHODEL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "output/answer.h"
#include "output/collapse.h"
#include "trace/deletion.h"

struct output;

struct output_opts {
	int notes_fd; /* what is not data: the table's losses and summary; mostly 2 */
	bool dates;   /* for people: of other days than today too */
	int hurry_fd; /* readable once the end is asked for: then a reader that does not read is
		       * waited for 2 s and no longer (-ETIMEDOUT). 0 or less: none */
};

/* The format's name by index, for the option table; NULL behind the last. */
const char *output_format_name(unsigned int index);

/*
 * output_open - start writing to @fd
 * @format: an output_format_name()
 * @fd: stays the caller's; may be non-blocking
 *
 * Writes nothing yet. Returns 0; -EINVAL: no such format; -ENOMEM.
 */
int output_open(const char *format, int fd, const struct output_opts *opts, struct output **out);

/* Not written but kept: what was put since the last time, valid until the next call. */
#define OUTPUT_MEMORY (-2)
const char *output_taken(struct output *out, size_t *size);

/* May keep a rendering in deletion->process. */
int output_deletion(struct output *out, const struct deletion *deletion);

/* For people: many deletions as one line. What machines read has single events only. */
bool output_has_trees(const struct output *out);
int output_tree(struct output *out, const struct tree *tree);

int output_loss(struct output *out, const struct loss *loss);

/*
 * Lines of data that were put and could not be written, since the first write error; a line that
 * was cut off counts. Final after output_flush().
 */
uint64_t output_unwritten(const struct output *out);

/* For people: a deletion told at length, over several lines; for machines as output_deletion(). */
int output_story(struct output *out, const struct deletion *deletion);

/* Of history, in place of the summary. */
int output_answer(struct output *out, const struct answer *answer);

/* The last call but output_close(). Told on the notes even where the data cannot be written. */
int output_summary(struct output *out, const struct summary *summary);

/* The first one also shows what goes before the events, such as the table's head. */
int output_flush(struct output *out);

/* Flushes and frees; @out may be NULL. */
int output_close(struct output *out);

#endif
