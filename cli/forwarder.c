// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "cli/forwarder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/message.h"
#include "trace/cleanup.h"

#define RESTART_MS 1000
#define STOP_MS	   3000

static void read_machine(char *machine, size_t size)
{
	_cleanup_close_ int fd = open("/etc/machine-id", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, machine, size - 1);

	machine[length > 0 ? length : 0] = '\0';
	machine[strcspn(machine, "\n")] = '\0';
}

static void sleep_ms(long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

static void forward(const struct forward_opts *opts)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(forward_run(opts) ? 1 : 0);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		_exit(0);
	sleep_ms(RESTART_MS);
}

/* It has no threads, so it can start the one that has as often as that dies. */
static _Noreturn void keep_forwarding(const struct forward_opts *opts)
{
	struct pollfd fd = { .fd = opts->report, .events = POLLIN };

	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	while (poll(&fd, 1, 0) == 0)
		forward(opts);
	_exit(0);
}

int forwarder_start(struct forwarder_process *forwarder, const struct fleet_opts *fleet,
		    const char *store)
{
	struct forward_opts opts = { .fleet = *fleet, .store = store };
	int ends[2];

	read_machine(forwarder->machine, sizeof(forwarder->machine));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	forwarder->pid = fork();
	if (forwarder->pid == 0) {
		close(ends[0]);
		opts.report = ends[1];
		keep_forwarding(&opts);
	}
	close(ends[1]);
	if (forwarder->pid < 0) {
		forwarder->pid = 0;
		close(ends[0]);
		return -EAGAIN;
	}
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	forwarder->socket = ends[0];
	return 0;
}

static void tell_change(struct forwarder_process *forwarder)
{
	const char *error = forwarder->report.error;

	if (strcmp(error, forwarder->told) == 0)
		return;
	if (*error)
		message("forwarding waits: %s", error);
	else
		message("forwarding goes on");
	memcpy(forwarder->told, error, sizeof(forwarder->told));
}

bool forwarder_read(struct forwarder_process *forwarder)
{
	struct forward_report report;
	ssize_t size;
	bool moved = false;

	while ((size = recv(forwarder->socket, &report, sizeof(report), 0)) == sizeof(report)) {
		report.error[sizeof(report.error) - 1] = '\0';
		report.cursor.uuid[sizeof(report.cursor.uuid) - 1] = '\0';
		forwarder->report = report;
		tell_change(forwarder);
		moved = report.cursor.uuid[0];
	}
	if (size == 0) {
		close(forwarder->socket);
		forwarder->socket = -1;
		message("the forwarder has ended; what is recorded is kept, and told after the "
			"next start");
	}
	return moved;
}

void forwarder_stop(struct forwarder_process *forwarder)
{
	int left = STOP_MS;

	if (!forwarder->pid)
		return;
	if (forwarder->socket >= 0)
		close(forwarder->socket);
	for (; left > 0 && waitpid(forwarder->pid, NULL, WNOHANG) == 0; left -= 20)
		sleep_ms(20);
	forwarder->socket = -1;
	forwarder->pid = 0;
}
