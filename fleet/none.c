// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* In place of the others, where there was no libnats or no jansson to build with. */
#include <errno.h>
#include <stdio.h>

#include "fleet/fleet.h"

bool fleet_is_built(void)
{
	return false;
}

int forward_run(const struct forward_opts *opts)
{
	(void)opts;
	return -ENOSYS;
}

int collect_run(const struct collect_opts *opts)
{
	snprintf(opts->error, opts->error_size,
		 "this whodel was built without NATS: install libnats-dev and libjansson-dev, and "
		 "build it again");
	return -ENOSYS;
}
