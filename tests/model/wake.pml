/*
 * Sleep and wake: may a committed record lie there while the reader sleeps for good?
 *
 * Two programs on two CPUs and one reader. The reader says in S what it is about to do; a program
 * looks at S before its commit (a hint: the commit itself can wake) and again after it.
 *
 *	ring	one buffer. A record is reserved, in order, then committed or discarded by an
 *		exchange of its header; the reader stops at the first that is still reserved.
 *	PERF	a buffer per CPU. Publishing the head is a plain store, taking the mark back the
 *		barrier after it; the reader holds records back while it sees a mark.
 */
#define RUNNING 0
#define NAPPING 1
#define IDLE	2

#define RESERVED  0
#define COMMITTED 1
#define DISCARDED 2

#define PROGRAMS 2
#define RECORDS	 3 /* one of the first program, two of the second */
#define READER	 PROGRAMS
#define THREADS	 (PROGRAMS + 1)

#define S 0
#ifdef PERF
#define HEAD(p)	  (1 + (p))
#define LOCATIONS (1 + PROGRAMS)
#define STORED(t, l) ((t) == READER && (l) == S || (t) + 1 == (l))
#else
#define HEADER(n) (1 + (n))
#define LOCATIONS (1 + RECORDS)
#define STORED(t, l) ((t) == READER && (l) == S || (t) != READER && (l) != S)
#endif

#include "memory.pml"

bool doorbell;	   /* sticky: rung before the sleep, it ends the sleep */
byte reserved;	   /* ring: the producer position, moved under the ring's lock */
byte mark[PROGRAMS]; /* perf: programs between mark and unmark */
byte submitted, delivered;

/* Only an exchange that succeeds is a barrier. */
inline to_running(t, from)
{
	atomic {
		if
		:: mem[S] == from && FLUSHED(t) ->
			mem[S] = RUNNING;
			duty = true
		:: mem[S] != from
		fi
	}
}

/* duty: this program has to wake the reader. The fill mark may be reached at any time. */
inline look_at_reader(t)
{
	s = LOAD(t, S);
	if
	:: s == IDLE -> to_running(t, IDLE)
	:: s == NAPPING -> to_running(t, NAPPING)
	:: s != IDLE
	fi;
	s = RUNNING
}

inline look_before_commit(t)
{
	if
	:: look_at_reader(t)
	:: true /* perf's commit cannot wake by choice */
	fi
}

inline look_after_commit(t)
{
#ifndef NO_LOOK_AFTER
	if
	:: !duty -> look_at_reader(t)
	:: duty
	fi;
#endif
	if
	:: atomic { duty && FLUSHED(t) -> doorbell = true }
	:: !duty
	fi
}

inline look_after_discard(t)
{
#ifdef DISCARD_FORGETS_DUTY
	skip
#elif defined(DISCARD_DOES_NOT_LOOK)
	if
	:: atomic { duty && FLUSHED(t) -> doorbell = true }
	:: !duty
	fi
#else
	look_after_commit(t)
#endif
}

#ifdef PERF
inline reserve(p)
{
	atomic {
		FLUSHED(p) ->
		left--;
		duty = false;
		mark[p]++
	}
}

inline commit(p)
{
	atomic {
		ROOM(p, HEAD(p)) ->
		submitted++;
		head++;
		put(p, HEAD(p), head)
	}
#ifdef COMMIT_IS_NO_BARRIER
	mark[p]--
#else
	unmark(p)
#endif
}

inline unmark(p)
{
	atomic {
		FLUSHED(p) -> mark[p]--
	}
}

inline discard(p)
{
	unmark(p)
}
#else
inline reserve(p)
{
	atomic {
		left--;
		duty = false;
		slot = reserved;
		reserved++
	}
}

inline finish(p, how)
{
#ifdef COMMIT_IS_NO_BARRIER
	atomic {
		ROOM(p, HEADER(slot)) ->
		submitted = submitted + (how == COMMITTED);
		put(p, HEADER(slot), how)
	}
#else
	atomic {
		FLUSHED(p) ->
		submitted = submitted + (how == COMMITTED);
		mem[HEADER(slot)] = how
	}
#endif
}

inline commit(p)
{
	finish(p, COMMITTED)
}

inline discard(p)
{
	finish(p, DISCARDED)
}
#endif

proctype program(byte p)
{
	byte left = 1 + p, s;
	bool duty;
#ifdef PERF
	byte head;
#else
	byte slot;
#endif
	do
	:: left > 0 ->
		reserve(p);
		look_before_commit(p);
		if
		:: commit(p); look_after_commit(p)
		:: discard(p); look_after_discard(p) /* or the kernel refused the record */
		fi
	:: else -> break
	od
}

/*
 * drain: got says that something was taken out, rest that something must stay for now.
 * is_there: does a second look find what drain would take out?
 */
#ifdef PERF
inline take(p)
{
	atomic {
		now = LOAD(READER, HEAD(p));
		got = got || now != tail[p];
		held = held + now - tail[p];
		tail[p] = now;
		now = 0
	}
}

inline drain()
{
	free = mark[0] == 0;
	free = free && mark[1] == 0;
	take(0);
	take(1);
	atomic {
		if
		:: free -> delivered = delivered + held; held = 0
		:: !free
		fi;
		free = false;
		rest = held > 0
	}
}

inline is_there()
{
	got = LOAD(READER, HEAD(0)) != tail[0];
	got = got || LOAD(READER, HEAD(1)) != tail[1]
}
#else
inline drain()
{
	do
	:: atomic {
		tail < reserved && LOAD(READER, HEADER(tail)) != RESERVED ->
		delivered = delivered + (LOAD(READER, HEADER(tail)) == COMMITTED);
		tail++;
		got = true
	   }
	:: atomic {
		tail == reserved || LOAD(READER, HEADER(tail)) == RESERVED ->
		rest = tail < reserved;
		break
	   }
	od
}

inline is_there()
{
#ifdef IDLE_WITH_REST
	got = tail < reserved && LOAD(READER, HEADER(tail)) != RESERVED
#else
	got = tail < reserved
#endif
}
#endif

#ifdef IDLE_WITH_REST
#define WORK got
#else
#define WORK (got || rest)
#endif

proctype reader()
{
	bool got, rest;
#ifdef PERF
	byte tail[PROGRAMS], held, now;
	bool free;
#else
	byte tail;
#endif
	do
	:: atomic {
			ROOM(READER, S) ->
			put(READER, S, RUNNING);
			got = false
		}
		drain();
		if
		:: WORK ->
			store(READER, S, NAPPING);
			if
			:: atomic { doorbell -> doorbell = false }
			:: true /* the timer */
			fi
		:: else ->
			store(READER, S, IDLE);
#ifndef NO_READER_BARRIER
			barrier(READER);
#endif
#ifndef NO_SECOND_LOOK
			is_there();
#endif
			if
			:: got
			:: else ->
#ifdef DOORBELL_CLEARED_LATE
				doorbell = false;
#endif
				if
				:: atomic { doorbell -> doorbell = false }
				:: timeout -> break /* nothing can happen any more */
				fi
			fi
		fi
	od;
	assert(delivered == submitted)
}

init
{
	byte it, il;
	atomic {
		start_flushers();
		run reader();
		for (it : 0 .. PROGRAMS - 1) {
			run program(it)
		}
	}
}
