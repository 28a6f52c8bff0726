// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The accounting: a round that is off by one event fails, and so does a record that is not whole.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/session.h"

static uint64_t lost_elsewhere;

static int lost(struct session *session, uint64_t *count)
{
	(void)session;
	*count = lost_elsewhere;
	return 0;
}

static const struct reader_ops ops = { .lost = lost };
static const struct contestant contestant = { .name = "test", .setting = "", .ops = &ops };
static struct bench_cpu cpus[2];
static struct session session;

static int begin(void **state)
{
	(void)state;
	memset(cpus, 0, sizeof(cpus));
	memset(&session, 0, sizeof(session));
	lost_elsewhere = 0;
	session.contestant = &contestant;
	session.cpus = cpus;
	session.possible_cpus = 2;
	session.setup.bytes = 128;
	return 0;
}

static struct bench_record record_of(uint64_t seq, uint64_t word)
{
	struct bench_record record = {
		.header = { .seq = seq,
			    .length = 128,
			    .type = BENCH_TYPE,
			    .version = BENCH_VERSION },
	};

	for (size_t i = 0; i < BENCH_WORDS(128); i++)
		record.words[i] = word;
	return record;
}

static void take(struct bench_record record, size_t size)
{
	session_take(&session, &record, size);
}

static void test_sums(void **state)
{
	struct counts counts;

	(void)state;
	cpus[0].attempted = 2;
	cpus[1].attempted = 3;
	cpus[1].refused = 1;
	lost_elsewhere = 2;
	for (uint64_t i = 0; i < 2; i++)
		take(record_of(i, i), 128);
	assert_int_equal(session_counts(&session, &counts), 0);
	assert_int_equal(counts.attempted, 5);
	assert_int_equal(counts.delivered, 2);
	assert_int_equal(counts.lost, 3);
}

static void test_off_by_one(void **state)
{
	struct counts counts;

	(void)state;
	cpus[0].attempted = 2;
	take(record_of(0, 0), 128);
	assert_int_equal(session_counts(&session, &counts), -EBADMSG);
	take(record_of(1, 1), 128);
	assert_int_equal(session_counts(&session, &counts), 0);
	take(record_of(1, 1), 128);
	assert_int_equal(session_counts(&session, &counts), -EBADMSG);
}

/* Perf pads, so more than the record is fine, less is not. */
static void test_a_broken_record(void **state)
{
	struct bench_record torn = record_of(0, 0);
	struct bench_record wrong_length = record_of(0, 0);
	struct counts counts;

	(void)state;
	torn.words[BENCH_WORDS(128) - 1] = 7;
	wrong_length.header.length = 64;
	take(record_of(0, 0), 132);
	assert_int_equal(session.broken, 0);
	take(torn, 128);
	take(wrong_length, 128);
	take(record_of(0, 0), 120);
	take(record_of(1, 0), 128);
	assert_int_equal(session.broken, 4);
	cpus[0].attempted = 5;
	assert_int_equal(session_counts(&session, &counts), -EBADMSG);
}

/* What the channel itself puts into the stream is not the benchmark's. */
static void test_other_types(void **state)
{
	struct bench_record record = record_of(0, 0);

	(void)state;
	record.header.type = BENCH_TYPE + 1;
	take(record, 128);
	assert_int_equal(session.delivered, 0);
}

static void test_inversions(void **state)
{
	const uint64_t tokens[] = { 0, 1, 3, 2, 4, 7, 5, 6, 8 };

	(void)state;
	session.setup.look = LOOK_ORDER;
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
		take(record_of(i, tokens[i]), 128);
	assert_int_equal(session.inversions, 3);
	assert_int_equal(session.broken, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_sums, begin),
		cmocka_unit_test_setup(test_off_by_one, begin),
		cmocka_unit_test_setup(test_a_broken_record, begin),
		cmocka_unit_test_setup(test_other_types, begin),
		cmocka_unit_test_setup(test_inversions, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
