/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What user space decides before the load, and what the probe counts besides the channel. */
#ifndef WHODEL_PROBE_CONFIG_H
#define WHODEL_PROBE_CONFIG_H

#include "channel/bpfchan_types.h"

enum probe_args {
	PROBE_ARGS_FULL, /* the first RECORD_ARGS_MAX bytes */
	PROBE_ARGS_EXE,	 /* argv[0] only */
	PROBE_ARGS_NONE,
};

struct probe_config {
	__u32 host_mounts; /* inode number of the host's mount namespace */
	__u32 args;	   /* enum probe_args */
	__u8 failed;	   /* tell failed attempts too */
	__u8 tree;	   /* only tasks marked in the tree map, and what they fork */
	__u8 processes;	   /* only those in the wanted_... maps */
	__u8 users;
	__u8 comms;
	__u8 containers;   /* not what is in strange_cgroups */
	__u8 moves;	   /* tell names that a rename took away, too */
	__u8 truncations;  /* and content that was cut to nothing */
	__u8 direct_loads; /* the kernel has bpf_rdonly_cast() */
	__u8 reserved[3];
};

/*
 * One per CPU, so that CPUs do not contend; a CPU above the last shares. Only ever grows.
 */
struct probe_counters {
	__u64 filtered; /* deletions by tasks that are not wanted */
	__u64 no_state; /* operations that found no memory for their state: lost */
	__u64 begun;	/* operations whose end is waited for */
	__u64 ended;
	__u64 unfollowed; /* forks whose child could not be marked as part of the tree */
	/* Lost records that were no deletions: the channel counts them under the same reasons. */
	__u64 lost_processes[BPFCHAN_LOSS_REASONS];
	__u64 reserved[5];
};

#define PROBE_COUNTER_CPUS 256

/* Places for cgroups that are not wanted, by their ID. */
#define PROBE_STRANGE_CGROUPS 4096

#endif
