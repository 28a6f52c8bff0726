/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * What whodel knows of one deletion: decoded, joined with its process, ready for any output.
 *
 * Strings are NUL-terminated bytes as the kernel has them: chosen by strangers, not UTF-8, never
 * safe to print as they are. What is not known is NULL, or its `known` is false.
 */
#ifndef WHODEL_DELETION_H
#define WHODEL_DELETION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

enum deletion_op {
	DELETION_UNLINK,
	DELETION_RMDIR,
	DELETION_REPLACE,  /* a rename put another file in its place */
	DELETION_MOVE,	   /* the name is gone, the file lives on */
	DELETION_TRUNCATE, /* the content was cut to nothing */
	DELETION_OPS,
};

/* What carried it out on the process's behalf. */
enum deletion_via {
	VIA_SYSCALL,
	VIA_IO_URING,
	VIA_KERNEL, /* a kernel thread, such as nfsd: no process asked for it here */
};

enum outcome {
	OUTCOME_DONE,
	OUTCOME_FAILED,
	OUTCOME_UNKNOWN, /* could not be seen */
};

/*
 * Why a field is not whole; bits of deletion.incomplete, in the order they are told. Stored as
 * numbers, like the three above: new ones go to the end.
 */
enum incomplete {
	INCOMPLETE_PATH_TRUNCATED,     /* longer than whodel keeps */
	INCOMPLETE_PATH_UNVERIFIED,    /* as user memory had it: not what the file system says */
	INCOMPLETE_SYMLINK_UNRESOLVED, /* a parent in the path may be a symbolic link */
	INCOMPLETE_MOUNT_UNKNOWN,      /* seen from another mount namespace than the host's */
	INCOMPLETE_NAME_UNREAD,	       /* the path could not be read */
	INCOMPLETE_DIRECTORY_UNKNOWN,  /* the directory it is relative to could not be seen */
	INCOMPLETE_IDENTITY_UNKNOWN,   /* inode, generation, device, size, links, kind, owner */
	INCOMPLETE_VICTIM_UNKNOWN,     /* a rename: whether it replaced a file was not seen */
	INCOMPLETE_PROCESS_UNKNOWN,    /* the process's facts were lost */
	INCOMPLETE_EXE_TRUNCATED,
	INCOMPLETE_EXE_MOUNT_UNKNOWN, /* in another mount namespace than the host's */
	INCOMPLETE_ARGS_TRUNCATED,
	INCOMPLETE_ARGS_UNREAD,
	INCOMPLETE_CGROUP_TRUNCATED,
	INCOMPLETE_REASONS,
};

struct ancestor {
	uint32_t pid;
	const char *comm;
	const char *exe; /* NULL: none, unknown, or too long */
	uint32_t uid;
	uint32_t euid;
	bool exe_foreign; /* exe is right in another mount namespace than the host's */
};

#define ANCESTORS_MAX 8
#define ARGS_MAX      256

/* The facts of one process at one time; owned by the table that joins them. */
struct process {
	uint64_t number;     /* of these facts, in this run of whodel: never given again */
	uint64_t start_time; /* ns since boot */
	uint32_t pid;
	uint32_t ppid;
	uint32_t uid;
	uint32_t euid;
	const char *user; /* of uid; NULL: no such user */
	const char *exe;  /* NULL: none or unknown */
	const char *args[ARGS_MAX];
	unsigned int arg_count;
	bool args_known; /* false: not kept (--args none) or not readable */
	bool login_known;
	uint32_t login_uid;
	uint32_t audit_session;
	struct ancestor ancestors[ANCESTORS_MAX]; /* nearest first */
	unsigned int ancestor_count;
	const char *cgroup;	  /* absolute, in the unified hierarchy; NULL: unknown */
	const char *unit;	  /* systemd's; NULL: in none */
	const char *container;	  /* its ID; NULL: in none */
	const char *cause;	  /* "cron job of root", ...; NULL: not to be told */
	uint32_t mount_namespace; /* its inode number; 0: unknown */
	uint32_t incomplete;	  /* bits of enum incomplete */
	/* Outputs may keep a rendering here; freed with the process by free(). */
	char *rendered;
	const void *rendered_by;
	size_t rendered_size;
};

struct identity {
	bool known;
	bool size_known;
	uint64_t inode;
	uint64_t size; /* bytes */
	uint32_t generation;
	unsigned int device_major;
	unsigned int device_minor;
	uint32_t links; /* left after the deletion; 0: the last name is gone */
	uint32_t owner; /* uid */
	mode_t mode;
};

struct deletion {
	struct timespec time; /* wall clock, UTC: when it had ended */
	enum deletion_op op;
	enum deletion_via via;
	enum outcome outcome;
	int error; /* OUTCOME_FAILED: a positive errno */

	const char *path;	 /* absolute on the host; NULL: unknown */
	const char *path_seen;	 /* as the process saw it; NULL where it does not differ */
	const char *replaced_by; /* replace: the old path of what took its place */
	const char *to;		 /* move: the new path */
	uint32_t incomplete;	 /* bits of enum incomplete, the process's included */

	struct identity identity;

	uint32_t pid; /* also where the process's facts are unknown */
	uint32_t tid;
	const char *comm;	 /* of the thread; may be "" */
	struct process *process; /* NULL: its facts were lost */

	uint32_t cpu;
	uint64_t seq;

	/* Only of stored and forwarded events; NULL: this host, this boot. */
	const char *host;
	const char *boot; /* /proc/sys/kernel/random/boot_id */

	/* Only in an answer about one path: "path", "ancestor", ... (docs/who.md) */
	const char *match;
};

/* "unlink", "rmdir", "replace", "move", "truncate" */
const char *deletion_op_name(enum deletion_op op);

/* "syscall", "io_uring", "kernel" */
const char *deletion_via_name(enum deletion_via via);

/* "path_truncated", ...: the names in the event's incomplete list */
const char *incomplete_name(enum incomplete reason);

/* "file", "dir", "symlink", "fifo", "socket", "char", "block"; NULL for another mode */
const char *file_kind_name(mode_t mode);

/* One process's share of a loss. */
struct loss_by {
	uint32_t pid;
	const char *comm; /* NULL: all others together */
	uint64_t lost;
};

/* A stretch of time in which deletions were lost, for one reason. */
struct loss {
	uint64_t lost;
	const char *reason;
	struct timespec since; /* wall clock, UTC */
	struct timespec until;
	const struct loss_by *by; /* NULL: not known */
	unsigned int by_count;
};

/* The sums that a trace ends with. seen = delivered + filtered + lost. */
struct summary {
	uint64_t seen;
	uint64_t delivered; /* deletion lines written */
	uint64_t filtered;  /* held back by a filter, in the kernel or here */
	uint64_t lost;
	struct {
		const char *reason;
		uint64_t count;
	} losses[16];	       /* only those that are not 0; ended by a NULL reason */
	uint64_t skipped;      /* program runs that the kernel skipped: part of lost */
	const char *transport; /* "ring" or "perf" */
	uint64_t buffer_bytes; /* allocated, control pages included */
	const char *probe;     /* "tracepoint" */
	double seconds;
};

#endif
