// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The store's life: made, refused, written, found again, and what is removed. */
#include "tests/unit/history_fixture.h"

#include "history/lookup.h"
#include "history/schema.h"

static struct history h;

static int set_up(void **state)
{
	(void)state;
	history_set_up(&h);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	history_tear_down(&h);
	return 0;
}

static int try_open(struct store **store)
{
	struct store_opts opts = {
		.path = h.path,
		.group = STORE_NO_GROUP,
		.error = h.error,
		.error_size = sizeof(h.error),
	};

	return store_open(&opts, store);
}

/* ---- the file ---- */

static void test_made(void **state)
{
	struct stat st;

	(void)state;
	umask(0);
	history_open(&h);
	assert_int_equal(stat(h.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(history_number(&h, "PRAGMA user_version"), SCHEMA_VERSION);
	assert_int_equal(history_number(&h, "PRAGMA application_id"), SCHEMA_APPLICATION);
	assert_int_equal(history_number(&h, "SELECT count(*) FROM recording"), 1);
}

static void test_one_recorder(void **state)
{
	struct store *other = NULL;

	(void)state;
	history_open(&h);
	assert_int_equal(try_open(&other), -EBUSY);
	assert_null(other);
	assert_non_null(strstr(h.error, "another whodel record"));
}

static void test_modes(void **state)
{
	static const mode_t refused[] = { 0644, 0660, 0642 };
	struct store *other = NULL;

	(void)state;
	history_open(&h);
	store_close(h.store);
	h.store = NULL;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(chmod(h.path, refused[i]), 0);
		assert_int_equal(try_open(&other), -EPERM);
		assert_non_null(strstr(h.error, "chmod 0640"));
		assert_int_equal(store_file_check(h.path, h.error, sizeof(h.error)), -EPERM);
	}
	assert_int_equal(chmod(h.path, 0600), 0);
	assert_int_equal(store_file_check(h.path, h.error, sizeof(h.error)), 0);
	assert_int_equal(chmod(h.folder, 0777), 0);
	assert_int_equal(try_open(&other), -EPERM);
	assert_non_null(strstr(h.error, "chmod go-w"));
}

static void test_owner(void **state)
{
	struct store *other = NULL;

	(void)state;
	if (geteuid() != 0)
		skip();
	history_open(&h);
	store_close(h.store);
	h.store = NULL;
	assert_int_equal(chown(h.path, 12345, (gid_t)-1), 0);
	assert_int_equal(try_open(&other), -EPERM);
	assert_non_null(strstr(h.error, "chown root"));
	assert_int_equal(chown(h.path, 0, (gid_t)-1), 0);
	assert_int_equal(chown(h.folder, 12345, (gid_t)-1), 0);
	assert_int_equal(try_open(&other), -EPERM);
}

static void test_link(void **state)
{
	struct store *other = NULL;

	(void)state;
	assert_int_equal(symlink("/etc/passwd", h.path), 0);
	assert_int_not_equal(try_open(&other), 0);
	assert_null(other);
	assert_int_equal(store_file_check(h.path, h.error, sizeof(h.error)), -EPERM);
}

static void write_file(const char *bytes)
{
	FILE *file = fopen(h.path, "we");

	assert_non_null(file);
	assert_true(fputs(bytes, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(h.path, 0640), 0);
}

static void test_not_a_store(void **state)
{
	struct store *other = NULL;

	(void)state;
	write_file("This is no database, but it is long enough to have been one: 0123456789\n"
		   "0123456789012345678901234567890123456789012345678901234567890123456789");
	assert_int_equal(try_open(&other), -EUCLEAN);
	assert_non_null(strstr(h.error, "damaged"));
}

static void run_sql(const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(h.path, &db), SQLITE_OK);
	assert_int_equal(sql_run(db, sql), 0);
	sqlite3_close(db);
	assert_int_equal(chmod(h.path, 0640), 0);
}

static void test_of_someone_else(void **state)
{
	struct store *other = NULL;

	(void)state;
	run_sql("CREATE TABLE photo (id INTEGER PRIMARY KEY)");
	assert_int_equal(try_open(&other), -EMEDIUMTYPE);
	assert_non_null(strstr(h.error, "--store"));
	assert_int_equal(history_number(&h, "SELECT count(*) FROM sqlite_schema"), 1);
}

static void test_newer(void **state)
{
	struct store *other = NULL;

	(void)state;
	history_open(&h);
	store_close(h.store);
	h.store = NULL;
	run_sql("PRAGMA user_version = 99");
	assert_int_equal(try_open(&other), -ENOTSUP);
	assert_non_null(strstr(h.error, "version 99"));
}

/* Two steps, as the next version will have them; the second fails once. */
static void test_migration(void **state)
{
	static const char *const first[] = { "CREATE TABLE a (x); INSERT INTO a VALUES (1)" };
	static const char *const broken[] = { "", "ALTER TABLE a ADD COLUMN y; oops" };
	static const char *const both[] = { "oops", "ALTER TABLE a ADD COLUMN y" };
	sqlite3 *db = NULL;
	int version = 0;

	(void)state;
	assert_int_equal(sqlite3_open(h.path, &db), SQLITE_OK);
	assert_int_equal(schema_check(db, &version), -ENODATA);
	assert_int_equal(schema_migrate(db, first, 1), 0);
	assert_int_equal(schema_migrate(db, broken, 2), -EUCLEAN);
	assert_int_equal(history_number(&h, "PRAGMA user_version"), 1);
	assert_int_equal(schema_migrate(db, both, 2), 0);
	assert_int_equal(schema_migrate(db, first, 1), -ENOTSUP);
	assert_int_equal(schema_check(db, &version), SCHEMA_VERSION < 2 ? -ENOTSUP : 0);
	assert_int_equal(history_number(&h, "SELECT count(*) FROM a WHERE y IS NULL"), 1);
	sqlite3_close(db);
}

/* ---- rows ---- */

static void test_each_once(void **state)
{
	(void)state;
	history_open(&h);
	history_add(&h, "/srv/www/a");
	history_put(&h, 0, false);
	history_add(&h, "/srv/www/b");
	history_put(&h, 0, true);
	h.process.number = 2;
	history_add(&h, "/srv/www/c");
	history_put(&h, 1, true);
	assert_int_equal(history_number(&h, "SELECT count(*) FROM block"), 2);
	assert_int_equal(history_number(&h, "SELECT sum(events) FROM block"), 3);
	assert_int_equal(history_number(&h, "SELECT count(*) FROM directory"), 1);
	assert_int_equal(history_number(&h, "SELECT last FROM directory"), 2);
	assert_int_equal(history_number(&h, "SELECT count(*) FROM user"), 1);
	assert_int_equal(history_number(&h, "SELECT count(*) FROM process"), 2);
	assert_int_equal(history_number(&h, "SELECT count(*) FROM process p JOIN text t ON"
					    " t.id = p.exe WHERE t.value = CAST('/usr/bin/rm' AS "
					    "BLOB) AND p.pid = 31337 AND p.args = "
					    "x'726d002d6600612e68746d6c00'"),
			 2);
	assert_int_equal(history_number(&h, "SELECT count(*) FROM process p JOIN text t ON"
					    " t.id = p.ancestors WHERE t.value ="
					    " x'393931206261736800312073797374656d6400'"),
			 2);
	assert_int_equal(history_number(&h, "SELECT count(*) FROM text"), 6);
	assert_int_equal(history_number(&h, "SELECT min(last) FROM text"), 2);
}

struct blocks {
	int64_t items[64];
	int count;
};

static int note_block(void *ctx, int64_t block)
{
	struct blocks *blocks = ctx;

	assert_true(blocks->count < 64);
	blocks->items[blocks->count++] = block;
	return 0;
}

static struct blocks find_blocks(const char *path)
{
	struct blocks blocks = { 0 };
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open_v2(h.path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(lookup_find(db, path_hash(path, strlen(path)), note_block, &blocks), 0);
	sqlite3_close(db);
	return blocks;
}

/* 70 blocks: two merges of the second level, and some left over at each. */
static void test_lookup(void **state)
{
	struct blocks blocks;
	char path[64];

	(void)state;
	history_open(&h);
	for (int block = 0; block < 70; block++) {
		for (int i = 0; i < 40; i++) {
			snprintf(path, sizeof(path), "/srv/%d/%d", block, i);
			history_add(&h, path);
		}
		if (block % 7 == 0)
			history_add(&h, "/again");
		history_put(&h, (uint64_t)block, true);
	}
	assert_in_range(history_number(&h, "SELECT count(*) FROM lookup_run"), 2, 15);
	assert_int_equal(history_number(&h, "SELECT sum(entries) FROM lookup_run"), 70 * 40 + 10);
	for (int block = 0; block < 70; block++) {
		snprintf(path, sizeof(path), "/srv/%d/%d", block, block % 40);
		blocks = find_blocks(path);
		assert_true(blocks.count >= 1);
		assert_int_equal(blocks.items[0], block + 1);
	}
	blocks = find_blocks("/again");
	assert_int_equal(blocks.count, 10);
	for (int i = 0; i < 10; i++)
		assert_int_equal(blocks.items[i], (9 - i) * 7 + 1);
	assert_int_equal(find_blocks("/never").count, 0);
}

/* ---- recordings ---- */

static void record_again(const char *boot, int64_t seconds)
{
	store_close(h.store);
	h.recording = (struct recording){
		.host = "host",
		.boot = boot,
		.version = "0",
		.probe = "tracepoint",
		.transport = "ring",
		.unseen = "",
		.began = (FIXTURE_TIME + seconds) * 1000000000LL,
		.until = (FIXTURE_TIME + seconds) * 1000000000LL,
	};
	history_open(&h);
}

static void test_killed(void **state)
{
	(void)state;
	history_open(&h);
	h.recording.until += 5000000000;
	history_add(&h, "/srv/www/a");
	history_put(&h, 0, false);
	block_writer_reset(h.writer);
	assert_int_equal(find_blocks("/srv/www/a").count, 0);
	record_again("boot-1", 60);
	assert_int_equal(find_blocks("/srv/www/a").count, 1);
	assert_int_equal(history_number(&h, "SELECT count(*) FROM block WHERE closed = 0"), 0);
	assert_int_equal(history_number(&h, "SELECT count(*) FROM coverage WHERE kind = 'gap' AND "
					    "until - since = 55000000000 AND count IS NULL AND "
					    "reason = 'the recorder was killed'"),
			 1);
	record_again("boot-2", 120);
	assert_int_equal(history_number(&h, "SELECT count(*) FROM coverage WHERE kind = 'boot'"),
			 1);
	history_add(&h, "/srv/www/b");
	history_put(&h, 0, true);
	assert_int_equal(find_blocks("/srv/www/b").items[0], 3);
}

/* The store was closed after an error, and opened again by the same recorder. */
static void test_goes_on(void **state)
{
	(void)state;
	history_open(&h);
	history_add(&h, "/srv/www/a");
	history_put(&h, 0, false);
	store_close(h.store);
	history_open(&h);
	history_add(&h, "/srv/www/b");
	history_put(&h, 0, true);
	assert_int_equal(history_number(&h, "SELECT count(*) FROM recording"), 1);
	assert_int_equal(history_number(&h, "SELECT count(*) FROM coverage"), 0);
	assert_int_equal(history_number(&h, "SELECT events FROM block"), 2);
}

static void test_coverage(void **state)
{
	static const struct loss_by by[] = { { 7, "rm", 3 }, { 0, NULL, 2 } };
	struct coverage loss = {
		.kind = COVERAGE_LOSS,
		.since = 1,
		.until = 2,
		.count = 5,
		.reason = "buffer full",
		.by = by,
		.by_count = 2,
	};

	(void)state;
	history_open(&h);
	assert_int_equal(store_put_coverage(h.store, &loss), 0);
	assert_int_equal(history_number(&h, "SELECT sum(lost) FROM loss_by JOIN coverage ON "
					    "coverage = coverage.id WHERE kind = 'loss'"),
			 5);
	assert_int_equal(history_number(&h, "SELECT count(*) FROM loss_by WHERE pid IS NULL"), 1);
}

/* ---- retention ---- */

static uint64_t retain(const struct retention *limit)
{
	uint64_t sum = 0;
	uint64_t removed;
	int ret;

	do {
		assert_int_equal(store_begin(h.store), 0);
		ret = store_retain(h.store, limit, &removed);
		assert_true(ret >= 0);
		assert_int_equal(store_commit(h.store), 0);
		sum += removed;
	} while (ret == 1);
	return sum;
}

static void fill(int blocks)
{
	char path[64];

	history_open(&h);
	for (int block = 0; block < blocks; block++) {
		for (int i = 0; i < 100; i++) {
			snprintf(path, sizeof(path), "/srv/%d/%d", block, i);
			history_add(&h, path);
		}
		h.process.number++;
		history_put(&h, (uint64_t)block, true);
		h.deletion.time.tv_sec += 10;
	}
}

static void test_by_age(void **state)
{
	struct retention limit = { .before = (FIXTURE_TIME + 20 * 10) * 1000000000LL };

	(void)state;
	fill(30);
	assert_int_equal(retain(&limit), 2000);
	assert_int_equal(retain(&limit), 0);
	assert_int_equal(history_number(&h, "SELECT min(id) FROM block"), 21);
	assert_int_equal(history_number(&h, "SELECT count(*) FROM directory"), 10);
	assert_int_equal(history_number(&h, "SELECT count(*) FROM process"), 10);
	assert_int_equal(history_number(&h, "SELECT count(*) FROM text"), 6);
	assert_int_equal(history_number(&h, "SELECT min(first_block) FROM lookup_run"), 17);
	assert_int_equal(history_number(&h, "SELECT count FROM coverage WHERE kind = 'removed'"),
			 2000);
	assert_int_equal(history_number(&h, "SELECT until FROM coverage WHERE kind = 'removed'"),
			 history_number(&h, "SELECT min(since) FROM block") - 10000000000 - 1000);
}

static void test_by_size(void **state)
{
	struct retention limit = { .bytes = 200000 };
	uint64_t bytes = 0;
	uint64_t removed;

	(void)state;
	fill(200);
	removed = retain(&limit);
	assert_in_range(removed, 100, 19900);
	assert_int_equal(store_size(h.store, &bytes), 0);
	assert_in_range(bytes, 1, 200000);
	assert_int_equal(history_number(&h, "SELECT sum(events) FROM block") + (int64_t)removed,
			 20000);
	assert_int_equal(history_number(&h, "SELECT count(*) FROM directory"),
			 history_number(&h, "SELECT count(*) FROM block"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_made, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_one_recorder, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_modes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_owner, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_link, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_a_store, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_of_someone_else, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_newer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_migration, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_each_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lookup, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_killed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_goes_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_coverage, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_by_age, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_by_size, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
