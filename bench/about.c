// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "bench/producers.h"
#include "bench/publish.h"

/* x86 says "model name"; other machines may say nothing. */
static void read_processor(char *text, size_t size)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[256];

	snprintf(text, size, "unknown");
	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, "model name", 10) != 0 || !strstr(line, ": "))
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(text, size, "%s", strstr(line, ": ") + 2);
		break;
	}
	if (file)
		fclose(file);
}

void about_here(struct about *about)
{
	time_t now = time(NULL);
	struct utsname name;
	struct tm utc;

	memset(about, 0, sizeof(*about));
	uname(&name);
	snprintf(about->kernel, sizeof(about->kernel), "%s", name.release);
	snprintf(about->machine, sizeof(about->machine), "%s", name.machine);
	read_processor(about->processor, sizeof(about->processor));
	strftime(about->finished, sizeof(about->finished), "%Y-%m-%dT%H:%M:%SZ",
		 gmtime_r(&now, &utc));
	about->cpus = cpus_count();
}
