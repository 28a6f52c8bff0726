// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* One contract for all formats. */
#include "output/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output/format.h"

static const struct output_format *const formats[] = { &output_table, &output_json, &output_ecs,
						       &output_csv };

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

const char *output_format_name(unsigned int index)
{
	return index < FORMATS ? formats[index]->name : NULL;
}

static const struct output_format *find_format(const char *name)
{
	for (size_t i = 0; i < FORMATS; i++)
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	return NULL;
}

int output_open(const char *format, int fd, const struct output_opts *opts, struct output **out)
{
	const struct output_format *found = find_format(format);
	struct output *opened;

	if (!found)
		return -EINVAL;
	opened = calloc(1, sizeof(*opened));
	if (!opened)
		return -ENOMEM;
	opened->format = found;
	opened->terminal = isatty(fd);
	buffer_init(&opened->data, fd);
	buffer_init(&opened->notes, opts->notes_fd);
	opened->dates = opts->dates;
	opened->data.hurry_fd = opts->hurry_fd > 0 ? opts->hurry_fd : -1;
	*out = opened;
	return 0;
}

const char *output_taken(struct output *out, size_t *size)
{
	*size = out->data.used;
	out->data.used = 0;
	return out->data.data;
}

static int start(struct output *out)
{
	if (out->started)
		return 0;
	out->started = true;
	return out->format->start ? out->format->start(out) : 0;
}

int output_deletion(struct output *out, const struct deletion *deletion)
{
	int err = start(out);

	return err ? err : out->format->deletion(out, deletion);
}

bool output_has_trees(const struct output *out)
{
	return out->format->tree != NULL;
}

int output_tree(struct output *out, const struct tree *tree)
{
	int err = start(out);

	return err ? err : out->format->tree(out, tree);
}

int output_story(struct output *out, const struct deletion *deletion)
{
	if (!out->format->story)
		return output_deletion(out, deletion);
	out->started = true; /* a head is for lines */
	return out->format->story(out, deletion);
}

/* The data first, so that on a terminal the notes stand where they belong. */
static int flush_both(struct output *out, int err)
{
	int data_err = buffer_flush(&out->data);

	/* A note that cannot be written has nobody left to be told to. */
	buffer_flush(&out->notes);
	return err ? err : data_err;
}

int output_loss(struct output *out, const struct loss *loss)
{
	return flush_both(out, out->format->loss(out, loss));
}

int output_answer(struct output *out, const struct answer *answer)
{
	const struct output_format *format = out->format->answer ? out->format : &output_table;

	return flush_both(out, format->answer(out, answer));
}

uint64_t output_unwritten(const struct output *out)
{
	return out->data.unwritten;
}

/* Where the data ends in an error the sums are still owed: as notes, which the table has. */
int output_summary(struct output *out, const struct summary *summary)
{
	int err = flush_both(out, out->format->summary(out, summary));

	if (out->data.error && out->format != &output_table)
		flush_both(out, output_table.summary(out, summary));
	return err;
}

int output_flush(struct output *out)
{
	int err = start(out);
	int flush_err = buffer_flush(&out->data);

	return err ? err : flush_err;
}

int output_close(struct output *out)
{
	int err;

	if (!out)
		return 0;
	err = flush_both(out, 0);
	buffer_free(&out->data);
	buffer_free(&out->notes);
	free(out);
	return err;
}

void second_put(struct second *second, struct buffer *buffer, time_t at, second_fn render)
{
	if (!second->known || second->at != at) {
		second->known = true;
		second->at = at;
		second->length = render(second->text, sizeof(second->text), at);
	}
	buffer_put(buffer, second->text, second->length);
}

bool rendered_put(struct output *out, const struct process *process)
{
	if (!process->rendered || process->rendered_by != out->format)
		return false;
	buffer_put(&out->data, process->rendered, process->rendered_size);
	return true;
}

void rendered_keep(struct output *out, struct process *process, size_t start)
{
	size_t size = out->data.used - start;

	if (out->data.no_memory)
		return;
	free(process->rendered);
	process->rendered = malloc(size);
	if (!process->rendered)
		return;
	process->rendered_by = out->format;
	process->rendered_size = size;
	memcpy(process->rendered, out->data.data + start, size);
}
