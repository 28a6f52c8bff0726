/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the ways work with: files in the scene's folder, and notes of what must come out. */
#ifndef WHODEL_SCENE_H
#define WHODEL_SCENE_H

#include "doctor/ways.h"

/* All of these return 0 or -errno. Names are relative to the scene's folder. */
int scene_file(struct scene *scene, const char *name);
int scene_folder(struct scene *scene, const char *name);
int scene_link(struct scene *scene, const char *target, const char *name);

/* The absolute path of @name; the result lives until the fourth call from here. */
const char *scene_path(const struct scene *scene, const char *name);

/* This is what goes: its path, and its identity where it is there. */
void scene_note(struct scene *scene, const char *name);

/* As the process sees it, where that differs; and the other name of a rename. */
void scene_note_seen(struct scene *scene, const char *path);
void scene_note_other(struct scene *scene, const char *name);

/* This machine does not let it be tried: returns WAY_UNTRIED. */
int scene_untried(struct scene *scene, const char *what, int err);

/* The result of a system call as 0 or -errno. */
int scene_result(long result);

#endif
