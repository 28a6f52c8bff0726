// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The names are those that systemd (CGROUP_DELEGATION, systemd.unit(5), systemd-nspawn(1)), runc,
 * podman, docker, containerd, CRI-O, kubelet and LXC give their cgroups.
 */
#include "trace/cgroup.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define ID_DIGITS 64 /* docker, containerd, CRI-O, podman: SHA-256 in hexadecimal */

struct component {
	const char *text;
	size_t size;
};

/* The component at *path, which moves behind it; false at the end. */
static bool next_component(const char **path, struct component *out)
{
	*path += strspn(*path, "/");
	out->text = *path;
	out->size = strcspn(*path, "/");
	*path += out->size;
	return out->size > 0;
}

static bool starts_with(struct component c, const char *start)
{
	return c.size >= strlen(start) && !memcmp(c.text, start, strlen(start));
}

static bool ends_with(struct component c, const char *end)
{
	size_t size = strlen(end);

	return c.size > size && !memcmp(c.text + c.size - size, end, size);
}

/* What is between @start and @end; size 0 where it is not so. */
static struct component between(struct component c, const char *start, const char *end)
{
	size_t around = strlen(start) + strlen(end);

	if (c.size <= around || !starts_with(c, start) || !ends_with(c, end))
		return (struct component){ c.text, 0 };
	return (struct component){ c.text + strlen(start), c.size - around };
}

static bool keep(struct component c, char to[CGROUP_NAME_SIZE])
{
	if (c.size == 0 || c.size >= CGROUP_NAME_SIZE)
		return false;
	memcpy(to, c.text, c.size);
	to[c.size] = '\0';
	return true;
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* systemd's "\x2d" is "-": systemd-escape(1). */
static bool keep_unescaped(struct component c, char to[CGROUP_NAME_SIZE])
{
	char *out = to;

	if (!keep(c, to))
		return false;
	for (const char *in = to; *in; in++) {
		int high = in[0] == '\\' && in[1] == 'x' ? hex_digit(in[2]) : -1;
		int low = high >= 0 ? hex_digit(in[3]) : -1;

		*out = *in;
		if (low >= 0 && (high || low)) {
			*out = (char)(high << 4 | low);
			in += 3;
		}
		out++;
	}
	*out = '\0';
	return true;
}

/* ---- units ---- */

/* A unit that can have processes; systemd keeps slices apart. */
static bool is_unit(struct component c)
{
	static const char *const types[] = { ".service", ".scope", ".socket", ".mount", ".swap" };

	for (size_t i = 0; i < c.size; i++)
		if (!isalnum((unsigned char)c.text[i]) && !strchr(":-_.\\@", c.text[i]))
			return false;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (ends_with(c, types[i]))
			return true;
	return false;
}

/* The first unit below slices. systemd puts a "_" before a name that the kernel has taken. */
static bool next_unit(const char **path, struct component *out, bool *in_slice)
{
	*in_slice = false;
	while (next_component(path, out)) {
		if (starts_with(*out, "_")) {
			out->text++;
			out->size--;
		}
		if (!ends_with(*out, ".slice"))
			return is_unit(*out);
		*in_slice = true;
	}
	return false;
}

/* "1000"; false: no number, or no such user can be. */
static bool read_uid(struct component c, uint32_t *uid)
{
	unsigned long long number = 0;

	if (c.size == 0 || c.size > 10)
		return false;
	for (size_t i = 0; i < c.size; i++) {
		if (!isdigit((unsigned char)c.text[i]))
			return false;
		number = number * 10 + (unsigned int)(c.text[i] - '0');
	}
	if (number >= UINT32_MAX)
		return false;
	*uid = (uint32_t)number;
	return true;
}

/* "/user.slice/user-1000.slice/session-3.scope": logind's, and nobody else's. */
static void find_session(const char *path, struct cgroup_names *out)
{
	struct component top;
	struct component slice;
	struct component scope;
	uint32_t uid;

	if (!next_component(&path, &top) || !next_component(&path, &slice) ||
	    !next_component(&path, &scope))
		return;
	if (top.size != strlen("user.slice") || !starts_with(top, "user.slice") ||
	    !read_uid(between(slice, "user-", ".slice"), &uid))
		return;
	if (keep(between(scope, "session-", ".scope"), out->session))
		out->user = uid;
}

static void find_unit(const char *path, struct cgroup_names *out)
{
	struct component unit;
	struct component inner;
	bool in_slice;
	bool inner_in_slice;

	if (!next_unit(&path, &unit, &in_slice))
		return;
	/* Beside the slices systemd has but one: the others there are not its own. */
	if (!in_slice && !(unit.size == strlen("init.scope") && starts_with(unit, "init.scope")))
		return;
	keep(unit, out->unit);
	if (!read_uid(between(unit, "user@", ".service"), &out->user) ||
	    !next_unit(&path, &inner, &inner_in_slice))
		return;
	out->of_user = keep(inner, out->unit);
}

/* ---- containers ---- */

static bool is_id(const char *text)
{
	for (size_t i = 0; i < ID_DIGITS; i++)
		if (hex_digit(text[i]) < 0)
			return false;
	return true;
}

/* "<id>", "docker-<id>.scope", "libpod-<id>"; conmon is the monitor beside its container. */
static bool find_id(struct component c, char to[CGROUP_NAME_SIZE])
{
	size_t size = c.size;
	size_t before;

	if (ends_with(c, ".scope"))
		size -= strlen(".scope");
	if (size < ID_DIGITS)
		return false;
	before = size - ID_DIGITS;
	if (!is_id(c.text + before) || (before && c.text[before - 1] != '-'))
		return false;
	if (ends_with((struct component){ c.text, before }, "conmon-"))
		return false;
	return keep((struct component){ c.text + before, ID_DIGITS }, to);
}

/* systemd-nspawn's, under its machine's name, which libvirt's virtual machines have too. */
static bool find_machine(struct component c, char to[CGROUP_NAME_SIZE])
{
	struct component machine = between(c, "machine-", ".scope");

	if (!machine.size)
		machine = between(c, "systemd-nspawn@", ".service");
	if (!machine.size || starts_with(machine, "qemu\\x2d"))
		return false;
	return keep_unescaped(machine, to);
}

static bool find_lxc(struct component c, char to[CGROUP_NAME_SIZE])
{
	return keep(between(c, "lxc.payload.", ""), to);
}

/* Nothing but its name, which may be any: a container only if what runs there says so. */
static bool find_plain(const char *path, char to[CGROUP_NAME_SIZE])
{
	struct component only;
	struct component more;

	if (!next_component(&path, &only) || next_component(&path, &more) || is_unit(only) ||
	    ends_with(only, ".slice"))
		return false;
	return keep(only, to);
}

/* The outermost: what is below it was named in there. */
static void find_container(const char *path, bool foreign, char to[CGROUP_NAME_SIZE])
{
	const char *rest = path;
	struct component c;

	while (next_component(&rest, &c))
		if (find_id(c, to) || find_machine(c, to) || find_lxc(c, to))
			return;
	if (foreign)
		find_plain(path, to);
}

void cgroup_read(const char *path, bool foreign, struct cgroup_names *out)
{
	memset(out, 0, sizeof(*out));
	find_session(path, out);
	find_unit(path, out);
	find_container(path, foreign, out->container);
}
