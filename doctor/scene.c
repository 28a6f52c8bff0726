// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "doctor/scene.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int scene_result(long result)
{
	return result < 0 ? -errno : 0;
}

const char *scene_path(const struct scene *scene, const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned int next;
	char *path = paths[next++ % 4];
	size_t size = strlen(scene->dir);

	/* A path that does not fit fails where it is used, by its length. */
	memcpy(path, scene->dir, size + 1);
	if (size + strlen(name) + 2 > PATH_MAX)
		return path;
	path[size] = '/';
	strcpy(path + size + 1, name);
	return path;
}

int scene_file(struct scene *scene, const char *name)
{
	int fd = open(scene_path(scene, name), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	int err = fd < 0 ? -errno : 0;

	if (fd >= 0 && write(fd, "whodel\n", 7) < 0)
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

int scene_folder(struct scene *scene, const char *name)
{
	return scene_result(mkdir(scene_path(scene, name), 0700));
}

int scene_link(struct scene *scene, const char *target, const char *name)
{
	return scene_result(symlink(target, scene_path(scene, name)));
}

void scene_note(struct scene *scene, const char *name)
{
	struct expected *expected = scene->expected;

	strcpy(expected->path, scene_path(scene, name));
	strcpy(expected->seen, expected->path);
	expected->has_identity = !lstat(expected->path, &expected->stat);
	expected->pid = getpid();
	expected->tid = gettid();
	expected->ppid = getppid();
}

void scene_note_seen(struct scene *scene, const char *path)
{
	snprintf(scene->expected->seen, sizeof(scene->expected->seen), "%s", path);
}

void scene_note_other(struct scene *scene, const char *name)
{
	strcpy(scene->expected->other, scene_path(scene, name));
}

int scene_untried(struct scene *scene, const char *what, int err)
{
	snprintf(scene->expected->why, sizeof(scene->expected->why), "%s: %s", what,
		 strerror(err < 0 ? -err : err));
	return WAY_UNTRIED;
}
