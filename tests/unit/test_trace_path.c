// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* From walks and strings to paths: what is told, as whose, and how sure. */
#include "tests/unit/record_fixture.h"

#include <stdio.h>

#include "trace/deletion.h"
#include "trace/path.h"

#define BIT(reason) (1U << (reason))
#define UNVERIFIED  BIT(INCOMPLETE_PATH_UNVERIFIED)
#define SYMLINK	    BIT(INCOMPLETE_SYMLINK_UNRESOLVED)

static struct paths paths;

static void compose(struct record_fixture *f)
{
	struct deletion_record record;

	assert_int_equal(fixture_decode(f, &record), 0);
	paths_compose(&record, &paths);
}

/* NULL: there must be none. */
static void assert_told(const char *path, const char *seen, unsigned int incomplete)
{
	assert_int_equal(paths.has_path, path != NULL);
	if (path)
		assert_string_equal(paths.path.bytes, path);
	assert_int_equal(paths.has_seen, seen != NULL);
	if (seen)
		assert_string_equal(paths.seen.bytes, seen);
	assert_int_equal(paths.incomplete, incomplete);
}

/* A string and where it starts, nothing from the file system. */
static void start(struct record_fixture *f, const char *base, const char *string)
{
	struct record_name *name = &fixture_record(f)->name;

	fixture_start(f);
	name->string = fixture_string(f, string);
	name->base = fixture_walk(f, base);
	name->root_at = name->base.size;
}

static void test_lexical(void **state)
{
	static const struct {
		const char *base, *string, *path, *seen;
		unsigned int incomplete;
	} cases[] = {
		{ "", "/a", "/a", NULL, UNVERIFIED },
		{ "", "/a/b", "/a/b", NULL, UNVERIFIED | SYMLINK },
		{ "/home/me", "a", "/home/me/a", NULL, UNVERIFIED },
		{ "/home/me", "./a", "/home/me/a", NULL, UNVERIFIED | SYMLINK },
		{ "/home/me", ".//a//", "/home/me/a", NULL, UNVERIFIED | SYMLINK },
		{ "/home/me", "a/", "/home/me/a", NULL, UNVERIFIED },
		{ "/home/me", "../a", "/home/a", "/home/me/../a", UNVERIFIED | SYMLINK },
		{ "/home/me", "x/../a", "/home/me/a", "/home/me/x/../a", UNVERIFIED | SYMLINK },
		{ "", "/../../a", "/a", "/../../a", UNVERIFIED | SYMLINK },
		{ "", "../a", "/a", "/../a", UNVERIFIED | SYMLINK },
		{ "/d", "..a", "/d/..a", NULL, UNVERIFIED },
		{ "/d", "...", "/d/...", NULL, UNVERIFIED },
		/* Names nothing: not the directory that it starts from. */
		{ "/d", "", NULL, "", UNVERIFIED },
		{ "", "", NULL, "", UNVERIFIED },
		{ "", "/", "/", NULL, UNVERIFIED },
	};
	struct record_fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(&f, cases[i].base, cases[i].string);
		compose(&f);
		assert_told(cases[i].path, cases[i].seen, cases[i].incomplete);
	}
}

/* base is /jail/sub, the process's root /jail: two bytes more for each NUL. */
static void test_chroot(void **state)
{
	struct record_fixture f;

	(void)state;
	start(&f, "/jail/sub", "a");
	fixture_record(&f)->name.root_at = sizeof("sub");
	compose(&f);
	assert_told("/jail/sub/a", "/sub/a", UNVERIFIED);

	start(&f, "/jail/sub", "../../../a"); /* ".." does not lead out */
	fixture_record(&f)->name.root_at = sizeof("sub");
	compose(&f);
	assert_told("/jail/a", "/sub/../../../a", UNVERIFIED | SYMLINK);

	start(&f, "/elsewhere", "a"); /* the root is not above: what it sees has no path */
	fixture_record(&f)->name.root_at = 0;
	fixture_record(&f)->name.flags = RECORD_BASE_UNROOTED;
	compose(&f);
	assert_told("/elsewhere/a", NULL, UNVERIFIED);
}

static void test_true_name_in_base(void **state)
{
	struct record_fixture f;

	(void)state;
	start(&f, "/d", "link/a"); /* said so, but ext4 removed another one */
	f.found.flags = RECORD_FOUND | RECORD_FOUND_NAME | RECORD_FOUND_IN_BASE;
	f.found.walk = fixture_walk(&f, "/b");
	compose(&f);
	assert_told("/d/b", "/d/link/a", 0);
}

static void add_mount(struct record_fixture *f, const char *mount, unsigned int depth)
{
	struct record_found *found = &f->found;

	found->mounts[found->mount_count].depth = (uint16_t)depth;
	found->mounts[found->mount_count++].walk = fixture_walk(f, mount);
}

static void test_true_name_under_mounts(void **state)
{
	struct record_fixture f;

	(void)state;
	start(&f, "", "/two/sub/a");
	f.found.flags = RECORD_FOUND | RECORD_FOUND_NAME;
	f.found.walk = fixture_walk(&f, "/one/sub/a");
	add_mount(&f, "", 3);	  /* the whole file system at / */
	add_mount(&f, "/two", 2); /* and its folder one at /two */
	compose(&f);
	assert_told("/two/sub/a", NULL, 0); /* the one that the process named */

	start(&f, "", "/link/a"); /* none was named: the first */
	f.found.flags = RECORD_FOUND | RECORD_FOUND_NAME;
	f.found.walk = fixture_walk(&f, "/one/sub/a");
	add_mount(&f, "", 3);
	add_mount(&f, "/two", 2);
	compose(&f);
	assert_told("/one/sub/a", "/link/a", 0);
}

static void test_true_name_under_no_mount(void **state)
{
	struct record_fixture f;

	(void)state;
	start(&f, "", "/a");
	f.found.flags = RECORD_FOUND | RECORD_FOUND_NAME;
	f.found.walk = fixture_walk(&f, "/x/a");
	compose(&f);
	assert_told("/a", NULL, UNVERIFIED | BIT(INCOMPLETE_MOUNT_UNKNOWN));
}

/* What is cut is not used: the string stands, unverified. */
static void test_true_name_cut(void **state)
{
	struct record_fixture f;

	(void)state;
	start(&f, "/d", "a");
	f.found.flags = RECORD_FOUND | RECORD_FOUND_NAME | RECORD_FOUND_TRUNCATED;
	f.found.walk = fixture_walk(&f, "/wrong");
	compose(&f);
	assert_told("/d/a", NULL, UNVERIFIED);
}

/* Nor is a mount whose own path is cut: what it lacks is the beginning. */
static void test_mount_cut(void **state)
{
	struct record_fixture f;

	(void)state;
	start(&f, "/d", "a");
	f.found.flags = RECORD_FOUND | RECORD_FOUND_NAME;
	f.found.walk = fixture_walk(&f, "/one/a");
	add_mount(&f, "/cut", 2);
	f.found.mounts[0].flags = RECORD_BASE_TRUNCATED;
	compose(&f);
	assert_told("/d/a", NULL, UNVERIFIED);
	add_mount(&f, "/whole", 2);
	compose(&f);
	assert_told("/whole/one/a", "/d/a", 0);
}

static void test_flags(void **state)
{
	static const struct {
		unsigned int flag, incomplete;
		const char *path, *seen;
	} cases[] = {
		{ RECORD_NAME_UNREAD, BIT(INCOMPLETE_NAME_UNREAD), NULL, NULL },
		{ RECORD_BASE_UNKNOWN, BIT(INCOMPLETE_DIRECTORY_UNKNOWN), NULL, "a" },
		{ RECORD_BASE_TRUNCATED, BIT(INCOMPLETE_PATH_TRUNCATED), NULL, "a" },
		{ RECORD_BASE_FOREIGN, BIT(INCOMPLETE_MOUNT_UNKNOWN), "/d/a", NULL },
		{ RECORD_NAME_LATE, 0, "/d/a", NULL },
	};
	struct record_fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(&f, "/d", "a");
		fixture_record(&f)->name.flags = (uint16_t)cases[i].flag;
		compose(&f);
		assert_told(cases[i].path, cases[i].seen, cases[i].incomplete | UNVERIFIED);
	}
}

/* Full to the last byte: whole if the kernel took it. */
static void test_longest_string(void **state)
{
	struct record_fixture f;

	(void)state;
	start(&f, "/d", "a");
	fixture_record(&f)->name.flags = RECORD_NAME_LONG;
	compose(&f);
	assert_told("/d/a", NULL, UNVERIFIED);
	fixture_record(&f)->result = -ENAMETOOLONG;
	compose(&f);
	assert_told("/d/a", NULL, UNVERIFIED | BIT(INCOMPLETE_PATH_TRUNCATED));
}

/* A base of so many bytes, and "/a" behind it. */
static void start_long(struct record_fixture *f, size_t base_size)
{
	char base[RECORD_DELETION_DATA / 2];

	memset(base, 'x', base_size);
	for (size_t i = 0; i < base_size; i += 100)
		base[i] = '/';
	if (base[base_size - 1] == '/')
		base[base_size - 2] = '/', base[base_size - 1] = 'x';
	base[base_size] = '\0';
	start(f, base, "a");
}

static void test_longest_path(void **state)
{
	struct record_fixture f;

	(void)state;
	start_long(&f, PATH_KEPT - 1 - 2);
	compose(&f);
	assert_int_equal(paths.path.size, PATH_KEPT - 1);
	assert_int_equal(paths.incomplete, UNVERIFIED);

	start_long(&f, PATH_KEPT - 2);
	compose(&f);
	assert_true(paths.path.size < PATH_KEPT);
	assert_int_equal(paths.path.bytes[0], '/');
	assert_int_equal(paths.path.size, strlen(paths.path.bytes));
	assert_int_equal(paths.incomplete, UNVERIFIED | BIT(INCOMPLETE_PATH_TRUNCATED));
}

static void test_replace(void **state)
{
	struct record_fixture f;

	(void)state;
	start(&f, "/d", "a");
	fixture_record(&f)->op = RECORD_REPLACE;
	f.other.string = fixture_string(&f, "../new");
	f.other.base = fixture_walk(&f, "/e/f");
	f.other.root_at = f.other.base.size;
	compose(&f);
	assert_told("/d/a", NULL, UNVERIFIED);
	assert_true(paths.has_other);
	assert_string_equal(paths.other.bytes, "/e/new");
	fixture_record(&f)->op = RECORD_MOVE;
	compose(&f);
	assert_true(paths.has_other);
	fixture_record(&f)->op = RECORD_REPLACE;
	f.other.flags = RECORD_NAME_UNREAD;
	compose(&f);
	assert_false(paths.has_other);
	f.other.flags = 0;
	fixture_record(&f)->op = RECORD_UNLINK;
	compose(&f);
	assert_false(paths.has_other);
}

static void test_walk(void **state)
{
	struct path_buffer out;

	(void)state;
	path_from_walk("", 0, &out);
	assert_string_equal(out.bytes, "/");
	path_from_walk("c\0b\0a", 6, &out);
	assert_string_equal(out.bytes, "/a/b/c");
	assert_int_equal(out.size, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lexical),
		cmocka_unit_test(test_chroot),
		cmocka_unit_test(test_true_name_in_base),
		cmocka_unit_test(test_true_name_under_mounts),
		cmocka_unit_test(test_true_name_under_no_mount),
		cmocka_unit_test(test_true_name_cut),
		cmocka_unit_test(test_mount_cut),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_longest_string),
		cmocka_unit_test(test_longest_path),
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
