/*
 * Order across the per-CPU perf buffers: is each record delivered in the end, and none ever after
 * one whose emission began when its own had ended? What leads there, and is looked at too unless
 * PRECEDENCE_ONLY: a record's key is the largest timestamp in its CPU's buffer up to there, and no
 * record is delivered after one with a later key.
 *
 * CPU 0 runs two programs, of which either may interrupt or preempt the other, CPU 1 runs one; or,
 * IN_TURN, CPU 0 runs one and CPU 1 two in turn. M is a CPU's mark: how many programs are between
 * mark and unmark, and a time no later than any of their timestamps. The kernel's side of a perf
 * buffer: space is taken with preemption off, an interrupt may nest in there, and only the
 * outermost publishes the head.
 */
#define CPUS	 2
#define PROGRAMS 3
#define PER_CPU	 2 /* records in each buffer */
#define THREADS	 CPUS
#ifdef IN_TURN
#define CPU(p) ((p) > 0)
#else
#define CPU(p) ((p) > 1)
#endif

#define MARK(c)	   (c)
#define HEAD(c)	   (CPUS + (c))
#define SLOT(c, n) (2 * CPUS + (c) * PER_CPU + (n))
#define LOCATIONS  (2 * CPUS + CPUS * PER_CPU)
#define STORED(t, l)                                                                              \
	((l) == MARK(t) || (l) == HEAD(t) || (l) == SLOT(t, 0) || (l) == SLOT(t, 1))

#define MOVED_OUT(l) skip

#include "memory.pml"

/* A mark is a time and a count. A record is a timestamp, from 1 on, and who wrote it. */
#define COUNT(m)      ((m) & 3)
#define TIME(m)	      ((m) >> 2)
#define WITH_TIME(t)  ((t) << 2)
#define RECORD(t, id) ((t) << 2 | (id))
#define STAMP(r)      ((r) >> 2)
#define AUTHOR(r)     ((r) & 3)

byte clock = 1;
byte last[CPUS]; /* the time of some record of this CPU: whose, among nested ones, is open */

/* Who may run on a CPU: the one that took space, unless an interrupt came on top of it. */
#define NOBODY	   0
#define ME	   (id + 1)
#define MAY_RUN(c) (above[c] == ME || above[c] == NOBODY && (holder[c] == ME || holder[c] == NOBODY))
byte holder[CPUS], above[CPUS];
byte taken[CPUS], nesting[CPUS];

/* What happened, for the assertions only: a bit for each program. */
byte begun, ended, delivered, newest;
byte earlier[PROGRAMS]; /* who had ended when this one began */
#define BIT(p) (1 << (p))
#define ALL    (BIT(PROGRAMS) - 1)

inline begin()
{
	if
	:: begun & BIT(id)
	:: else ->
		begun = begun | BIT(id);
		earlier[id] = ended
	fi
}

/* A timestamp of its own for each reader of the clock, or not. */
inline take_timestamp()
{
	atomic {
		MAY_RUN(c) ->
		begin();
		time = clock;
#ifdef COARSE_CLOCK
		if
		:: clock++
		:: true
		fi;
#else
		clock++
#endif
	}
	atomic {
		MAY_RUN(c) -> last[c] = time
	}
}

/* Any time will do that is not later than the timestamp to come. */
inline take_bound()
{
	atomic {
		MAY_RUN(c) ->
		old = LOAD(c, MARK(c));
		bound = last[c]
	}
}

#ifdef NO_MARKS
inline publish_mark()
{
	atomic {
		MAY_RUN(c) ->
		begin();
		bound = 0
	}
}
#elif defined(MARK_IS_A_STORE)
inline publish_mark()
{
	atomic {
		MAY_RUN(c) && ROOM(c, MARK(c)) ->
		begin();
		if
		:: COUNT(old) == 0 -> old = WITH_TIME(bound) + 1
		:: else -> old++
		fi;
		put(c, MARK(c), old)
	}
}
#else
inline publish_mark()
{
	do
	:: atomic {
		MAY_RUN(c) && FLUSHED(c) && COUNT(old) == 0 ->
		if
		:: mem[MARK(c)] == old ->
			begin();
			mem[MARK(c)] = WITH_TIME(bound) + 1;
			old = 0;
			bound = 0;
			break
		:: else -> old = 1 /* not taken: add to what is there */
		fi
	   }
	:: atomic {
		MAY_RUN(c) && FLUSHED(c) && COUNT(old) != 0 ->
		begin();
		mem[MARK(c)]++;
		old = 0;
		bound = 0;
		break
	   }
	od
}
#endif

inline mark()
{
	take_bound();
	publish_mark()
}

inline end()
{
	ended = ended | BIT(id);
	time = 0;
	slot = 0;
	if
	:: above[c] == ME -> above[c] = NOBODY
	:: else
	fi
}

inline unmark()
{
	atomic {
#if defined(UNMARK_IS_NO_BARRIER) && defined(WEAK) /* on x86 every atomic operation is one */
		MAY_RUN(c) ->
#else
		MAY_RUN(c) && FLUSHED(c) ->
#endif
#ifdef NO_MARKS
		skip;
#elif defined(FIRST_CLEARS)
		mem[MARK(c)] = 0;
#else
		mem[MARK(c)]--;
#endif
		end()
	}
}

inline write_record()
{
	atomic {
		MAY_RUN(c) ->
		if
		:: holder[c] == NOBODY -> holder[c] = ME
		:: else
		fi;
		nesting[c]++;
		slot = taken[c];
		taken[c]++
	}
	atomic {
		MAY_RUN(c) && ROOM(c, SLOT(c, slot)) ->
		put(c, SLOT(c, slot), RECORD(time, id))
	}
}

/* In the kernel the barrier before the head's store orders the record before it. */
#ifdef HEAD_IS_NO_RELEASE
#define RELEASED(c) true
#else
#define RELEASED(c) (waiting[IX(c, SLOT(c, 0))] == 0 && waiting[IX(c, SLOT(c, 1))] == 0)
#endif
inline publish_head()
{
	atomic {
		MAY_RUN(c) && ROOM(c, HEAD(c)) && (nesting[c] > 1 || RELEASED(c)) ->
		nesting[c]--;
		if
		:: nesting[c] == 0 ->
			put(c, HEAD(c), taken[c]);
			holder[c] = NOBODY
		:: else
		fi
	}
}

inline emit()
{
#ifdef MARK_AFTER_TIMESTAMP
	take_timestamp();
	mark();
#else
	mark();
	take_timestamp();
#endif
	write_record();
#ifdef UNMARK_BEFORE_HEAD
	unmark();
	publish_head()
#else
	publish_head();
	unmark()
#endif
}

/* Starting on top of one that took space is an interrupt. One at a time, so that it ends first. */
inline start()
{
	atomic {
		above[c] == NOBODY ->
		if
		:: holder[c] != NOBODY -> above[c] = ME
		:: else
		fi
	}
}

proctype program(byte id, count)
{
	byte c = CPU(id), old, bound, time, slot;

	start();
	do
	:: count > 0 ->
		emit();
		atomic {
			count--;
			id++
		}
	:: else -> break
	od
}

/* What the reader loads in one pass. Each load needs those before it, unless a barrier is missing. */
#define CLOCK_READ   BIT(0)
#define MARK_READ(c) BIT(1 + (c))
#define HEAD_READ(c) BIT(3 + (c))
#define MARKS_READ   (MARK_READ(0) | MARK_READ(1))
#define HEADS_READ   (HEAD_READ(0) | HEAD_READ(1))
#define DONE(bits)   ((done & (bits)) == (bits))

#ifdef NO_BARRIER_AFTER_CLOCK
#define CLOCK_SEEN true
#else
#define CLOCK_SEEN DONE(CLOCK_READ)
#endif
#ifdef HEADS_BEFORE_MARKS
#define HEAD_READY DONE(CLOCK_READ)
#define MARK_READY DONE(CLOCK_READ | HEADS_READ)
#elif defined(NO_BARRIER_AFTER_MARKS) && defined(WEAK) /* x86 keeps loads in order */
#define HEAD_READY CLOCK_SEEN
#define MARK_READY CLOCK_SEEN
#else
#define HEAD_READY DONE(MARKS_READ)
#define MARK_READY CLOCK_SEEN
#endif

inline read_mark(c)
{
	atomic {
		!DONE(MARK_READ(c)) && MARK_READY ->
		done = done | MARK_READ(c);
		if
		:: COUNT(mem[MARK(c)]) > 0 && TIME(mem[MARK(c)]) < low -> low = TIME(mem[MARK(c)])
		:: else
		fi
	}
}

/* The records behind a head that was loaded with acquire are what they are: taken with it. */
inline read_head(c)
{
	atomic {
		!DONE(HEAD_READ(c)) && HEAD_READY ->
		done = done | HEAD_READ(c);
		head[c] = mem[HEAD(c)]
	}
}

inline read_all()
{
	do
	:: atomic {
		!DONE(CLOCK_READ) ->
		done = done | CLOCK_READ;
		low = (clock < low -> clock : low)
	   }
	:: read_mark(0)
	:: read_mark(1)
	:: read_head(0)
	:: read_head(1)
	:: DONE(CLOCK_READ | MARKS_READ | HEADS_READ) -> break
	od
}

/* The first of each buffer, and as old as the youngest up to there. */
inline oldest_of(c)
{
	highest = 0;
	for (n : 0 .. PER_CPU - 1) {
		if
		:: n < head[c] ->
			assert(mem[SLOT(c, n)] != 0); /* never a record that is not yet written */
			highest = (STAMP(mem[SLOT(c, n)]) > highest -> STAMP(mem[SLOT(c, n)]) :
								       highest);
			if
			:: !(delivered & BIT(AUTHOR(mem[SLOT(c, n)]))) ->
				if
				:: highest < key ->
					key = highest;
					next = AUTHOR(mem[SLOT(c, n)])
				:: else
				fi;
				break
			:: else
			fi
		:: else
		fi
	}
}

inline deliver()
{
	do
	:: key = 255;
		oldest_of(0);
		oldest_of(1);
		if
		:: key != 255 && key < low ->
			assert((earlier[next] & ~delivered) == 0);
#ifndef PRECEDENCE_ONLY
			assert(key >= newest);
			newest = key;
#endif
			delivered = delivered | BIT(next)
		:: else -> break
		fi
	od;
	key = 0;
	next = 0;
	n = 0;
	highest = 0
}

inline pass()
{
	read_all();
	true; /* a loop may not end in a d_step, nor a d_step begin with one */
	d_step {
		next = 0;
		deliver();
		low = 255;
		done = 0;
		head[0] = 0;
		head[1] = 0
	}
}

#define ALL_OUT                                                                                   \
	(ended == ALL && nesting[0] + nesting[1] == 0 && FLUSHED(0) && FLUSHED(1))

proctype reader()
{
	byte low = 255, done, head[CPUS], key, next, n, highest;

	pass();
	pass();
	ALL_OUT -> clock++; /* a coarse one moves on some day */
	pass();
	assert(delivered == ALL)
}

init
{
	byte it, il;
	atomic {
		start_flushers();
		run reader();
		run program(0, 1);
#ifdef IN_TURN
		run program(1, 2)
#else
		run program(1, 1);
		run program(2, 1)
#endif
	}
}
