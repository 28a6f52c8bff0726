// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "bench/publish.h"
#include <errno.h>
int report_check(const struct bench_opts *opts)
{
	(void)opts;
	fprintf(stderr, "whodel: bench: no --report yet\n");
	return -ENOTSUP;
}
int report_write(const struct bench_opts *opts, const struct about *about,
		 const struct results *results)
{
	(void)opts;
	(void)about;
	(void)results;
	return -ENOTSUP;
}
