// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* What reaches a file descriptor: all of it, or as much as can be, with the error told. */
#include "tests/unit/output_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "output/buffer.h"

#define LINES 20000

static const struct summary nothing = { .transport = "ring", .probe = "tracepoint" };

static struct output *open_on(const char *format, int fd, struct fixture *f)
{
	struct output_opts opts = { .notes_fd = f->notes_fd };
	struct output *out;

	assert_int_equal(output_open(format, fd, &opts, &out), 0);
	return out;
}

static void test_formats(void **state)
{
	struct output_opts opts = { .notes_fd = -1 };
	struct output *out = (struct output *)&opts;

	(void)state;
	assert_string_equal(output_format_name(0), "table");
	assert_string_equal(output_format_name(1), "json");
	assert_string_equal(output_format_name(2), "ecs");
	assert_string_equal(output_format_name(3), "csv");
	assert_null(output_format_name(4));
	assert_int_equal(output_open("xml", 1, &opts, &out), -EINVAL);
	assert_ptr_equal(out, &opts);
	assert_int_equal(output_close(NULL), 0);
}

/* The error comes back from every call after it; the table's summary is told all the same. */
static void test_full_disk(void **state)
{
	struct fixture f;
	struct output *out;
	char *notes;
	int fd = open("/dev/full", O_WRONLY);

	(void)state;
	assert_true(fd >= 0);
	fixture_open(&f, "table");
	out = open_on("table", fd, &f);
	assert_int_equal(output_deletion(out, &f.deletion), 0);
	assert_int_equal(output_flush(out), -ENOSPC);
	assert_int_equal(output_deletion(out, &f.deletion), -ENOSPC);
	assert_int_equal(output_flush(out), -ENOSPC);
	assert_int_equal(output_summary(out, &nothing), -ENOSPC);
	assert_int_equal(output_close(out), -ENOSPC);
	notes = fixture_written(f.notes_fd);
	assert_non_null(strstr(notes, "0 deletions seen"));
	free(notes);
	close(fd);
	fixture_close(&f);
}

static void test_json_summary_cannot_be_written(void **state)
{
	struct fixture f;
	struct output *out;
	int fd = open("/dev/full", O_WRONLY);

	(void)state;
	fixture_open(&f, "json");
	out = open_on("json", fd, &f);
	assert_int_equal(output_summary(out, &nothing), -ENOSPC);
	assert_int_equal(output_close(out), -ENOSPC);
	close(fd);
	fixture_close(&f);
}

static void test_closed_pipe(void **state)
{
	struct fixture f;
	struct output *out;
	int ends[2];

	(void)state;
	fixture_open(&f, "json");
	assert_int_equal(pipe(ends), 0);
	out = open_on("json", ends[1], &f);
	close(ends[0]);
	assert_int_equal(output_deletion(out, &f.deletion), 0);
	assert_int_equal(output_flush(out), -EPIPE);
	assert_int_equal(output_close(out), -EPIPE);
	close(ends[1]);
	fixture_close(&f);
}

/* Held until flushed, but never more than the buffer's bytes. */
static void test_written_when_full(void **state)
{
	struct fixture f;
	off_t size = 0;

	(void)state;
	fixture_open(&f, "json");
	for (unsigned int lines = 0; size == 0; lines++) {
		assert_true(lines < BUFFER_FULL_BYTES / 100);
		assert_int_equal(output_deletion(f.out, &f.deletion), 0);
		size = lseek(f.data_fd, 0, SEEK_END);
	}
	assert_in_range(size, BUFFER_FULL_BYTES, BUFFER_FULL_BYTES + 1000);
	fixture_close(&f);
}

static void test_close_writes_the_rest(void **state)
{
	struct fixture f;
	struct output *out;
	char *text;

	(void)state;
	fixture_open(&f, "json");
	out = open_on("json", f.data_fd, &f);
	assert_int_equal(output_deletion(out, &f.deletion), 0);
	assert_int_equal(output_close(out), 0);
	text = fixture_written(f.data_fd);
	assert_true(strlen(text) > 0 && text[strlen(text) - 1] == '\n');
	free(text);
	fixture_close(&f);
}

/* A file that may hold 1,000 bytes more: those are written, then the error comes. */
static void test_what_fits_is_written(void **state)
{
	struct rlimit old, small;
	struct fixture f;
	int err = 0;

	(void)state;
	fixture_open(&f, "json");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){ .rlim_cur = 1000, .rlim_max = old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (int i = 0; i < 5 && !err; i++)
		err = output_deletion(f.out, &f.deletion);
	err = err ? err : output_flush(f.out);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(err, -EFBIG);
	assert_int_equal(lseek(f.data_fd, 0, SEEK_END), 1000);
	assert_int_equal(output_close(f.out), -EFBIG);
	close(f.data_fd);
	close(f.notes_fd);
}

/* Reads slowly, a few bytes at first; exits with 0 when it got as many lines as were written. */
static void read_lines(int fd)
{
	static char chunk[65536];
	unsigned int lines = 0;
	size_t most = 7;
	ssize_t got;

	while ((got = read(fd, chunk, most)) > 0) {
		for (ssize_t i = 0; i < got; i++)
			lines += chunk[i] == '\n';
		if (most < sizeof(chunk) / 2)
			most += 1 + most / 8;
		usleep(100);
	}
	_exit(lines == LINES ? 0 : 1);
}

static void on_alarm(int number)
{
	(void)number;
}

static void write_to_slow_reader(int flags)
{
	struct fixture f;
	struct output *out;
	int ends[2], status;
	pid_t reader;

	fixture_open(&f, "json");
	assert_int_equal(pipe(ends), 0);
	reader = fork();
	assert_true(reader >= 0);
	if (reader == 0) {
		close(ends[1]);
		read_lines(ends[0]);
	}
	close(ends[0]);
	assert_int_equal(fcntl(ends[1], F_SETFL, flags), 0);
	out = open_on("json", ends[1], &f);
	for (int i = 0; i < LINES; i++)
		assert_int_equal(output_deletion(out, &f.deletion), 0);
	assert_int_equal(output_close(out), 0);
	close(ends[1]);
	while (waitpid(reader, &status, 0) < 0)
		assert_int_equal(errno, EINTR);
	assert_int_equal(status, 0);
	fixture_close(&f);
}

static void test_pipe_that_does_not_block(void **state)
{
	(void)state;
	write_to_slow_reader(O_NONBLOCK);
}

/* Signals every 0.2 ms cut writes short or end them before their first byte. */
static void test_interrupted_writes(void **state)
{
	const struct itimerval often = { { 0, 200 }, { 0, 200 } }, never = { 0 };
	const struct sigaction interrupt = { .sa_handler = on_alarm };

	(void)state;
	assert_int_equal(sigaction(SIGALRM, &interrupt, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	write_to_slow_reader(0);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
}

/* A line beyond all bounds only makes the buffer larger. */
static void test_one_very_long_line(void **state)
{
	size_t length = 5 * BUFFER_FULL_BYTES;
	char *path = test_calloc(1, length + 1);
	struct fixture f;
	char *line;

	(void)state;
	memset(path, 0x01, length);
	fixture_open(&f, "json");
	f.deletion.path = path;
	line = fixture_line(&f);
	assert_tame_line(line);
	assert_true(strlen(line) > 6 * length);
	free(line);
	test_free(path);
	fixture_close(&f);
}

static void test_numbers(void **state)
{
	struct buffer b;
	char text[64] = "";
	int fd = memfd_create("numbers", MFD_CLOEXEC);

	(void)state;
	buffer_init(&b, fd);
	buffer_begin_line(&b);
	buffer_put_number(&b, 0);
	buffer_put_text(&b, " ");
	buffer_put_number(&b, UINT64_MAX);
	buffer_put_text(&b, " ");
	buffer_put_nanoseconds(&b, 1);
	buffer_put_text(&b, " ");
	buffer_put_milliseconds(&b, 999999999);
	assert_int_equal(buffer_end_line(&b), 0);
	assert_int_equal(buffer_flush(&b), 0);
	assert_true(pread(fd, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, "0 18446744073709551615 000000001 999\n");
	buffer_free(&b);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_json_summary_cannot_be_written),
		cmocka_unit_test(test_closed_pipe),
		cmocka_unit_test(test_written_when_full),
		cmocka_unit_test(test_close_writes_the_rest),
		cmocka_unit_test(test_what_fits_is_written),
		cmocka_unit_test(test_pipe_that_does_not_block),
		cmocka_unit_test(test_interrupted_writes),
		cmocka_unit_test(test_one_very_long_line),
		cmocka_unit_test(test_numbers),
	};

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
