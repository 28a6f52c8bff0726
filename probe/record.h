/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The wire record: the only thing that whodel's kernel side and user side share.
 *
 * Three types. A process is told once (and again after exec, or when its parent, credentials,
 * cgroup or namespaces change), before the first deletion that refers to it; its exit is told if it
 * was. A deletion carries what differs from one deletion to the next.
 *
 * Fixed parts are followed by data[]: strings, and *walks*. A walk is a directory's path as the
 * kernel keeps it: components leaf first, each ended by a NUL, up to the root of the mount
 * namespace, across mounts. User space turns it round.
 */
#ifndef WHODEL_RECORD_H
#define WHODEL_RECORD_H

#include "channel/bpfchan_types.h"

#define RECORD_VERSION 3

#define RECORD_PATH_MAX	 4096 /* PATH_MAX: longest string a system call takes, NUL included */
#define RECORD_NAME_MAX	 255  /* NAME_MAX: longest component */
#define RECORD_COMM_MAX	 16   /* TASK_COMM_LEN */
#define RECORD_ARGS_MAX	 256  /* bytes of the command line kept */
#define RECORD_EXE_KEPT	 256  /* bytes of an ancestor's executable's walk kept */
#define RECORD_ANCESTORS 8
#define RECORD_MOUNTS	 4

enum record_type {
	RECORD_PROCESS = 1,
	RECORD_EXIT = 2,
	RECORD_DELETION = 3,
};

enum record_op {
	RECORD_UNLINK = 1,
	RECORD_RMDIR = 2,
	RECORD_REPLACE = 3,
	RECORD_MOVE = 4,
	RECORD_TRUNCATE = 5,
};

enum record_via {
	RECORD_SYSCALL = 1,
	RECORD_IO_URING = 2,
	RECORD_KERNEL = 3, /* a kernel thread, such as nfsd */
};

/* Which process, and which telling of it. pids come back; the start time does not. */
struct record_key {
	__u64 start_time; /* ns since boot, of the thread group leader */
	__u32 pid;	  /* thread group, in the initial pid namespace */
	__u32 revision;	  /* of the facts: counts execs and changes of what is told */
};

/* Bytes of data[], which follows the fixed part. */
struct record_span {
	__u16 offset;
	__u16 size;
};

/* The executable is what its comm is not: hard to forge. Empty: none, unknown or too long. */
struct record_ancestor {
	__u32 pid;
	__u32 uid;
	__u32 euid;
	char comm[RECORD_COMM_MAX];
	struct record_span exe; /* a walk; also of the ancestor before, where they are the same */
	__u32 flags;		/* RECORD_EXE_FOREIGN */
};

enum record_process_flag {
	RECORD_EXE_TRUNCATED = 1 << 0,
	RECORD_EXE_FOREIGN = 1 << 1, /* outside the host's mount namespace */
	RECORD_ARGS_TRUNCATED = 1 << 2,
	RECORD_ARGS_UNREAD = 1 << 3,
	RECORD_NO_EXE = 1 << 4,	  /* a kernel thread */
	RECORD_NO_AUDIT = 1 << 5, /* the kernel keeps no login uid */
	RECORD_CGROUP_TRUNCATED = 1 << 6,
};

/* The exe's walk, the arguments, the cgroup's walk and the ancestors' exes, one behind the other.
 */
#define RECORD_EXE_ROOM	    2048
#define RECORD_CGROUP_ROOM  3584 /* no component starts beyond it */
#define RECORD_PROCESS_DATA 6400

struct record_process {
	struct bpfchan_header header;
	struct record_key key;
	__u32 ppid;
	__u32 uid;
	__u32 euid;
	__u32 login_uid;
	__u32 audit_session;
	__u32 flags; /* enum record_process_flag */
	__u32 ancestor_count;
	struct record_ancestor ancestors[RECORD_ANCESTORS]; /* nearest first */
	struct record_span exe;				    /* a walk */
	struct record_span args;			    /* NUL-separated */
	struct record_span cgroup;			    /* a walk, in the unified hierarchy */
	__u64 cgroup_id;
	__u32 mount_namespace;
	__u32 reserved;
}; /* then data[] */

struct record_process_buffer {
	struct record_process record;
	char data[RECORD_PROCESS_DATA];
};

struct record_exit {
	struct bpfchan_header header;
	struct record_key key;
};

enum record_name_flag {
	RECORD_NAME_UNREAD = 1 << 0,	/* the string could not be read from user memory */
	RECORD_NAME_LATE = 1 << 1,	/* it was read at the exit: not resident at entry */
	RECORD_NAME_LONG = 1 << 2,	/* no NUL within RECORD_PATH_MAX */
	RECORD_BASE_TRUNCATED = 1 << 3, /* the walk did not reach the root */
	RECORD_BASE_UNKNOWN = 1 << 4,	/* no such descriptor */
	RECORD_BASE_FOREIGN = 1 << 5,	/* the walk ended outside the host's mount namespace */
	RECORD_BASE_UNROOTED = 1 << 6,	/* the process's root is not above the base */
	RECORD_NAME_FILE = 1 << 8,	/* no string but a descriptor: base is the file itself */
	RECORD_BASE_HOSTED = 1 << 7,	/* foreign, but a mount of the host shows it: host */
};

/* A name as a system call was given it: a string, and the directory it starts from. */
struct record_name {
	struct record_span string; /* without NUL */
	struct record_span base;   /* a walk; empty for the root of the namespace */
	__u16 root_at;		   /* bytes of base below the process's own root */
	__u16 flags;		   /* enum record_name_flag */
	struct record_span host; /* a walk: the base as the host's root sees it, where it differs */
};

/* A mount the deleted file can be seen under. */
struct record_mount {
	__u16 depth;		 /* components of found.walk that lie below its root */
	__u16 flags;		 /* RECORD_BASE_* */
	struct record_span walk; /* of its mount point */
};

enum record_found_flag {
	RECORD_FOUND = 1 << 0,	       /* the file system showed the inode */
	RECORD_FOUND_NAME = 1 << 1,    /* and the dentry: walk is its true name */
	RECORD_FOUND_IN_BASE = 1 << 2, /* whose parent is name.base: walk is the leaf only */
	RECORD_FOUND_TRUNCATED = 1 << 3,
	RECORD_FOUND_NO_SIZE = 1 << 4, /* the file system had already set the size to 0 */
};

/* What the file system showed of the file that went. */
struct record_found {
	__u64 inode;
	__u64 size;
	__u32 generation;
	__u32 device; /* kernel's dev_t: major << 20 | minor */
	__u32 links;  /* left after the operation */
	__u32 owner;
	__u16 mode;
	__u16 flags; /* enum record_found_flag */
	struct record_span walk;
	__u32 mount_count;
	struct record_mount mounts[RECORD_MOUNTS];
	__u32 reserved;
};

/* result when the outcome could not be seen */
#define RECORD_RESULT_UNKNOWN 1

#define RECORD_DELETION_DATA 11264

/* Behind the names: what not every deletion has. */
#define RECORD_DELETION_PARTS 112

/* Few bytes, since each deletion pays for them: what not all have is a part in data[]. */
struct record_deletion {
	struct bpfchan_header header; /* its time is when the operation had ended */
	struct record_key process;
	__u32 tid;
	__s32 result; /* 0, -errno or RECORD_RESULT_UNKNOWN */
	__u8 op;      /* enum record_op */
	__u8 via;     /* enum record_via */
	__u16 reserved;
	/* A struct record_name. Replace: where what took its place came from; move: where to. */
	struct record_span other;
	char comm[RECORD_COMM_MAX]; /* of the thread */
	struct record_name name;    /* what went */
	struct record_span found;   /* a struct record_found */
	__u32 reserved2;
}; /* then data[] */

struct record_deletion_buffer {
	struct record_deletion record;
	char data[RECORD_DELETION_DATA + RECORD_DELETION_PARTS];
};

_Static_assert(sizeof(struct record_name) == 16, "wire layout");
_Static_assert(sizeof(struct record_found) == 80, "wire layout");
_Static_assert(sizeof(struct record_process) == 392, "wire layout");
_Static_assert(sizeof(struct record_deletion) == 104, "wire layout");

#endif
