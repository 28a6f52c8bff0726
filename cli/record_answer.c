// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/record_state.h"

/* "2026-01-02T03:04:05.123456789Z" in quotes, or null */
static const char *time_text(int64_t time, char text[48])
{
	time_t seconds = time / 1000000000;
	struct tm tm;
	size_t length;

	if (!time)
		return "null";
	gmtime_r(&seconds, &tm);
	length = strftime(text, 48, "\"%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + length, 48 - length, ".%09dZ\"", (int)(time % 1000000000));
	return text;
}

/* strerror(3)'s texts need no escapes. */
static const char *error_text(const struct record *record, const struct recorder_status *status,
			      char text[128])
{
	if (!status->error && !record->blind_since)
		return "null";
	snprintf(text, 128, "\"%s\"",
		 status->error ? strerror(-status->error) : "the canary did not come through");
	return text;
}

static uint64_t rate(const struct record *record, uint64_t events)
{
	uint64_t ticks = record->ticks < RATE_TICKS ? record->ticks : RATE_TICKS;
	uint64_t before = ticks < RATE_TICKS ? 0 : record->rates[record->ticks % RATE_TICKS];

	return ticks ? (events - before) * 1000 / (ticks * RECORDER_TICK_MS) : 0;
}

/* Its words come from servers too. */
static const char *forward_error(const struct forwarder_process *forwarder, char text[FLEET_ERROR])
{
	size_t used = 1;

	if (!forwarder->report.error[0])
		return "null";
	text[0] = '"';
	for (const char *at = forwarder->report.error; *at && used + 2 < FLEET_ERROR; at++)
		text[used++] = *at < ' ' || *at > '~' || *at == '"' || *at == '\\' ? ' ' : *at;
	memcpy(text + used, "\"", 2);
	return text;
}

static void put_forward(const struct forwarder_process *forwarder, char *answer, size_t size)
{
	char error[FLEET_ERROR];

	answer[0] = '\0';
	if (forwarder->pid)
		snprintf(answer, size,
			 ",\"forwarded\":%llu,\"forward_lag\":%llu,\"forward_error\":%s",
			 (unsigned long long)forwarder->report.cursor.number,
			 (unsigned long long)forwarder->report.lag,
			 forward_error(forwarder, error));
}

void record_answer(const struct record *record, const struct recorder_status *status,
		   struct seat *seat)
{
	char began[48];
	char until[48];
	char canary[48];
	char last_loss[48];
	char error_since[48];
	char error[128];
	char forward[FLEET_ERROR + 128];
	char answer[2048];
	const uint64_t lost = record->lost + status->dropped;

	put_forward(&record->forwarder, forward, sizeof(forward));

	snprintf(answer, sizeof(answer),
		 "{\"type\":\"status\",\"schema\":1,\"pid\":%d,\"version\":\"%s\",\"probe\":\"%s\","
		 "\"transport\":\"%s\",\"buffer_bytes\":%zu,\"recording\":%lld,\"began\":%s,"
		 "\"events\":%llu,\"stored\":%llu,\"lost\":%llu,\"filtered\":%llu,\"rate\":%llu,"
		 "\"queue_bytes\":%zu,\"queue_limit\":%zu,\"store_bytes\":%llu,\"until\":%s,"
		 "\"canary\":%s,\"last_loss\":%s,\"error\":%s,\"error_since\":%s%s}",
		 getpid(), WHODEL_VERSION, trace_probe_name(record->trace), record->transport,
		 record->buffer_bytes, (long long)status->recording,
		 time_text(record->began, began), (unsigned long long)status->events,
		 (unsigned long long)status->stored, (unsigned long long)lost,
		 (unsigned long long)record->filtered,
		 (unsigned long long)rate(record, status->events), status->queue_bytes,
		 status->queue_limit, (unsigned long long)status->store_bytes,
		 time_text(status->until, until), time_text(status->canary, canary),
		 time_text(record->last_loss, last_loss), error_text(record, status, error),
		 time_text(status->error ? status->error_since : record->blind_since, error_since),
		 forward);
	desk_answer(seat, answer);
}
