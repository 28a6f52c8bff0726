/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The store, as its one writer has it. docs/store.md describes what is in it; readers open it by
 * themselves, read-only.
 *
 * Functions return 0 or -errno: -ENOSPC, -EROFS, -EBUSY (a lock of someone else's), -EUCLEAN
 * (damaged), or what the system said. After an error inside a transaction: store_rollback(), and
 * then the same again, or store_close(). One thread at a time.
 */
#ifndef WHODEL_STORE_H
#define WHODEL_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/block.h"
#include "history/store_file.h"
#include "trace/deletion.h"

struct store;

struct store_opts {
	const char *path;
	gid_t group;	 /* may read a store that is made now; or STORE_NO_GROUP */
	bool must_exist; /* make none: -ENOENT */
	char *error;	 /* one line: why store_open() failed */
	size_t error_size;
};

/*
 * store_open - open, or make, and be the only recorder
 *
 * Returns besides: -EBUSY: another recorder has it; -EPERM: its owner or mode are not safe;
 * -ENOTSUP: a newer whodel wrote it. All but the last two may pass by themselves.
 */
int store_open(const struct store_opts *opts, struct store **out);

void store_close(struct store *store);

/* The file was removed or replaced since: what is written now, nobody will find. */
bool store_moved(struct store *store);

int store_begin(struct store *store);
int store_commit(struct store *store); /* what it returned 0 for survives a power cut */
void store_rollback(struct store *store);

/* Bring what was committed from the log into the file, if the log has become long. */
int store_checkpoint(struct store *store);

/* One run of the recorder. Strings are UTF-8. */
struct recording {
	int64_t id; /* 0: not in a store yet */
	const char *host;
	const char *boot;
	const char *version;
	const char *probe;
	const char *transport;
	const char *unseen;
	int64_t began;
	int64_t until;
	int64_t ended; /* 0: not yet */
	int64_t canary;
	uint64_t events;
};

/*
 * store_record - make a recording's row, and write all that follows under it
 *
 * To be called inside a transaction, once for every store_open(). A recording that has an id is
 * looked for first: the store may have been closed and opened again in its midst. If it is not
 * there, the store is another one, and this one's recording began where that one's ended. What
 * another recorder left open behind it is closed, with a "gap" in the coverage, and a "boot" if
 * there was one. *@recording gets its id.
 */
int store_record(struct store *store, struct recording *recording);

/* until, ended, canary and events, of the recording. */
int store_update(struct store *store, const struct recording *recording);

/*
 * store_put_block - write a block, or write it again
 * @number: counts the recording's blocks from 0
 * @closed: it will not come again: its paths go into the lookup
 */
int store_put_block(struct store *store, uint64_t number, bool closed,
		    const struct block_view *block);

enum coverage_kind {
	COVERAGE_LOSS,
	COVERAGE_GAP,
	COVERAGE_BOOT,
	COVERAGE_SUSPEND,
	COVERAGE_CLOCK,
	COVERAGE_STORE,
	COVERAGE_REMOVED,
	COVERAGE_KINDS,
};

/* "loss", ...: the names in the table */
const char *coverage_kind_name(enum coverage_kind kind);

struct coverage {
	enum coverage_kind kind;
	int64_t since;
	int64_t until;
	int64_t count; /* negative: nobody can know */
	const char *reason;
	const struct loss_by *by; /* of a loss; NULL: not known */
	unsigned int by_count;
};

int store_put_coverage(struct store *store, const struct coverage *coverage);

struct retention {
	int64_t before; /* blocks whose events are all older go; 0: none by age */
	uint64_t bytes; /* of the file that are in use; 0: no limit */
};

/*
 * store_retain - remove a slice of what is too old or too much, inside a transaction
 * @removed: events that went
 *
 * 1: there may be more to remove; 0: all is within the limits. What is removed is in the coverage.
 */
int store_retain(struct store *store, const struct retention *retention, uint64_t *removed);

/* Bytes in use, of the file without its log. */
int store_size(struct store *store, uint64_t *bytes);

#endif
