// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "history/ask.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "trace/cleanup.h"

static int connect_to(int fd, const char *store)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (fd < 0)
		return -errno;
	if (snprintf(address.sun_path, sizeof(address.sun_path), "%s-socket", store) >=
	    (int)sizeof(address.sun_path))
		return -ENAMETOOLONG;
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) ? -errno : 0;
}

int ask_recorder(const char *store, const char *question, int timeout_ms,
		 char answer[ASK_ANSWER_MAX])
{
	/* Not blocking: before a recorder that hangs stands a queue of people who ask. */
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct pollfd readable;
	ssize_t size;
	int err = connect_to(fd, store);

	if (err)
		return err;
	if (send(fd, question, strlen(question), MSG_NOSIGNAL) < 0)
		return -errno;
	readable = (struct pollfd){ .fd = fd, .events = POLLIN };
	if (poll(&readable, 1, timeout_ms) <= 0)
		return -ETIMEDOUT;
	size = recv(fd, answer, ASK_ANSWER_MAX - 1, 0);
	if (size <= 0)
		return size < 0 ? -errno : -ECONNREFUSED;
	answer[size] = '\0';
	return 0;
}

/* What stands behind "key": */
static const char *find(const char *answer, const char *key)
{
	char quoted[64];
	const char *at;

	snprintf(quoted, sizeof(quoted), "\"%s\":", key);
	at = strstr(answer, quoted);
	return at ? at + strlen(quoted) : NULL;
}

bool ask_number(const char *answer, const char *key, uint64_t *number)
{
	const char *at = find(answer, key);

	if (!at || *at < '0' || *at > '9')
		return false;
	*number = strtoull(at, NULL, 10);
	return true;
}

bool ask_text(const char *answer, const char *key, char *text, size_t size)
{
	const char *at = find(answer, key);
	size_t length;

	if (!at || *at != '"')
		return false;
	length = strcspn(at + 1, "\"\\");
	if (length >= size)
		length = size - 1;
	memcpy(text, at + 1, length);
	text[length] = '\0';
	return true;
}
