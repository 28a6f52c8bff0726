// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "attempt.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

void attempt_begin(struct attempt *attempt, const char *op, const char *effect)
{
	attempt->op = op;
	attempt->effect = effect;
	attempt->silent = false;
	attempt->has_other = false;
	attempt->identity.known = false;
	attempt->moving.known = false;
}

static long generation_of(const struct name *name, mode_t mode)
{
	unsigned int generation;
	long told = -1;
	int fd;

	if (!S_ISREG(mode) && !S_ISDIR(mode))
		return -1;
	fd = openat(name->dir->fd, name->leaf, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (!ioctl(fd, FS_IOC_GETVERSION, &generation))
		told = generation;
	close(fd);
	return told;
}

void identify(const struct name *name, struct identity *identity)
{
	if (fstatat(name->dir->fd, name->leaf, &identity->stat, AT_SYMLINK_NOFOLLOW))
		err(1, "stat %s", name->path);
	identity->generation = generation_of(name, identity->stat.st_mode);
	identity->known = true;
}

void attempt_call(struct attempt *attempt)
{
	clock_gettime(CLOCK_REALTIME, &attempt->before);
	errno = 0;
}

void attempt_done(struct attempt *attempt, long result)
{
	attempt->error = result < 0 ? errno : 0;
	clock_gettime(CLOCK_REALTIME, &attempt->after);
}

/* ---- lines ---- */

/* Names are any bytes: as base64 they need no second thought. */
static void put_bytes(FILE *file, const char *key, const char *bytes)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *from = (const unsigned char *)bytes;
	size_t size = strlen(bytes);

	fprintf(file, ",\"%s\":\"", key);
	for (size_t i = 0; i < size; i += 3) {
		unsigned int left = size - i < 3 ? (unsigned int)(size - i) : 3;
		unsigned int word = (unsigned int)from[i] << 16;

		word |= left > 1 ? (unsigned int)from[i + 1] << 8 : 0;
		word |= left > 2 ? from[i + 2] : 0;
		putc(digits[word >> 18], file);
		putc(digits[word >> 12 & 63], file);
		putc(left > 1 ? digits[word >> 6 & 63] : '=', file);
		putc(left > 2 ? digits[word & 63] : '=', file);
	}
	putc('"', file);
}

static const char *kind_of(mode_t mode)
{
	static const char *const kinds[] = {
		[S_IFREG >> 12] = "file",  [S_IFDIR >> 12] = "dir",	[S_IFLNK >> 12] = "symlink",
		[S_IFIFO >> 12] = "fifo",  [S_IFSOCK >> 12] = "socket", [S_IFCHR >> 12] = "char",
		[S_IFBLK >> 12] = "block",
	};

	return kinds[mode >> 12];
}

/* As stat has it; the links are those before the operation. */
static void put_identity(FILE *file, const char *key, const struct identity *identity)
{
	const struct stat *stat = &identity->stat;

	if (!identity->known)
		return;
	fprintf(file,
		",\"%s\":{\"inode\":%lu,\"device\":\"%u:%u\",\"size\":%ld,\"links\":%lu,"
		"\"kind\":\"%s\",\"owner\":%u",
		key, stat->st_ino, major(stat->st_dev), minor(stat->st_dev), (long)stat->st_size,
		(unsigned long)stat->st_nlink, kind_of(stat->st_mode), stat->st_uid);
	if (identity->generation >= 0)
		fprintf(file, ",\"generation\":%ld", identity->generation);
	putc('}', file);
}

static void put_name(FILE *file, const char *prefix, const struct name *name)
{
	char key[32];

	snprintf(key, sizeof(key), "%sseen", prefix);
	put_bytes(file, key, name->seen);
	if (!name->path[0])
		return;
	snprintf(key, sizeof(key), "%sstring", prefix);
	put_bytes(file, key, name->string);
	snprintf(key, sizeof(key), "%spath", prefix);
	put_bytes(file, key, name->path);
	snprintf(key, sizeof(key), "%swritten", prefix);
	put_bytes(file, key, name->written);
}

static void put_comm(FILE *file)
{
	char comm[16];

	prctl(PR_GET_NAME, comm);
	fprintf(file, ",\"comm\":\"%s\"", comm);
}

static long long ns_of(const struct timespec *time)
{
	return time->tv_sec * 1000000000LL + time->tv_nsec;
}

void attempt_tell(struct worker *worker, const struct attempt *attempt, bool must)
{
	FILE *file = worker->reference;

	if (must && attempt->error)
		errx(1, "%s %s (from %s): %s", attempt->op, attempt->name.path,
		     attempt->has_other ? attempt->other.path : "nowhere",
		     strerror(attempt->error));
	worker->operations++;
	fprintf(file, "{\"pid\":%d,\"tid\":%d,\"op\":\"%s\",\"effect\":\"%s\",\"silent\":%s",
		getpid(), gettid(), attempt->op, attempt->error ? "failed" : attempt->effect,
		attempt->silent ? "true" : "false");
	if (attempt->error)
		fprintf(file, ",\"error\":\"%s\"", strerrorname_np(attempt->error));
	fprintf(file, ",\"before\":%lld,\"after\":%lld", ns_of(&attempt->before),
		ns_of(&attempt->after));
	put_comm(file);
	put_name(file, "", &attempt->name);
	if (attempt->has_other)
		put_name(file, "other_", &attempt->other);
	put_identity(file, "identity", &attempt->identity);
	put_identity(file, "moving", &attempt->moving);
	fputs("}\n", file);
}

/* Field 22 of /proc/PID/stat, in clock ticks; the name before it may hold anything but ")". */
static unsigned long long start_ticks(const struct worker *worker)
{
	char text[1024];
	char *field;
	int fd = openat(worker->proc, "self/stat", O_RDONLY | O_CLOEXEC);
	ssize_t size = read(fd, text, sizeof(text) - 1);

	close(fd);
	if (size <= 0)
		err(1, "/proc/self/stat");
	text[size] = '\0';
	field = strrchr(text, ')');
	for (unsigned int i = 2; field && i < 22; i++)
		field = strchr(field + 1, ' ');
	if (!field)
		errx(1, "/proc/self/stat has no start time");
	return strtoull(field, NULL, 10);
}

void process_tell(struct worker *worker)
{
	FILE *file = worker->reference;

	fprintf(file,
		"{\"process\":%d,\"ppid\":%d,\"uid\":%u,\"euid\":%u,\"start_ticks\":%llu,"
		"\"ticks_per_second\":%ld}\n",
		getpid(), getppid(), getuid(), geteuid(), start_ticks(worker),
		sysconf(_SC_CLK_TCK));
}
