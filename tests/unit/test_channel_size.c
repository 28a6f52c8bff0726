// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* How a budget of bytes becomes buffers. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "channel/internal.h"

#define PAGE 4096
#define GIB  ((size_t)1 << 30)

static void test_ring(void **state)
{
	static const struct {
		size_t asked, bytes;
	} cases[] = {
		{ 1, PAGE },
		{ PAGE, PAGE },
		{ PAGE + 1, 2 * PAGE },
		{ 3 * PAGE, 4 * PAGE },
		{ 256 * 1024, 256 * 1024 },
		{ 2 * GIB - 1, 2 * GIB },
		{ 2 * GIB, 2 * GIB },
	};
	size_t bytes = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(bpfchan_ring_size(cases[i].asked, PAGE, &bytes), 0);
		assert_int_equal(bytes, cases[i].bytes);
	}
	assert_int_equal(bpfchan_ring_size(1, 65536, &bytes), 0); /* arm64's larger pages */
	assert_int_equal(bytes, 65536);
}

static void test_ring_refuses(void **state)
{
	size_t bytes = 4711;

	(void)state;
	assert_int_equal(bpfchan_ring_size(0, PAGE, &bytes), -EINVAL);
	assert_int_equal(bpfchan_ring_size(2 * GIB + 1, PAGE, &bytes), -E2BIG);
	assert_int_equal(bpfchan_ring_size(SIZE_MAX, PAGE, &bytes), -E2BIG);
	assert_int_equal(bytes, 4711);
}

static void test_perf(void **state)
{
	static const struct {
		size_t asked;
		unsigned int cpus;
		size_t pages;
	} cases[] = {
		{ 1, 1, 1 },
		{ PAGE, 2, 1 }, /* less than a page each: one all the same */
		{ 2 * PAGE, 2, 1 },
		{ 3 * PAGE, 1, 2 }, /* down, to stay within the budget */
		{ 7 * PAGE, 1, 4 },
		{ 8 * PAGE, 2, 4 },
		{ 8 * PAGE, 3, 2 },
		{ GIB, 1024, 256 },
		{ 2 * GIB, 1, 2 * GIB / PAGE },
		{ 4 * GIB, 2, 2 * GIB / PAGE },
	};
	size_t pages = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(bpfchan_perf_size(cases[i].asked, PAGE, cases[i].cpus, &pages), 0);
		assert_int_equal(pages, cases[i].pages);
	}
}

static void test_perf_refuses(void **state)
{
	size_t pages = 4711;

	(void)state;
	assert_int_equal(bpfchan_perf_size(0, PAGE, 1, &pages), -EINVAL);
	assert_int_equal(bpfchan_perf_size(2 * GIB + 1, PAGE, 1, &pages), -E2BIG);
	assert_int_equal(bpfchan_perf_size(SIZE_MAX, PAGE, 2, &pages), -E2BIG);
	assert_int_equal(pages, 4711);
}

static void test_power_of_two(void **state)
{
	(void)state;
	assert_false(bpfchan_is_power_of_two(0));
	assert_true(bpfchan_is_power_of_two(1));
	assert_true(bpfchan_is_power_of_two((size_t)1 << 63));
	assert_false(bpfchan_is_power_of_two(3));
	assert_false(bpfchan_is_power_of_two(SIZE_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ring),	     cmocka_unit_test(test_ring_refuses),
		cmocka_unit_test(test_perf),	     cmocka_unit_test(test_perf_refuses),
		cmocka_unit_test(test_power_of_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
