// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include <bpf/libbpf.h>
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/time.h>
#include <unistd.h>

#include "examples/example.h"

#define TRACEFS	    "/sys/kernel/tracing"
#define TRACEFS_OLD "/sys/kernel/debug/tracing"

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static const struct option long_options[] = {
	{ "comm", required_argument, NULL, 'c' },      { "count", required_argument, NULL, 'n' },
	{ "duration", required_argument, NULL, 'd' },  { "help", no_argument, NULL, 'h' },
	{ "transport", required_argument, NULL, 't' }, {}
};

static void usage(const struct example *ex, FILE *to)
{
	fprintf(to,
		"Usage: %s [options]\n"
		"Prints who unlinks which name, until Ctrl-C.\n\n"
		"  -c, --comm NAME         only processes of this name\n"
		"  -d, --duration SECONDS  end after this time, such as 10 or 0.5\n"
		"  -n, --count N           end after N events\n",
		ex->name);
	if (ex->transport)
		fprintf(to, "  -t, --transport NAME    ring or perf, instead of auto\n");
	fprintf(to, "  -h, --help              this text\n");
}

static _Noreturn void wrong_use(const struct example *ex, const char *what, const char *value)
{
	fprintf(stderr, "%s: %s%s; try %s --help\n", ex->name, what, value, ex->name);
	exit(2);
}

static double parse_seconds(const struct example *ex, const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds >= 0.001 && seconds <= 1e9))
		wrong_use(ex, "--duration wants seconds, more than 0, not ", text);
	return seconds;
}

static unsigned long parse_count(const struct example *ex, const char *text)
{
	char *end;
	unsigned long count;

	errno = 0;
	count = strtoul(text, &end, 10);
	if (text[strspn(text, "0123456789")] || !count || errno)
		wrong_use(ex, "--count wants a number of at least 1, not ", text);
	return count;
}

static void parse_comm(struct example *ex, const char *text)
{
	if (!*text || strlen(text) >= COMM_SIZE)
		wrong_use(ex, "--comm wants 1 to 15 bytes, as the kernel keeps them, not ", text);
	strcpy(ex->only_comm, text);
}

static void parse_option(struct example *ex, int option)
{
	switch (option) {
	case 'c':
		parse_comm(ex, optarg);
		break;
	case 'd':
		ex->seconds = parse_seconds(ex, optarg);
		break;
	case 'n':
		ex->limit = parse_count(ex, optarg);
		break;
	case 't':
		if (!ex->transport)
			wrong_use(ex, "this example has one buffer only: no ", "--transport");
		ex->transport = optarg;
		break;
	case 'h':
		usage(ex, stdout);
		exit(0);
	default: /* getopt has said what is wrong */
		exit(2);
	}
}

static void catch_signals(void)
{
	struct sigaction act = { .sa_handler = on_signal }; /* no SA_RESTART: a poll must end */

	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGALRM, &act, NULL);
	signal(SIGPIPE, SIG_IGN);
}

void example_init(struct example *ex, int argc, char **argv)
{
	int option;

	ex->name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	while ((option = getopt_long(argc, argv, "c:d:n:t:h", long_options, NULL)) != -1)
		parse_option(ex, option);
	if (optind < argc)
		wrong_use(ex, "unexpected argument: ", argv[optind]);
	if (geteuid() != 0) {
		fprintf(stderr, "%s: loading BPF programs needs root; try: sudo %s\n", ex->name,
			argv[0]);
		exit(1);
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	catch_signals();
}

int example_error(const struct example *ex, int err, const char *action)
{
	fprintf(stderr, "%s: cannot %s: %s\n", ex->name, action, strerror(-err));
	return err;
}

/* The names in kallsyms are there even where kptr_restrict hides the addresses. */
static bool kernel_has(const char *function)
{
	char line[512], symbol[256];
	bool found = false;
	FILE *f = fopen("/proc/kallsyms", "re");

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%*s %*s %255s", symbol) == 1 && !strcmp(symbol, function);
	if (f)
		fclose(f);
	return found;
}

/* Only this process sees the mount: made private first, it does not spread, and ends with us. */
static int mount_tracefs(const struct example *ex)
{
	if (!access(TRACEFS "/events", F_OK) || !access(TRACEFS_OLD "/events", F_OK))
		return 0;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/sys", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tracefs", TRACEFS, "tracefs", 0, NULL))
		return example_error(ex, -errno, "mount tracefs on " TRACEFS " for itself");
	return 0;
}

static bool has_tracepoint(const char *section)
{
	const char *event = section + strlen("tracepoint/");
	char path[256];

	snprintf(path, sizeof(path), TRACEFS "/events/%s", event);
	if (!access(path, F_OK))
		return true;
	snprintf(path, sizeof(path), TRACEFS_OLD "/events/%s", event);
	return !access(path, F_OK);
}

/* arm64 has no unlink(2), hence not this tracepoint either; unlinkat(2) is everywhere. */
static bool can_attach(const struct bpf_program *prog, bool kprobe)
{
	const char *section = bpf_program__section_name(prog);

	if (!strncmp(section, "kprobe/", strlen("kprobe/")))
		return kprobe;
	return !kprobe && has_tracepoint(section);
}

int example_choose_hook(struct example *ex, struct bpf_object *obj)
{
	bool pmu = !access("/sys/bus/event_source/devices/kprobe/type", F_OK);
	bool kprobe = pmu && kernel_has("do_unlinkat");
	struct bpf_program *prog;
	int n = 0;

	if (!kprobe && mount_tracefs(ex))
		return -ENOENT;
	bpf_object__for_each_program (prog, obj) {
		bool attach = can_attach(prog, kprobe);

		bpf_program__set_autoload(prog, attach);
		n += attach;
	}
	if (!n)
		return example_error(ex, -ENOENT,
				     "attach: neither kprobes nor the unlink tracepoints here");
	if (kprobe)
		ex->hook = "kprobe/do_unlinkat";
	else if (pmu)
		ex->hook = "the unlink tracepoints (this kernel has no function do_unlinkat)";
	else
		ex->hook = "the unlink tracepoints (this kernel has no kprobes)";
	return 0;
}

void example_attached(struct example *ex)
{
	struct itimerval timer = {
		.it_value = { .tv_sec = (time_t)ex->seconds,
			      .tv_usec = (suseconds_t)((ex->seconds - (time_t)ex->seconds) * 1e6) },
	};

	fprintf(stderr, "%s: attached to %s; Ctrl-C ends\n", ex->name, ex->hook);
	printf("%-8s %-16s %s\n", "PID", "COMM", "FILENAME");
	setitimer(ITIMER_REAL, &timer, NULL);
}

static bool enough(const struct example *ex)
{
	return (ex->limit && ex->printed >= ex->limit) || ex->write_error;
}

bool example_running(const struct example *ex, int err)
{
	return !stop && !enough(ex) && (err >= 0 || err == -EINTR);
}

void example_detached(void)
{
	struct itimerval off = {};

	setitimer(ITIMER_REAL, &off, NULL);
	stop = 0;
}

/* What a terminal would obey, or show in another order than it is in. */
static bool dangerous(unsigned int c)
{
	static const struct {
		unsigned int from, to;
	} range[] = {
		{ 0x00, 0x1f },	    { 0x7f, 0x9f },	{ 0x61c, 0x61c },   { 0x200e, 0x200f },
		{ 0x2028, 0x202e }, { 0x2066, 0x2069 }, { 0xd800, 0xdfff },
	};

	for (size_t i = 0; i < sizeof(range) / sizeof(range[0]); i++) {
		if (c >= range[i].from && c <= range[i].to)
			return true;
	}
	return c > 0x10ffff || c == '\\';
}

/* How many bytes at @s make one harmless UTF-8 character; 0: none. @s ends with a NUL. */
static int printable(const unsigned char *s)
{
	static const unsigned int smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	int n = *s < 0x80 ? 1 : *s < 0xc0 ? 0 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : *s < 0xf8 ? 4 : 0;
	unsigned int c = n == 1 ? *s : *s & (0x7f >> n);

	for (int i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	return n && c >= smallest[n] && !dangerous(c) ? n : 0;
}

/* Names are bytes chosen by strangers: none of them moves the cursor or breaks the line. */
static void escape(char *to, const char *from)
{
	while (*from) {
		int n = printable((const unsigned char *)from);

		if (n) {
			memcpy(to, from, n);
			to += n;
			from += n;
		} else {
			to += sprintf(to, "\\x%02x", (unsigned char)*from++);
		}
	}
	*to = '\0';
}

int example_print(struct example *ex, const void *data, size_t size)
{
	char comm[4 * COMM_SIZE], name[4 * NAME_SIZE];
	struct event e = {};

	if (enough(ex))
		return -ECANCELED;
	/* Checked, then copied: perf aligns to 4 bytes only, and may pad the end. */
	if (size <= offsetof(struct event, filename))
		return example_error(ex, -EPROTO, "read an event");
	memcpy(&e, data, size < sizeof(e) ? size : sizeof(e));
	e.comm[COMM_SIZE - 1] = e.filename[NAME_SIZE - 1] = '\0';
	escape(comm, e.comm);
	escape(name, e.filename);
	/* "\?" and "\..." cannot be names: in those a backslash is \x5c. */
	printf("%-8d %-16s %s%s\n", e.pid, comm, *name ? name : "\\?",
	       strlen(e.filename) == NAME_SIZE - 1 ? "\\..." : "");
	if (ferror(stdout)) {
		ex->write_error = -errno;
		return -ECANCELED;
	}
	ex->printed++;
	return stop || enough(ex) ? -ECANCELED : 0;
}

void example_tell_lost(struct example *ex, unsigned long long total)
{
	if (total > ex->lost)
		fprintf(stderr, "%s: lost %llu events: buffer full\n", ex->name, total - ex->lost);
	ex->lost = total;
}

int example_end(struct example *ex, int err, unsigned long long lost)
{
	if (ex->hook)
		fprintf(stderr, "%s: %lu events printed, %llu lost\n", ex->name, ex->printed, lost);
	if (ex->write_error)
		err = example_error(ex, ex->write_error, "write the table");
	else if (fflush(stdout))
		err = example_error(ex, -errno, "write the table");
	return err >= 0 || err == -EINTR || err == -ECANCELED ? 0 : 1;
}
