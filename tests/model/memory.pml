/*
 * Memory as a CPU shows it to the others: what a thread stores waits in its store buffer, where
 * only the thread itself sees it, until a flusher moves it out at any later moment.
 *
 *	tso	(x86)  stores leave the buffer in the order in which they were made
 *	WEAK	       in any order, but for two to one location
 *
 * A barrier and an atomic operation wait until the buffer is empty; a release store only until
 * what was stored before it is out. Loads that may be reordered are modelled where they are made.
 *
 * The including file defines THREADS, LOCATIONS, STORED(thread, location): who stores what, and
 * MOVED_OUT(location): what else happens when a value becomes visible.
 */
#define IX(t, l) ((t) * LOCATIONS + (l))
#define DEPTH	 2

byte mem[LOCATIONS];
byte own[THREADS * LOCATIONS];	  /* the youngest value still in the buffer */
byte waiting[THREADS * LOCATIONS]; /* how many values of this location are */
byte buffered[THREADS];		  /* how many values in all */

#ifdef WEAK
#define FIFO(t, l) fifo[IX(t, l)]
#define FIFOS	   (THREADS * LOCATIONS)
#else
#define FIFO(t, l) fifo[t]
#define FIFOS	   THREADS
#endif
chan fifo[FIFOS] = [DEPTH] of { byte, byte };

#define LOAD(t, l) (waiting[IX(t, l)] -> own[IX(t, l)] : mem[l])
#define FLUSHED(t) (buffered[t] == 0)
#define ROOM(t, l) nfull(FIFO(t, l))

/* To be called where ROOM() holds, in an atomic. */
inline put(t, l, v)
{
	FIFO(t, l)!l, v;
	own[IX(t, l)] = v;
	waiting[IX(t, l)]++;
	buffered[t]++
}

inline store(t, l, v)
{
	atomic {
		ROOM(t, l) -> put(t, l, v)
	}
}

inline barrier(t)
{
	FLUSHED(t)
}

proctype flusher(byte t, i)
{
	byte l, v;
end:	do
	:: atomic {
		fifo[i]?l, v ->
		mem[l] = v;
		MOVED_OUT(l);
		buffered[t]--;
		waiting[IX(t, l)]--;
		if
		:: waiting[IX(t, l)] == 0 -> own[IX(t, l)] = 0 /* one state, not many */
		:: else
		fi;
		l = 0;
		v = 0
	   }
	od
}

/* In an atomic of init. */
inline start_flushers()
{
	for (it : 0 .. THREADS - 1) {
#ifdef WEAK
		for (il : 0 .. LOCATIONS - 1) {
			if
			:: STORED(it, il) -> run flusher(it, IX(it, il))
			:: else
			fi
		}
#else
		run flusher(it, it)
#endif
	}
}
