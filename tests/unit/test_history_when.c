// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Times as people say them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "history/when.h"

/* 2026-03-30 10:20:30.5 in Berlin: summer time since the day before, when 02:00 to 03:00 was not */
static const struct timespec now = { 1774858830, 500000000 };

static int set_zone(void **state)
{
	(void)state;
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	return 0;
}

static void test_taken(void **state)
{
	static const struct {
		const char *text;
		time_t seconds;
		long nanoseconds;
	} cases[] = {
		{ "now", 1774858830, 500000000 },
		{ "90s ago", 1774858740, 500000000 },
		{ "90 seconds ago", 1774858740, 500000000 },
		{ "2h ago", 1774851630, 500000000 },
		{ "2 min ago", 1774858710, 500000000 },
		{ "1 minute ago", 1774858770, 500000000 },
		{ "1d ago", 1774772430, 500000000 },
		{ "1 week  ago", 1774254030, 500000000 },
		{ "@1774858830", 1774858830, 0 },
		{ "@0", 0, 0 },
		{ "@1774858830.25", 1774858830, 250000000 },
		{ "@1.0000000019", 1, 1 },
		{ "today", 1774821600, 0 },
		{ "10:20", 1774858800, 0 },
		{ "23:59:59.75", 1774907999, 750000000 },
		{ "today 01:00", 1774825200, 0 },
		/* The day before had 23 hours. */
		{ "yesterday", 1774738800, 0 },
		{ "yesterday 14:00", 1774785600, 0 },
		{ "yesterday 01:59", 1774745940, 0 },
		{ "2026-03-29", 1774738800, 0 },
		{ "2026-01-02 03:03:04", 1767319384, 0 },
		{ "2026-01-02T03:03:04Z", 1767322984, 0 },
		{ "2026-01-02T03:03:04.123456789Z", 1767322984, 123456789 },
		{ "2026-01-02T05:03:04+02:00", 1767322984, 0 },
		{ "2026-01-01T22:33:04-0430", 1767322984, 0 },
		{ "2028-02-29 00:00", 1835391600, 0 },
	};
	struct timespec at;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int err = when_parse(cases[i].text, &now, &at);

		if (err || at.tv_sec != cases[i].seconds || at.tv_nsec != cases[i].nanoseconds)
			fail_msg("%s: %d, %jd.%09ld", cases[i].text, err, (intmax_t)at.tv_sec,
				 at.tv_nsec);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		int err;
	} cases[] = {
		{ "", -EINVAL },
		{ " now", -EINVAL },
		{ "tomorrow", -EINVAL },
		{ "todayish", -EINVAL },
		{ "yesterday14:00", -EINVAL },
		{ "yesterday 14", -EINVAL },
		{ "14:00 yesterday", -EINVAL },
		{ "2h", -EINVAL },
		{ "2hago", -EINVAL },
		{ "ago", -EINVAL },
		{ "-2h ago", -EINVAL },
		{ "2 fortnights ago", -EINVAL },
		{ "99999999999999999999s ago", -EINVAL },
		{ "99999999999w ago", -ERANGE },
		{ "@", -EINVAL },
		{ "@1.", -EINVAL },
		{ "@-1", -EINVAL },
		{ "24:00", -ERANGE },
		{ "12:60", -ERANGE },
		{ "1:30", -EINVAL },
		{ "2026-02-30", -ERANGE },
		{ "2026-13-01", -ERANGE },
		{ "2026-00-01", -ERANGE },
		{ "2026-1-1", -EINVAL },
		{ "2026-01-02T", -EINVAL },
		{ "2026-01-02T03:03:04+1", -EINVAL },
		{ "2026-01-02T03:03:04+24:00", -EINVAL },
		{ "2026-01-02 03:03 Z", -EINVAL },
	};
	struct timespec at = { 4711, 42 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int err = when_parse(cases[i].text, &now, &at);

		if (err != cases[i].err || at.tv_sec != 4711 || at.tv_nsec != 42)
			fail_msg("%s: %d", cases[i].text, err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, set_zone, NULL);
}
