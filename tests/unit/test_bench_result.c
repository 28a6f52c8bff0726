// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Medians and spreads over the rounds, and which setting counts as the best. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/part.h"

static const struct part faster = { .name = "faster",
				    .rank = METRIC_DELIVERED_RATE,
				    .more_is_better = true };
static const struct part cheaper = { .name = "cheaper", .rank = METRIC_EVENT_NS };
static const struct contestant slow = { .name = "same", .setting = "slow" };
static const struct contestant quick = { .name = "same", .setting = "quick" };
static const struct contestant other = { .name = "other", .setting = "" };

static struct outcome outcome;

static void add(struct results *results, const struct cell *cell,
		const struct contestant *contestant, const double *values, size_t count)
{
	size_t index;

	assert_int_equal(results_add(results, cell, contestant, (unsigned int)count, &index), 0);
	for (size_t i = 0; i < count; i++) {
		memset(&outcome, 0, sizeof(outcome));
		outcome_set(&outcome, cell->part->rank, values[i]);
		result_add_round(&results->list[index], &outcome);
	}
}

static void test_spread(void **state)
{
	const double values[] = { 9, 1, 5, 3, 7 };
	const struct cell cell = { .part = &faster, .situation = "" };
	struct results results = { 0 };
	struct spread spread;

	(void)state;
	add(&results, &cell, &slow, values, 5);
	spread = result_spread(&results.list[0], METRIC_DELIVERED_RATE);
	assert_float_equal(spread.min, 1, 0);
	assert_float_equal(spread.low, 3, 0);
	assert_float_equal(spread.median, 5, 0);
	assert_float_equal(spread.high, 7, 0);
	assert_float_equal(spread.max, 9, 0);
	assert_float_equal(spread.sum, 25, 0);
	assert_true(result_has(&results.list[0], METRIC_DELIVERED_RATE));
	assert_false(result_has(&results.list[0], METRIC_LOST));
	results_free(&results);
}

static void test_an_even_number_of_rounds(void **state)
{
	const double values[] = { 4, 2, 8, 6 };
	const struct cell cell = { .part = &faster, .situation = "" };
	struct results results = { 0 };

	(void)state;
	add(&results, &cell, &slow, values, 4);
	assert_float_equal(result_spread(&results.list[0], METRIC_DELIVERED_RATE).median, 5, 0);
	results_free(&results);
}

/* More is better here, less there; each contestant has one best, in each cell. */
static void test_best(void **state)
{
	const struct part *parts[] = { &faster, &cheaper };
	const double low[] = { 1, 2, 1000 };
	const double high[] = { 10, 11, 12 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct cell cell = { .part = parts[i], .situation = "" };
		struct results results = { 0 };

		add(&results, &cell, &slow, low, 3);
		add(&results, &cell, &quick, high, 3);
		add(&results, &cell, &other, low, 3);
		results_choose_best(&results, &cell);
		assert_int_equal(results.list[0].best, parts[i] == &cheaper);
		assert_int_equal(results.list[1].best, parts[i] == &faster);
		assert_true(results.list[2].best);
		results_free(&results);
	}
}

/* At a pace, who loses is not the best, however cheap. */
static void test_who_loses_is_not_best(void **state)
{
	const double cheap[] = { 1 };
	const double dear[] = { 10 };
	const struct cell cell = { .part = &cheaper, .rate = 1000, .situation = "" };
	struct results results = { 0 };

	(void)state;
	add(&results, &cell, &slow, cheap, 1);
	add(&results, &cell, &quick, dear, 1);
	results.list[0].values[0][METRIC_LOST] = 1;
	results_choose_best(&results, &cell);
	assert_false(results.list[0].best);
	assert_true(results.list[1].best);
	results_free(&results);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spread),
		cmocka_unit_test(test_an_even_number_of_rounds),
		cmocka_unit_test(test_best),
		cmocka_unit_test(test_who_loses_is_not_best),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
