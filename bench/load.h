/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* How quiet the machine was: who else used its CPUs while the benchmark ran. */
#ifndef WHODEL_BENCH_LOAD_H
#define WHODEL_BENCH_LOAD_H

struct load {
	double total;  /* CPU seconds that passed, all CPUs together */
	double busy;   /* used by anybody here */
	double stolen; /* by other machines on this hypervisor */
	double own;    /* used by this process */
};

/* Since boot; take differences. All 0 when /proc/stat cannot be read. */
void load_now(struct load *load);

/* Shares of the CPUs between two moments. */
double load_others(const struct load *from, const struct load *to);
double load_stolen(const struct load *from, const struct load *to);

#endif
