// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* empty: attaches empty programs where whodel attaches its own, and waits for a signal. */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "bench/peers/empty.skel.h"
#include "trace/hooks.h"

/* Without --, whodel follows no command, so it leaves the hook at the fork alone. */
static int attach(struct empty_bpf *skel, struct hooks *hooks, char *error, size_t size)
{
	const struct hook_wants wants = { .follow = false };
	int ret = hooks_choose(tracepoint_hooks, skel->obj, &wants, hooks, error, size);

	if (ret)
		return ret;
	ret = empty_bpf__load(skel);
	if (ret) {
		snprintf(error, size, "cannot load empty programs: %s; try as root",
			 strerror(-ret));
		return ret;
	}
	return hooks_attach(hooks, tracepoint_hooks, skel->obj, error, size);
}

static void wait_for_end(void)
{
	sigset_t ends;
	int which;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	printf("attached\n");
	fflush(stdout);
	sigwait(&ends, &which);
}

int main(void)
{
	struct empty_bpf *skel = empty_bpf__open();
	struct hooks hooks = { 0 };
	char error[512];
	int ret;

	if (!skel)
		err(1, "cannot open empty programs");
	ret = attach(skel, &hooks, error, sizeof(error));
	if (ret)
		warnx("%s", error);
	else
		wait_for_end();
	hooks_detach(&hooks);
	empty_bpf__destroy(skel);
	return ret ? 1 : 0;
}
