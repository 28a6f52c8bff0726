// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "cli/metrics_server.h"

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Somebody scrapes, somebody looks: more at a time only takes descriptors away. */
#define CONNECTIONS	8
#define TIMEOUT_SECONDS 5
#define CONTENT_TYPE	"text/plain; version=0.0.4; charset=utf-8"

struct metrics_server {
	struct MHD_Daemon *daemon;
	metrics_sample_fn sample;
	void *ctx;
};

/* Host and port of @address in @copy, which has room for it. */
static int split(const char *address, char *copy, size_t size, const char **host, const char **port)
{
	char *colon;

	if ((size_t)snprintf(copy, size, "%s", address) >= size)
		return -EINVAL;
	colon = strrchr(copy, ':');
	*host = "127.0.0.1";
	*port = colon ? colon + 1 : copy;
	if (!colon || colon == copy)
		return 0;
	*colon = '\0';
	*host = copy;
	if (*copy != '[')
		return 0;
	if (colon[-1] != ']')
		return -EINVAL;
	colon[-1] = '\0';
	*host = copy + 1;
	return 0;
}

static int resolve(const char *address, struct addrinfo **out)
{
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM,
	};
	const char *host;
	const char *port;
	char copy[80];
	int err = split(address, copy, sizeof(copy), &host, &port);

	if (err)
		return err;
	/* getaddrinfo() takes 65536 for 0. */
	if (strspn(port, "0123456789") != strlen(port) || !*port || strlen(port) > 5 ||
	    strtoul(port, NULL, 10) > 65535)
		return -EINVAL;
	return getaddrinfo(host, port, &hints, out) ? -EINVAL : 0;
}

const char *metrics_address_wrong(const char *address)
{
	struct addrinfo *found;

	if (resolve(address, &found))
		return "an address is PORT, HOST:PORT or [HOST]:PORT, with numbers, such as 9435";
	freeaddrinfo(found);
	return NULL;
}

static int listen_at(const struct addrinfo *at)
{
	int fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;
	int err;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (!bind(fd, at->ai_addr, at->ai_addrlen) && !listen(fd, CONNECTIONS))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned int status,
			      const char *type, char *text, size_t size,
			      enum MHD_ResponseMemoryMode mode)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(size, text, mode);
	enum MHD_Result result;

	if (!response) {
		if (mode == MHD_RESPMEM_MUST_FREE)
			free(text);
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result say(struct MHD_Connection *connection, unsigned int status, const char *text)
{
	return answer(connection, status, "text/plain; charset=utf-8", (char *)text, strlen(text),
		      MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_size, /* NOLINT: libmicrohttpd's signature */
				  void **request)
{
	const struct metrics_server *server = cls;
	struct metrics metrics = { 0 };
	size_t size;
	char *text;

	(void)version;
	(void)upload;
	(void)upload_size;
	(void)request;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return say(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
	if (strcmp(url, "/metrics") != 0)
		return say(connection, MHD_HTTP_NOT_FOUND, "there is nothing but /metrics\n");
	server->sample(server->ctx, &metrics);
	text = metrics_render(&metrics, &size);
	if (!text)
		return MHD_NO;
	return answer(connection, MHD_HTTP_OK, CONTENT_TYPE, text, size, MHD_RESPMEM_MUST_FREE);
}

/* Without a thread of its own. It prints nothing. */
static struct MHD_Daemon *start(int listener, struct metrics_server *server)
{
	return MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, server,
				MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_CONNECTION_LIMIT,
				CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_SECONDS,
				MHD_OPTION_END);
}

static int serve(struct metrics_server *server, int listener)
{
	if (listener < 0)
		return listener;
	server->daemon = start(listener, server);
	if (server->daemon)
		return 0;
	close(listener);
	return -ENOMEM;
}

int metrics_open(const char *address, metrics_sample_fn sample, void *ctx,
		 struct metrics_server **out)
{
	struct metrics_server *server;
	struct addrinfo *at;
	int err = resolve(address, &at);

	if (err)
		return err;
	server = calloc(1, sizeof(*server));
	if (server) {
		server->sample = sample;
		server->ctx = ctx;
		err = serve(server, listen_at(at));
	} else {
		err = -ENOMEM;
	}
	freeaddrinfo(at);
	if (err)
		free(server);
	else
		*out = server;
	return err;
}

int metrics_fd(const struct metrics_server *server)
{
	return MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

void metrics_run(struct metrics_server *server)
{
	MHD_run(server->daemon);
}

unsigned int metrics_port(const struct metrics_server *server)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	int fd = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_LISTEN_FD)->listen_fd;
	char port[8];

	if (getsockname(fd, (struct sockaddr *)&address, &size) ||
	    getnameinfo((struct sockaddr *)&address, size, NULL, 0, port, sizeof(port),
			NI_NUMERICSERV))
		return 0;
	return (unsigned int)strtoul(port, NULL, 10);
}

void metrics_close(struct metrics_server *server)
{
	if (!server)
		return;
	MHD_stop_daemon(server->daemon);
	free(server);
}
