// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The end of an answer, for people: on the notes. */
#include "output/answer.h"

#include "output/escape.h"
#include "output/format.h"

/* 2026-01-02 03:03:04 */
static void put_moment(struct buffer *b, struct timespec time)
{
	char text[40];
	struct tm tm;

	if (!localtime_r(&time.tv_sec, &tm) || !strftime(text, sizeof(text), "%F %T", &tm))
		buffer_printf(b, "@%jd", (intmax_t)time.tv_sec);
	else
		buffer_put_text(b, text);
}

static void put_stretch(struct buffer *b, struct timespec since, struct timespec until)
{
	buffer_put_text(b, " from ");
	put_moment(b, since);
	buffer_put_text(b, " to ");
	put_moment(b, until);
}

/* No deletion of /x is recorded. */
static int put_absence(struct buffer *b, const struct answer *answer)
{
	if (answer->found)
		return 0;
	buffer_begin_line(b);
	buffer_put_text(b, "no deletion ");
	if (answer->path) {
		buffer_put_text(b, "of ");
		table_put_field(b, answer->path);
		buffer_put_text(b, " ");
	} else {
		buffer_put_text(b, "that matches ");
	}
	buffer_put_text(b, "is recorded");
	return buffer_end_line(b);
}

/* recorded from A to B without a gap, 0 lost */
static int put_window(struct buffer *b, const struct answer *answer)
{
	buffer_begin_line(b);
	if (!answer->recorded) {
		buffer_put_text(b, "nothing was recorded in this time");
		return buffer_end_line(b);
	}
	buffer_put_text(b, "recorded");
	put_stretch(b, answer->since, answer->until);
	if (answer->gap_count)
		buffer_printf(b, " with %u gap%s, ", answer->gap_count,
			      answer->gap_count == 1 ? "" : "s");
	else
		buffer_put_text(b, " without a gap, ");
	buffer_printf(b, "%ju lost", (uintmax_t)answer->lost);
	if (answer->removed)
		buffer_printf(b, "; %ju older ones were removed to keep the store small",
			      (uintmax_t)answer->removed);
	if (!answer->running)
		buffer_put_text(b, "; the recorder does not run");
	return buffer_end_line(b);
}

/* The recorder's own words stand as they are; what looks like anything else is quoted. */
static void put_words(struct buffer *b, const char *words)
{
	const char *at = words;

	while (*at >= ' ' && *at <= '~')
		at++;
	if (*at)
		table_put_field(b, words);
	else
		buffer_put_text(b, words);
}

static int put_gap(struct buffer *b, const struct answer_gap *gap)
{
	buffer_begin_line(b);
	if (gap->lost_known)
		buffer_printf(b, "  %ju lost", (uintmax_t)gap->lost);
	else
		buffer_put_text(b, "  not recorded");
	put_stretch(b, gap->since, gap->until);
	buffer_put_text(b, ": ");
	put_words(b, gap->reason);
	table_put_loss_by(b, gap->by, gap->by_count);
	return buffer_end_line(b);
}

static int put_unseen(struct buffer *b, const struct answer *answer)
{
	if (!answer->unseen || !answer->unseen[0])
		return 0;
	buffer_begin_line(b);
	buffer_put_text(b, "not visible here: ");
	for (unsigned int i = 0; answer->unseen[i]; i++) {
		if (i)
			buffer_put_text(b, "; ");
		put_words(b, answer->unseen[i]);
	}
	return buffer_end_line(b);
}

static int put_now(struct buffer *b, const struct answer *answer)
{
	if (!answer->now)
		return 0;
	buffer_begin_line(b);
	buffer_put_text(b, "now at ");
	table_put_field(b, answer->now);
	return buffer_end_line(b);
}

/* Their two fields read back by a shell: the line can be pasted. */
static int put_holder(struct buffer *b, const struct answer_holder *holder)
{
	buffer_begin_line(b);
	table_put_field(b, holder->comm);
	buffer_printf(b, "[%u] still has it open%s; get it back: cp ", holder->pid,
		      holder->same_generation ? "" : " (same device and inode)");
	table_put_field(b, holder->link);
	buffer_put_text(b, " ");
	table_put_field(b, holder->path);
	return buffer_end_line(b);
}

int table_answer(struct output *out, const struct answer *answer)
{
	struct buffer *b = &out->notes;
	int err = put_now(b, answer);

	for (unsigned int i = 0; i < answer->holder_count && !err; i++)
		err = put_holder(b, &answer->holders[i]);
	if (!err)
		err = put_absence(b, answer);
	if (!err)
		err = put_window(b, answer);
	for (unsigned int i = 0; i < answer->gap_count && !err; i++)
		err = put_gap(b, &answer->gaps[i]);
	return err ? err : put_unseen(b, answer);
}
