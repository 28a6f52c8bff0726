// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "cli/desk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_NS 2000000000LL

static int64_t monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The store's lock is ours, so a socket that lies there is a dead recorder's. */
static int bind_to(int fd, const char *path, gid_t group)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memcpy(address.sun_path, path, strlen(path));
	if (unlink(path) && errno != ENOENT)
		return -errno;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    chown(path, (uid_t)-1, group) || chmod(path, 0660) || listen(fd, DESK_SEATS))
		return -errno;
	return 0;
}

static int watch(struct desk *desk, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	return epoll_ctl(desk->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int listen_at(struct desk *desk, const char *store)
{
	struct stat st;
	int err;

	if (snprintf(desk->path, sizeof(desk->path), "%s-socket", store) >= (int)sizeof(desk->path))
		return -ENAMETOOLONG;
	if (stat(store, &st))
		return -errno;
	desk->epoll = epoll_create1(EPOLL_CLOEXEC);
	desk->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (desk->epoll < 0 || desk->listener < 0)
		return -errno;
	err = bind_to(desk->listener, desk->path, st.st_gid);
	if (!err && !stat(desk->path, &st)) {
		desk->inode = st.st_ino;
		desk->device = st.st_dev;
	}
	return err ? err : watch(desk, desk->listener);
}

int desk_open(struct desk *desk, const char *store)
{
	int err;

	desk->epoll = -1;
	desk->listener = -1;
	for (int i = 0; i < DESK_SEATS; i++)
		desk->seats[i].fd = -1;
	err = listen_at(desk, store);
	if (err)
		desk_close(desk);
	return err;
}

static void leave(struct seat *seat)
{
	close(seat->fd);
	seat->fd = -1;
}

/* With all seats taken, who comes waits outside. */
static void let_in(struct desk *desk)
{
	for (int i = 0; i < DESK_SEATS; i++) {
		struct seat *seat = &desk->seats[i];

		if (seat->fd >= 0)
			continue;
		seat->fd = accept4(desk->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (seat->fd < 0)
			return;
		seat->asked = false;
		seat->end = monotonic() + PATIENCE_NS;
		if (watch(desk, seat->fd))
			leave(seat);
	}
}

/* 1: a question; 0: nothing yet; -1: none that we know, or gone */
static int read_question(const struct seat *seat, bool *flush)
{
	char question[16] = "";
	ssize_t size = recv(seat->fd, question, sizeof(question) - 1, MSG_DONTWAIT);

	if (size < 0 && errno == EAGAIN)
		return 0;
	*flush = !strcmp(question, "flush");
	return size > 0 && (*flush || !strcmp(question, "status")) ? 1 : -1;
}

struct seat *desk_next(struct desk *desk, bool *flush)
{
	if (desk->listener < 0)
		return NULL;
	let_in(desk);
	for (int i = 0; i < DESK_SEATS; i++) {
		struct seat *seat = &desk->seats[i];
		int ret = seat->fd >= 0 && !seat->asked ? read_question(seat, flush) : 0;

		if (ret < 0)
			leave(seat);
		if (ret <= 0)
			continue;
		/* It is not watched while it waits: that it goes away is met by the answer. */
		epoll_ctl(desk->epoll, EPOLL_CTL_DEL, seat->fd, NULL);
		seat->asked = true;
		return seat;
	}
	return NULL;
}

void desk_wait(struct seat *seat, uint64_t number)
{
	seat->number = number;
	seat->end = monotonic() + PATIENCE_NS;
}

struct seat *desk_ready(struct desk *desk, uint64_t done)
{
	int64_t now = monotonic();

	for (int i = 0; i < DESK_SEATS; i++) {
		struct seat *seat = &desk->seats[i];

		if (seat->fd < 0)
			continue;
		if (seat->asked && (seat->number <= done || now >= seat->end))
			return seat;
		if (!seat->asked && now >= seat->end)
			leave(seat);
	}
	return NULL;
}

void desk_answer(struct seat *seat, const char *answer)
{
	send(seat->fd, answer, strlen(answer), MSG_NOSIGNAL | MSG_DONTWAIT);
	leave(seat);
}

bool desk_is_lost(const struct desk *desk)
{
	struct stat st;

	return desk->listener < 0 || stat(desk->path, &st) || st.st_ino != desk->inode ||
	       st.st_dev != desk->device;
}

void desk_close(struct desk *desk)
{
	for (int i = 0; i < DESK_SEATS; i++)
		if (desk->seats[i].fd >= 0)
			leave(&desk->seats[i]);
	if (desk->epoll >= 0)
		close(desk->epoll);
	if (desk->listener >= 0) {
		unlink(desk->path);
		close(desk->listener);
	}
	desk->epoll = -1;
	desk->listener = -1;
}
