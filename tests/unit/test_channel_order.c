// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Records by time: held back, handed out oldest first, and none lost when memory moves. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "channel/internal.h"

struct record {
	struct bpfchan_header header;
	char payload[200];
};

static void push(struct order *order, uint64_t time, uint64_t seq, size_t payload)
{
	struct record record = { .header = { .time = time, .seq = seq } };

	record.header.length = (uint32_t)(sizeof(record.header) + payload);
	memset(record.payload, (int)(seq & 0x7f), payload);
	assert_int_equal(order_push(order, &record, record.header.length), 0);
}

/* The oldest before @before is the one with @seq, and its payload is what was pushed. */
static void assert_pops(struct order *order, uint64_t before, uint64_t seq)
{
	const struct record *record = (const void *)order_pop(order, before);

	assert_non_null(record);
	assert_int_equal((uintptr_t)record % 8, 0);
	assert_int_equal(record->header.seq, seq);
	for (size_t i = 0; i < record->header.length - sizeof(record->header); i++)
		assert_int_equal(record->payload[i], seq & 0x7f);
}

static struct order *new_order(void)
{
	struct order *order = NULL;

	assert_int_equal(order_new(&order), 0);
	return order;
}

static void test_by_time(void **state)
{
	struct order *order = new_order();

	(void)state;
	push(order, 30, 3, 10);
	push(order, 10, 1, 0);
	push(order, 20, 2, 7);
	assert_pops(order, 100, 1);
	assert_pops(order, 100, 2);
	assert_pops(order, 100, 3);
	assert_null(order_pop(order, 100));
	order_free(order);
}

static void test_holds_back(void **state)
{
	struct order *order = new_order();

	(void)state;
	push(order, 10, 1, 0);
	push(order, 20, 2, 0);
	assert_null(order_pop(order, 10)); /* older than, not as old as */
	assert_pops(order, 11, 1);
	assert_null(order_pop(order, 11));
	push(order, 15, 3, 0);
	assert_pops(order, 21, 3);
	assert_pops(order, 21, 2);
	order_free(order);
}

static void test_equal_times_as_they_came(void **state)
{
	struct order *order = new_order();

	(void)state;
	for (uint64_t i = 0; i < 100; i++)
		push(order, 5, i, 3);
	for (uint64_t i = 0; i < 100; i++)
		assert_pops(order, 6, i);
	order_free(order);
}

/* The same sequence every time: a failure can be had again. */
static unsigned int next_random(void)
{
	static unsigned int state = 4711;

	state = state * 1103515245 + 12345;
	return state >> 16;
}

/* Many in any order, compacted at any time: sorted, whole, none twice and none missing. */
static void test_many(void **state)
{
	struct order *order = new_order();
	uint64_t last = 0;
	unsigned int pushed = 0;
	unsigned int popped = 0;

	(void)state;
	for (unsigned int round = 1; round <= 200; round++) {
		const struct bpfchan_header *record;

		order_compact(order);
		for (int i = 0; i < 50; i++, pushed++)
			push(order, round * 1000 + next_random() % 2000, pushed,
			     next_random() % 200);
		while ((record = order_pop(order, (round + 1) * 1000))) {
			assert_true(record->time >= last);
			last = record->time;
			popped++;
		}
	}
	while (order_pop(order, UINT64_MAX))
		popped++;
	assert_int_equal(popped, pushed);
	order_free(order);
}

/* What is held back over a compaction is as it was. */
static void test_compact_keeps(void **state)
{
	struct order *order = new_order();

	(void)state;
	for (uint64_t i = 0; i < 1000; i++)
		push(order, i, i, i % 200);
	for (uint64_t i = 0; i < 500; i++)
		assert_pops(order, 500, i);
	for (int i = 0; i < 5; i++)
		order_compact(order);
	for (uint64_t i = 500; i < 1000; i++)
		assert_pops(order, UINT64_MAX, i);
	order_compact(order);
	assert_null(order_pop(order, UINT64_MAX));
	order_free(order);
}

static void test_refuses(void **state)
{
	struct order *order = new_order();
	struct record record = { .header = { .length = sizeof(record) } };

	(void)state;
	assert_int_equal(order_push(order, &record, sizeof(record.header) - 1), -EBADMSG);
	assert_int_equal(order_push(order, &record, sizeof(record) - 1), -EBADMSG);
	record.header.length = sizeof(record.header) - 1;
	assert_int_equal(order_push(order, &record, sizeof(record)), -EBADMSG);
	assert_null(order_pop(order, UINT64_MAX));
	order_free(order);
	order_free(NULL);
}

/* perf pads to eight bytes less four: more than the record says is fine, and unaligned too. */
static void test_takes_padding(void **state)
{
	char bytes[4 + sizeof(struct record) + 4];
	struct record record = { .header = { .time = 1, .seq = 9 } };
	struct order *order = new_order();

	(void)state;
	record.header.length = sizeof(record.header) + 5;
	memset(record.payload, 9, sizeof(record.payload));
	memcpy(bytes + 4, &record, sizeof(record));
	assert_int_equal(order_push(order, bytes + 4, sizeof(record.header) + 12), 0);
	assert_pops(order, 2, 9);
	order_free(order);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_time),
		cmocka_unit_test(test_holds_back),
		cmocka_unit_test(test_equal_times_as_they_came),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_compact_keeps),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_takes_padding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
