// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "trace/origin.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "trace/cgroup.h"

enum starter {
	STARTER_NONE,
	STARTER_CRON,
	STARTER_AT,
	STARTER_SSH,
	STARTER_ELEVATION, /* sudo and its like: says by whom, not why */
};

static const struct {
	const char *name;
	enum starter starter;
} starters[] = {
	{ "cron", STARTER_CRON },	 { "crond", STARTER_CRON },
	{ "anacron", STARTER_CRON },	 { "atd", STARTER_AT },
	{ "sshd", STARTER_SSH },	 { "sshd-session", STARTER_SSH },
	{ "dropbear", STARTER_SSH },	 { "sudo", STARTER_ELEVATION },
	{ "su", STARTER_ELEVATION },	 { "doas", STARTER_ELEVATION },
	{ "pkexec", STARTER_ELEVATION },
};

/* Where distributions put them; nobody but root can write there. */
static const char *const homes[] = {
	"/usr/sbin/",	 "/usr/bin/",	      "/sbin/",
	"/bin/",	 "/usr/lib/openssh/", "/usr/libexec/openssh/",
	"/usr/libexec/", "/usr/lib/ssh/",
};

/* Units whose other processes are what they start. */
static const struct {
	const char *unit;
	enum starter starter;
} starter_units[] = {
	{ "cron.service", STARTER_CRON },   { "crond.service", STARTER_CRON },
	{ "cronie.service", STARTER_CRON }, { "anacron.service", STARTER_CRON },
	{ "atd.service", STARTER_AT },
};

struct story {
	const struct process *process;
	const struct origin_users *users;
	struct cgroup_names names;
	struct origin *out;
};

static const char *in_home(const char *exe)
{
	for (size_t i = 0; i < sizeof(homes) / sizeof(homes[0]); i++)
		if (!strncmp(exe, homes[i], strlen(homes[i])))
			return exe + strlen(homes[i]);
	return NULL;
}

static enum starter starter_of_exe(const char *exe)
{
	const char *name = exe ? in_home(exe) : NULL;

	for (size_t i = 0; name && i < sizeof(starters) / sizeof(starters[0]); i++)
		if (!strcmp(name, starters[i].name))
			return starters[i].starter;
	return STARTER_NONE;
}

/*
 * The executable lies where only root can put it, as the host sees it; and runs as root: what is
 * run as oneself can be made to do anything (LD_PRELOAD, ptrace).
 */
static enum starter starter_of(const struct ancestor *ancestor)
{
	if (ancestor->exe_foreign || ancestor->euid != 0)
		return STARTER_NONE;
	return starter_of_exe(ancestor->exe);
}

/* ---- words ---- */

static void say(struct story *story, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* One part of the cause, behind those that are nearer to the process. */
static void say(struct story *story, const char *fmt, ...)
{
	char *cause = story->out->cause;
	size_t used = strlen(cause);
	va_list args;

	if (used)
		used += (size_t)snprintf(cause + used, ORIGIN_CAUSE_SIZE - used, ", ");
	if (used >= ORIGIN_CAUSE_SIZE)
		return;
	va_start(args, fmt);
	vsnprintf(cause + used, ORIGIN_CAUSE_SIZE - used, fmt, args);
	va_end(args);
}

/* " of alice", " of 1000" */
static const char *whose(const struct story *story, const char *preposition, uint32_t uid,
			 char text[ORIGIN_NAME_SIZE])
{
	const char *name = story->users->name(story->users->ctx, uid);

	if (name)
		snprintf(text, ORIGIN_NAME_SIZE, " %s %.200s", preposition, name);
	else
		snprintf(text, ORIGIN_NAME_SIZE, " %s %u", preposition, uid);
	return text;
}

/* ---- who had to be asked: sudo and its like ---- */

/* The first one behind ancestor @i that is not of its like: sudo has a monitor of its own. */
static const struct ancestor *process_behind(const struct process *process, unsigned int i)
{
	while (i < process->ancestor_count &&
	       starter_of(&process->ancestors[i]) == STARTER_ELEVATION)
		i++;
	return i < process->ancestor_count ? &process->ancestors[i] : NULL;
}

static void tell_elevation(struct story *story)
{
	const struct process *process = story->process;
	const struct ancestor *asked;
	char text[ORIGIN_NAME_SIZE] = "";

	for (unsigned int i = 0; i < process->ancestor_count; i++) {
		const struct ancestor *ancestor = &process->ancestors[i];

		if (starter_of(ancestor) != STARTER_ELEVATION)
			continue;
		asked = process_behind(process, i);
		if (process->login_known)
			whose(story, "by", process->login_uid, text);
		else if (asked)
			whose(story, "by", asked->uid, text);
		say(story, "%s%s", in_home(ancestor->exe), text);
		return;
	}
}

/* ---- where it began ---- */

static void tell_session(struct story *story, const char *kind, uint32_t uid)
{
	const struct process *process = story->process;
	char text[ORIGIN_NAME_SIZE];

	if (process->login_known)
		uid = process->login_uid;
	whose(story, "of", uid, text);
	if (story->names.session[0])
		say(story, "%s session %s%s", kind, story->names.session, text);
	else if (process->login_known && process->audit_session != UINT32_MAX)
		say(story, "%s session %u%s", kind, process->audit_session, text);
	else
		say(story, "%s session%s", kind, text);
}

/* @uid: of what the starter started, nearest to it */
static void tell_starter(struct story *story, enum starter starter, uint32_t uid)
{
	char text[ORIGIN_NAME_SIZE];

	if (starter == STARTER_SSH)
		tell_session(story, "ssh", uid);
	else
		say(story, "%s job%s", starter == STARTER_CRON ? "cron" : "at",
		    whose(story, "of", uid, text));
}

static bool find_starter(struct story *story)
{
	const struct process *process = story->process;
	uint32_t below = process->uid;

	for (unsigned int i = 0; i < process->ancestor_count; i++) {
		const struct ancestor *ancestor = &process->ancestors[i];
		enum starter starter = starter_of(ancestor);

		if (starter != STARTER_NONE && starter != STARTER_ELEVATION) {
			tell_starter(story, starter, below);
			return true;
		}
		/* cron's and sshd's own children are of the user whose job or session it is. */
		below = ancestor->uid;
	}
	return false;
}

static enum starter starter_of_unit(const char *unit)
{
	for (size_t i = 0; i < sizeof(starter_units) / sizeof(starter_units[0]); i++)
		if (!strcmp(unit, starter_units[i].unit))
			return starter_units[i].starter;
	return STARTER_NONE;
}

/* What the cgroup says of a process whose starter is not among its ancestors any more. */
static void tell_place(struct story *story)
{
	const struct cgroup_names *names = &story->names;
	const struct process *process = story->process;
	enum starter starter = names->of_user ? STARTER_NONE : starter_of_unit(names->unit);
	char text[ORIGIN_NAME_SIZE];

	if (starter != STARTER_NONE && starter_of_exe(process->exe) != starter)
		say(story, "%s job", starter == STARTER_CRON ? "cron" : "at");
	else if (names->session[0])
		tell_session(story, "login", names->user);
	else if (names->of_user)
		say(story, "user unit %s%s", names->unit, whose(story, "of", names->user, text));
	else if (names->unit[0])
		say(story, "unit %s", names->unit);
	else if (process->login_known && process->audit_session != UINT32_MAX)
		tell_session(story, "login", process->login_uid);
}

static void tell_container(struct story *story)
{
	const char *name = story->names.container;

	/* The IDs of 64 digits by 12, as docker and podman show them. */
	say(story, "container %.*s", strlen(name) == 64 ? 12 : 255, name);
}

void origin_find(const struct process *process, const struct origin_users *users,
		 struct origin *out)
{
	struct story story = { .process = process, .users = users, .out = out };
	bool foreign = process->incomplete & 1U << INCOMPLETE_EXE_MOUNT_UNKNOWN;

	memset(out, 0, sizeof(*out));
	if (process->cgroup)
		cgroup_read(process->cgroup, foreign, &story.names);
	memcpy(out->unit, story.names.unit, sizeof(out->unit));
	memcpy(out->container, story.names.container, sizeof(out->container));
	tell_elevation(&story);
	if (out->container[0])
		tell_container(&story);
	if (!find_starter(&story) && !out->container[0])
		tell_place(&story);
}
