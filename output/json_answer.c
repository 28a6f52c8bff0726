// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The end of an answer as an object, the last line. */
#include "output/format.h"
#include "output/json_value.h"

static void put_bool(struct buffer *b, const char *key, bool value)
{
	buffer_printf(b, ",\"%s\":%s", key, value ? "true" : "false");
}

static void put_gap(struct output *out, const struct answer_gap *gap)
{
	struct buffer *b = &out->data;

	buffer_put_text(b, "{\"kind\":\"");
	buffer_put_text(b, gap->kind);
	buffer_put_text(b, "\"");
	json_field_time(out, "since", gap->since);
	json_field_time(out, "until", gap->until);
	if (gap->lost_known)
		json_field_number(b, "lost", gap->lost);
	else
		buffer_put_text(b, ",\"lost\":null");
	json_field_name(b, "reason", gap->reason);
	json_field_loss_by(b, gap->by, gap->by_count);
	buffer_put_text(b, "}");
}

static void put_gaps(struct output *out, const struct answer *answer)
{
	struct buffer *b = &out->data;

	buffer_put_text(b, ",\"gaps\":[");
	for (unsigned int i = 0; i < answer->gap_count; i++) {
		if (i)
			buffer_put_text(b, ",");
		put_gap(out, &answer->gaps[i]);
	}
	buffer_put_text(b, "]");
}

static void put_holders(struct buffer *b, const struct answer *answer)
{
	buffer_put_text(b, ",\"held_open\":[");
	for (unsigned int i = 0; i < answer->holder_count; i++) {
		const struct answer_holder *holder = &answer->holders[i];

		buffer_put_text(b, i ? ",{\"pid\":" : "{\"pid\":");
		buffer_put_number(b, holder->pid);
		json_field_name(b, "comm", holder->comm);
		json_field_name(b, "link", holder->link);
		json_field_name(b, "path", holder->path);
		put_bool(b, "same_generation", holder->same_generation);
		buffer_put_text(b, "}");
	}
	buffer_put_text(b, "]");
}

/* whodel's own words. */
static void put_unseen(struct buffer *b, const struct answer *answer)
{
	bool utf8;

	buffer_put_text(b, ",\"unseen\":[");
	for (unsigned int i = 0; answer->unseen && answer->unseen[i]; i++) {
		if (i)
			buffer_put_text(b, ",");
		json_put_string(b, answer->unseen[i], &utf8);
	}
	buffer_put_text(b, "]");
}

static void put_window(struct output *out, const struct answer *answer)
{
	if (!answer->recorded) {
		buffer_put_text(&out->data, ",\"since\":null,\"until\":null");
		return;
	}
	json_field_time(out, "since", answer->since);
	json_field_time(out, "until", answer->until);
}

int json_answer(struct output *out, const struct answer *answer)
{
	struct buffer *b = &out->data;

	buffer_begin_line(b);
	buffer_put_text(b, "{\"type\":\"answer\",\"schema\":1");
	json_field_name(b, "path", answer->path);
	put_bool(b, "found", answer->found);
	json_field_name(b, "now", answer->now);
	put_holders(b, answer);
	put_bool(b, "proved", answer_is_proved(answer));
	put_window(out, answer);
	put_gaps(out, answer);
	json_field_number(b, "lost", answer->lost);
	json_field_number(b, "removed", answer->removed);
	put_bool(b, "running", answer->running);
	json_field_name(b, "probe", answer->probe);
	put_unseen(b, answer);
	buffer_put_text(b, "}");
	return buffer_end_line(b);
}
