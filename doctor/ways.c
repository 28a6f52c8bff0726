// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "doctor/ways.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "doctor/calls.h"
#include "doctor/scene.h"

/* Each way starts in an empty folder; what it makes there never fails but for want of space. */
#define MAKE(expression)                                                                           \
	do {                                                                                       \
		int err_ = (expression);                                                           \
		if (err_)                                                                          \
			return scene_untried(scene, "cannot make its files", err_);                \
	} while (0)

/* ---- the name goes ---- */

static int by_unlink(struct scene *scene)
{
	MAKE(scene_file(scene, "file"));
	scene_note(scene, "file");
	return scene_result(unlink(scene->expected->path));
}

static int by_unlinkat(struct scene *scene)
{
	int fd = open(scene->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	MAKE(scene_file(scene, "file"));
	scene_note(scene, "file");
	return scene_result(unlinkat(fd, "file", 0));
}

static int by_rmdir(struct scene *scene)
{
	MAKE(scene_folder(scene, "folder"));
	scene_note(scene, "folder");
	return scene_result(rmdir(scene->expected->path));
}

static int by_unlinkat_folder(struct scene *scene)
{
	int fd = open(scene->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	MAKE(scene_folder(scene, "folder"));
	scene_note(scene, "folder");
	return scene_result(unlinkat(fd, "folder", AT_REMOVEDIR));
}

static int make_two(struct scene *scene)
{
	MAKE(scene_file(scene, "file"));
	MAKE(scene_file(scene, "new"));
	scene_note(scene, "file");
	scene_note_other(scene, "new");
	return 0;
}

static int by_rename(struct scene *scene)
{
	return make_two(scene)
		       ?: scene_result(rename(scene->expected->other, scene->expected->path));
}

static int by_renameat2(struct scene *scene)
{
	int fd = open(scene->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return make_two(scene) ?: scene_result(renameat2(fd, "new", fd, "file", 0));
}

static int by_rename_folder(struct scene *scene)
{
	MAKE(scene_folder(scene, "folder"));
	MAKE(scene_folder(scene, "new"));
	scene_note(scene, "folder");
	scene_note_other(scene, "new");
	return scene_result(rename(scene->expected->other, scene->expected->path));
}

static int by_move(struct scene *scene)
{
	MAKE(scene_file(scene, "file"));
	scene_note(scene, "file");
	scene_note_other(scene, "new");
	return scene_result(rename(scene->expected->path, scene->expected->other));
}

static int by_exchange(struct scene *scene)
{
	return make_two(scene)
		       ?: scene_result(renameat2(AT_FDCWD, scene->expected->other, AT_FDCWD,
						 scene->expected->path, RENAME_EXCHANGE));
}

static int by_refused_rename(struct scene *scene)
{
	return make_two(scene)
		       ?: scene_result(renameat2(AT_FDCWD, scene->expected->other, AT_FDCWD,
						 scene->expected->path, RENAME_NOREPLACE));
}

/* ---- which file ---- */

static int one_of_two_names(struct scene *scene)
{
	MAKE(scene_file(scene, "file"));
	MAKE(scene_result(link(scene_path(scene, "file"), scene_path(scene, "other name"))));
	scene_note(scene, "file");
	return scene_result(unlink(scene->expected->path));
}

static int symbolic_link(struct scene *scene)
{
	MAKE(scene_link(scene, "nowhere", "link"));
	scene_note(scene, "link");
	return scene_result(unlink(scene->expected->path));
}

/* ---- how the path is written ---- */

static int through_link(struct scene *scene)
{
	MAKE(scene_folder(scene, "folder"));
	MAKE(scene_link(scene, "folder", "link"));
	MAKE(scene_file(scene, "folder/file"));
	scene_note(scene, "folder/file");
	scene_note_seen(scene, scene_path(scene, "link/file"));
	return scene_result(unlink(scene->expected->seen));
}

static int through_dots(struct scene *scene)
{
	MAKE(scene_folder(scene, "folder"));
	MAKE(scene_file(scene, "file"));
	scene_note(scene, "file");
	scene_note_seen(scene, scene_path(scene, "folder/../file"));
	return scene_result(unlink(scene->expected->seen));
}

static int from_renamed_folder(struct scene *scene)
{
	MAKE(scene_folder(scene, "old"));
	MAKE(scene_file(scene, "old/file"));
	MAKE(scene_result(chdir(scene_path(scene, "old"))));
	/* RENAME_NOREPLACE: no file goes by it, so it is no event itself. */
	MAKE(scene_result(renameat2(AT_FDCWD, scene_path(scene, "old"), AT_FDCWD,
				    scene_path(scene, "new"), RENAME_NOREPLACE)));
	scene_note(scene, "new/file");
	return scene_result(unlink("file"));
}

/* As long as a path can be: the last name is reached from its directory. */
static int long_path(struct scene *scene)
{
	char name[201];
	size_t length = strlen(scene->dir);
	char below[PATH_MAX] = "";

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	MAKE(scene_result(chdir(scene->dir)));
	while (length + 2 * sizeof(name) < PATH_MAX - 1) {
		MAKE(scene_result(mkdir(name, 0700)));
		MAKE(scene_result(chdir(name)));
		snprintf(below + strlen(below), sizeof(below) - strlen(below), "%s/", name);
		length += sizeof(name);
	}
	snprintf(below + strlen(below), sizeof(below) - strlen(below), "%.*s",
		 (int)(PATH_MAX - 2 - length), name);
	MAKE(scene_file(scene, below));
	scene_note(scene, below);
	return scene_result(unlink(strrchr(below, '/') + 1));
}

/* ---- from where ---- */

static int from_chroot(struct scene *scene)
{
	MAKE(scene_file(scene, "file"));
	scene_note(scene, "file");
	if (chroot(scene->dir))
		return scene_untried(scene, "cannot chroot", errno);
	scene_note_seen(scene, "/file");
	return scene_result(unlink("/file"));
}

static int from_namespace(struct scene *scene)
{
	MAKE(scene_file(scene, "file"));
	if (unshare(CLONE_NEWNS))
		return scene_untried(scene, "cannot make a mount namespace", errno);
	scene_note(scene, "file");
	return scene_result(unlink(scene->expected->path));
}

static int over_bind_mount(struct scene *scene)
{
	MAKE(scene_folder(scene, "folder"));
	MAKE(scene_folder(scene, "bound"));
	MAKE(scene_file(scene, "folder/file"));
	if (mount(scene_path(scene, "folder"), scene_path(scene, "bound"), NULL, MS_BIND, NULL))
		return scene_untried(scene, "cannot bind mount", errno);
	scene_note(scene, "bound/file");
	return scene_result(unlink(scene->expected->path));
}

/* In a process apart: overlayfs tries out its folders, and removes again what it made there. */
static int mount_apart(const char *options, const char *where)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(mount("overlay", where, "overlay", 0, options) ? errno : 0);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return EAGAIN;
	return WEXITSTATUS(status);
}

static int mount_overlay(struct scene *scene)
{
	int err;

	char options[4 * PATH_MAX];

	MAKE(scene_folder(scene, "merged"));
	MAKE(scene_folder(scene, "work"));
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s",
		 scene_path(scene, "lower"), scene_path(scene, "upper"), scene_path(scene, "work"));
	err = mount_apart(options, scene_path(scene, "merged"));
	if (err)
		return scene_untried(scene, "cannot mount an overlay", err);
	scene_note(scene, "merged/file");
	return 0;
}

static int over_overlay(struct scene *scene, const char *layer)
{
	int err;

	MAKE(scene_folder(scene, "lower"));
	MAKE(scene_folder(scene, "upper"));
	MAKE(scene_file(scene, layer));
	err = mount_overlay(scene);
	return err ?: scene_result(unlink(scene->expected->path));
}

static int over_overlay_upper(struct scene *scene)
{
	return over_overlay(scene, "upper/file");
}

static int over_overlay_lower(struct scene *scene)
{
	return over_overlay(scene, "lower/file");
}

static int on_tmpfs(struct scene *scene)
{
	MAKE(scene_folder(scene, "tmpfs"));
	if (mount("whodel-doctor", scene_path(scene, "tmpfs"), "tmpfs", 0, "size=1m"))
		return scene_untried(scene, "cannot mount a tmpfs", errno);
	MAKE(scene_file(scene, "tmpfs/file"));
	scene_note(scene, "tmpfs/file");
	return scene_result(unlink(scene->expected->path));
}

/* ---- by whom ---- */

static void *in_thread(void *arg)
{
	struct scene *scene = arg;

	scene->expected->tid = gettid();
	return unlink(scene->expected->path) ? arg : NULL;
}

static int by_thread(struct scene *scene)
{
	pthread_t thread;
	void *failed = scene;

	MAKE(scene_file(scene, "file"));
	scene_note(scene, "file");
	if (pthread_create(&thread, NULL, in_thread, scene) || pthread_join(thread, &failed))
		return scene_untried(scene, "cannot start a thread", EAGAIN);
	return failed ? -EIO : 0;
}

static int by_32bit_call(struct scene *scene)
{
	int err;

	MAKE(scene_file(scene, "file"));
	scene_note(scene, "file");
	err = call_unlink_32bit(scene->expected->path);
	return err == -ENOSYS ? scene_untried(scene, "no 32-bit system calls", err) : err;
}

static int by_io_uring(struct scene *scene, bool async)
{
	int result = 0;
	int err;

	MAKE(scene_file(scene, "file"));
	scene_note(scene, "file");
	err = call_io_uring_unlink(scene->expected->path, async, &result);
	return err ? scene_untried(scene, "no io_uring to be had", err) : result;
}

static int by_io_uring_unlink(struct scene *scene)
{
	return by_io_uring(scene, false);
}

static int by_io_uring_worker(struct scene *scene)
{
	return by_io_uring(scene, true);
}

static int by_io_uring_rename(struct scene *scene)
{
	int result = 0;
	int err = make_two(scene);

	if (err)
		return err;
	err = call_io_uring_rename(scene->expected->other, scene->expected->path, &result);
	return err ? scene_untried(scene, "no io_uring to be had", err) : result;
}

/* ---- in vain ---- */

static int on_absent_file(struct scene *scene)
{
	scene_note(scene, "absent");
	return scene_result(unlink(scene->expected->path));
}

static int on_full_folder(struct scene *scene)
{
	MAKE(scene_folder(scene, "folder"));
	MAKE(scene_file(scene, "folder/file"));
	scene_note(scene, "folder");
	return scene_result(rmdir(scene->expected->path));
}

/* ---- the table ---- */

const struct way way_table[] = {
	{ "unlink", DELETION_UNLINK, .run = by_unlink },
	{ "unlinkat, from a descriptor", DELETION_UNLINK, .run = by_unlinkat },
	{ "rmdir", DELETION_RMDIR, .run = by_rmdir },
	{ "unlinkat with AT_REMOVEDIR", DELETION_RMDIR, .run = by_unlinkat_folder },
	{ "rename over a file", DELETION_REPLACE, .run = by_rename },
	{ "renameat2 over a file", DELETION_REPLACE, .run = by_renameat2 },
	{ "rename over a directory", DELETION_REPLACE, .run = by_rename_folder },
	{ "rename to a new name (--moves)", DELETION_MOVE, .run = by_move },
	{ "renameat2 with RENAME_EXCHANGE", DELETION_REPLACE, .run = by_exchange,
	  .silence = WAY_SILENT },
	{ "renameat2 refused by RENAME_NOREPLACE", DELETION_REPLACE, .run = by_refused_rename,
	  .silence = WAY_SILENT, .error = EEXIST },
	{ "unlink of one of two names", DELETION_UNLINK, .run = one_of_two_names },
	{ "unlink of a symbolic link", DELETION_UNLINK, .run = symbolic_link },
	{ "unlink through a symbolic link", DELETION_UNLINK, .run = through_link },
	{ "unlink through ..", DELETION_UNLINK, .run = through_dots },
	{ "unlink in a working directory renamed away", DELETION_UNLINK,
	  .run = from_renamed_folder },
	{ "unlink at the longest path", DELETION_UNLINK, .run = long_path },
	{ "unlink in a chroot", DELETION_UNLINK, .run = from_chroot },
	{ "unlink in another mount namespace", DELETION_UNLINK, .run = from_namespace,
	  .tracepoint_partly = "its mounts are not those of the host's root" },
	{ "unlink below a bind mount", DELETION_UNLINK, .run = over_bind_mount },
	{ "unlink on an overlay, of an upper file", DELETION_UNLINK, .run = over_overlay_upper,
	  .tracepoint_partly = "overlayfs works with its mounter's credentials, and what ext4 "
			       "shows is the layer's" },
	{ "unlink on an overlay, of a lower file", DELETION_UNLINK, .run = over_overlay_lower,
	  .tracepoint_partly = "overlayfs only hides it, by a file of its own in the upper layer" },
	{ "unlink on a tmpfs", DELETION_UNLINK, .run = on_tmpfs,
	  .tracepoint_partly = "tmpfs has no tracepoints" },
	{ "unlink by a thread", DELETION_UNLINK, .run = by_thread },
	{ "unlink by a 32-bit system call", DELETION_UNLINK, .run = by_32bit_call },
	{ "unlinkat by io_uring", DELETION_UNLINK, VIA_IO_URING, .run = by_io_uring_unlink },
	{ "unlinkat by an io_uring worker", DELETION_UNLINK, VIA_IO_URING,
	  .run = by_io_uring_worker },
	{ "renameat by io_uring", DELETION_REPLACE, VIA_IO_URING, .run = by_io_uring_rename },
	{ "unlink of a file that is not there", DELETION_UNLINK, .run = on_absent_file,
	  .tracepoint_partly = "there is no file for a file system to show", .error = ENOENT },
	{ "rmdir of a directory that is not empty", DELETION_RMDIR, .run = on_full_folder,
	  .tracepoint_partly = "refused before ext4 marks anything", .error = ENOTEMPTY },
	{ 0 },
};

const struct unseen unseen_table[] = {
	{ "btrfs: a subvolume or snapshot deleted", "all",
	  "an ioctl of its own, which takes the directory entry away below the VFS" },
	{ "NFS: deleted by another client, or on the server", "all",
	  "it happens in another kernel; here the name is just gone at the next look" },
	{ "nfsd: deleted by a client of this server", "tracepoint",
	  "a kernel thread makes no system call" },
	{ "hidden by a mount over it", "all", "nothing is deleted: unmount it, and it is back" },
	{ "a snapshot rolled back, a file system made anew", "all",
	  "the disk's blocks change, and no name is removed" },
	{ "gone with its file system: an unmounted tmpfs", "all",
	  "names are not removed one by one" },
	{ "content overwritten", "all", "no name goes, and no size changes" },
	{ 0 },
};
