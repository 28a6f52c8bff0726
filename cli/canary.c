// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "cli/canary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "trace/cleanup.h"

/* Nobody can guess it, so nobody else's file can pass for it. */
static int choose_name(struct canary *canary)
{
	uint64_t random[2];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return -errno;
	snprintf(canary->name, sizeof(canary->name), ".canary-%016llx%016llx",
		 (unsigned long long)random[0], (unsigned long long)random[1]);
	return 0;
}

static int make_and_delete(const char *folder, const char *name)
{
	_cleanup_close_ int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int file;

	if (dir < 0)
		return -errno;
	file = openat(dir, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (file < 0)
		return -errno;
	close(file);
	return unlinkat(dir, name, 0) ? -errno : 0;
}

/* The store's own disk may be full or read-only, which must not look like blindness. */
int canary_send(struct canary *canary, int64_t now)
{
	const char *const folders[] = { canary->folder, "/run", "/dev/shm", "/tmp" };
	int err = choose_name(canary);

	if (err)
		return err;
	canary->sent = now;
	canary->next = now + canary->interval;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		err = make_and_delete(folders[i], canary->name);
		if (!err)
			return 0;
	}
	canary->sent = 0;
	return err;
}

bool canary_take(struct canary *canary, const struct deletion *deletion, int64_t now)
{
	const char *slash = deletion->path ? strrchr(deletion->path, '/') : NULL;
	const char *name = slash ? slash + 1 : deletion->path;

	if (!canary->sent || !name || strcmp(name, canary->name) != 0)
		return false;
	canary->pid = deletion->pid;
	canary->sent = 0;
	canary->arrived = now;
	canary->missed = 0;
	return true;
}

bool canary_is_own(const struct canary *canary, const struct deletion *deletion)
{
	return canary->pid && deletion->pid == canary->pid;
}

bool canary_is_missing(struct canary *canary, int64_t now)
{
	if (!canary->sent || now - canary->sent < CANARY_PATIENCE_NS)
		return false;
	canary->sent = 0;
	canary->next = now;
	canary->missed++;
	return true;
}

void canary_forget(struct canary *canary)
{
	if (canary->sent)
		canary->next = 0;
	canary->sent = 0;
}

/* A clock that was set back must not stop it. */
bool canary_is_due(const struct canary *canary, int64_t now)
{
	return !canary->sent && (now >= canary->next || now < canary->next - canary->interval);
}
