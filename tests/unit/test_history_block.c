// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* A block gives back what was put into it, and of damaged bytes an error. */
#include "tests/unit/history_fixture.h"

#include "history/varint.h"

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

/* The local numbers as rows: number n is row n. */
static size_t own_rows(const struct names *names, uint8_t *bytes)
{
	uint8_t *at = bytes;

	for (uint32_t n = 1; n <= names->count; n++)
		at = varint_put(at, n);
	return (size_t)(at - bytes);
}

static struct block_reader *read_back(uint8_t *rows)
{
	struct block_view view = block_writer_view(h.writer);
	struct block_reader *reader;

	assert_int_equal(
		block_reader_open(rows, own_rows(view.names, rows), view.data, view.size, &reader),
		0);
	return reader;
}

static void assert_place(const struct place *place, const char *path)
{
	struct block_view view = block_writer_view(h.writer);
	const struct name *name;
	char full[9000];

	if (!path) {
		assert_int_equal(place->directory, 0);
		return;
	}
	assert_in_range(place->directory, 1, view.names->count);
	name = names_get(view.names, (uint32_t)place->directory);
	assert_int_equal(name->kind, NAME_DIRECTORY);
	snprintf(full, sizeof(full), "%.*s%.*s", (int)name->size, view.names->bytes + name->offset,
		 (int)place->size, place->name);
	assert_string_equal(full, path);
}

static void assert_text(uint64_t row, const char *text)
{
	struct block_view view = block_writer_view(h.writer);
	const struct name *name = names_get(view.names, (uint32_t)row);

	assert_int_equal(name->kind, NAME_TEXT);
	assert_int_equal(name->size, strlen(text));
	assert_memory_equal(view.names->bytes + name->offset, text, name->size);
}

static void assert_same_identity(const struct identity *a, const struct identity *b)
{
	assert_int_equal(a->known, b->known);
	if (!a->known)
		return;
	assert_int_equal(a->inode, b->inode);
	assert_int_equal(a->generation, b->generation);
	assert_int_equal(a->size_known, b->size_known);
	assert_int_equal(a->size, a->size_known ? b->size : 0);
	assert_int_equal(a->device_major, b->device_major);
	assert_int_equal(a->device_minor, b->device_minor);
	assert_int_equal(a->links, b->links);
	assert_int_equal(a->owner, b->owner);
	assert_int_equal(a->mode, b->mode);
}

static void assert_event(const struct event *event, const struct deletion *deletion)
{
	const char *other = deletion->to ? deletion->to : deletion->replaced_by;

	assert_int_equal(event->time,
			 deletion->time.tv_sec * 1000000000LL + deletion->time.tv_nsec);
	assert_int_equal(event->op, deletion->op);
	assert_int_equal(event->via, deletion->via);
	assert_int_equal(event->outcome, deletion->outcome);
	assert_int_equal(event->error, deletion->error);
	assert_int_equal(event->incomplete, deletion->incomplete);
	assert_int_equal(event->cpu, deletion->cpu);
	assert_int_equal(event->seq, deletion->seq);
	assert_int_equal(event->tid_offset, (int)deletion->tid - (int)deletion->pid);
	assert_int_equal(event->pid, deletion->process ? 0 : deletion->pid);
	assert_text(event->comm, deletion->comm);
	assert_place(&event->path, deletion->path);
	assert_place(&event->seen, deletion->path_seen);
	assert_place(&event->other, other);
	assert_same_identity(&event->identity, &deletion->identity);
}

static const struct identity some_identity = {
	.known = true,
	.size_known = true,
	.inode = 131074,
	.size = 4711,
	.generation = 3000000000,
	.device_major = 8,
	.device_minor = 1,
	.links = 2,
	.owner = 33,
	.mode = S_IFREG | 0644,
};

/* Every kind of event, one behind the other, some of them twice. */
static void test_every_field(void **state)
{
	static struct process other_process = { .number = 7, .pid = 5 };
	struct deletion *all[] = {
		&(struct deletion){ .path = "/srv/www/a.html",
				    .process = &h.process,
				    .identity = some_identity },
		&(struct deletion){ .path = "/srv/www/a.html",
				    .process = &h.process,
				    .identity = some_identity },
		&(struct deletion){ .path = "/srv/www/b.html",
				    .process = &other_process,
				    .tid = 4,
				    .cpu = 300 },
		&(struct deletion){ .path = "/b", .path_seen = "/srv/b", .process = &h.process },
		&(struct deletion){
			.path = "b", .op = DELETION_MOVE, .to = "/srv/www/c", .seq = UINT64_MAX },
		&(struct deletion){ .path = "/",
				    .op = DELETION_REPLACE,
				    .replaced_by = "/srv/www/",
				    .pid = 77 },
		&(struct deletion){ .path = NULL,
				    .outcome = OUTCOME_FAILED,
				    .error = ENOENT,
				    .incomplete = 0xffff },
		&(struct deletion){ .path = NULL, .path_seen = "x/y", .outcome = OUTCOME_UNKNOWN },
		&(struct deletion){
			.path = "", .via = VIA_IO_URING, .comm = "", .process = &other_process },
		&(struct deletion){
			.path = "/srv/www/b.htm", .process = &other_process, .time = { 3, 0 } },
	};
	unsigned int count = sizeof(all) / sizeof(all[0]);
	struct block_reader *reader;
	struct event event;
	uint8_t rows[1000];

	(void)state;
	for (unsigned int i = 0; i < count; i++) {
		all[i]->comm = all[i]->comm ? all[i]->comm : "rm";
		all[i]->pid = all[i]->process ? all[i]->process->pid : all[i]->pid;
		assert_int_equal(block_writer_add(h.writer, all[i]), 0);
	}
	reader = read_back(rows);
	for (unsigned int i = 0; i < count; i++) {
		assert_int_equal(block_reader_next(reader, &event), 1);
		assert_event(&event, all[i]);
		assert_int_equal(event.process != 0, all[i]->process != NULL);
	}
	assert_int_equal(block_reader_next(reader, &event), 0);
	block_reader_free(reader);
}

static void test_is_small(void **state)
{
	char path[64];

	(void)state;
	for (int i = 0; i < BLOCK_EVENTS_MAX; i++) {
		snprintf(path, sizeof(path), "/srv/www/file-%06d", i);
		assert_false(block_writer_full(h.writer));
		history_add(&h, path);
	}
	assert_true(block_writer_full(h.writer));
	assert_in_range(block_writer_view(h.writer).size, 1, (size_t)BLOCK_EVENTS_MAX * 10);
}

static void test_reset_forgets(void **state)
{
	uint8_t rows[100];
	struct block_reader *reader;
	struct event event;

	(void)state;
	history_add(&h, "/srv/www/a");
	block_writer_reset(h.writer);
	assert_int_equal(block_writer_view(h.writer).events, 0);
	history_add(&h, "/srv/www/b");
	reader = read_back(rows);
	assert_int_equal(block_reader_next(reader, &event), 1);
	assert_event(&event, &h.deletion);
	assert_int_equal(block_reader_next(reader, &event), 0);
	block_reader_free(reader);
}

/* Each byte of a block, changed in each bit, and each length: an error or other events, no crash.
 */
static void test_damaged(void **state)
{
	struct block_view view;
	struct block_reader *reader;
	struct event event;
	uint8_t rows[100];
	uint8_t *data;
	size_t rows_size;

	(void)state;
	h.deletion.identity = some_identity;
	h.deletion.path_seen = "/www/x";
	h.deletion.op = DELETION_MOVE;
	h.deletion.to = "/srv/y";
	history_add(&h, "/srv/www/a");
	history_add(&h, "/srv/www/ab");
	view = block_writer_view(h.writer);
	rows_size = own_rows(view.names, rows);
	for (size_t bit = 0; bit < view.size * 8; bit++) {
		data = malloc(view.size - bit % 3);
		memcpy(data, view.data, view.size - bit % 3);
		if (bit / 8 < view.size - bit % 3)
			data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(
			block_reader_open(rows, rows_size, data, view.size - bit % 3, &reader), 0);
		while (block_reader_next(reader, &event) == 1)
			;
		block_reader_free(reader);
		free(data);
	}
}

static void test_cut_off(void **state)
{
	struct block_view view;
	struct block_reader *reader;
	struct event event;
	uint8_t rows[100];

	(void)state;
	history_add(&h, "/srv/www/a");
	view = block_writer_view(h.writer);
	assert_int_equal(block_reader_open(rows, own_rows(view.names, rows), view.data,
					   view.size - 1, &reader),
			 0);
	assert_int_equal(block_reader_next(reader, &event), -EBADMSG);
	assert_int_equal(block_reader_next(reader, &event), -EBADMSG);
	block_reader_free(reader);
	assert_int_equal(block_reader_open("\xff", 1, view.data, view.size, &reader), -EBADMSG);
	/* A block without the names that it needs. */
	assert_int_equal(block_reader_open("", 0, view.data, view.size, &reader), 0);
	assert_int_equal(block_reader_next(reader, &event), -EBADMSG);
	block_reader_free(reader);
}

static void test_too_long(void **state)
{
	static char path[BLOCK_NAME_MAX + 3];

	(void)state;
	memset(path, 'x', BLOCK_NAME_MAX + 1);
	h.deletion.path = path;
	assert_int_equal(block_writer_add(h.writer, &h.deletion), -E2BIG);
	assert_int_equal(block_writer_view(h.writer).events, 0);
}

static void test_hash(void **state)
{
	(void)state;
	assert_int_equal(path_hash("/srv/www", 8), path_hash("/srv/www//", 10));
	assert_int_not_equal(path_hash("/srv/www", 8), path_hash("/srv/wwx", 8));
	history_add(&h, "/srv/www/a");
	history_add(&h, "/srv/www/");
	assert_int_equal(block_writer_view(h.writer).hash_count, 2);
	assert_int_equal(block_writer_view(h.writer).hashes[0], path_hash("/srv/www/a", 10));
	assert_int_equal(block_writer_view(h.writer).hashes[1], path_hash("/srv/www", 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_field, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_is_small, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reset_forgets, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_damaged, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cut_off, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_too_long, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hash, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
