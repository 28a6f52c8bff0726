// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "cli/command.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trace/cleanup.h"

__attribute__((noreturn)) static void run_child(char **argv, int gate, int result)
{
	char go;
	int err;

	/* End of file: whodel gave up, or died. */
	if (read(gate, &go, 1) != 1)
		_exit(125);
	execvp(argv[0], argv);
	err = errno;
	if (write(result, &err, sizeof(err)) != sizeof(err))
		_exit(125);
	_exit(err == ENOENT ? 127 : 126);
}

int command_hold(struct command *command, char **argv)
{
	int gate[2];
	int result[2];
	pid_t pid;

	if (pipe2(gate, O_CLOEXEC))
		return -errno;
	if (pipe2(result, O_CLOEXEC)) {
		close(gate[0]);
		close(gate[1]);
		return -errno;
	}
	pid = fork();
	if (pid == 0) {
		close(gate[1]);
		close(result[0]);
		run_child(argv, gate[0], result[1]);
	}
	close(gate[0]);
	close(result[1]);
	command->gate = gate[1];
	command->result = result[0];
	if (pid < 0)
		return -errno;
	command->pid = pid;
	command->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	return command->pidfd < 0 ? -errno : 0;
}

int command_release(struct command *command)
{
	int err = 0;
	ssize_t n;

	if (write(command->gate, "", 1) != 1)
		return -errno;
	/* Closed by a successful exec: then there is nothing to read. */
	do
		n = read(command->result, &err, sizeof(err));
	while (n < 0 && errno == EINTR);
	return n == sizeof(err) ? -err : 0;
}

int command_wait(struct command *command)
{
	int status;

	while (waitpid(command->pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	command->pid = -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void command_close(struct command *command)
{
	if (command->gate >= 0)
		close(command->gate);
	if (command->result >= 0)
		close(command->result);
	if (command->pidfd >= 0)
		close(command->pidfd);
	*command = (struct command)COMMAND_NONE;
}
