// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "history/when.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define NANOSECONDS 1000000000L
#define DAY	    86400
/* Of seconds that are said outright: the year 5138, far from where a time_t ends. */
#define SECONDS_MAX 99999999999LL

struct cursor {
	const char *at;
};

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static void skip_blanks(struct cursor *cursor)
{
	cursor->at += strspn(cursor->at, " \t");
}

static bool take(struct cursor *cursor, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(cursor->at, word, length) != 0)
		return false;
	cursor->at += length;
	return true;
}

/* Exactly @digits of them. */
static bool take_digits(struct cursor *cursor, unsigned int digits, int *number)
{
	int value = 0;

	for (unsigned int i = 0; i < digits; i++) {
		if (!is_digit(cursor->at[i]))
			return false;
		value = value * 10 + (cursor->at[i] - '0');
	}
	cursor->at += digits;
	*number = value;
	return true;
}

static bool take_number(struct cursor *cursor, long long *number)
{
	long long value = 0;

	if (!is_digit(*cursor->at))
		return false;
	for (; is_digit(*cursor->at); cursor->at++) {
		value = value * 10 + (*cursor->at - '0');
		if (value > SECONDS_MAX)
			return false;
	}
	*number = value;
	return true;
}

/* ".5": what is finer than a nanosecond is dropped. */
static bool take_fraction(struct cursor *cursor, long *nanoseconds)
{
	long unit = NANOSECONDS / 10;

	*nanoseconds = 0;
	if (!take(cursor, "."))
		return true;
	if (!is_digit(*cursor->at))
		return false;
	for (; is_digit(*cursor->at); cursor->at++, unit /= 10)
		*nanoseconds += (*cursor->at - '0') * unit;
	return true;
}

/* 14:00, 14:00:30, 14:00:30.5 */
static bool take_clock(struct cursor *cursor, struct tm *tm, long *nanoseconds)
{
	*nanoseconds = 0;
	if (!take_digits(cursor, 2, &tm->tm_hour) || !take(cursor, ":") ||
	    !take_digits(cursor, 2, &tm->tm_min))
		return false;
	if (!take(cursor, ":"))
		return true;
	return take_digits(cursor, 2, &tm->tm_sec) && take_fraction(cursor, nanoseconds);
}

static bool take_date(struct cursor *cursor, struct tm *tm)
{
	if (!take_digits(cursor, 4, &tm->tm_year) || !take(cursor, "-") ||
	    !take_digits(cursor, 2, &tm->tm_mon) || !take(cursor, "-") ||
	    !take_digits(cursor, 2, &tm->tm_mday))
		return false;
	tm->tm_year -= 1900;
	tm->tm_mon--;
	return true;
}

/* Z or +hh:mm; @offset in seconds east of Greenwich. */
static bool take_zone(struct cursor *cursor, bool *known, long *offset)
{
	int sign = *cursor->at == '-' ? -1 : 1;
	int hours;
	int minutes;

	*known = take(cursor, "Z");
	*offset = 0;
	if (*known || (*cursor->at != '+' && *cursor->at != '-'))
		return true;
	cursor->at++;
	if (!take_digits(cursor, 2, &hours))
		return false;
	take(cursor, ":");
	if (!take_digits(cursor, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*known = true;
	*offset = sign * (hours * 3600L + minutes * 60L);
	return true;
}

/* timegm() and mktime() accept a 30th of February and make it a day of March. */
static bool same_day(const struct tm *asked, const struct tm *got)
{
	return asked->tm_year == got->tm_year && asked->tm_mon == got->tm_mon &&
	       asked->tm_mday == got->tm_mday;
}

static int to_seconds(const struct tm *tm, bool zone_known, long offset, time_t *seconds)
{
	struct tm normal = *tm;
	time_t at;

	if (tm->tm_hour > 23 || tm->tm_min > 59 || tm->tm_sec > 60)
		return -ERANGE;
	normal.tm_isdst = -1;
	at = zone_known ? timegm(&normal) : mktime(&normal);
	/* A minute that the change to summer time skips is taken as the one an hour later. */
	if (!same_day(tm, &normal) && tm->tm_sec < 60)
		return -ERANGE;
	*seconds = at - offset;
	return 0;
}

static int parse_date(struct cursor cursor, struct timespec *out)
{
	struct tm tm = { 0 };
	struct timespec result = { 0 };
	bool zone_known = false;
	long offset = 0;
	int err;

	if (!take_date(&cursor, &tm))
		return -EINVAL;
	if (take(&cursor, "T") || *cursor.at == ' ') {
		skip_blanks(&cursor);
		if (!take_clock(&cursor, &tm, &result.tv_nsec) ||
		    !take_zone(&cursor, &zone_known, &offset))
			return -EINVAL;
	}
	if (*cursor.at)
		return -EINVAL;
	err = to_seconds(&tm, zone_known, offset, &result.tv_sec);
	if (!err)
		*out = result;
	return err;
}

/* "yesterday 14:00", "today", "14:00" */
static int parse_day(struct cursor cursor, const struct timespec *now, struct timespec *out)
{
	bool yesterday = take(&cursor, "yesterday");
	bool day = yesterday || take(&cursor, "today");
	struct timespec result = { 0 };
	struct tm tm;
	int err;

	if (!localtime_r(&now->tv_sec, &tm))
		return -ERANGE;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	if (yesterday) {
		/* Noon: a day of 23 or 25 hours does not lead past the day before. */
		tm.tm_hour = 12;
		tm.tm_isdst = -1;
		result.tv_sec = mktime(&tm) - DAY;
		localtime_r(&result.tv_sec, &tm);
		tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	}
	if (day && *cursor.at && *cursor.at != ' ')
		return -EINVAL;
	skip_blanks(&cursor);
	if ((*cursor.at || !day) && !take_clock(&cursor, &tm, &result.tv_nsec))
		return -EINVAL;
	if (*cursor.at)
		return -EINVAL;
	err = to_seconds(&tm, false, 0, &result.tv_sec);
	if (!err)
		*out = result;
	return err;
}

/* What stands before another is not the start of it: "min" before "m". */
static const struct unit {
	const char *name;
	long seconds;
} units[] = {
	{ "seconds", 1 },  { "second", 1 },  { "sec", 1 },	   { "s", 1 },
	{ "minutes", 60 }, { "minute", 60 }, { "min", 60 },	   { "m", 60 },
	{ "hours", 3600 }, { "hour", 3600 }, { "h", 3600 },	   { "days", DAY },
	{ "day", DAY },	   { "d", DAY },     { "weeks", 7 * DAY }, { "week", 7 * DAY },
	{ "w", 7 * DAY },
};

static int parse_ago(struct cursor cursor, const struct timespec *now, struct timespec *out)
{
	long long number;

	if (!take_number(&cursor, &number))
		return -EINVAL;
	skip_blanks(&cursor);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		struct cursor rest = cursor;

		if (!take(&rest, units[i].name) || (*rest.at != ' ' && *rest.at != '\t'))
			continue;
		skip_blanks(&rest);
		if (strcmp(rest.at, "ago") != 0)
			return -EINVAL;
		if (number > SECONDS_MAX / units[i].seconds)
			return -ERANGE;
		out->tv_sec = now->tv_sec - number * units[i].seconds;
		out->tv_nsec = now->tv_nsec;
		return 0;
	}
	return -EINVAL;
}

/* "@1767322984.5": seconds since 1970, as date(1) has it */
static int parse_epoch(struct cursor cursor, struct timespec *out)
{
	struct timespec result;
	long long seconds;

	if (!take(&cursor, "@") || !take_number(&cursor, &seconds) ||
	    !take_fraction(&cursor, &result.tv_nsec) || *cursor.at)
		return -EINVAL;
	result.tv_sec = seconds;
	*out = result;
	return 0;
}

int when_parse(const char *text, const struct timespec *now, struct timespec *out)
{
	struct cursor cursor = { text };
	int err;

	if (!strcmp(text, "now")) {
		*out = *now;
		return 0;
	}
	err = parse_date(cursor, out);
	if (err == -EINVAL)
		err = parse_day(cursor, now, out);
	if (err == -EINVAL)
		err = parse_ago(cursor, now, out);
	return err == -EINVAL ? parse_epoch(cursor, out) : err;
}
