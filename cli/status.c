// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/history_options.h"
#include "cli/message.h"
#include "cli/subcommand.h"
#include "cli/who.h"
#include "history/health.h"
#include "history/nanoseconds.h"
#include "output/escape.h"

enum {
	STATUS_NOT_RECORDING = 3,
	STATUS_UNWELL = 4,
};

/* One line of the table and one field of the object. */
struct item {
	const char *label;
	const char *key;
	enum { ITEM_TEXT, ITEM_NUMBER, ITEM_BYTES, ITEM_TIME, ITEM_FLAG } kind;
	const char *text;
	uint64_t number;
	int64_t time; /* 0: never */
};

static void put_escaped(const char *text)
{
	char field[ESCAPE_FIELD_SIZE(256)] = "";
	size_t length = strnlen(text, 256);

	fwrite(field, 1, (size_t)(escape_field(field, text, length) - field), stdout);
}

static void put_table_time(int64_t time)
{
	char text[40];
	struct tm tm;
	time_t second = nanoseconds_to_time(time).tv_sec;

	if (time && localtime_r(&second, &tm) && strftime(text, sizeof(text), "%F %T", &tm))
		fputs(text, stdout);
	else
		fputs("never", stdout);
}

static void put_table_item(const struct item *item)
{
	printf("%-12s ", item->label);
	switch (item->kind) {
	case ITEM_TEXT:
		put_escaped(*item->text ? item->text : "-");
		break;
	case ITEM_NUMBER:
		printf("%" PRIu64, item->number);
		break;
	case ITEM_BYTES:
		printf("%.1f MiB", (double)item->number / (1 << 20));
		break;
	case ITEM_TIME:
		put_table_time(item->time);
		break;
	case ITEM_FLAG:
		fputs(item->number ? "yes" : "no", stdout);
		break;
	}
	putchar('\n');
}

static void put_json_text(const char *text)
{
	char string[ESCAPE_JSON_SIZE(256)] = "";
	bool utf8 = true;
	size_t length = strnlen(text, 256);

	if (!length) {
		fputs("null", stdout);
		return;
	}
	putchar('"');
	fwrite(string, 1, (size_t)(escape_json(string, text, length, &utf8) - string), stdout);
	putchar('"');
}

static void put_json_time(int64_t time)
{
	struct timespec at = nanoseconds_to_time(time);
	char text[40];
	struct tm tm;

	if (time && gmtime_r(&at.tv_sec, &tm) && strftime(text, sizeof(text), "%FT%T", &tm))
		printf("\"%s.%09ldZ\"", text, at.tv_nsec);
	else
		fputs("null", stdout);
}

static void put_json_item(const struct item *item)
{
	printf(",\"%s\":", item->key);
	switch (item->kind) {
	case ITEM_TEXT:
		put_json_text(item->text);
		break;
	case ITEM_NUMBER:
	case ITEM_BYTES:
		printf("%" PRIu64, item->number);
		break;
	case ITEM_TIME:
		put_json_time(item->time);
		break;
	case ITEM_FLAG:
		fputs(item->number ? "true" : "false", stdout);
		break;
	}
}

static void put(const struct options *options, const struct item *items, size_t count)
{
	bool json = strcmp(options->format, "json") == 0;

	if (json)
		fputs("{\"type\":\"status\",\"schema\":1", stdout);
	for (size_t i = 0; i < count; i++)
		if (json)
			put_json_item(&items[i]);
		else
			put_table_item(&items[i]);
	if (json)
		puts("}");
}

static void put_health(const struct options *options, const struct health *health,
		       enum health_verdict verdict)
{
	const struct item items[] = {
		{ "health", "health", ITEM_TEXT, health_verdict_name(verdict), 0, 0 },
		{ "running", "running", ITEM_FLAG, NULL, health->runs, 0 },
		{ "error", "error", ITEM_TEXT, health->error, 0, 0 },
		{ "pid", "pid", ITEM_NUMBER, NULL, health->pid, 0 },
		{ "probe", "probe", ITEM_TEXT, health->probe, 0, 0 },
		{ "transport", "transport", ITEM_TEXT, health->transport, 0, 0 },
		{ "host", "host", ITEM_TEXT, health->host, 0, 0 },
		{ "since", "since", ITEM_TIME, NULL, 0, health->began },
		{ "stored up to", "until", ITEM_TIME, NULL, 0, health->until },
		{ "last canary", "canary", ITEM_TIME, NULL, 0, health->canary },
		{ "recorded", "recorded", ITEM_NUMBER, NULL, health->recorded_events, 0 },
		{ "rate", "rate", ITEM_NUMBER, NULL, health->rate, 0 },
		{ "filtered", "filtered", ITEM_NUMBER, NULL, health->filtered, 0 },
		{ "queue", "queue_bytes", ITEM_BYTES, NULL, health->queue_bytes, 0 },
		{ "queue limit", "queue_limit", ITEM_BYTES, NULL, health->queue_limit, 0 },
		{ "buffer", "buffer_bytes", ITEM_BYTES, NULL, health->buffer_bytes, 0 },
		{ "store", "store_bytes", ITEM_BYTES, NULL, health->bytes, 0 },
		{ "events", "events", ITEM_NUMBER, NULL, health->events, 0 },
		{ "oldest", "oldest", ITEM_TIME, NULL, 0, health->oldest },
		{ "newest", "newest", ITEM_TIME, NULL, 0, health->newest },
		{ "lost", "lost", ITEM_NUMBER, NULL, health->lost, 0 },
		{ "last loss", "last_loss", ITEM_TIME, NULL, 0,
		  health->lost_ever ? health->lost_until : 0 },
		{ "gaps", "gaps", ITEM_NUMBER, NULL, health->gaps, 0 },
	};

	put(options, items, sizeof(items) / sizeof(items[0]));
}

static int judge(const struct options *options, const struct health *health, int64_t now)
{
	enum health_verdict verdict = health_judge(health, now);

	put_health(options, health, verdict);
	if (fflush(stdout)) {
		message("cannot write the output: %m");
		return STATUS_FAILED;
	}
	if (verdict == HEALTH_WELL)
		return STATUS_OK;
	message("%s", health_verdict_text(verdict));
	return verdict == HEALTH_NOT_RUNNING ? STATUS_NOT_RECORDING : STATUS_UNWELL;
}

static int read_health(struct reader *reader, const struct options *options, struct health *health)
{
	int err = reader_begin(reader);

	if (!err)
		err = health_read(reader, options->asked.store, health);
	if (err)
		message("cannot read the store %s: %s", options->asked.store,
			err == -EUCLEAN ? "it is damaged" : strerror(-err));
	return err;
}

static int run(const struct options *options)
{
	char error[512];
	struct reader *reader;
	struct health health;
	struct timespec now;
	int err;

	clock_gettime(CLOCK_REALTIME, &now);
	health_ask(options->asked.store, &health);
	err = reader_open(options->asked.store, &reader, error, sizeof(error));
	if (err) {
		message("%s", error);
		return STATUS_FAILED;
	}
	err = read_health(reader, options, &health);
	reader_close(reader);
	return err ? STATUS_FAILED : judge(options, &health, nanoseconds_of(now));
}

int status_main(int argc, char **argv)
{
	return subcommand_main(argc, argv, status_options, run);
}
