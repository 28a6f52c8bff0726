// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * A store of made-up events, by the recorder's own writer. Usage: mkstore FILE EVENTS [UNTIL]
 *
 * Bursts of deletions, each by one process in one of 20,000 directories, up to now; one in a
 * hundred is a ".conf". Every thousandth event is of its own directory, and its name is unique:
 * /made/up/N/needle-N. UNTIL: seconds before now at which the recording ends (0).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "history/store.h"

#define DIRECTORIES 20000
#define BURST	    200
#define STEP_NS	    20000 /* between two events */

struct maker {
	struct store *store;
	struct recording recording;
	struct block_writer *writer;
	uint64_t block;
	struct process process;
	struct deletion deletion;
	char path[256];
	char args[64];
	int64_t time;
	uint64_t random;
};

static void check(int err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "mkstore: %s: %s\n", what, strerror(-err));
	exit(1);
}

/* splitmix64: the same store for the same arguments, but for the time */
static uint64_t next_random(struct maker *maker)
{
	uint64_t x = maker->random += 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

static void next_process(struct maker *maker)
{
	static const char *const comms[] = { "rm", "find", "logrotate", "python3", "git" };

	maker->process.number++;
	maker->process.pid = 1000 + (uint32_t)(maker->process.number % 4000000);
	maker->process.start_time += 1000000;
	maker->process.uid = next_random(maker) % 8 ? 0 : 33;
	maker->process.user = maker->process.uid ? "www-data" : "root";
	maker->deletion.comm = comms[next_random(maker) % 5];
	maker->deletion.pid = maker->deletion.tid = maker->process.pid;
}

static void name_event(struct maker *maker, uint64_t number, uint64_t directory)
{
	static const char *const ends[] = { "log", "html", "tmp", "o", "json" };
	uint64_t name = next_random(maker);

	if (number % 1000 == 999)
		snprintf(maker->path, sizeof(maker->path), "/made/up/%ju/needle-%ju",
			 (uintmax_t)number, (uintmax_t)number);
	else
		snprintf(maker->path, sizeof(maker->path), "/srv/data/%03ju/%03ju/%08jx.%s",
			 (uintmax_t)(directory / 200), (uintmax_t)(directory % 200),
			 (uintmax_t)(name & UINT32_MAX),
			 name % 100 == 0 ? "conf" : ends[name / 100 % 5]);
}

static void put_block(struct maker *maker, bool closed)
{
	struct block_view view = block_writer_view(maker->writer);

	check(store_begin(maker->store), "begin");
	check(store_put_block(maker->store, maker->block++, closed, &view), "write a block");
	maker->recording.events += view.events;
	maker->recording.until = maker->recording.canary = maker->time;
	check(store_update(maker->store, &maker->recording), "update the recording");
	check(store_commit(maker->store), "commit");
	check(store_checkpoint(maker->store), "checkpoint");
	if (closed)
		block_writer_reset(maker->writer);
}

static void add_event(struct maker *maker)
{
	struct deletion *deletion = &maker->deletion;

	maker->time += STEP_NS;
	deletion->time.tv_sec = maker->time / 1000000000;
	deletion->time.tv_nsec = maker->time % 1000000000;
	deletion->seq++;
	deletion->identity.inode = 1000000 + next_random(maker) % 100000;
	deletion->identity.generation = (uint32_t)next_random(maker);
	deletion->identity.size = next_random(maker) % 65536;
	check(block_writer_add(maker->writer, deletion), "add an event");
	if (block_writer_full(maker->writer))
		put_block(maker, true);
}

static void set_up(struct maker *maker, const char *path, uint64_t events, int64_t before)
{
	static char error[512];
	struct store_opts opts = {
		.path = path,
		.group = STORE_NO_GROUP,
		.error = error,
		.error_size = sizeof(error),
	};
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	maker->time = (now.tv_sec - before) * 1000000000 - (int64_t)events * STEP_NS;
	maker->recording.began = maker->recording.until = maker->time;
	if (store_open(&opts, &maker->store)) {
		fprintf(stderr, "mkstore: %s\n", error);
		exit(1);
	}
	check(store_begin(maker->store), "begin");
	check(store_record(maker->store, &maker->recording), "record");
	check(store_commit(maker->store), "commit");
	check(block_writer_new(&maker->writer), "make a writer");
}

int main(int argc, char **argv)
{
	static struct maker maker = {
		.recording = { .host = "host",
			       .boot = "boot",
			       .version = "0",
			       .probe = "tracepoint",
			       .transport = "ring",
			       .unseen = "the kernel's own NFS server" },
		.process = { .ppid = 1,
			     .exe = "/usr/bin/rm",
			     .args = { "rm", "-rf" },
			     .arg_count = 2,
			     .args_known = true,
			     .ancestors = { { 1, "systemd" } },
			     .ancestor_count = 1 },
		.deletion = { .comm = "rm",
			      .identity = { .known = true,
					    .size_known = true,
					    .device_major = 8,
					    .device_minor = 1,
					    .mode = S_IFREG | 0644 } },
	};
	uint64_t events = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
	uint64_t directory = 0;

	if (!events) {
		fputs("usage: mkstore FILE EVENTS [SECONDS-BEFORE-NOW]\n", stderr);
		return 2;
	}
	maker.deletion.path = maker.path;
	maker.deletion.process = &maker.process;
	set_up(&maker, argv[1], events, argc > 3 ? strtoll(argv[3], NULL, 10) : 0);
	for (uint64_t i = 0; i < events; i++) {
		if (i % BURST == 0) {
			next_process(&maker);
			directory = next_random(&maker) % DIRECTORIES;
		}
		name_event(&maker, i, directory);
		add_event(&maker);
	}
	put_block(&maker, false);
	maker.recording.ended = maker.recording.until;
	check(store_begin(maker.store), "begin");
	check(store_update(maker.store, &maker.recording), "end the recording");
	check(store_commit(maker.store), "commit");
	store_close(maker.store);
	block_writer_free(maker.writer);
	return 0;
}
