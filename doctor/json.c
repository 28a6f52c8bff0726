// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The checkup for programs: docs/doctor.md has the fields. */
#include <stdio.h>
#include <string.h>

#include "doctor/checkup.h"
#include "output/escape.h"

static void put_string(struct buffer *out, const char *text)
{
	size_t length = strlen(text);
	char *room = buffer_room(out, ESCAPE_JSON_SIZE(length) + 2);
	bool utf8;

	if (!room)
		return;
	*room++ = '"';
	room = escape_json(room, text, length, &utf8);
	*room++ = '"';
	buffer_take(out, room);
}

static void put_text(struct buffer *out, const char *key, const char *text)
{
	buffer_printf(out, ",\"%s\":", key);
	if (text)
		put_string(out, text);
	else
		buffer_put_text(out, "null");
}

static const char *or_null(const char *text)
{
	return text && *text ? text : NULL;
}

static void put_features(const struct checkup *checkup, struct buffer *out)
{
	static const char *const states[] = {
		[FEATURE_NO] = "false",
		[FEATURE_YES] = "true",
		[FEATURE_UNKNOWN] = "null",
	};

	buffer_put_text(out, ",\"features\":[");
	for (size_t i = 0; i < checkup->feature_count; i++) {
		const struct feature *feature = &checkup->features[i];

		buffer_printf(out, "%s{\"here\":%s", i ? "," : "", states[feature->state]);
		put_text(out, "name", feature->name);
		put_text(out, "value", or_null(feature->value));
		put_text(out, "advice", feature->advice);
		buffer_put_text(out, "}");
	}
	buffer_put_text(out, "]");
}

static void put_choices(const char *key, const struct choice *choices, size_t count,
			struct buffer *out)
{
	buffer_printf(out, ",\"%s\":[", key);
	for (size_t i = 0; i < count; i++) {
		buffer_printf(out, "%s{\"works\":%s", i ? "," : "",
			      choices[i].err ? "false" : "true");
		put_text(out, "name", choices[i].name);
		put_text(out, "why", or_null(choices[i].why));
		put_text(out, "missing", or_null(choices[i].missing));
		buffer_put_text(out, "}");
	}
	buffer_put_text(out, "]");
}

static void put_incomplete(uint32_t incomplete, struct buffer *out)
{
	const char *between = "";

	buffer_put_text(out, ",\"incomplete\":[");
	for (unsigned int i = 0; i < INCOMPLETE_REASONS; i++) {
		if (!(incomplete & (1U << i)))
			continue;
		buffer_put_text(out, between);
		put_string(out, incomplete_name(i));
		between = ",";
	}
	buffer_put_text(out, "]");
}

static void put_findings(const struct selftest *selftest, struct buffer *out)
{
	buffer_put_text(out, ",\"ways\":[");
	for (size_t i = 0; i < selftest->count; i++) {
		const struct finding *finding = &selftest->findings[i];

		buffer_printf(out, "%s{\"events\":%u", i ? "," : "", finding->events);
		put_text(out, "way", finding->way->name);
		put_text(out, "verdict", verdict_name(finding->verdict));
		put_text(out, "why", or_null(finding->why));
		put_incomplete(finding->incomplete, out);
		buffer_put_text(out, "}");
	}
	buffer_put_text(out, "]");
}

static void put_unseen(struct buffer *out)
{
	buffer_put_text(out, ",\"unseen\":[");
	for (const struct unseen *unseen = unseen_table; unseen->way; unseen++) {
		buffer_put_text(out, unseen == unseen_table ? "{\"way\":" : ",{\"way\":");
		put_string(out, unseen->way);
		put_text(out, "probes", unseen->probes);
		put_text(out, "why", unseen->why);
		buffer_put_text(out, "}");
	}
	buffer_put_text(out, "]");
}

void checkup_show_json(const struct checkup *checkup, struct buffer *out)
{
	const struct selftest *selftest = &checkup->selftest;

	buffer_begin_line(out);
	buffer_printf(out, "{\"type\":\"checkup\",\"schema\":1,\"well\":%s",
		      checkup_is_well(checkup) ? "true" : "false");
	put_features(checkup, out);
	put_choices("probes", checkup->probes, checkup->probe_count, out);
	put_choices("transports", checkup->transports, checkup->transport_count, out);
	put_text(out, "probe", selftest->probe);
	put_text(out, "transport", selftest->transport);
	put_text(out, "file_system", or_null(selftest->file_system));
	put_text(out, "error", checkup->selftest_err ? selftest->error : NULL);
	put_findings(selftest, out);
	put_unseen(out);
	buffer_put_text(out, "}");
	buffer_end_line(out);
}
