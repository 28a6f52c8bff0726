// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "doctor/selftest.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "doctor/judge.h"
#include "doctor/scene.h"
#include "trace/cleanup.h"
#include "trace/trace.h"

/* Longer than all ways together take on a busy machine; a hung one must not hang the doctor. */
#define LIMIT_MS 60000

/* Leaves room below it for whatever the ways make. */
#define FOLDER_MAX 1024

struct run {
	struct selftest *out;
	struct trace *trace;
	struct expected *expected; /* one a way; shared with the processes that go them */
	pid_t actor;
	int actor_fd;
	int gate; /* the actor waits for its end */
};

static const char *const verdict_names[VERDICTS] = {
	[VERDICT_MISSED] = "missed", [VERDICT_WRONG] = "wrong", [VERDICT_SEEN] = "seen",
	[VERDICT_PARTLY] = "partly", [VERDICT_GAP] = "gap",	[VERDICT_UNTRIED] = "untried",
};

const char *verdict_name(enum verdict verdict)
{
	return verdict_names[verdict];
}

static int fail(struct selftest *out, int err, const char *what)
{
	snprintf(out->error, sizeof(out->error), "cannot %s: %s", what, strerror(-err));
	return err;
}

/* The scratch folder's own name is short: see make_folder(). */
static void way_folder(const struct selftest *out, size_t i, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%.*s/%zu", FOLDER_MAX, out->folder, i);
}

/* ---- those who go the ways ---- */

static void go(const struct run *run, size_t i)
{
	struct expected *expected = &run->expected[i];
	struct scene scene = { .expected = expected };
	int result;

	way_folder(run->out, i, scene.dir);
	if (mkdir(scene.dir, 0700)) {
		scene_untried(&scene, "cannot make its folder", errno);
		_exit(0);
	}
	result = way_table[i].run(&scene);
	expected->tried = result != WAY_UNTRIED;
	expected->error = result < 0 ? -result : 0;
	_exit(0);
}

/* A kernel without 32-bit system calls kills who makes one. */
static void go_apart(const struct run *run, size_t i)
{
	struct scene scene = { .expected = &run->expected[i] };
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		go(run, i);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		scene_untried(&scene, "cannot start a process", errno);
	else if (WIFSIGNALED(status))
		snprintf(scene.expected->why, sizeof(scene.expected->why),
			 "the kernel ended it: %s", strsignal(WTERMSIG(status)));
}

static _Noreturn void act(const struct run *run, int gate)
{
	char byte;

	if (read(gate, &byte, 1) == 0)
		for (size_t i = 0; i < run->out->count; i++)
			go_apart(run, i);
	_exit(0);
}

/* Held until the trace looks. */
static int start_actor(struct run *run)
{
	int gate[2];

	if (pipe2(gate, O_CLOEXEC))
		return -errno;
	run->actor = fork();
	if (run->actor == 0) {
		close(gate[1]);
		act(run, gate[0]);
	}
	close(gate[0]);
	run->gate = gate[1];
	if (run->actor < 0)
		return -errno;
	run->actor_fd = (int)syscall(SYS_pidfd_open, run->actor, 0);
	return run->actor_fd < 0 ? -errno : 0;
}

static void stop_actor(struct run *run)
{
	if (run->gate >= 0)
		close(run->gate);
	if (run->actor > 0) {
		kill(run->actor, SIGKILL);
		waitpid(run->actor, NULL, 0);
	}
	if (run->actor_fd >= 0)
		close(run->actor_fd);
}

/* ---- the trace ---- */

static int on_deletion(void *ctx, const struct deletion *deletion)
{
	struct run *run = ctx;

	for (size_t i = 0; i < run->out->count; i++)
		if (run->expected[i].pid == (pid_t)deletion->pid)
			judge_event(&run->expected[i], deletion, &run->out->findings[i]);
	return 0;
}

static int open_trace(struct run *run, const struct selftest_opts *opts)
{
	struct trace_opts trace = {
		.probe = opts->probe,
		.transport = opts->transport,
		.failed = true,
		.moves = true,
		.follow = true,
		.on_deletion = on_deletion,
		.ctx = run,
		.error = run->out->error,
		.error_size = sizeof(run->out->error),
	};
	int err = trace_open(&trace, &run->trace);

	if (!err)
		err = trace_follow(run->trace, run->actor_fd);
	return err ? err : trace_attach(run->trace);
}

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static int watch(struct run *run)
{
	struct pollfd fds[] = {
		{ .fd = trace_fd(run->trace), .events = POLLIN },
		{ .fd = run->actor_fd, .events = POLLIN },
	};
	long long end = now_ms() + LIMIT_MS;
	int err = 0;

	close(run->gate);
	run->gate = -1;
	while (!err && !fds[1].revents && now_ms() < end) {
		if (poll(fds, 2, 1000) > 0)
			err = trace_poll(run->trace);
	}
	return err ? err : trace_finish(run->trace);
}

/* ---- the scratch folder ---- */

static const struct {
	long magic;
	const char *name;
} file_systems[] = {
	{ 0xef53, "ext4" },	 { 0x58465342, "xfs" },	    { 0x9123683e, "btrfs" },
	{ 0x01021994, "tmpfs" }, { 0x794c7630, "overlay" }, { 0x6969, "nfs" },
};

static void name_file_system(struct selftest *out)
{
	struct statfs info;

	if (statfs(out->folder, &info))
		return;
	snprintf(out->file_system, sizeof(out->file_system), "0x%lx", (long)info.f_type);
	for (size_t i = 0; i < sizeof(file_systems) / sizeof(file_systems[0]); i++)
		if (file_systems[i].magic == (long)info.f_type)
			snprintf(out->file_system, sizeof(out->file_system), "%s",
				 file_systems[i].name);
}

/* Resolved: what is compared are the paths that the kernel has. */
static int make_folder(const struct selftest_opts *opts, struct selftest *out)
{
	_cleanup_free_ char *parent = realpath(opts->folder, NULL);

	if (!parent)
		return -errno;
	if (snprintf(out->folder, sizeof(out->folder), "%s/whodel-doctor.XXXXXX", parent) >=
	    FOLDER_MAX)
		return -ENAMETOOLONG;
	if (!mkdtemp(out->folder)) {
		out->folder[0] = '\0';
		return -errno;
	}
	name_file_system(out);
	return 0;
}

/* What the ways mount is seen by this process and its children alone, and goes with them. */
static void leave_mounts(void)
{
	if (!unshare(CLONE_NEWNS))
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static void unmount_all(const struct selftest *out)
{
	static const char *const names[] = { "bound", "merged", "tmpfs" };
	struct scene scene;

	for (size_t i = 0; i < out->count; i++) {
		way_folder(out, i, scene.dir);
		for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
			umount2(scene_path(&scene, names[n]), MNT_DETACH | UMOUNT_NOFOLLOW);
	}
}

static int remove_one(const char *path, const struct stat *stat, int kind, struct FTW *place)
{
	(void)stat;
	(void)kind;
	(void)place;
	remove(path);
	return 0;
}

static void remove_folder(struct selftest *out)
{
	if (!out->folder[0])
		return;
	unmount_all(out);
	nftw(out->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT | FTW_CHDIR);
	rmdir(out->folder);
}

/* ---- all of it ---- */

static int make_findings(struct run *run)
{
	struct selftest *out = run->out;

	while (way_table[out->count].name)
		out->count++;
	out->findings = calloc(out->count, sizeof(*out->findings));
	run->expected = mmap(NULL, out->count * sizeof(*run->expected), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!out->findings || run->expected == MAP_FAILED) {
		run->expected = NULL;
		return -ENOMEM;
	}
	for (size_t i = 0; i < out->count; i++)
		out->findings[i].way = &way_table[i];
	return 0;
}

static void judge_all(struct run *run)
{
	struct selftest *out = run->out;

	for (size_t i = 0; i < out->count; i++) {
		judge_end(&run->expected[i], out->probe, &out->findings[i]);
		out->faults += out->findings[i].verdict == VERDICT_MISSED ||
			       out->findings[i].verdict == VERDICT_WRONG;
	}
}

static int describe_trace(struct run *run)
{
	struct trace_counts counts;
	int err = trace_counts(run->trace, &counts);

	if (err)
		return fail(run->out, err, "read the accounting");
	run->out->probe = trace_probe_name(run->trace);
	run->out->transport = bpfchan_transport_name(counts.channel.transport);
	snprintf(run->out->tried, sizeof(run->out->tried), "%s", trace_tried(run->trace));
	return 0;
}

static int run_steps(struct run *run, const struct selftest_opts *opts)
{
	int err = make_findings(run);

	if (err)
		return fail(run->out, err, "hold the findings");
	err = make_folder(opts, run->out);
	if (err)
		return fail(run->out, err, "make a scratch folder (another one: --folder)");
	leave_mounts();
	err = start_actor(run);
	if (err)
		return fail(run->out, err, "start a process");
	err = open_trace(run, opts);
	if (!err)
		err = describe_trace(run);
	if (err)
		return err;
	err = watch(run);
	if (err)
		return fail(run->out, err, "read the events");
	judge_all(run);
	return 0;
}

int selftest_run(const struct selftest_opts *opts, struct selftest *out)
{
	struct run run = { .out = out, .gate = -1, .actor_fd = -1 };
	int err;

	*out = (struct selftest){ 0 };
	err = run_steps(&run, opts);
	stop_actor(&run);
	trace_close(run.trace);
	remove_folder(out);
	if (run.expected)
		munmap(run.expected, out->count * sizeof(*run.expected));
	return err;
}

void selftest_free(struct selftest *selftest)
{
	free(selftest->findings);
	selftest->findings = NULL;
}
