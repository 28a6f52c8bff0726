// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Buckets are narrow, in order and without gaps; quantiles come from them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/histogram.h"

static struct histogram histogram;

static int clear(void **state)
{
	(void)state;
	memset(&histogram, 0, sizeof(histogram));
	return 0;
}

static void test_empty(void **state)
{
	(void)state;
	assert_int_equal(histogram_quantile(&histogram, 0.99), 0);
}

static void test_one_value_is_every_quantile(void **state)
{
	(void)state;
	histogram_add(&histogram, 123456789);
	assert_int_equal(histogram_quantile(&histogram, 0), 123456789);
	assert_int_equal(histogram_quantile(&histogram, 0.5), 123456789);
	assert_int_equal(histogram_quantile(&histogram, 1), 123456789);
}

static void test_quantiles_of_a_row(void **state)
{
	const struct {
		double share;
		double value;
	} cases[] = { { 0.5, 50000 }, { 0.99, 99000 }, { 0.999, 99900 }, { 1, 100000 } };

	(void)state;
	for (uint64_t i = 1; i <= 100000; i++)
		histogram_add(&histogram, i);
	assert_int_equal(histogram.count, 100000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		double found = (double)histogram_quantile(&histogram, cases[i].share);

		assert_true(found >= cases[i].value);
		assert_true(found <= cases[i].value * 1.04);
	}
}

/* The value that a bucket ends with is counted there, the next one in the next. */
static void test_buckets_join(void **state)
{
	(void)state;
	for (unsigned int i = 0; i + 1 < HISTOGRAM_BUCKETS - (4 << HISTOGRAM_SUB_BITS); i++) {
		uint64_t end = histogram_bucket_end(i);

		assert_true(histogram_bucket_end(i + 1) > end);
		clear(NULL);
		histogram_add(&histogram, end);
		assert_int_equal(histogram.buckets[i], 1);
		histogram_add(&histogram, end + 1);
		assert_int_equal(histogram.buckets[i + 1], 1);
	}
}

static void test_the_largest_number_has_a_bucket(void **state)
{
	(void)state;
	histogram_add(&histogram, UINT64_MAX);
	assert_true(histogram_quantile(&histogram, 0.5) == UINT64_MAX);
}

static void test_merge(void **state)
{
	static struct histogram other;

	(void)state;
	histogram_add(&histogram, 10);
	histogram_add(&other, 20);
	histogram_add(&other, 30);
	histogram_merge(&histogram, &other);
	assert_int_equal(histogram.count, 3);
	assert_int_equal(histogram.max, 30);
	assert_int_equal(histogram_quantile(&histogram, 0.6), 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_empty, clear),
		cmocka_unit_test_setup(test_one_value_is_every_quantile, clear),
		cmocka_unit_test_setup(test_quantiles_of_a_row, clear),
		cmocka_unit_test_setup(test_buckets_join, clear),
		cmocka_unit_test_setup(test_the_largest_number_has_a_bucket, clear),
		cmocka_unit_test_setup(test_merge, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
