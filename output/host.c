// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "output/host.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

static int64_t nanoseconds(clockid_t clock)
{
	struct timespec now = { 0 };

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void read_boot_id(struct host *host)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (read(fd, host->boot, sizeof(host->boot) - 1) != sizeof(host->boot) - 1)
		host->boot[0] = '\0';
	close(fd);
}

void host_read(struct host *host)
{
	if (host->known)
		return;
	host->known = true;
	if (gethostname(host->name, sizeof(host->name)))
		host->name[0] = '\0';
	read_boot_id(host);
	host->booted = nanoseconds(CLOCK_REALTIME) - nanoseconds(CLOCK_BOOTTIME);
}
