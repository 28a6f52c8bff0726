/*
 * Sleep and wake: may a committed record lie there while the reader sleeps for good?
 *
 * Two programs on two CPUs and one reader. The reader says in S what it is about to do; a program
 * that finds it idle wakes it, and then exchanges what it found for running.
 *
 *	ring	one buffer. A record is reserved, in order, then committed or discarded by an
 *		exchange of its header; the reader stops at the first that is still reserved. A
 *		commit can wake. The program looks at S in between, behind a barrier.
 *	OUTPUT	the same, where nothing can be done in between: it looks before, and again behind
 *		the commit. A wake-up alone is a record too, one that is discarded.
 *	PERF	a buffer per CPU. Publishing the head is a plain store, taking the mark back the
 *		barrier after it; the reader holds records back while it sees a mark.
 *
 * The timer of a nap comes. That of an idle reader does not: what holds here holds without it.
 */
#define RUNNING 0
#define NAPPING 1
#define IDLE	2

#define RESERVED  0
#define COMMITTED 1
#define DISCARDED 2

#define PROGRAMS 2
#ifdef MORE
#define OF(p) (1 + (p)) /* records of each program */
#else
#define OF(p) 1
#endif
#define RECORDS	 (OF(0) + OF(1))
#define SLOTS	 (2 * RECORDS) /* of the ring: each record may need a wake-up of its own */
#define READER	 PROGRAMS
#define THREADS	 (PROGRAMS + 1)

#define S 0
#ifdef PERF
#define HEAD(p)	  (1 + (p))
#define LOCATIONS (1 + PROGRAMS)
#define STORED(t, l) ((t) == READER && (l) == S || (t) + 1 == (l))
#else
#define POSITION  1
#define HEADER(n) (2 + (n))
#define LOCATIONS (2 + SLOTS)
#ifdef COMMIT_IS_NO_BARRIER
#define STORED(t, l) ((t) == READER -> (l) == S : (l) != S)
#else
#define STORED(t, l) ((t) == READER -> (l) == S : (l) == POSITION)
#endif
#endif

/*
 * The reader counts its transitions in S. A count that never wraps is modelled as what it tells: is
 * what a program loaded still the reader's last word?
 */
bool last_word[PROGRAMS];
#define MOVED_OUT(l)                                                                              \
	if                                                                                        \
	:: (l) == S ->                                                                            \
		last_word[0] = false;                                                             \
		last_word[1] = false                                                              \
	:: else                                                                                   \
	fi
#ifdef NO_COUNT
#define SAME(p) (mem[S] == s)
#else
#define SAME(p) (mem[S] == s && last_word[p])
#endif

#include "memory.pml"

bool on_its_way;   /* a wake-up that was asked for: the kernel sends it later */
bool doorbell;	   /* sticky: rung before the sleep, it ends the sleep */
bool refused;	   /* a wake-up was */
byte reserved;	   /* ring: the producer position, as its lock's holder sees it */
byte mark[PROGRAMS]; /* perf: programs between mark and unmark */
byte submitted, delivered;

proctype interrupt()
{
end:	do
	:: atomic {
		on_its_way ->
		on_its_way = false;
		doorbell = true
	   }
	od
}

inline look(p)
{
	atomic {
		s = mem[S]; /* no program has a store of S in its buffer */
		last_word[p] = true
	}
}

inline forget(p)
{
	s = RUNNING;
	last_word[p] = false
}

inline woken(p)
{
	if
	:: atomic {
		SAME(p) && FLUSHED(p) ->
		mem[S] = RUNNING;
		forget(p)
	   }
	:: atomic {
		!SAME(p) ->
		forget(p)
	   }
	fi
}

#ifdef PERF
inline reserve(p)
{
	atomic {
		FLUSHED(p) ->
		left--;
		mark[p]++
	}
}

inline unmark(p)
{
	atomic {
#ifndef UNMARK_IS_NO_BARRIER
		FLUSHED(p) ->
#endif
		mark[p]--
	}
}

inline wake(p)
{
	on_its_way = true
}

/* The buffer's own wake-up comes when it fills, at any commit as it seems here. */
inline commit(p)
{
	atomic {
		ROOM(p, HEAD(p)) ->
		submitted++;
		head++;
		put(p, HEAD(p), head);
		if
		:: on_its_way = true
		:: true
		fi
	}
	unmark(p)
}

inline discard(p)
{
	unmark(p)
}
#else
/* The next to take the lock sees the position: the release of the lock is behind it. */
inline take_slot(p)
{
	atomic {
		waiting[IX(1 - p, POSITION)] == 0 && ROOM(p, POSITION) ->
		slot = reserved;
		reserved++;
		put(p, POSITION, reserved)
	}
}

inline reserve(p)
{
#ifdef OUTPUT /* bpf_ringbuf_output(): reserves and commits behind the look */
	look(p);
#endif
	take_slot(p);
	left--
#ifndef OUTPUT
	;
#ifndef RESERVE_IS_NO_BARRIER
	barrier(p);
#endif
	look(p)
#endif
}

inline finish(p, how)
{
	atomic {
#ifdef COMMIT_IS_NO_BARRIER
		ROOM(p, HEADER(slot)) ->
		put(p, HEADER(slot), how);
#else
		FLUSHED(p) ->
		mem[HEADER(slot)] = how;
#endif
		submitted = submitted + (how == COMMITTED);
		slot = 0
	}
}

inline wake(p)
{
	take_slot(p);
	finish(p, DISCARDED);
	on_its_way = true
}

/* The fill mark may be reached at any time. */
inline commit_and_wake(p, how)
{
	if
	:: s != RUNNING ->
		finish(p, how);
		on_its_way = true;
		woken(p)
	:: !(s == IDLE && how == COMMITTED) ->
		finish(p, how);
		forget(p)
	fi
}

inline commit(p)
{
	commit_and_wake(p, COMMITTED)
}

inline discard(p)
{
	commit_and_wake(p, DISCARDED)
}
#endif

/* What is refused once may be granted to the next. */
inline look_again(p)
{
#ifdef NO_LOOK_AGAIN
	skip
#else
	look(p);
	if
	:: s == IDLE ->
#ifdef EXCHANGE_FIRST
		if
		:: atomic {
			SAME(p) && FLUSHED(p) ->
			mem[S] = RUNNING;
			taken = true
		   }
		:: !SAME(p)
		fi;
		if
		:: taken -> wake(p)
#ifdef REFUSED
		:: taken && !refused -> refused = true
#endif
		:: !taken
		fi;
		atomic {
			taken = false;
			forget(p)
		}
#else
		if
		:: wake(p);
			woken(p)
#ifdef REFUSED
		:: !refused ->
			refused = true;
			forget(p)
#endif
		fi
#endif
	:: else -> forget(p)
	fi
#endif
}

proctype program(byte p)
{
	byte left = OF(p), s;
#ifdef EXCHANGE_FIRST
	bool taken;
#endif
#ifdef PERF
	byte head;
#else
	byte slot;
#endif
	do
	:: left > 0 ->
		reserve(p);
		if
		:: commit(p)
#if defined(PERF) || defined(OUTPUT)
			;
			look_again(p)
#endif
#ifdef OUTPUT
		:: look_again(p) /* the kernel refused the record */
#else
		:: discard(p)
#endif
		fi
	:: else -> break
	od
}

/*
 * drain: got says that something was delivered, held that something must stay for now.
 * has_records: is there anything, reserved or held back included?
 */
#ifdef PERF
inline take(p)
{
	atomic {
		end[p] = mem[HEAD(p)]
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
		:: free ->
			got = end[0] + end[1] != tail[0] + tail[1];
			delivered = end[0] + end[1];
			tail[0] = end[0];
			tail[1] = end[1]
		:: !free
		fi;
		free = false;
		held = end[0] + end[1] != tail[0] + tail[1]
	}
}

#ifdef IDLE_WHILE_HELD
#define SEEN(p) end[p]
#else
#define SEEN(p) tail[p]
#endif
inline has_records()
{
	got = mem[HEAD(0)] != SEEN(0);
	got = got || mem[HEAD(1)] != SEEN(1)
}
#else
inline drain()
{
	end = mem[POSITION];
	do
	:: atomic {
		tail < end && mem[HEADER(tail)] != RESERVED ->
		got = got || mem[HEADER(tail)] == COMMITTED;
		delivered = delivered + (mem[HEADER(tail)] == COMMITTED);
		tail++
	   }
	:: atomic {
		tail == end || mem[HEADER(tail)] == RESERVED ->
		held = tail < end;
		end = 0;
		break
	   }
	od
}

inline has_records()
{
#ifdef IDLE_WHILE_HELD
	got = tail < mem[POSITION] && mem[HEADER(tail)] != RESERVED
#else
	got = tail < mem[POSITION]
#endif
}
#endif

#ifdef IDLE_WHILE_HELD
#define MUST_NAP got
#else
#define MUST_NAP (got || held)
#endif

/* A refused wake-up is no loss as long as the next program sees that it must wake. */
#define NEXT_WAKES (refused && mem[S] == IDLE)

proctype reader()
{
	bool got, held;
#ifdef PERF
	byte tail[PROGRAMS], end[PROGRAMS];
	bool free;
#else
	byte tail, end;
#endif
	do
	:: atomic {
			ROOM(READER, S) ->
			put(READER, S, RUNNING);
			got = false
		}
		drain();
		if
		:: MUST_NAP ->
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
			has_records();
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
	assert(delivered == submitted || NEXT_WAKES)
}

init
{
	byte it, il;
	atomic {
		start_flushers();
		run interrupt();
		run reader();
		for (it : 0 .. PROGRAMS - 1) {
			run program(it)
		}
	}
}
