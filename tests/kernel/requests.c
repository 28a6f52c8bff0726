// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * requests [sqpoll] [skip] unlink|rmdir PATH... | rename A B...: by io_uring, all submitted at
 * once. sqpoll: a kernel thread submits; skip: without completions. Raw system calls: no liburing
 * needed.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ENTRIES 64

struct uring {
	int fd;
	struct io_uring_params params;
	struct io_uring_sqe *sqes;
	char *rings; /* both: IORING_FEAT_SINGLE_MMAP, since 5.4 */
};

static void *map(int fd, size_t size, off_t what)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, what);

	if (at == MAP_FAILED)
		err(1, "mmap");
	return at;
}

static void set_up(struct uring *ring, unsigned int flags)
{
	size_t size;

	ring->params.flags = flags;
	ring->params.sq_thread_idle = 1000;
	ring->fd = (int)syscall(SYS_io_uring_setup, ENTRIES, &ring->params);
	if (ring->fd < 0)
		err(1, "io_uring_setup");
	size = ring->params.cq_off.cqes + ring->params.cq_entries * sizeof(struct io_uring_cqe);
	if (size < ring->params.sq_off.array + ENTRIES * sizeof(unsigned int))
		size = ring->params.sq_off.array + ENTRIES * sizeof(unsigned int);
	ring->rings = map(ring->fd, size, IORING_OFF_SQ_RING);
	ring->sqes = map(ring->fd, ENTRIES * sizeof(*ring->sqes), IORING_OFF_SQES);
}

static unsigned int *word(struct uring *ring, unsigned int offset)
{
	return (unsigned int *)(void *)(ring->rings + offset);
}

static void queue(struct uring *ring, const struct io_uring_sqe *sqe)
{
	unsigned int *tail = word(ring, ring->params.sq_off.tail);
	unsigned int i = *tail & (ENTRIES - 1);

	ring->sqes[i] = *sqe;
	word(ring, ring->params.sq_off.array)[i] = i;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
}

static void submit(struct uring *ring, unsigned int count, unsigned int completions)
{
	unsigned int flags = IORING_ENTER_GETEVENTS;

	if (ring->params.flags & IORING_SETUP_SQPOLL)
		flags |= IORING_ENTER_SQ_WAKEUP;
	if (syscall(SYS_io_uring_enter, ring->fd, count, completions, flags, NULL, 0) < 0)
		err(1, "io_uring_enter");
}

static int report(struct uring *ring, unsigned int completions)
{
	const struct io_uring_cqe *cqes = (const void *)(ring->rings + ring->params.cq_off.cqes);
	int failed = 0;

	for (unsigned int i = 0; i < completions; i++) {
		if (cqes[i].res >= 0)
			continue;
		errno = -cqes[i].res;
		warn("request %llu", (unsigned long long)cqes[i].user_data);
		failed = 1;
	}
	return failed;
}

static unsigned int queue_all(struct uring *ring, const char *what, char **paths,
			      unsigned int flags)
{
	int rename = strcmp(what, "rename") == 0;
	unsigned int count = 0;

	for (; *paths && count < ENTRIES; paths += rename ? 2 : 1, count++) {
		struct io_uring_sqe sqe = {
			.opcode = rename ? IORING_OP_RENAMEAT : IORING_OP_UNLINKAT,
			.flags = (__u8)flags,
			.fd = AT_FDCWD,
			.addr = (unsigned long)paths[0],
			.len = rename ? (unsigned int)AT_FDCWD : 0,
			.off = rename ? (unsigned long)paths[1] : 0,
			.user_data = count,
		};

		if (strcmp(what, "rmdir") == 0)
			sqe.unlink_flags = AT_REMOVEDIR;
		queue(ring, &sqe);
	}
	return count;
}

int main(int argc, char **argv)
{
	struct uring ring = { 0 };
	unsigned int setup = 0;
	unsigned int flags = 0;
	unsigned int count;

	for (argv++; argc > 2; argv++, argc--) {
		if (strcmp(*argv, "sqpoll") == 0)
			setup = IORING_SETUP_SQPOLL;
		else if (strcmp(*argv, "skip") == 0)
			flags = IOSQE_CQE_SKIP_SUCCESS;
		else
			break;
	}
	if (argc < 3)
		errx(2, "usage: requests [sqpoll] [skip] unlink|rmdir PATH... | rename A B...");
	set_up(&ring, setup);
	count = queue_all(&ring, argv[0], argv + 1, flags);
	submit(&ring, count, flags ? 0 : count);
	if (flags)
		for (int i = 0; i < 1000 && access(argv[1], F_OK) == 0; i++)
			usleep(1000);
	return flags ? 0 : report(&ring, count);
}
