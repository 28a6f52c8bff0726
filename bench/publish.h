/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What is made of the results: a table, JSON, a page. */
#ifndef WHODEL_BENCH_PUBLISH_H
#define WHODEL_BENCH_PUBLISH_H

#include <stdio.h>

#include "bench/part.h"

/* The machine and the moment. */
struct about {
	char kernel[128];
	char machine[128];
	char processor[128];
	char finished[32]; /* RFC 3339, UTC */
	unsigned int cpus;
	double others; /* share of the CPUs that other programs used meanwhile */
	double stolen; /* and the hypervisor's other guests */
};

void about_here(struct about *about);

void table_part(FILE *file, const struct part *part);
/* The results from @first on that lie in its cell. */
void table_cell(FILE *file, const struct results *results, size_t first);

/* "1 CPU producing, 128-byte records, buffer 512 KiB" */
void cell_title(const struct cell *cell, char *text, size_t size);

/* Human forms, into @text. */
void format_value(double value, enum unit unit, char *text, size_t size);
void format_bytes(size_t bytes, char *text, size_t size);

int json_write(const struct bench_opts *opts, const struct about *about,
	       const struct results *results);

/* Before hours are spent: can the folder be written, is gnuplot there? */
int report_check(const struct bench_opts *opts);
int report_write(const struct bench_opts *opts, const struct about *about,
		 const struct results *results);

#endif
