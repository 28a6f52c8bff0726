/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The store as a file: whose it may be, and who may have it open. */
#ifndef WHODEL_STORE_FILE_H
#define WHODEL_STORE_FILE_H

#include <stddef.h>
#include <sys/types.h>

#define STORE_DEFAULT "/var/lib/whodel/history.db"

/*
 * Is it a file that nobody but root, or who asks, could have written? Else -EPERM, and what to do
 * in @error. -errno where it cannot be looked at.
 */
int store_file_check(const char *path, char *error, size_t error_size);

/*
 * store_file_put_aside - rename a damaged store and its log, so that a new one can be made
 * @to: gets the new name
 *
 * Only what begins as a store of whodel's does: -EMEDIUMTYPE else. 0 or -errno
 */
int store_file_put_aside(const char *path, char *to, size_t to_size);

/* The file system that the store's folder is on; 0: there is none. */
dev_t store_file_device(const char *path);

#define STORE_NO_GROUP ((gid_t)-1)

/*
 * store_file_lock - make the file if it is not there, check it, and be its only recorder
 * @group: may read it; STORE_NO_GROUP: as the folder has it. Of a file that is there already,
 *         nothing is changed.
 *
 * The descriptor in *@fd holds the lock. It must be closed after the last one that SQLite has on
 * this file, since closing it drops all of SQLite's own locks. Returns 0; -EBUSY: another recorder
 * has it; -EPERM as store_file_check(); -errno.
 */
int store_file_lock(const char *path, gid_t group, int *fd, char *error, size_t error_size);

#endif
