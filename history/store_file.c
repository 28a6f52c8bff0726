// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "history/store_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "trace/cleanup.h"

#define FILE_MODE   0640
#define FOLDER_MODE 0750

static int refuse(char *error, size_t size, int err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static int refuse(char *error, size_t size, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(error, size, fmt, args);
	va_end(args);
	return err;
}

static int parent_of(const char *path, char folder[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	size_t size = slash ? (size_t)(slash - path) : 1;

	if (size >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(folder, slash ? path : ".", size);
	folder[size] = '\0';
	if (size == 0)
		strcpy(folder, "/");
	return 0;
}

dev_t store_file_device(const char *path)
{
	char folder[PATH_MAX];
	struct stat st;

	return parent_of(path, folder) || stat(folder, &st) ? 0 : st.st_dev;
}

static int is_trusted(uid_t uid)
{
	return uid == 0 || uid == geteuid();
}

/* Who can write the folder can put another file in the store's place. */
static int check_folder(const char *path, char *error, size_t size)
{
	char folder[PATH_MAX];
	struct stat st;
	int err = parent_of(path, folder);

	if (err || stat(folder, &st))
		return refuse(error, size, err ? err : -errno,
			      "cannot look at the folder of %s: %s", path,
			      strerror(err ? -err : errno));
	if (!is_trusted(st.st_uid))
		return refuse(
			error, size, -EPERM,
			"%s belongs to user %u, who could replace the store in it; try: chown "
			"root %s, or another --store",
			folder, st.st_uid, folder);
	if ((st.st_mode & 022) && !(st.st_mode & S_ISVTX))
		return refuse(error, size, -EPERM,
			      "others can write in %s, and replace the store; try: chmod go-w %s",
			      folder, folder);
	return 0;
}

static int check_stat(const char *path, const struct stat *st, char *error, size_t size)
{
	if (!S_ISREG(st->st_mode))
		return refuse(error, size, -EPERM,
			      "%s is not a regular file; give another one with --store", path);
	if (!is_trusted(st->st_uid))
		return refuse(error, size, -EPERM,
			      "%s belongs to user %u, who can have changed it; if you trust it, "
			      "try: chown root %s",
			      path, st->st_uid, path);
	if (st->st_mode & 027)
		return refuse(error, size, -EPERM,
			      "%s has mode %04o: others can read what was run here, or write it; "
			      "try: chmod 0640 %s",
			      path, st->st_mode & 07777, path);
	return 0;
}

int store_file_check(const char *path, char *error, size_t error_size)
{
	struct stat st;

	if (lstat(path, &st)) {
		int err = -errno;

		return refuse(error, error_size, err,
			      "cannot look at the store %s: %s; is it the one that whodel record "
			      "writes (--store)?",
			      path, strerror(-err));
	}
	if (check_stat(path, &st, error, error_size))
		return -EPERM;
	return check_folder(path, error, error_size);
}

/* The default's own folder; others are their owners' business. */
static int make_folder(const char *path)
{
	char folder[PATH_MAX];
	int err = parent_of(path, folder);

	if (err)
		return err;
	return mkdir(folder, FOLDER_MODE) && errno != EEXIST ? -errno : 0;
}

static int make_file(const char *path, gid_t group)
{
	int fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	int err;

	if (fd < 0)
		return -errno;
	if (!fchown(fd, (uid_t)-1, group) && !fchmod(fd, FILE_MODE))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* Open for reading only: a file system that is to become read-only must not wait for us. */
static int open_file(const char *path, gid_t group)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	int err;

	if (fd >= 0 || errno != ENOENT)
		return fd >= 0 ? fd : -errno;
	err = make_folder(path);
	return err ? err : make_file(path, group);
}

int store_file_lock(const char *path, gid_t group, int *fd, char *error, size_t error_size)
{
	_cleanup_close_ int file = open_file(path, group);
	struct stat st;
	int err;

	if (file < 0)
		return refuse(error, error_size, file, "cannot open the store %s: %s", path,
			      file == -ELOOP ? "it is a symbolic link" : strerror(-file));
	if (fstat(file, &st))
		return refuse(error, error_size, -errno, "cannot look at the store %s: %s", path,
			      strerror(errno));
	err = check_stat(path, &st, error, error_size);
	if (!err)
		err = check_folder(path, error, error_size);
	if (err)
		return err;
	if (flock(file, LOCK_EX | LOCK_NB))
		return refuse(error, error_size, errno == EWOULDBLOCK ? -EBUSY : -errno,
			      "cannot lock the store %s: %s", path,
			      errno == EWOULDBLOCK ? "another whodel record writes it"
						   : strerror(errno));
	*fd = cleanup_keep_fd(&file);
	return 0;
}

/* Bytes 68 to 71 of an SQLite file are the application's, big-endian. */
static int check_magic(const char *path)
{
	static const char magic[16] = "SQLite format 3";
	static const char ours[4] = "whod";
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char head[72];

	if (fd < 0)
		return -errno;
	if (pread(fd, head, sizeof(head), 0) != sizeof(head) || memcmp(head, magic, 16) != 0 ||
	    memcmp(head + 68, ours, 4) != 0)
		return -EMEDIUMTYPE;
	return 0;
}

static int rename_end(const char *path, const char *to, const char *end)
{
	char from_end[PATH_MAX];
	char to_end[PATH_MAX];

	if (snprintf(from_end, PATH_MAX, "%s%s", path, end) >= PATH_MAX ||
	    snprintf(to_end, PATH_MAX, "%s%s", to, end) >= PATH_MAX)
		return -ENAMETOOLONG;
	return rename(from_end, to_end) && errno != ENOENT ? -errno : 0;
}

int store_file_put_aside(const char *path, char *to, size_t to_size)
{
	static const char *const ends[] = { "-wal", "-shm", "" };
	char stamp[32];
	time_t now = time(NULL);
	struct tm tm;
	int err = check_magic(path);

	if (err)
		return err;
	gmtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
	if (snprintf(to, to_size, "%s.damaged-%s", path, stamp) >= (int)to_size)
		return -ENAMETOOLONG;
	for (int i = 0; i < 3 && !err; i++)
		err = rename_end(path, to, ends[i]);
	return err;
}
