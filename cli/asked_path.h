/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* A path as people give it, of a file that mostly is not there any more, as the store has it. */
#ifndef WHODEL_ASKED_PATH_H
#define WHODEL_ASKED_PATH_H

/*
 * Absolute, without ".", "..", doubled slashes or one at its end. Directories on the way are
 * resolved as far as they are there; the last part never is, since a symbolic link is deleted
 * itself. NULL: no memory, or no working directory.
 */
char *asked_path(const char *path);

#endif
