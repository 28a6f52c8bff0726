// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "doctor/judge.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#define HAS(deletion, reason) ((deletion)->incomplete & (1U << (reason)))

/* whodel's own executable is in the mount namespace that it left for the mounts of the test. */
#define NOT_LOOKED_AT (1U << INCOMPLETE_EXE_MOUNT_UNKNOWN)

/* What is known of the way that an event is held against. */
struct held {
	const struct way *way;
	const struct expected *expected;
	const struct deletion *deletion;
};

static bool is_same(const char *a, const char *b)
{
	return a && !strcmp(a, b);
}

static bool is_op_right(const struct held *held)
{
	return held->deletion->op == held->way->op;
}

static bool is_via_right(const struct held *held)
{
	return held->deletion->via == held->way->via;
}

/* Where the file system did not show it, the path is as the process wrote it. */
static bool is_path_right(const struct held *held)
{
	const struct deletion *deletion = held->deletion;

	if (!deletion->path)
		return HAS(deletion, INCOMPLETE_PATH_TRUNCATED) ||
		       HAS(deletion, INCOMPLETE_NAME_UNREAD);
	return is_same(deletion->path, held->expected->path) ||
	       (HAS(deletion, INCOMPLETE_PATH_UNVERIFIED) &&
		is_same(deletion->path, held->expected->seen));
}

/* The path as it was written, if it is told apart: not all probes see the string. */
static bool is_seen_right(const struct held *held)
{
	return !held->deletion->path_seen ||
	       is_same(held->deletion->path_seen, held->expected->seen);
}

static bool is_other_right(const struct held *held)
{
	const char *other =
		held->way->op == DELETION_MOVE ? held->deletion->to : held->deletion->replaced_by;

	return !held->expected->other[0] || is_same(other, held->expected->other);
}

static bool is_outcome_right(const struct held *held)
{
	const struct deletion *deletion = held->deletion;

	if (held->way->error)
		return deletion->outcome == OUTCOME_FAILED && deletion->error == held->way->error;
	return deletion->outcome == OUTCOME_DONE || HAS(deletion, INCOMPLETE_VICTIM_UNKNOWN);
}

static bool is_process_right(const struct held *held)
{
	const struct deletion *deletion = held->deletion;

	return deletion->tid == (uint32_t)held->expected->tid && deletion->process &&
	       deletion->process->ppid == (uint32_t)held->expected->ppid;
}

static bool is_identity_right(const struct held *held)
{
	const struct identity *identity = &held->deletion->identity;
	const struct stat *stat = &held->expected->stat;

	if (!identity->known)
		return HAS(held->deletion, INCOMPLETE_IDENTITY_UNKNOWN);
	if (!held->expected->has_identity)
		return false;
	return identity->inode == stat->st_ino && identity->mode == stat->st_mode &&
	       identity->owner == stat->st_uid && identity->device_major == major(stat->st_dev) &&
	       identity->device_minor == minor(stat->st_dev) &&
	       (!identity->size_known || identity->size == (uint64_t)stat->st_size);
}

/* A directory's own links go with it; one that stays keeps what it has. */
static bool are_links_right(const struct held *held)
{
	const struct stat *stat = &held->expected->stat;
	nlink_t left = held->way->op == DELETION_MOVE ? stat->st_nlink
		       : S_ISDIR(stat->st_mode)	      ? 0
						      : stat->st_nlink - 1;

	return held->way->error || !held->deletion->identity.known ||
	       held->deletion->identity.links == left;
}

static const struct {
	const char *what;
	bool (*is_right)(const struct held *held);
} checks[] = {
	{ "op", is_op_right },
	{ "via", is_via_right },
	{ "path", is_path_right },
	{ "path_seen", is_seen_right },
	{ "other name", is_other_right },
	{ "outcome", is_outcome_right },
	{ "process", is_process_right },
	{ "identity", is_identity_right },
	{ "links", are_links_right },
};

static void find_wrong(const struct held *held, struct finding *finding)
{
	size_t used = 0;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (!checks[i].is_right(held) && used < sizeof(finding->why))
			used += (size_t)snprintf(finding->why + used, sizeof(finding->why) - used,
						 "%s%s",
						 used ? ", " : "not right: ", checks[i].what);
	finding->verdict = used ? VERDICT_WRONG : VERDICT_SEEN;
}

/* A rename has two sides: what takes a file's place is moved, and what is moved may take one. */
static bool is_beside(const struct way *way, const struct deletion *deletion)
{
	if (way->op == DELETION_MOVE)
		return deletion->op == DELETION_REPLACE && deletion->outcome == OUTCOME_UNKNOWN;
	return deletion->op == DELETION_MOVE;
}

void judge_event(const struct expected *expected, const struct deletion *deletion,
		 struct finding *finding)
{
	const struct held held = { finding->way, expected, deletion };

	if (is_beside(finding->way, deletion))
		return;
	if (finding->events++)
		return;
	finding->incomplete = deletion->incomplete & ~NOT_LOOKED_AT;
	find_wrong(&held, finding);
}

static void say(struct finding *finding, enum verdict verdict, const char *why)
{
	finding->verdict = verdict;
	snprintf(finding->why, sizeof(finding->why), "%s", why);
}

static void name_flags(struct finding *finding, const char *because)
{
	size_t used = 0;

	finding->verdict = VERDICT_PARTLY;
	for (unsigned int i = 0; i < INCOMPLETE_REASONS; i++)
		if ((finding->incomplete & (1U << i)) && used < sizeof(finding->why))
			used += (size_t)snprintf(finding->why + used, sizeof(finding->why) - used,
						 "%s%s", used ? ", " : "", incomplete_name(i));
	if (because && used < sizeof(finding->why))
		snprintf(finding->why + used, sizeof(finding->why) - used, ": %s", because);
}

static void judge_silence(struct finding *finding)
{
	if (finding->events)
		say(finding, VERDICT_WRONG, "an event, though nothing went");
	else
		say(finding, VERDICT_SEEN, "");
}

static void judge_told(struct finding *finding, bool tracepoint)
{
	const struct way *way = finding->way;
	const char *gap = tracepoint ? way->tracepoint_gap : NULL;

	if (!finding->events)
		say(finding, gap ? VERDICT_GAP : VERDICT_MISSED, gap ? gap : "no event");
	else if (finding->events > 1)
		say(finding, VERDICT_WRONG, "more than one event");
	else if (finding->verdict == VERDICT_SEEN && finding->incomplete)
		name_flags(finding, !tracepoint		     ? NULL
				    : way->tracepoint_partly ? way->tracepoint_partly
							     : "only ext4 shows this probe more");
}

void judge_end(const struct expected *expected, const char *probe, struct finding *finding)
{
	if (!expected->tried) {
		say(finding, VERDICT_UNTRIED, expected->why);
	} else if (expected->error != finding->way->error) {
		say(finding, VERDICT_WRONG, "it ended otherwise than it should: ");
		strncat(finding->why, expected->error ? strerror(expected->error) : "success", 60);
	} else if (finding->way->silence == WAY_SILENT) {
		judge_silence(finding);
	} else {
		judge_told(finding, !strcmp(probe, "tracepoint"));
	}
}
