// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * uring HOW ARGUMENT...: deletions through io_uring, by bare system calls, since 5.15.
 *	unlink PATH       IORING_OP_UNLINKAT, carried out where it is submitted
 *	rmdir PATH        the same with AT_REMOVEDIR
 *	rename A B        IORING_OP_RENAMEAT
 *	async PATH        UNLINKAT with IOSQE_ASYNC: a worker carries it out
 *	poll PATH         UNLINKAT in a ring that a kernel thread polls (IORING_SETUP_SQPOLL)
 * Writes the process's ID; ends with 0 if the operation did, else says why it failed.
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

struct ring {
	int fd;
	char *sq;
	char *cq;
	struct io_uring_sqe *sqes;
	struct io_uring_params params;
};

static char *map(int fd, size_t size, off_t offset)
{
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, offset);

	if (at == MAP_FAILED)
		err(1, "map the ring");
	return at;
}

static void open_ring(struct ring *ring, unsigned int flags)
{
	struct io_uring_params *p = &ring->params;

	p->flags = flags;
	p->sq_thread_idle = 1000;
	ring->fd = (int)syscall(__NR_io_uring_setup, 4, p);
	if (ring->fd < 0)
		err(1, "io_uring_setup");
	ring->sq = map(ring->fd, p->sq_off.array + p->sq_entries * sizeof(unsigned int),
		       IORING_OFF_SQ_RING);
	ring->cq = map(ring->fd, p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe),
		       IORING_OFF_CQ_RING);
	ring->sqes =
		(void *)map(ring->fd, p->sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
}

static unsigned int *word(char *base, unsigned int offset)
{
	return (unsigned int *)(void *)(base + offset);
}

/* Submits the first entry, waits for its completion and gives the result. */
static int carry_out(struct ring *ring)
{
	struct io_uring_params *p = &ring->params;
	unsigned int flags = IORING_ENTER_GETEVENTS;
	struct io_uring_cqe *cqe;
	unsigned int submit = 1;

	word(ring->sq, p->sq_off.array)[0] = 0;
	__atomic_store_n(word(ring->sq, p->sq_off.tail), 1, __ATOMIC_SEQ_CST);
	if (p->flags & IORING_SETUP_SQPOLL) {
		submit = 0;
		if (*word(ring->sq, p->sq_off.flags) & IORING_SQ_NEED_WAKEUP)
			flags |= IORING_ENTER_SQ_WAKEUP;
	}
	if (syscall(__NR_io_uring_enter, ring->fd, submit, 1, flags, NULL, 0) < 0)
		err(1, "io_uring_enter");
	cqe = (void *)(ring->cq + p->cq_off.cqes);
	return cqe->res;
}

static const struct way {
	const char *name;
	unsigned char opcode;
	unsigned char sqe_flags;
	unsigned int op_flags;
	unsigned int ring_flags;
} ways[] = {
	{ "unlink", IORING_OP_UNLINKAT, 0, 0, 0 },
	{ "rmdir", IORING_OP_UNLINKAT, 0, AT_REMOVEDIR, 0 },
	{ "rename", IORING_OP_RENAMEAT, 0, 0, 0 },
	{ "async", IORING_OP_UNLINKAT, IOSQE_ASYNC, 0, 0 },
	{ "poll", IORING_OP_UNLINKAT, 0, 0, IORING_SETUP_SQPOLL },
};

static void fill(struct io_uring_sqe *sqe, const struct way *way, char **args)
{
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = way->opcode;
	sqe->flags = way->sqe_flags;
	sqe->fd = AT_FDCWD;
	sqe->addr = (unsigned long)args[0];
	sqe->unlink_flags = way->op_flags;
	if (way->opcode == IORING_OP_RENAMEAT) {
		sqe->len = (unsigned int)AT_FDCWD;
		sqe->addr2 = (unsigned long)args[1];
	}
}

static int act(const struct way *way, char **args)
{
	struct ring ring = { 0 };
	int result;

	open_ring(&ring, way->ring_flags);
	fill(&ring.sqes[0], way, args);
	printf("%d\n", getpid());
	result = carry_out(&ring);
	if (result < 0) {
		errno = -result;
		warn("%s %s", way->name, args[0]);
	}
	return result < 0;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 2 && i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!strcmp(ways[i].name, argv[1]) && argc == 3 + !strcmp(argv[1], "rename"))
			return act(&ways[i], argv + 2);
	errx(2, "usage: uring HOW ARGUMENT...");
}
