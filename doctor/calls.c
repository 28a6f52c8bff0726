// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "doctor/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A ring of one entry, for one request. */
struct ring {
	int fd;
	struct io_uring_params params;
	char *submissions;
	struct io_uring_sqe *entries;
	char *completions;
};

static void *map_ring(const struct ring *ring, size_t bytes, off_t offset)
{
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd,
		    offset);
}

/* Closed with the process, which has but this one use for it. */
static int open_ring(struct ring *ring)
{
	struct io_uring_params *params = &ring->params;

	ring->fd = (int)syscall(SYS_io_uring_setup, 1, params);
	if (ring->fd < 0)
		return -errno;
	ring->submissions =
		map_ring(ring, params->sq_off.array + params->sq_entries * 4, IORING_OFF_SQ_RING);
	ring->entries =
		map_ring(ring, params->sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
	ring->completions = map_ring(
		ring, params->cq_off.cqes + params->cq_entries * sizeof(struct io_uring_cqe),
		IORING_OFF_CQ_RING);
	if (ring->submissions == MAP_FAILED || ring->completions == MAP_FAILED ||
	    (void *)ring->entries == MAP_FAILED)
		return -errno;
	return 0;
}

static int submit(struct ring *ring, int *result)
{
	unsigned int *tail = (unsigned int *)(ring->submissions + ring->params.sq_off.tail);
	unsigned int *head = (unsigned int *)(ring->completions + ring->params.cq_off.head);
	const struct io_uring_cqe *completed =
		(struct io_uring_cqe *)(ring->completions + ring->params.cq_off.cqes);

	*(unsigned int *)(ring->submissions + ring->params.sq_off.array) = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -errno;
	*result = completed[*head & (ring->params.cq_entries - 1)].res;
	return 0;
}

int call_io_uring_unlink(const char *path, bool async, int *result)
{
	struct ring ring = { 0 };
	int err = open_ring(&ring);

	if (err)
		return err;
	ring.entries[0] = (struct io_uring_sqe){
		.opcode = IORING_OP_UNLINKAT,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)path,
		.flags = async ? IOSQE_ASYNC : 0,
	};
	return submit(&ring, result);
}

int call_io_uring_rename(const char *from, const char *to, int *result)
{
	struct ring ring = { 0 };
	int err = open_ring(&ring);

	if (err)
		return err;
	ring.entries[0] = (struct io_uring_sqe){
		.opcode = IORING_OP_RENAMEAT,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)from,
		.len = (unsigned int)AT_FDCWD,
		.addr2 = (uintptr_t)to,
	};
	return submit(&ring, result);
}

#ifdef __x86_64__
/* arch/x86/entry/syscalls/syscall_32.tbl: 10 is unlink. The string has to be below 4 GiB. */
int call_unlink_32bit(const char *path)
{
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long result;

	if (low == MAP_FAILED || strlen(path) >= 4096)
		return -ENOMEM;
	strcpy(low, path);
	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(10L), "b"(low)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)result;
}
#else
int call_unlink_32bit(const char *path)
{
	(void)path;
	return -ENOSYS;
}
#endif
