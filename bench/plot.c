// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* One run of gnuplot. Files, not pipes: nothing can block, and no signal can come. */
#include "bench/plot.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

/* -d: no settings of the user's. */
static int spawn_gnuplot(char *argument, int in, int out)
{
	char name[] = "gnuplot";
	char defaults[] = "-d";
	char *const argv[] = { name, defaults, argument, NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int err;

	posix_spawn_file_actions_init(&actions);
	if (in >= 0)
		posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	if (out >= 0)
		posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	err = posix_spawnp(&pid, "gnuplot", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return err ? -err : wait_for(pid);
}

int plot_check(void)
{
	char version[] = "--version";
	FILE *nowhere = tmpfile();
	int err;

	if (!nowhere)
		return -errno;
	err = spawn_gnuplot(version, -1, fileno(nowhere));
	fclose(nowhere);
	return err;
}

/* Inside HTML there is no XML declaration. */
static void copy_drawing(FILE *drawing, FILE *page)
{
	char line[4096];

	rewind(drawing);
	while (fgets(line, sizeof(line), drawing))
		if (strncmp(line, "<?xml", 5) != 0)
			fputs(line, page);
}

int plot_run(FILE *script, FILE *page)
{
	FILE *drawing = tmpfile();
	char standard_input[] = "-";
	int err;

	if (!drawing)
		return -errno;
	if (fflush(script) || lseek(fileno(script), 0, SEEK_SET) < 0)
		err = -errno;
	else
		err = spawn_gnuplot(standard_input, fileno(script), fileno(drawing));
	if (!err)
		copy_drawing(drawing, page);
	fclose(drawing);
	return err;
}
