// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The decoder: what it takes, and each way in which a record can contradict itself. */
#include "tests/unit/record_fixture.h"

/* A name, a place and a mount: everything that the decoder looks at. */
static void fill(struct record_fixture *f)
{
	struct record_deletion *record = fixture_record(f);

	fixture_start(f);
	record->name.string = fixture_string(f, "dir/file");
	record->name.base = fixture_walk(f, "/home/user");
	record->name.root_at = 5;
	f->other.string = fixture_string(f, "new");
	f->found.flags = RECORD_FOUND | RECORD_FOUND_NAME;
	f->found.walk = fixture_walk(f, "/dir/file");
	f->found.mount_count = 1;
	f->found.mounts[0].depth = 2;
	f->found.mounts[0].walk = fixture_walk(f, "/mnt");
}

static void test_takes_a_whole_one(void **state)
{
	struct deletion_record out;
	struct record_fixture f;

	(void)state;
	fill(&f);
	assert_int_equal(fixture_decode(&f, &out), 0);
	assert_memory_equal(&out.fixed, &f.buffer.record, sizeof(out.fixed));
	assert_memory_equal(&out.other, &f.other, sizeof(out.other));
	assert_memory_equal(&out.found, &f.found, sizeof(out.found));
	assert_ptr_equal(out.data, f.buffer.data);
}

static void test_takes_empty_spans(void **state)
{
	struct deletion_record out;
	struct record_fixture f;

	(void)state;
	fixture_start(&f);
	assert_int_equal(fixture_decode(&f, &out), 0);
}

static void test_takes_one_without_parts(void **state)
{
	static const struct record_found nothing;
	struct deletion_record out;
	struct record_fixture f;

	(void)state;
	fixture_start(&f);
	fixture_header(&f)->length = sizeof(f.buffer.record);
	memset(&out, 0xff, sizeof(out));
	assert_int_equal(decode_deletion(fixture_header(&f), &out), 0);
	assert_memory_equal(&out.found, &nothing, sizeof(nothing));
	assert_int_equal(out.other.string.size, 0);
}

/* A part is as long as its struct, and inside the record. */
static void test_refuses_a_cut_part(void **state)
{
	struct deletion_record out;
	struct record_fixture f;

	(void)state;
	fill(&f);
	assert_int_equal(fixture_decode(&f, &out), 0);
	fixture_record(&f)->found.size--;
	assert_int_equal(decode_deletion(fixture_header(&f), &out), -EBADMSG);
	fixture_record(&f)->found.size++;
	fixture_record(&f)->found.offset++;
	assert_int_equal(decode_deletion(fixture_header(&f), &out), -EBADMSG);
	fixture_record(&f)->found.offset--;
	assert_int_equal(decode_deletion(fixture_header(&f), &out), 0);
}

static void break_type(struct record_fixture *f)
{
	fixture_header(f)->type = RECORD_PROCESS;
}

static void break_version(struct record_fixture *f)
{
	fixture_header(f)->version++;
}

static void break_op_low(struct record_fixture *f)
{
	fixture_record(f)->op = 0;
}

static void break_op_high(struct record_fixture *f)
{
	fixture_record(f)->op = RECORD_TRUNCATE + 1;
}

static void break_via_low(struct record_fixture *f)
{
	fixture_record(f)->via = 0;
}

static void break_via_high(struct record_fixture *f)
{
	fixture_record(f)->via = RECORD_KERNEL + 1;
}

static void break_string_size(struct record_fixture *f)
{
	fixture_record(f)->name.string.size = (uint16_t)(f->used + 1);
}

static void break_string_offset(struct record_fixture *f)
{
	fixture_record(f)->name.string.offset = 0xffff;
}

static void break_string_nul(struct record_fixture *f)
{
	f->buffer.data[fixture_record(f)->name.string.offset + 2] = '\0';
}

static void break_base(struct record_fixture *f)
{
	fixture_record(f)->name.base.size--; /* now without its last NUL */
}

static void break_root_at(struct record_fixture *f)
{
	fixture_record(f)->name.root_at = 3; /* inside a component */
}

static void break_root_far(struct record_fixture *f)
{
	fixture_record(f)->name.root_at = fixture_record(f)->name.base.size + 1;
}

static void break_other(struct record_fixture *f)
{
	f->other.string.size = 0x7fff;
}

static void break_found_walk(struct record_fixture *f)
{
	f->found.walk.size--;
}

static void break_mount_count(struct record_fixture *f)
{
	f->found.mount_count = RECORD_MOUNTS + 1;
}

static void break_mount_depth(struct record_fixture *f)
{
	f->found.mounts[0].depth = 3;
}

static void break_mount_walk(struct record_fixture *f)
{
	f->found.mounts[0].walk.size += 1;
}

static void test_refuses_each_contradiction(void **state)
{
	static void (*const breaks[])(struct record_fixture * f) = {
		break_type,	     break_version,    break_op_low,	  break_op_high,
		break_via_low,	     break_via_high,   break_string_size, break_string_nul,
		break_string_offset, break_base,       break_root_at,	  break_root_far,
		break_other,	     break_found_walk, break_mount_count, break_mount_depth,
		break_mount_walk,
	};
	struct deletion_record out;
	struct record_fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++) {
		fill(&f);
		breaks[i](&f);
		memset(&out, 0xa5, sizeof(out));
		if (fixture_decode(&f, &out) != -EBADMSG)
			fail_msg("contradiction %zu was taken", i);
		assert_int_equal(out.fixed.op, 0xa5); /* untouched */
	}
}

static void test_refuses_every_shorter_length(void **state)
{
	struct deletion_record out;
	struct record_fixture f;

	(void)state;
	fill(&f);
	assert_int_equal(fixture_decode(&f, &out), 0);
	while (fixture_header(&f)->length-- > 0)
		assert_int_equal(decode_deletion(fixture_header(&f), &out), -EBADMSG);
}

static void test_process(void **state)
{
	struct record_process_buffer buffer = { 0 };
	struct process_record out;
	struct bpfchan_header *header = &buffer.record.header;

	(void)state;
	header->type = RECORD_PROCESS;
	header->version = RECORD_VERSION;
	memcpy(buffer.data, "rm\0bin\0rm\0a", 12);
	buffer.record.exe.size = 7;
	buffer.record.args.offset = 7;
	buffer.record.args.size = 5;
	buffer.record.ancestor_count = RECORD_ANCESTORS;
	header->length = sizeof(buffer.record) + 12;
	assert_int_equal(decode_process(header, &out), 0);
	buffer.record.ancestor_count++;
	assert_int_equal(decode_process(header, &out), -EBADMSG);
	buffer.record.ancestor_count = 0;
	buffer.record.args.size++;
	assert_int_equal(decode_process(header, &out), -EBADMSG);
	buffer.record.args.size--;
	buffer.record.exe.size--;
	assert_int_equal(decode_process(header, &out), -EBADMSG);
	buffer.record.exe.size = 0;
	assert_int_equal(decode_process(header, &out), 0);
	buffer.record.cgroup = (struct record_span){ .offset = 7, .size = 3 };
	assert_int_equal(decode_process(header, &out), 0);
	buffer.record.cgroup.size++; /* no NUL at its end */
	assert_int_equal(decode_process(header, &out), -EBADMSG);
	buffer.record.cgroup.size = 0;
	buffer.record.ancestors[1].exe = (struct record_span){ .offset = 7, .size = 2 };
	buffer.record.ancestor_count = 1;
	assert_int_equal(decode_process(header, &out), 0);
	buffer.record.ancestor_count = 2;
	assert_int_equal(decode_process(header, &out), -EBADMSG);
	header->length = sizeof(buffer.record) - 1;
	assert_int_equal(decode_process(header, &out), -EBADMSG);
}

static void test_exit(void **state)
{
	struct record_exit record = { .header = { .type = RECORD_EXIT,
						  .version = RECORD_VERSION,
						  .length = sizeof(record) },
				      .key = { .pid = 4711 } };
	struct record_exit out;

	(void)state;
	assert_int_equal(decode_exit(&record.header, &out), 0);
	assert_int_equal(out.key.pid, 4711);
	record.header.length--;
	assert_int_equal(decode_exit(&record.header, &out), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_takes_a_whole_one),
		cmocka_unit_test(test_takes_empty_spans),
		cmocka_unit_test(test_takes_one_without_parts),
		cmocka_unit_test(test_refuses_a_cut_part),
		cmocka_unit_test(test_refuses_each_contradiction),
		cmocka_unit_test(test_refuses_every_shorter_length),
		cmocka_unit_test(test_process),
		cmocka_unit_test(test_exit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
