// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The names of the event contract: all there, none twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "trace/deletion.h"

static void test_ops(void **state)
{
	(void)state;
	assert_string_equal(deletion_op_name(DELETION_UNLINK), "unlink");
	assert_string_equal(deletion_op_name(DELETION_RMDIR), "rmdir");
	assert_string_equal(deletion_op_name(DELETION_REPLACE), "replace");
}

static void test_every_reason_has_its_name(void **state)
{
	(void)state;
	for (int i = 0; i < INCOMPLETE_REASONS; i++) {
		assert_non_null(incomplete_name(i));
		for (int j = 0; j < i; j++)
			assert_string_not_equal(incomplete_name(i), incomplete_name(j));
	}
	assert_string_equal(incomplete_name(INCOMPLETE_PATH_TRUNCATED), "path_truncated");
	assert_string_equal(incomplete_name(INCOMPLETE_ARGS_UNREAD), "args_unread");
}

static void test_kinds(void **state)
{
	static const struct {
		mode_t mode;
		const char *name;
	} kinds[] = {
		{ S_IFREG | 0644, "file" },    { S_IFDIR | 01777, "dir" },
		{ S_IFLNK | 0777, "symlink" }, { S_IFIFO, "fifo" },
		{ S_IFSOCK, "socket" },	       { S_IFCHR, "char" },
		{ S_IFBLK | 0600, "block" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		assert_string_equal(file_kind_name(kinds[i].mode), kinds[i].name);
	assert_null(file_kind_name(0644));
	assert_null(file_kind_name(S_IFMT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ops),
		cmocka_unit_test(test_every_reason_has_its_name),
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
