/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the tests of the outputs share: a deletion to change, and what an output made of it. */
#ifndef WHODEL_OUTPUT_FIXTURE_H
#define WHODEL_OUTPUT_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "output/output.h"

struct fixture {
	struct process process;
	struct deletion deletion;
	struct output *out;
	int data_fd;
	int notes_fd;
};

static inline void fixture_open(struct fixture *f, const char *format)
{
	struct output_opts opts;

	*f = (struct fixture){
		.process = {
			.pid = 31337,
			.ppid = 991,
			.uid = 33,
			.euid = 0,
			.user = "www-data",
			.exe = "/usr/bin/rm",
			.args = { "rm", "-f", "a.html" },
			.arg_count = 3,
			.args_known = true,
			.login_known = true,
			.login_uid = 1000,
			.audit_session = 7,
			.ancestors = { { 991, "bash" }, { 1, "systemd" } },
			.ancestor_count = 2,
			.start_time = 981000000000,
			.mount_namespace = 4026531841,
			.cgroup = "/system.slice/cron.service",
			.unit = "cron.service",
			.cause = "cron",
		},
		.deletion = {
			.time = { 1767322984, 123456789 }, /* 2026-01-02T03:03:04Z */
			.op = DELETION_UNLINK,
			.path = "/srv/www/a.html",
			.identity = {
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
			},
			.pid = 31337,
			.tid = 31338,
			.comm = "rm",
			.cpu = 1,
			.seq = 9223372036854775807,
		},
		.data_fd = memfd_create("data", MFD_CLOEXEC),
		.notes_fd = memfd_create("notes", MFD_CLOEXEC),
	};
	assert_true(f->data_fd >= 0 && f->notes_fd >= 0);
	opts = (struct output_opts){ .notes_fd = f->notes_fd };
	assert_int_equal(output_open(format, f->data_fd, &opts, &f->out), 0);
}

/* For the fixture whose address does not change any more. */
static inline void fixture_join_process(struct fixture *f)
{
	f->deletion.process = &f->process;
}

/* The process's facts changed. */
static inline void fixture_forget(struct fixture *f)
{
	free(f->process.rendered);
	f->process.rendered = NULL;
}

static inline void fixture_close(struct fixture *f)
{
	assert_int_equal(output_close(f->out), 0);
	fixture_forget(f);
	close(f->data_fd);
	close(f->notes_fd);
}

/* What was written to @fd since the last call; the caller frees it. */
static inline char *fixture_written(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text = calloc(1, (size_t)size + 1);

	assert_non_null(text);
	assert_int_equal(pread(fd, text, (size_t)size, 0), size);
	assert_int_equal(ftruncate(fd, 0), 0);
	lseek(fd, 0, SEEK_SET);
	return text;
}

/* The data of one deletion, as the fixture has it now. */
static inline char *fixture_line(struct fixture *f)
{
	assert_int_equal(output_deletion(f->out, &f->deletion), 0);
	assert_int_equal(output_flush(f->out), 0);
	return fixture_written(f->data_fd);
}

/*
 * One line, and nothing in it that a terminal acts on: no control byte, and beyond ASCII no C1
 * control, bidi control, line or paragraph separator. Found as bytes, not by the code under test.
 */
static inline void assert_tame_line(const char *line)
{
	static const struct {
		const char *lead;
		unsigned char first, last;
	} unruly[] = {
		{ "\xc2", 0x80, 0x9f },	    { "\xd8", 0x9c, 0x9c },	{ "\xe2\x80", 0x8e, 0x8f },
		{ "\xe2\x80", 0xa8, 0xae }, { "\xe2\x81", 0xa6, 0xa9 },
	};
	size_t length = strlen(line);

	assert_true(length > 0);
	assert_ptr_equal(strchr(line, '\n'), line + length - 1);
	for (size_t i = 0; i + 1 < length; i++)
		assert_false((unsigned char)line[i] < 0x20 || line[i] == 0x7f);
	for (size_t i = 0; i < sizeof(unruly) / sizeof(unruly[0]); i++) {
		const char *at = line;

		while ((at = strstr(at, unruly[i].lead))) {
			unsigned char next = (unsigned char)at[strlen(unruly[i].lead)];

			assert_false(next >= unruly[i].first && next <= unruly[i].last);
			at++;
		}
	}
}

/* Names that have been trouble somewhere. */
static const char *const wild_names[] = {
	"",
	" ",
	" leading and trailing ",
	"new\nline\rreturn\ttab",
	"\x1b[2J\x1b]0;title\x07",
	"quote\" apostrophe' back\\slash $HOME `id` $(id)",
	"$'quoted'",
	"?",
	"~",
	"#",
	"a by b",
	"a [path_truncated]",
	"\xe2\x80\xae"
	"fdp.exe\xe2\x81\xa6",	/* bidi override and isolate */
	"\xd8\x9c\xe2\x80\x8f", /* Arabic letter mark, right-to-left mark */
	"\xc2\x85\xc2\x9b"
	"2J",					 /* C1: next line, CSI */
	"\xe2\x80\xa8\xe2\x80\xa9",		 /* line and paragraph separator */
	"\xc3\x84rger \xe6\x96\x87\xe4\xbb\xb6", /* valid, beyond ASCII */
	"\xe6\x96\x87\xe4\xbb\xb6",		 /* the same, no space */
	"\xf0\x9f\x97\x91\xef\xb8\x8f",		 /* beyond the BMP, variation selector */
	"\xf3\xa0\x80\x81",			 /* a tag character */
	"\xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf",	 /* overlong */
	"\xed\xa0\x80\xed\xbf\xbf",		 /* surrogates */
	"\xf4\x90\x80\x80\xf5\x80\x80\x80\xff",	 /* beyond U+10FFFF */
	"\xe6\x96",				 /* cut */
	"\xef\xbf\xbd",				 /* U+FFFD itself */
	"\xe3\x80\x80\xc2\xa0\xe2\x80\x8b",	 /* spaces and no space */
	"caf\xe9",				 /* Latin-1 */
};

#define WILD_NAMES (sizeof(wild_names) / sizeof(wild_names[0]))

#endif
