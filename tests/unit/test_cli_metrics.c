// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The figures as text, and over a socket. That promtool takes them is tests/long/metrics.bats. */
#include "cli/metrics_server.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static unsigned int samples;

static void sample(void *ctx, struct metrics *metrics)
{
	(void)ctx;
	samples++;
	*metrics = (struct metrics){
		.version = "0.1.0",
		.probe = "fentry",
		.transport = "ring",
		.events = { [DELETION_UNLINK] = 7, [DELETION_MOVE] = UINT64_MAX },
		.losses = { { "buffer full", 3 }, { "queue full", 0 } },
		.filtered = 5,
		.stored = 6,
		.queue_bytes = 1024,
		.queue_limit = 2048,
		.store_bytes = 4096,
		.buffer_bytes = 8192,
		.buffer_records = 2,
		.began = 1767322984123456789,
		.failing = true,
	};
}

static void assert_line(const char *text, const char *line)
{
	const char *at = text;

	while ((at = strstr(at, line))) {
		if ((at == text || at[-1] == '\n') && at[strlen(line)] == '\n')
			return;
		at++;
	}
	fail_msg("no line \"%s\" in:\n%s", line, text);
}

static void test_text(void **state)
{
	struct metrics metrics;
	size_t size;
	char *text;

	(void)state;
	sample(NULL, &metrics);
	text = metrics_render(&metrics, &size);
	assert_non_null(text);
	assert_int_equal(strlen(text), size);
	assert_line(text, "whodel_info{version=\"0.1.0\",probe=\"fentry\",transport=\"ring\"} 1");
	assert_line(text, "whodel_events_total{op=\"unlink\"} 7");
	assert_line(text, "whodel_events_total{op=\"rmdir\"} 0");
	assert_line(text, "whodel_events_total{op=\"move\"} 18446744073709551615");
	assert_line(text, "whodel_lost_total{reason=\"buffer full\"} 3");
	assert_line(text, "whodel_lost_total{reason=\"queue full\"} 0");
	assert_line(text, "whodel_filtered_total 5");
	assert_line(text, "whodel_stored_total 6");
	assert_line(text, "whodel_queue_limit_bytes 2048");
	assert_line(text, "whodel_store_bytes 4096");
	assert_line(text, "whodel_buffer_records 2");
	assert_line(text, "whodel_failing 1");
	assert_line(text, "whodel_start_timestamp_seconds 1767322984.123");
	free(text);
}

/* What never happened is not 1970. */
static void test_never(void **state)
{
	struct metrics metrics;
	size_t size;
	char *text;

	(void)state;
	sample(NULL, &metrics);
	text = metrics_render(&metrics, &size);
	assert_null(strstr(text, "whodel_canary_timestamp_seconds"));
	free(text);
	metrics.canary = 1000000000;
	text = metrics_render(&metrics, &size);
	assert_line(text, "whodel_canary_timestamp_seconds 1.000");
	free(text);
}

static void test_addresses(void **state)
{
	static const char *const right[] = { "9435",	    ":9435",	  "127.0.0.1:0",
					     "[::1]:65535", "0.0.0.0:80", "[::]:9435" };
	static const char *const wrong[] = { "",
					     ":",
					     "localhost:9435",
					     "127.0.0.1",
					     "127.0.0.1:",
					     "1.2.3.4:65536",
					     "1.2.3.4:-1",
					     "[::1:9435",
					     "9435x",
					     "http://127.0.0.1:9435",
					     "999999" };

	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		assert_null(metrics_address_wrong(right[i]));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (!metrics_address_wrong(wrong[i]))
			fail_msg("%s is taken", wrong[i]);
}

static int connect_to(unsigned int port)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* Until the other side ends; the server runs when its descriptor says so. */
static char *converse(struct metrics_server *server, int fd)
{
	char *all = calloc(1, 65536);
	size_t used = 0;
	ssize_t got = 1;

	assert_non_null(all);
	while (got) {
		struct pollfd fds[] = { { metrics_fd(server), POLLIN, 0 }, { fd, POLLIN, 0 } };

		assert_true(poll(fds, 2, 5000) > 0);
		if (fds[0].revents)
			metrics_run(server);
		got = recv(fd, all + used, 65535 - used, MSG_DONTWAIT);
		used += got > 0 ? (size_t)got : 0;
		assert_true(got >= 0 || errno == EAGAIN);
	}
	close(fd);
	return all;
}

static char *ask(struct metrics_server *server, const char *first)
{
	int fd = connect_to(metrics_port(server));

	dprintf(fd, "%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", first);
	return converse(server, fd);
}

static void assert_status(struct metrics_server *server, const char *first, const char *status)
{
	char *text = ask(server, first);

	if (!strstr(text, status) || strncmp(text, "HTTP/1.1 ", 9) != 0)
		fail_msg("%s: %s", first, text);
	free(text);
}

static void test_server(void **state)
{
	struct metrics_server *server;
	char address[32];
	char *text;

	(void)state;
	assert_int_equal(metrics_open("127.0.0.1:0", sample, NULL, &server), 0);
	samples = 0;
	text = ask(server, "GET /metrics");
	assert_non_null(strstr(text, "HTTP/1.1 200 "));
	assert_non_null(strstr(text, "text/plain; version=0.0.4"));
	assert_non_null(strstr(text, "\nwhodel_stored_total 6\n"));
	assert_int_equal(samples, 1);
	free(text);
	assert_status(server, "HEAD /metrics", " 200 ");
	assert_status(server, "GET /", " 404 ");
	assert_status(server, "POST /metrics", " 405 ");
	snprintf(address, sizeof(address), "%u", metrics_port(server));
	{
		struct metrics_server *second = (struct metrics_server *)&samples;

		assert_int_equal(metrics_open(address, sample, NULL, &second), -EADDRINUSE);
		assert_ptr_equal(second, &samples);
	}
	metrics_close(server);
	metrics_close(NULL);
}

/* Who connects and says nothing, or half of it, is in nobody's way. */
static void test_silence(void **state)
{
	struct metrics_server *server;
	int idle[4];
	char *text;

	(void)state;
	assert_int_equal(metrics_open("127.0.0.1:0", sample, NULL, &server), 0);
	for (int i = 0; i < 4; i++) {
		idle[i] = connect_to(metrics_port(server));
		if (i % 2)
			dprintf(idle[i], "GET /metr");
	}
	text = ask(server, "GET /metrics");
	assert_non_null(strstr(text, " 200 "));
	free(text);
	for (int i = 0; i < 4; i++)
		close(idle[i]);
	metrics_run(server);
	metrics_close(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),	  cmocka_unit_test(test_never),
		cmocka_unit_test(test_addresses), cmocka_unit_test(test_server),
		cmocka_unit_test(test_silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
