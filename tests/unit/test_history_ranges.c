// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "history/ranges.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NUMBERS 200

static uint64_t add(struct ranges *ranges, uint64_t first, uint64_t last)
{
	uint64_t fresh = UINT64_MAX;

	assert_int_equal(ranges_add(ranges, first, last, &fresh), 0);
	return fresh;
}

static void what_follows_is_one_range(void **state)
{
	struct ranges ranges = { 0 };

	(void)state;
	assert_int_equal(add(&ranges, 1, 10), 10);
	assert_int_equal(add(&ranges, 11, 11), 1);
	assert_int_equal(ranges.count, 1);
	assert_int_equal(add(&ranges, 20, 30), 11);
	assert_int_equal(ranges_whole(&ranges), 11);
	assert_int_equal(add(&ranges, 5, 25), 8);
	assert_int_equal(ranges.count, 1);
	assert_int_equal(ranges_whole(&ranges), 30);
	assert_int_equal(add(&ranges, 1, 30), 0);
	ranges_free(&ranges);
}

/* Against an array of bits. */
static void whatever_the_order(void **state)
{
	(void)state;
	srandom(1);
	for (int round = 0; round < 500; round++) {
		struct ranges ranges = { 0 };
		bool known[NUMBERS + 2] = { 0 };

		for (int i = 0; i < 60; i++) {
			uint64_t first = 1 + (uint64_t)random() % NUMBERS;
			uint64_t last = first + (uint64_t)random() % 5;
			uint64_t fresh = 0;

			last = last > NUMBERS ? NUMBERS : last;
			for (uint64_t n = first; n <= last; n++) {
				fresh += !known[n];
				known[n] = true;
			}
			assert_int_equal(add(&ranges, first, last), fresh);
		}
		for (uint64_t n = 0; n <= NUMBERS + 1; n++)
			assert_int_equal(ranges_has(&ranges, n), known[n]);
		for (size_t i = 1; i < ranges.count; i++)
			assert_true(ranges.items[i].first > ranges.items[i - 1].last + 1);
		ranges_free(&ranges);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_follows_is_one_range),
		cmocka_unit_test(whatever_the_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
