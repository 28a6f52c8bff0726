// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "bench/load.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* proc(5): user nice system idle iowait irq softirq steal, in ticks, all CPUs together. */
enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL, FIELDS };

static double own_seconds(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
	       (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

static bool read_ticks(double *ticks)
{
	FILE *file = fopen("/proc/stat", "re");
	char line[512] = "";
	char *at = line;

	if (file && !fgets(line, sizeof(line), file))
		line[0] = '\0';
	if (file)
		fclose(file);
	if (strncmp(line, "cpu ", 4) != 0)
		return false;
	at += 4;
	for (int i = 0; i < FIELDS; i++)
		ticks[i] = strtod(at, &at);
	return true;
}

void load_now(struct load *load)
{
	double second = (double)sysconf(_SC_CLK_TCK);
	double ticks[FIELDS] = { 0 };

	memset(load, 0, sizeof(*load));
	if (!read_ticks(ticks))
		return;
	for (int i = 0; i < FIELDS; i++)
		load->total += ticks[i] / second;
	load->stolen = ticks[STEAL] / second;
	load->busy = load->total - load->stolen - (ticks[IDLE] + ticks[IOWAIT]) / second;
	load->own = own_seconds();
}

double load_others(const struct load *from, const struct load *to)
{
	double total = to->total - from->total;
	double others = (to->busy - from->busy) - (to->own - from->own);

	return total > 0 && others > 0 ? others / total : 0;
}

double load_stolen(const struct load *from, const struct load *to)
{
	double total = to->total - from->total;

	return total > 0 ? (to->stolen - from->stolen) / total : 0;
}
