// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * A store that somebody has damaged or made up: asked all there is to ask, it gives answers or
 * errors, and nothing else. The input is applied to a store that was really written: where it is
 * cut off, and then patches: where, how many bytes, and these.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "history/health.h"
#include "history/match.h"
#include "history/proof.h"
#include "history/reader.h"
#include "history/store.h"
#include "history/trail.h"
#include "output/output.h"

#define PATCH_MAX 32

static char folder[] = "/dev/shm/whodel-fuzz-XXXXXX";
static char path[64];
static uint8_t *base;
static size_t base_size;
static struct output *outputs[8];

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static void must(int err)
{
	if (err)
		abort();
}

/* ---- the store that is damaged ---- */

static void put_event(struct block_writer *writer, enum deletion_op op, const char *from,
		      const char *to, struct process *process)
{
	static uint64_t number;
	struct deletion deletion = {
		.time = { 1767322984, (long)(number + 1) * 1000 },
		.op = op,
		.path = from,
		.path_seen = number % 3 ? NULL : "/seen/as",
		.to = op == DELETION_MOVE ? to : NULL,
		.replaced_by = op == DELETION_REPLACE ? to : NULL,
		.identity = { .known = true, .inode = number, .mode = S_IFREG },
		.pid = 7,
		.tid = 8,
		.comm = "rm",
		.process = number % 5 ? process : NULL,
		.seq = number,
	};

	number++;
	must(block_writer_add(writer, &deletion));
}

static void put_events(struct store *store, struct recording *recording)
{
	struct process process = {
		.number = 1,
		.pid = 7,
		.user = "u",
		.exe = "/bin/rm",
		.args = { "rm", "x" },
		.arg_count = 2,
		.args_known = true,
		.ancestors = { { 1, "init" } },
		.ancestor_count = 1,
		.cgroup = "/c",
		.unit = "a.service",
		.cause = "cron",
	};
	struct loss_by by = { 7, "rm", 3 };
	struct coverage loss = { COVERAGE_LOSS, 1, 2, 3, "buffer full", &by, 1 };
	struct block_writer *writer;
	struct block_view view;

	must(block_writer_new(&writer));
	for (uint64_t block = 0; block < 10; block++) {
		block_writer_reset(writer);
		put_event(writer, DELETION_UNLINK, "/a/f", NULL, &process);
		put_event(writer, DELETION_MOVE, "/a/d", "/b/e", &process);
		put_event(writer, DELETION_REPLACE, "/b/e/g", "/b/e/h", &process);
		put_event(writer, DELETION_RMDIR, "/b/e", NULL, &process);
		view = block_writer_view(writer);
		must(store_put_block(store, block, block < 9, &view));
	}
	must(store_put_coverage(store, &loss));
	must(store_update(store, recording));
	block_writer_free(writer);
}

static void write_base(void)
{
	char error[256];
	struct store_opts opts = {
		.path = path,
		.group = STORE_NO_GROUP,
		.error = error,
		.error_size = sizeof(error),
	};
	struct recording recording = {
		.host = "h",
		.boot = "b",
		.version = "0",
		.probe = "p",
		.transport = "ring",
		.unseen = "nfsd\nbtrfs",
		.began = 1767322984000000000,
		.until = 1767322985000000000,
	};
	struct store *store;

	must(store_open(&opts, &store));
	must(store_begin(store));
	must(store_record(store, &recording));
	put_events(store, &recording);
	must(store_commit(store));
	must(store_checkpoint(store));
	store_close(store);
}

/* Without a log: bytes 18 and 19 of the header say so, and it is all in the file by then. */
static void read_base(void)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		abort();
	base_size = (size_t)st.st_size;
	base = malloc(base_size);
	if (!base || read(fd, base, base_size) != st.st_size)
		abort();
	close(fd);
	base[18] = base[19] = 1;
}

static void clean_up(void)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	char name[80];

	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
	rmdir(folder);
}

int LLVMFuzzerInitialize(int *argc, char ***argv) /* NOLINT: libFuzzer's signature */
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)argc;
	(void)argv;
	if (fd < 0 || !mkdtemp(folder))
		abort();
	snprintf(path, sizeof(path), "%s/s", folder);
	write_base();
	read_base();
	clean_up();
	must(mkdir(folder, 0700));
	atexit(clean_up);
	for (unsigned int i = 0; output_format_name(i); i++)
		must(output_open(output_format_name(i), fd, &(struct output_opts){ .notes_fd = fd },
				 &outputs[i]));
	return 0;
}

/* ---- the questions ---- */

static void check_error(int ret)
{
	assert(ret <= 0 && ret > -4096);
}

static int write_event(void *ctx, const struct deletion *deletion)
{
	(void)ctx;
	for (unsigned int i = 0; outputs[i]; i++) {
		output_deletion(outputs[i], deletion);
		output_story(outputs[i], deletion);
	}
	return 0;
}

static void ask_path(struct reader *reader, const char *asked)
{
	struct trail_question question = { asked, INT64_MIN, INT64_MAX, 10, true };
	struct trail trail = { 0 };

	check_error(trail_find(reader, &question, &trail));
	for (size_t i = 0; i < trail.count; i++)
		write_event(NULL, trail.events[i]);
	trail_free(&trail);
}

static void ask_search(struct reader *reader)
{
	const char *globs[] = { "*g" };
	struct match match = { .globs = { globs, 1 }, .under = "/b" };
	struct matcher *matcher;
	struct reader_scan scan = {
		.newest_first = true,
		.since = INT64_MIN,
		.until = INT64_MAX,
		.wanted = matcher_wants,
		.on_deletion = write_event,
	};

	must(matcher_new(&match, reader, &matcher));
	scan.ctx = matcher;
	check_error(reader_scan(reader, &scan));
	matcher_free(matcher);
}

static void ask_all(struct reader *reader)
{
	struct reader_scan scan = { .since = INT64_MIN,
				    .until = INT64_MAX,
				    .on_deletion = write_event };
	struct reader_mark mark;

	check_error(reader_scan(reader, &scan));
	if (!reader_tail(reader, 5, &mark))
		check_error(reader_scan_from(reader, &scan, &mark));
}

static void ask_proof(struct reader *reader)
{
	struct proof_window window = { INT64_MIN, INT64_MAX };
	struct answer answer = { .path = "/a" };
	struct proof proof = { 0 };
	struct health health = { .runs = true };

	if (!proof_read(reader, &window, &proof, &answer))
		for (unsigned int i = 0; outputs[i]; i++)
			output_answer(outputs[i], &answer);
	proof_free(&proof);
	if (!health_read(reader, path, &health))
		health_judge(&health, INT64_MAX / 2);
}

static void write_damaged(const uint8_t *input, size_t size)
{
	static uint8_t copy[1 << 20];
	size_t length = base_size;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

	assert(base_size <= sizeof(copy));
	memcpy(copy, base, base_size);
	if (size >= 2 && input[0] & 1)
		length = ((size_t)input[0] << 8 | input[1]) * base_size >> 16;
	for (size_t at = 2; at + 4 < size;) {
		size_t where =
			((size_t)input[at] << 16 | (size_t)input[at + 1] << 8 | input[at + 2]) %
			base_size;
		size_t count = input[at + 3] % PATCH_MAX + 1;

		for (at += 4; count && at < size; count--, at++, where++)
			copy[where % base_size] = input[at];
	}
	if (fd < 0 || write(fd, copy, length) != (ssize_t)length)
		abort();
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	char error[512];
	struct reader *reader;

	write_damaged(input, size);
	if (reader_open(path, &reader, error, sizeof(error))) {
		assert(strncmp(error, "cannot read the store ", 22) == 0);
		return 0;
	}
	ask_path(reader, "/a/f");
	ask_path(reader, "/a/d/x");
	ask_search(reader);
	ask_all(reader);
	ask_proof(reader);
	reader_close(reader);
	for (unsigned int i = 0; outputs[i]; i++)
		output_flush(outputs[i]);
	return 0;
}
