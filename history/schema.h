/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The tables, and how an older store becomes one of this version. docs/store.md explains them. */
#ifndef WHODEL_SCHEMA_H
#define WHODEL_SCHEMA_H

#include <sqlite3.h>

#define SCHEMA_APPLICATION 0x77686f64 /* "whod" */
#define SCHEMA_VERSION	   2

/* The SQL that makes version i + 1 out of version i; version 0 is the empty file. */
extern const char *const schema_steps[SCHEMA_VERSION];

/*
 * schema_check - may this version of whodel read the store?
 * @version: what it is; may be given with an error too
 *
 * Returns 0; -ENODATA: it is empty, nothing was ever written; -EUCLEAN: damaged; -EMEDIUMTYPE: a
 * database, but not of whodel's; -EPROTO: an older version, which the recorder brings forward;
 * -ENOTSUP: a newer one.
 */
int schema_check(sqlite3 *db, int *version);

/* Bring a store forward by @steps, of which there are @count, in one transaction. */
int schema_migrate(sqlite3 *db, const char *const *steps, int count);

#endif
