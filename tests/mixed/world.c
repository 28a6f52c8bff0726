// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "world.h"

#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* xorshift64: the same seed, the same operations. */
uint32_t random_below(struct worker *worker, uint32_t limit)
{
	uint64_t x = worker->random;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	worker->random = x;
	return (uint32_t)(x >> 32) % limit;
}

/* ---- directories ---- */

static struct dir *take_dir(struct worker *worker, struct dir *parent, const char *name)
{
	struct dir *dir = &worker->dirs[worker->dir_count];

	if (worker->dir_count++ == DIRS_MAX)
		errx(1, "too many directories");
	*dir = (struct dir){ .parent = parent, .bound = parent && parent->bound };
	snprintf(dir->name, sizeof(dir->name), "%s", name);
	dir->fd = openat(parent ? parent->fd : AT_FDCWD, parent ? name : worker->top,
			 O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir->fd < 0)
		err(1, "open %s", name);
	return dir;
}

static struct dir *make_dir(struct worker *worker, struct dir *parent, const char *name)
{
	if (mkdirat(parent->fd, name, 0777))
		err(1, "mkdir %s", name);
	return take_dir(worker, parent, name);
}

static void add_link(struct dir *dir)
{
	snprintf(dir->link, sizeof(dir->link), "link");
	if (symlinkat(dir->name, dir->parent->fd, dir->link))
		err(1, "symlink");
}

/* Names of 200 bytes: paths that are just long, then longer than PATH_MAX, then than a record. */
static void add_deep(struct worker *worker, struct dir *dir)
{
	char name[201];

	for (int i = 0; i < 42; i++) {
		memset(name, 'a' + i % 26, sizeof(name) - 1);
		name[sizeof(name) - 1] = '\0';
		dir = make_dir(worker, dir, name);
	}
}

/* The shared directories are there already. */
static void take_shared(struct worker *worker, struct dir *top)
{
	worker->locked = take_dir(worker, top, "locked");
	take_dir(worker, take_dir(worker, top, "shared"), "deeper");
	if (!worker->bound)
		return;
	worker->bind = take_dir(worker, top, "bind");
	worker->bind->bound = true;
	take_dir(worker, worker->bind, "deeper");
}

void world_make(struct worker *worker)
{
	struct dir *top = take_dir(worker, NULL, "");
	struct dir *own;
	struct dir *dir;
	char name[16];

	snprintf(name, sizeof(name), "p%u", worker->number);
	own = take_dir(worker, top, name);
	take_shared(worker, top);
	add_link(make_dir(worker, own, "linked"));
	worker->full = make_dir(worker, own, "full\nof \xff\"things\"");
	if (mkdirat(worker->full->fd, "kept", 0777))
		err(1, "mkdir kept");
	dir = own;
	for (unsigned int i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), "d %u\\\t\x80", i);
		dir = make_dir(worker, i == 3 ? own : dir, name);
		dir->moves = true;
	}
	worker->near_count = worker->dir_count;
	add_deep(worker, own);
}

struct dir *random_dir(struct worker *worker)
{
	uint32_t deep = worker->dir_count - worker->near_count;
	struct dir *dir;

	if (random_below(worker, 50) == 0)
		return &worker->dirs[worker->near_count + random_below(worker, deep)];
	do
		dir = &worker->dirs[random_below(worker, worker->near_count)];
	while (dir == worker->locked || !dir->parent);
	return dir;
}

void leave(struct worker *worker, struct dir *dir, const char *leaf, bool folder)
{
	struct left *left = &worker->left[worker->left_count];

	if (worker->left_count++ == LEFT_MAX)
		errx(1, "too much is left behind");
	*left = (struct left){ .dir = dir, .folder = folder };
	snprintf(left->leaf, sizeof(left->leaf), "%s", leaf);
}

/* ---- names ---- */

void new_leaf(struct worker *worker, char leaf[NAME_MAX + 1])
{
	static const char *const decorations[] = {
		"",
		" with spaces",
		"\nnew\nlines\n",
		"\xff\xfe\x80",
		"\"quote\" \\ '$(x)'",
		"\033[31m",
		"\xc3\xbc\xe2\x82\xac",
		/* NOLINTNEXTLINE(misc-misleading-bidirectional): what reorders text is wanted */
		"\xe2\x80\xae\xe2\x81\xa6",
		",;=\t",
		"~*?[a]",
	};
	uint32_t which = random_below(worker, 3 * sizeof(decorations) / sizeof(decorations[0]));
	int size = snprintf(leaf, NAME_MAX + 1, "%u-%u", worker->number, worker->serial++);

	if (which < sizeof(decorations) / sizeof(decorations[0]))
		snprintf(leaf + size, NAME_MAX + 1 - size, "%s", decorations[which]);
	if (random_below(worker, 40) == 0) {
		size = (int)strlen(leaf);
		memset(leaf + size, 'x', NAME_MAX - size);
		leaf[NAME_MAX] = '\0';
	}
}

static void add(char *path, const char *text)
{
	size_t size = strlen(path);
	size_t more = strlen(text);

	if (size + more >= PATH_ROOM)
		errx(1, "a path is longer than this program can hold");
	memcpy(path + size, text, more + 1);
}

static void add_component(char *path, const char *text)
{
	add(path, "/");
	add(path, text);
}

/* Below the top directory. */
static void add_dir_path(const struct dir *dir, char *path) /* NOLINT: as deep as the tree */
{
	if (!dir->parent)
		return;
	add_dir_path(dir->parent, path);
	add_component(path, dir->name);
}

static void start_seen(const struct worker *worker, const struct dir *dir, char *path)
{
	snprintf(path, PATH_ROOM, "%s", worker->chrooted ? "" : worker->top);
	add_dir_path(dir, path);
}

/* The three ways to look at it, where nothing in the string needs resolving. */
static void fill_plain(struct worker *worker, struct dir *dir, const char *leaf, struct name *out)
{
	out->dir = dir;
	snprintf(out->leaf, sizeof(out->leaf), "%s", leaf);
	snprintf(out->path, sizeof(out->path), "%s", worker->top);
	add_dir_path(dir, out->path);
	start_seen(worker, dir, out->seen);
	add_component(out->path, leaf);
	add_component(out->seen, leaf);
	strcpy(out->written, out->path);
	out->string[0] = '\0';
}

void write_plain(struct worker *worker, struct dir *dir, const char *leaf, struct name *out)
{
	fill_plain(worker, dir, leaf, out);
	out->base = dir->fd;
	add(out->string, leaf);
}

int write_absolute(struct worker *worker, struct dir *dir, const char *leaf, struct name *out)
{
	fill_plain(worker, dir, leaf, out);
	if (strlen(out->seen) >= PATH_MAX)
		return -1;
	out->base = worker->dirs[0].fd;
	add(out->string, out->seen);
	return 0;
}

static int write_above(struct worker *worker, struct dir *dir, const char *leaf, struct name *out)
{
	fill_plain(worker, dir, leaf, out);
	out->base = dir->parent->fd;
	add(out->string, dir->name);
	add_component(out->string, leaf);
	return 0;
}

static int write_dots(struct worker *worker, struct dir *dir, const char *leaf, struct name *out)
{
	fill_plain(worker, dir, leaf, out);
	out->base = dir->fd;
	add(out->string, ".././");
	add(out->string, dir->name);
	add_component(out->string, leaf);
	start_seen(worker, dir, out->seen);
	add_component(out->seen, "..");
	add_component(out->seen, dir->name);
	add_component(out->seen, leaf);
	return 0;
}

static int write_untidy(struct worker *worker, struct dir *dir, const char *leaf, struct name *out)
{
	fill_plain(worker, dir, leaf, out);
	out->base = dir->fd;
	add(out->string, ".//.///");
	add(out->string, leaf);
	return 0;
}

static int write_linked(struct worker *worker, struct dir *dir, const char *leaf, struct name *out)
{
	if (!dir->link[0])
		return -1;
	fill_plain(worker, dir, leaf, out);
	out->base = dir->parent->fd;
	add(out->string, dir->link);
	add_component(out->string, leaf);
	start_seen(worker, dir->parent, out->seen);
	add_component(out->seen, dir->link);
	add_component(out->seen, leaf);
	snprintf(out->written, sizeof(out->written), "%s", worker->top);
	add_dir_path(dir->parent, out->written);
	add_component(out->written, dir->link);
	add_component(out->written, leaf);
	return 0;
}

/* write_plain() is the last resort, and has its share that way. */
void write_name(struct worker *worker, struct dir *dir, const char *leaf, struct name *out)
{
	static int (*const forms[])(struct worker *, struct dir *, const char *, struct name *) = {
		write_absolute, write_absolute, write_above,  write_dots,
		write_untidy,	write_linked,	write_linked, NULL,
	};
	uint32_t which = random_below(worker, sizeof(forms) / sizeof(forms[0]));

	if (!dir->parent || !forms[which] || forms[which](worker, dir, leaf, out))
		write_plain(worker, dir, leaf, out);
}
