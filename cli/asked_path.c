// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "cli/asked_path.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* @path without its last part; "/" is "". */
static void drop_last(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash)
		*slash = '\0';
}

/* @path, grown by "/" and @part; the old one is freed. */
static char *append(char *path, const char *part)
{
	size_t size = strlen(path);
	char *longer = realloc(path, size + 1 + strlen(part) + 1);

	if (!longer) {
		free(path);
		return NULL;
	}
	longer[size] = '/';
	strcpy(longer + size + 1, part);
	return longer;
}

/* Where it leads, if it is there: "" for "/". */
static char *resolve(char *path)
{
	char *real = realpath(*path ? path : "/", NULL);

	if (!real)
		return path;
	free(path);
	if (!real[1])
		*real = '\0';
	return real;
}

/* @parts is taken apart. */
static char *walk(char *path, char *parts)
{
	char *rest;

	for (char *part = strtok_r(parts, "/", &rest); part && path;
	     part = strtok_r(NULL, "/", &rest)) {
		if (strcmp(part, ".") == 0)
			continue;
		path = resolve(path);
		if (strcmp(part, "..") == 0)
			drop_last(path);
		else
			path = append(path, part);
	}
	return path;
}

char *asked_path(const char *path)
{
	char *parts = strdup(path);
	char *found = *path == '/' ? strdup("") : getcwd(NULL, 0);

	if (parts && found)
		found = walk(found, parts);
	else
		found = (free(found), NULL);
	free(parts);
	if (!found || *found)
		return found;
	free(found);
	return strdup("/");
}
