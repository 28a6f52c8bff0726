// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "acts.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt.h"

/* Too large for a stack; one operation at a time in a process. */
static struct attempt attempt;

/* ---- what an operation works on ---- */

static void make_file(struct worker *worker, struct dir *dir, const char *leaf)
{
	int fd = openat(dir->fd, leaf, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, random_below(worker, 100000)))
		err(1, "make %s", leaf);
	close(fd);
}

static void make_symlink(struct worker *worker, struct dir *dir, const char *leaf)
{
	(void)worker;
	if (symlinkat("no/such target", dir->fd, leaf))
		err(1, "symlink %s", leaf);
}

static void make_fifo(struct worker *worker, struct dir *dir, const char *leaf)
{
	(void)worker;
	if (mknodat(dir->fd, leaf, S_IFIFO | 0600, 0))
		err(1, "mkfifo %s", leaf);
}

/* Only root may; the others make a FIFO. */
static void make_node(struct worker *worker, struct dir *dir, const char *leaf)
{
	static const mode_t types[] = { S_IFCHR, S_IFBLK, S_IFSOCK };

	if (geteuid())
		make_fifo(worker, dir, leaf);
	else if (mknodat(dir->fd, leaf, types[random_below(worker, 3)] | 0600, makedev(7, 200)))
		err(1, "mknod %s", leaf);
}

static void make_folder(struct worker *worker, struct dir *dir, const char *leaf)
{
	(void)worker;
	if (mkdirat(dir->fd, leaf, 0700))
		err(1, "mkdir %s", leaf);
}

typedef void (*maker)(struct worker *, struct dir *, const char *);

/* Anything but a directory. */
static void make_any(struct worker *worker, struct dir *dir, const char *leaf)
{
	static const maker makers[] = { make_file, make_file,	 make_file, make_file,
					make_file, make_symlink, make_fifo, make_node };

	makers[random_below(worker, sizeof(makers) / sizeof(makers[0]))](worker, dir, leaf);
	if (!geteuid() && random_below(worker, 8) == 0 &&
	    fchownat(dir->fd, leaf, random_below(worker, 70000), 0, AT_SYMLINK_NOFOLLOW))
		err(1, "chown %s", leaf);
}

static void make_link(struct dir *dir, const char *leaf, const char *other)
{
	if (linkat(dir->fd, leaf, dir->fd, other, 0))
		err(1, "link %s", leaf);
}

/* ---- system calls ---- */

/* The directory that a string starts from: as the working directory, or as a descriptor. */
static int start_from(struct worker *worker, const struct name *name, bool here)
{
	if (!here && random_below(worker, 2))
		return name->base;
	if (fchdir(name->base))
		err(1, "chdir for %s", name->path);
	return AT_FDCWD;
}

static void call_remove(struct worker *worker, bool folder, const char *string, int flags)
{
	bool at = flags || random_below(worker, 2);
	int start = start_from(worker, &attempt.name, !at);
	long result;

	attempt_call(&attempt);
	if (at)
		result = unlinkat(start, string, flags | (folder ? AT_REMOVEDIR : 0));
	else
		result = folder ? rmdir(string) : unlink(string);
	attempt_done(&attempt, result);
}

static void remove_name(struct worker *worker, bool folder, bool must)
{
	attempt_begin(&attempt, folder ? "rmdir" : "unlink", "gone");
	if (must)
		identify(&attempt.name, &attempt.identity);
	call_remove(worker, folder, attempt.name.string, 0);
	attempt_tell(worker, &attempt, must);
}

/* rename(2) has one working directory for both names. */
static long call_rename_plain(struct worker *worker)
{
	start_from(worker, &attempt.name, true);
	attempt_call(&attempt);
	return rename(attempt.other.string, attempt.name.string);
}

static long call_rename_at(struct worker *worker, unsigned int flags)
{
	bool same = attempt.name.base == attempt.other.base;
	int start = same ? start_from(worker, &attempt.name, false) : attempt.name.base;
	int other = same ? start : attempt.other.base;

	attempt_call(&attempt);
	if (!flags && random_below(worker, 2))
		return renameat(other, attempt.other.string, start, attempt.name.string);
	return renameat2(other, attempt.other.string, start, attempt.name.string, flags);
}

static void call_rename(struct worker *worker, unsigned int flags)
{
	bool plain = !flags && random_below(worker, 2) &&
		     (attempt.name.base == attempt.other.base || attempt.other.string[0] == '/');

	attempt.has_other = true;
	attempt.silent = flags & (RENAME_EXCHANGE | RENAME_NOREPLACE);
	attempt_done(&attempt, plain ? call_rename_plain(worker) : call_rename_at(worker, flags));
}

/* ---- removals ---- */

static void remove_any(struct worker *worker)
{
	struct dir *dir = random_dir(worker);
	char leaf[NAME_MAX + 1];

	new_leaf(worker, leaf);
	make_any(worker, dir, leaf);
	write_name(worker, dir, leaf, &attempt.name);
	remove_name(worker, false, true);
}

static void remove_folder(struct worker *worker)
{
	struct dir *dir = random_dir(worker);
	char leaf[NAME_MAX + 1];

	new_leaf(worker, leaf);
	make_folder(worker, dir, leaf);
	write_name(worker, dir, leaf, &attempt.name);
	remove_name(worker, true, true);
}

/* The first of two names, and the last one. */
static void remove_linked(struct worker *worker)
{
	struct dir *dir = random_dir(worker);
	char leaf[NAME_MAX + 1];
	char other[NAME_MAX + 1];

	new_leaf(worker, leaf);
	new_leaf(worker, other);
	make_file(worker, dir, leaf);
	make_link(dir, leaf, other);
	write_name(worker, dir, leaf, &attempt.name);
	remove_name(worker, false, true);
	leave(worker, dir, other, false);
}

static void remove_left(struct worker *worker)
{
	struct left left = worker->left[--worker->left_count];

	write_name(worker, left.dir, left.leaf, &attempt.name);
	remove_name(worker, left.folder, true);
}

/* ---- removals that fail ---- */

static void remove_absent(struct worker *worker)
{
	char leaf[NAME_MAX + 1];

	new_leaf(worker, leaf);
	write_name(worker, random_dir(worker), leaf, &attempt.name);
	remove_name(worker, random_below(worker, 3) == 0, false);
}

/* A directory by unlink, or a file by rmdir. */
static void remove_wrongly(struct worker *worker)
{
	struct dir *dir = random_dir(worker);
	bool folder = random_below(worker, 2);
	char leaf[NAME_MAX + 1];

	new_leaf(worker, leaf);
	(folder ? make_folder : make_any)(worker, dir, leaf);
	write_name(worker, dir, leaf, &attempt.name);
	remove_name(worker, !folder, false);
	leave(worker, dir, leaf, folder);
}

static void remove_full(struct worker *worker)
{
	write_name(worker, worker->full->parent, worker->full->name, &attempt.name);
	remove_name(worker, true, false);
}

static void remove_forbidden(struct worker *worker)
{
	if (!geteuid()) {
		remove_full(worker);
		return;
	}
	write_name(worker, worker->locked, "kept", &attempt.name);
	remove_name(worker, false, false);
}

static void remove_mount_point(struct worker *worker)
{
	if (!worker->bind) {
		remove_full(worker);
		return;
	}
	write_name(worker, worker->bind->parent, worker->bind->name, &attempt.name);
	remove_name(worker, true, false);
}

static void remove_too_long(struct worker *worker)
{
	char leaf[NAME_MAX + 2];

	memset(leaf, 'x', sizeof(leaf) - 1);
	leaf[sizeof(leaf) - 1] = '\0';
	snprintf(leaf, 12, "%u-%u", worker->number, worker->serial++);
	leaf[strlen(leaf)] = 'y';
	write_plain(worker, random_dir(worker), leaf, &attempt.name);
	remove_name(worker, false, false);
}

/* Neither a string nor a directory that one could name: the event has what there is. */
static void remove_by_nothing(struct worker *worker)
{
	static const struct {
		const char *string;
		int base;
		int flags;
	} ways[] = {
		{ "", AT_FDCWD, 0 },		   /* ENOENT */
		{ "a-name", 9999, 0 },		   /* EBADF */
		{ (char *)8, AT_FDCWD, 0 },	   /* EFAULT */
		{ (char *)8, 9999, AT_REMOVEDIR }, /* EFAULT too */
	};
	uint32_t which = random_below(worker, sizeof(ways) / sizeof(ways[0]));

	attempt_begin(&attempt, ways[which].flags ? "rmdir" : "unlink", "gone");
	attempt.name.path[0] = '\0';
	snprintf(attempt.name.seen, sizeof(attempt.name.seen), "%s",
		 ways[which].string == (char *)8 ? "" : ways[which].string);
	attempt_call(&attempt);
	attempt_done(&attempt, unlinkat(ways[which].base, ways[which].string, ways[which].flags));
	attempt_tell(worker, &attempt, false);
}

static void remove_with_flags(struct worker *worker)
{
	char leaf[NAME_MAX + 1];

	new_leaf(worker, leaf);
	attempt_begin(&attempt, "unlink", "gone");
	write_name(worker, random_dir(worker), leaf, &attempt.name);
	call_remove(worker, false, attempt.name.string, AT_SYMLINK_NOFOLLOW);
	attempt_tell(worker, &attempt, false);
}

/* ---- renames ---- */

/* Two names in directories of one mount, or of the bind mount and the rest: EXDEV. */
static void write_two(struct worker *worker, struct dir *to, struct dir *from, const char *leaf,
		      const char *other)
{
	write_name(worker, to, leaf, &attempt.name);
	write_name(worker, from, other, &attempt.other);
}

static struct dir *random_same_mount(struct worker *worker, const struct dir *dir)
{
	struct dir *other;

	do
		other = random_dir(worker);
	while (other->bound != dir->bound);
	return other;
}

static void replace_by(struct worker *worker, maker make_victim, maker make_source)
{
	struct dir *to = random_dir(worker);
	struct dir *from = random_same_mount(worker, to);
	char leaf[NAME_MAX + 1];
	char other[NAME_MAX + 1];

	new_leaf(worker, leaf);
	new_leaf(worker, other);
	make_victim(worker, to, leaf);
	make_source(worker, from, other);
	attempt_begin(&attempt, "replace", "gone");
	write_two(worker, to, from, leaf, other);
	identify(&attempt.name, &attempt.identity);
	identify(&attempt.other, &attempt.moving);
	call_rename(worker, 0);
	attempt_tell(worker, &attempt, true);
	leave(worker, to, leaf, make_source == make_folder);
}

static void replace_any(struct worker *worker)
{
	replace_by(worker, make_any, make_any);
}

static void replace_folder(struct worker *worker)
{
	replace_by(worker, make_folder, make_folder);
}

/* The victim has another name, which stays. */
static void replace_linked(struct worker *worker)
{
	struct dir *dir = random_dir(worker);
	char leaf[NAME_MAX + 1];
	char other[NAME_MAX + 1];
	char kept[NAME_MAX + 1];

	new_leaf(worker, leaf);
	new_leaf(worker, other);
	new_leaf(worker, kept);
	make_file(worker, dir, leaf);
	make_link(dir, leaf, kept);
	make_file(worker, dir, other);
	attempt_begin(&attempt, "replace", "gone");
	write_two(worker, dir, dir, leaf, other);
	identify(&attempt.name, &attempt.identity);
	identify(&attempt.other, &attempt.moving);
	call_rename(worker, 0);
	attempt_tell(worker, &attempt, true);
	leave(worker, dir, leaf, false);
	leave(worker, dir, kept, false);
}

/* Two names of one file: POSIX has it that nothing happens. */
static void rename_same(struct worker *worker)
{
	struct dir *dir = random_dir(worker);
	char leaf[NAME_MAX + 1];
	char other[NAME_MAX + 1];

	new_leaf(worker, leaf);
	new_leaf(worker, other);
	make_file(worker, dir, leaf);
	make_link(dir, leaf, other);
	attempt_begin(&attempt, "replace", "same");
	write_two(worker, dir, dir, leaf, other);
	call_rename(worker, 0);
	attempt_tell(worker, &attempt, true);
	leave(worker, dir, leaf, false);
	leave(worker, dir, other, false);
}

static void move_with(struct worker *worker, unsigned int flags)
{
	struct dir *to = random_dir(worker);
	struct dir *from = random_same_mount(worker, to);
	bool folder = random_below(worker, 5) == 0;
	char leaf[NAME_MAX + 1];
	char other[NAME_MAX + 1];

	new_leaf(worker, leaf);
	new_leaf(worker, other);
	(folder ? make_folder : make_any)(worker, from, other);
	attempt_begin(&attempt, "replace", "moved");
	write_two(worker, to, from, leaf, other);
	identify(&attempt.other, &attempt.moving);
	call_rename(worker, flags);
	attempt_tell(worker, &attempt, true);
	leave(worker, to, leaf, folder);
}

static void move_any(struct worker *worker)
{
	move_with(worker, 0);
}

static void move_noreplace(struct worker *worker)
{
	move_with(worker, RENAME_NOREPLACE);
}

/* A directory of the tree itself: all that is below has another path from then on. */
static void move_tree(struct worker *worker)
{
	char leaf[NAME_MAX + 1];
	struct dir *dir;

	do
		dir = random_dir(worker);
	while (!dir->moves);
	new_leaf(worker, leaf);
	attempt_begin(&attempt, "replace", "moved");
	write_two(worker, dir->parent, dir->parent, leaf, dir->name);
	identify(&attempt.other, &attempt.moving);
	call_rename(worker, 0);
	attempt_tell(worker, &attempt, true);
	strcpy(dir->name, leaf);
}

/* With both names there: an exchange, or one that is refused. */
static void rename_both(struct worker *worker, const char *effect, unsigned int flags)
{
	struct dir *to = random_dir(worker);
	struct dir *from = random_same_mount(worker, to);
	char leaf[NAME_MAX + 1];
	char other[NAME_MAX + 1];

	new_leaf(worker, leaf);
	new_leaf(worker, other);
	make_any(worker, to, leaf);
	make_any(worker, from, other);
	attempt_begin(&attempt, "replace", effect);
	write_two(worker, to, from, leaf, other);
	call_rename(worker, flags);
	attempt_tell(worker, &attempt, flags == RENAME_EXCHANGE);
	leave(worker, to, leaf, false);
	leave(worker, from, other, false);
}

static void exchange(struct worker *worker)
{
	rename_both(worker, "exchanged", RENAME_EXCHANGE);
}

static void refuse(struct worker *worker)
{
	rename_both(worker, "gone", RENAME_NOREPLACE);
}

/* ---- renames that fail ---- */

static void rename_absent(struct worker *worker)
{
	struct dir *dir = random_dir(worker);
	char leaf[NAME_MAX + 1];
	char other[NAME_MAX + 1];

	new_leaf(worker, leaf);
	new_leaf(worker, other);
	attempt_begin(&attempt, "replace", "gone");
	write_two(worker, dir, random_dir(worker), leaf, other);
	call_rename(worker, 0);
	attempt_tell(worker, &attempt, false);
}

/* A file over a directory, a directory over a file, or from one mount into the other. */
static void rename_wrongly(struct worker *worker)
{
	struct dir *to = random_dir(worker);
	struct dir *from = random_dir(worker);
	bool folder = random_below(worker, 2);
	char leaf[NAME_MAX + 1];
	char other[NAME_MAX + 1];

	new_leaf(worker, leaf);
	new_leaf(worker, other);
	(folder ? make_folder : make_any)(worker, to, leaf);
	(folder ? make_any : make_folder)(worker, from, other);
	attempt_begin(&attempt, "replace", "gone");
	write_two(worker, to, from, leaf, other);
	call_rename(worker, 0);
	attempt_tell(worker, &attempt, false);
	leave(worker, to, leaf, folder);
	leave(worker, from, other, !folder);
}

static void rename_over_full(struct worker *worker)
{
	struct dir *full = worker->full;
	char other[NAME_MAX + 1];

	new_leaf(worker, other);
	make_folder(worker, full->parent, other);
	attempt_begin(&attempt, "replace", "gone");
	write_two(worker, full->parent, full->parent, full->name, other);
	call_rename(worker, 0);
	attempt_tell(worker, &attempt, false);
	leave(worker, full->parent, other, true);
}

/* ---- the choice ---- */

static const struct way {
	unsigned int weight;
	void (*run)(struct worker *worker);
} ways[] = {
	{ 30, remove_any },	  { 8, remove_folder },
	{ 6, remove_linked },	  { 4, remove_absent },
	{ 3, remove_wrongly },	  { 2, remove_full },
	{ 1, remove_forbidden },  { 1, remove_mount_point },
	{ 1, remove_too_long },	  { 2, remove_by_nothing },
	{ 1, remove_with_flags }, { 12, replace_any },
	{ 4, replace_folder },	  { 3, replace_linked },
	{ 1, rename_same },	  { 5, move_any },
	{ 2, move_noreplace },	  { 2, move_tree },
	{ 3, exchange },	  { 1, refuse },
	{ 2, rename_absent },	  { 2, rename_wrongly },
	{ 1, rename_over_full },
};

static void run_one(struct worker *worker)
{
	static uint32_t total;
	uint32_t at;
	size_t i = 0;

	if (!total)
		for (size_t way = 0; way < sizeof(ways) / sizeof(ways[0]); way++)
			total += ways[way].weight;
	at = random_below(worker, total);
	while (at >= ways[i].weight)
		at -= ways[i++].weight;
	ways[i].run(worker);
}

/* A process that lives for one operation; what it does must leave nothing behind. */
static void in_child(struct worker *worker)
{
	int status;
	pid_t pid;

	fflush(worker->reference);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		process_tell(worker);
		(random_below(worker, 4) ? remove_any : remove_absent)(worker);
		exit(fflush(worker->reference) ? 1 : 0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		errx(1, "a child failed");
	worker->operations++;
	worker->serial += 2;
	random_below(worker, 2);
}

static void *thread(void *worker)
{
	prctl(PR_SET_NAME, "one of threads");
	run_one(worker);
	return NULL;
}

static void in_thread(struct worker *worker)
{
	pthread_t id;

	if (pthread_create(&id, NULL, thread, worker) || pthread_join(id, NULL))
		errx(1, "no thread");
}

static void rename_self(struct worker *worker)
{
	static const char *const names[] = { "mixed", "another name", "fifteen bytes..", "-" };

	prctl(PR_SET_NAME, names[random_below(worker, 4)]);
}

void act(struct worker *worker)
{
	uint32_t how = random_below(worker, 40);

	if (worker->left_count)
		remove_left(worker);
	else if (how == 0)
		in_child(worker);
	else if (how == 1)
		in_thread(worker);
	else
		run_one(worker);
	if (random_below(worker, 100) == 0)
		rename_self(worker);
}
