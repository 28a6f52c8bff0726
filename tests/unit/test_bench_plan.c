// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Which places the benchmark goes to: one thing varied at a time, or every combination. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/plan.h"

static const char *const flood[] = { "flood" };
static const char *const paced[] = { "paced" };
static const char *const idle[] = { "idle" };

/* One CPU producing, so that the machine's number of CPUs does not matter. */
static struct plan plan_of(const char *const *part, struct bench_opts opts)
{
	struct plan plan;

	opts.parts = part;
	opts.part_count = 1;
	opts.producers = 1;
	assert_int_equal(plan_make(&opts, &plan), 0);
	return plan;
}

static size_t count_of(const char *const *part, struct bench_opts opts)
{
	struct plan plan = plan_of(part, opts);
	size_t count = plan.count;

	plan_free(&plan);
	return count;
}

/* 4 sizes, 2 buffers, 3 rates. */
static void varies_one_thing_at_a_time(void **state)
{
	(void)state;
	assert_int_equal(count_of(flood, (struct bench_opts){ 0 }), 1 + 3 + 1);
	assert_int_equal(count_of(paced, (struct bench_opts){ 0 }), 1 + 3 + 1 + 2);
	assert_int_equal(count_of(idle, (struct bench_opts){ 0 }), 1);
}

static void full_is_every_combination(void **state)
{
	(void)state;
	assert_int_equal(count_of(flood, (struct bench_opts){ .full = true }), 4 * 2);
	assert_int_equal(count_of(paced, (struct bench_opts){ .full = true }), 4 * 2 * 3);
	assert_int_equal(count_of(idle, (struct bench_opts){ .full = true }), 4);
}

/* What is asked for is where it starts from, and there whatever the usual plan is. */
static void starts_from_what_is_asked_for(void **state)
{
	const struct bench_opts opts = { .bytes = 4096, .rate = 1000 };
	struct plan plan = plan_of(paced, opts);

	(void)state;
	assert_int_equal(plan.count, 2);
	for (size_t i = 0; i < plan.count; i++) {
		assert_int_equal(plan.cells[i].bytes, 4096);
		assert_int_equal(plan.cells[i].rate, 1000);
	}
	assert_int_not_equal(plan.cells[0].buffer_bytes, plan.cells[1].buffer_bytes);
	plan_free(&plan);
	assert_int_equal(count_of(idle, (struct bench_opts){ .bytes = 4096 }), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(varies_one_thing_at_a_time),
		cmocka_unit_test(full_is_every_combination),
		cmocka_unit_test(starts_from_what_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
