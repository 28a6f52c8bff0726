// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "trace/path.h"

#include <errno.h>
#include <string.h>

#include "trace/deletion.h"

#define BIT(reason) (1U << (reason))

static void set_root(struct path_buffer *out)
{
	out->bytes[0] = '\0';
	out->size = 0;
}

/* Without components the path is "/": written last, so that "/" + name needs no exception. */
static void finish(struct path_buffer *out)
{
	if (out->size == 0)
		out->bytes[out->size++] = '/';
	out->bytes[out->size] = '\0';
}

static void add_component(struct path_buffer *out, const char *name, size_t size)
{
	if (out->size + size + 2 > sizeof(out->bytes))
		return; /* cannot happen: the buffer holds what a record can carry */
	out->bytes[out->size++] = '/';
	memcpy(out->bytes + out->size, name, size);
	out->size += size;
}

/* Leaf first to root first: from the end, one component at a time. */
static void add_walk(struct path_buffer *out, const char *walk, size_t size)
{
	while (size > 0) {
		size_t end = size - 1; /* of the NUL */
		size_t start = end;

		while (start > 0 && walk[start - 1] != '\0')
			start--;
		add_component(out, walk + start, end - start);
		size = start;
	}
}

void path_from_walk(const char *walk, size_t size, struct path_buffer *out)
{
	set_root(out);
	add_walk(out, walk, size);
	finish(out);
}

static void drop_component(struct path_buffer *out, size_t root_size)
{
	if (out->size <= root_size)
		return;
	do
		out->size--;
	while (out->size > root_size && out->bytes[out->size] != '/');
}

void path_append(struct path_buffer *out, const char *string, size_t size, bool resolve,
		 size_t root_size)
{
	size_t end;

	for (size_t start = 0; start < size; start = end + 1) {
		const char *slash = memchr(string + start, '/', size - start);

		end = slash ? (size_t)(slash - string) : size;
		if (end == start || (end == start + 1 && string[start] == '.'))
			continue;
		if (resolve && end == start + 2 && !memcmp(string + start, "..", 2))
			drop_component(out, root_size);
		else
			add_component(out, string + start, end - start);
	}
}

static const char *at(const struct deletion_record *record, struct record_span span)
{
	return record->data + span.offset;
}

/* Nothing in the string can lead to another mount: the host's way to its directory is the way. */
static bool is_hosted(const struct deletion_record *record, const struct record_name *name)
{
	const char *string = at(record, name->string);
	size_t size = name->string.size;

	return (name->flags & RECORD_BASE_HOSTED) && size && !memchr(string, '/', size) &&
	       !(string[0] == '.' && (size == 1 || (size == 2 && string[1] == '.')));
}

/* As the string has it, from the directory it starts at; the host's view. */
static void compose_lexical(const struct deletion_record *record, const struct record_name *name,
			    struct path_buffer *out)
{
	const char *base = at(record, name->base);
	size_t root_size;

	if (is_hosted(record, name)) {
		set_root(out);
		add_walk(out, at(record, name->host), name->host.size);
		path_append(out, at(record, name->string), name->string.size, false, 0);
		finish(out);
		return;
	}
	/* The process's own root first: ".." cannot leave it. */
	set_root(out);
	add_walk(out, base + name->root_at, name->base.size - name->root_at);
	root_size = name->flags & RECORD_BASE_UNROOTED ? 0 : out->size;
	add_walk(out, base, name->root_at);
	if (name->flags & RECORD_BASE_UNROOTED) {
		set_root(out);
		add_walk(out, base, name->base.size);
	}
	path_append(out, at(record, name->string), name->string.size, true, root_size);
	finish(out);
}

/* As the process would write it: below its own root, links and ".." as they stand. */
static void compose_seen(const struct deletion_record *record, const struct record_name *name,
			 struct path_buffer *out)
{
	set_root(out);
	add_walk(out, at(record, name->base), name->root_at);
	path_append(out, at(record, name->string), name->string.size, false, 0);
	finish(out);
}

/* What the file system itself showed, below the root of one of its mounts. */
static void compose_mounted(const struct deletion_record *record, const struct record_mount *mount,
			    struct path_buffer *out)
{
	const char *walk = at(record, record->found.walk);
	size_t size = 0;

	for (unsigned int i = 0; i < mount->depth; i++)
		size += strlen(walk + size) + 1;
	set_root(out);
	add_walk(out, at(record, mount->walk), mount->walk.size);
	add_walk(out, walk, size);
	finish(out);
}

static unsigned int base_incomplete(unsigned int flags)
{
	unsigned int bits = 0;

	if (flags & RECORD_BASE_FOREIGN)
		bits |= BIT(INCOMPLETE_MOUNT_UNKNOWN);
	if (flags & RECORD_BASE_TRUNCATED)
		bits |= BIT(INCOMPLETE_PATH_TRUNCATED);
	if (flags & RECORD_BASE_UNKNOWN)
		bits |= BIT(INCOMPLETE_DIRECTORY_UNKNOWN);
	return bits;
}

/* Has the string a parent that only a path walk could tell from a symbolic link? */
static bool has_parent(const char *string, size_t size)
{
	while (size > 0 && string[size - 1] == '/')
		size--;
	while (size > 0 && *string == '/') {
		string++;
		size--;
	}
	return memchr(string, '/', size) != NULL;
}

static unsigned int string_incomplete(const struct deletion_record *record,
				      const struct record_name *name)
{
	unsigned int bits = BIT(INCOMPLETE_PATH_UNVERIFIED) | base_incomplete(name->flags);

	if (is_hosted(record, name))
		bits &= ~BIT(INCOMPLETE_MOUNT_UNKNOWN);

	if (name->flags & RECORD_NAME_UNREAD)
		bits |= BIT(INCOMPLETE_NAME_UNREAD);
	/* Full to the last byte: only the kernel knows whether there was more. */
	if ((name->flags & RECORD_NAME_LONG) && record->fixed.result == -ENAMETOOLONG)
		bits |= BIT(INCOMPLETE_PATH_TRUNCATED);
	if (has_parent(at(record, name->string), name->string.size))
		bits |= BIT(INCOMPLETE_SYMLINK_UNRESOLVED);
	return bits;
}

/* A base that is cut or unknown leaves nothing that could honestly start with "/". */
static bool is_composable(const struct record_name *name)
{
	/* An empty string names nothing, least of all the directory that it starts from. */
	return (name->string.size || (name->flags & RECORD_NAME_FILE)) &&
	       !(name->flags & (RECORD_NAME_UNREAD | RECORD_BASE_TRUNCATED | RECORD_BASE_UNKNOWN));
}

/* Where the walk is cut, its beginning is missing: what is left is no path. */
static bool is_whole(const struct record_mount *mount)
{
	return !(mount->flags & RECORD_BASE_TRUNCATED);
}

static void take_mounted(const struct deletion_record *record, const struct record_mount *mount,
			 struct paths *out)
{
	compose_mounted(record, mount, &out->path);
	out->incomplete |= base_incomplete(mount->flags);
}

/* The one that the string named, if it did; else the first: the mount it started from. */
static int choose_mounted(const struct deletion_record *record, struct paths *out)
{
	const struct record_found *found = &record->found;
	const struct record_mount *first = NULL;
	struct path_buffer *lexical = &out->other; /* free until the end */

	compose_lexical(record, &record->fixed.name, lexical);
	for (unsigned int i = found->mount_count; i-- > 0;) {
		if (!is_whole(&found->mounts[i]))
			continue;
		first = &found->mounts[i];
		compose_mounted(record, first, &out->path);
		if (!strcmp(out->path.bytes, lexical->bytes))
			break;
	}
	if (!first)
		return -1;
	take_mounted(record, first, out);
	return 0;
}

/* 0, or -1 where the file system did not show the name. */
static int compose_true(const struct deletion_record *record, struct paths *out)
{
	const struct record_found *found = &record->found;
	const struct record_name *name = &record->fixed.name;

	if (!(found->flags & RECORD_FOUND_NAME) || (found->flags & RECORD_FOUND_TRUNCATED))
		return -1;
	if (found->flags & RECORD_FOUND_IN_BASE) {
		if (name->flags & (RECORD_BASE_TRUNCATED | RECORD_BASE_UNKNOWN))
			return -1;
		set_root(&out->path);
		if (name->flags & RECORD_BASE_HOSTED)
			add_walk(&out->path, at(record, name->host), name->host.size);
		else
			add_walk(&out->path, at(record, name->base), name->base.size);
		add_walk(&out->path, at(record, found->walk), found->walk.size);
		finish(&out->path);
		out->incomplete |= base_incomplete(name->flags);
		if (name->flags & RECORD_BASE_HOSTED)
			out->incomplete &= ~BIT(INCOMPLETE_MOUNT_UNKNOWN);
	} else if (!found->mount_count) {
		out->incomplete |= BIT(INCOMPLETE_MOUNT_UNKNOWN);
		return -1;
	} else if (choose_mounted(record, out)) {
		return -1;
	}
	out->has_path = true;
	return 0;
}

/* Longer than any system call takes: keep the ancestors that fit, and say so. */
static void cut(struct path_buffer *path, unsigned int *incomplete)
{
	if (path->size < PATH_KEPT)
		return;
	path->size = PATH_KEPT - 1;
	while (path->size > 1 && path->bytes[path->size] != '/')
		path->size--;
	path->bytes[path->size] = '\0';
	*incomplete |= BIT(INCOMPLETE_PATH_TRUNCATED);
}

/* What the process saw, where it can be told and is another. */
static void compose_view(const struct deletion_record *record, struct paths *out)
{
	const struct record_name *name = &record->fixed.name;

	if (name->flags & (RECORD_NAME_UNREAD | RECORD_BASE_UNROOTED))
		return;
	if (is_composable(name)) {
		compose_seen(record, name, &out->seen);
	} else { /* nothing to put before it: as it stands */
		memcpy(out->seen.bytes, at(record, name->string), name->string.size);
		out->seen.size = name->string.size;
		out->seen.bytes[out->seen.size] = '\0';
	}
	cut(&out->seen, &out->incomplete);
	out->has_seen = !out->has_path || strcmp(out->seen.bytes, out->path.bytes) != 0;
}

void paths_compose(const struct deletion_record *record, struct paths *out)
{
	const struct record_name *name = &record->fixed.name;
	const struct record_name *other = &record->other;

	out->has_path = out->has_seen = out->has_other = false;
	out->incomplete = 0;
	if (compose_true(record, out)) {
		out->incomplete |= string_incomplete(record, name);
		out->has_path = is_composable(name);
		if (out->has_path)
			compose_lexical(record, name, &out->path);
	}
	if (out->has_path)
		cut(&out->path, &out->incomplete);
	compose_view(record, out);
	if ((record->fixed.op == RECORD_REPLACE || record->fixed.op == RECORD_MOVE) &&
	    is_composable(other)) {
		compose_lexical(record, other, &out->other);
		cut(&out->other, &out->incomplete);
		out->has_other = true;
	}
}
