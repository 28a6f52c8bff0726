// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* How many bytes each transport gets out of one budget. */
#include <errno.h>
#include <limits.h>

#include "channel/internal.h"

/*
 * The ring's size is a __u32 in union bpf_attr and must be a power of two: 2 GiB is the last one.
 * A perf buffer's page table is one allocation of at most 4 MiB of pointers on x86 and arm64 with
 * 4 KiB pages (kernel/events/ring_buffer.c, rb_alloc()): 2 GiB too.
 */
#define MOST_BYTES ((size_t)1 << 31)

bool bpfchan_is_power_of_two(size_t n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

int bpfchan_ring_size(size_t asked, size_t page, size_t *bytes)
{
	size_t size = page;

	if (asked == 0)
		return -EINVAL;
	if (asked > MOST_BYTES)
		return -E2BIG;
	while (size < asked)
		size *= 2;
	*bytes = size;
	return 0;
}

int bpfchan_perf_size(size_t asked, size_t page, unsigned int cpus, size_t *pages)
{
	size_t share = asked / cpus;
	size_t count = 1;

	if (asked == 0)
		return -EINVAL;
	if (share > MOST_BYTES)
		return -E2BIG;
	while (count * 2 * page <= share)
		count *= 2;
	*pages = count;
	return 0;
}
