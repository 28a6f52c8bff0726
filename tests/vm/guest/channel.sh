# shellcheck shell=sh
# libbpfchan by itself: its order and its sums, with two CPUs, on a kernel that preempts itself
# where it was booted so, and with a CPU that goes and comes.
# shellcheck source=tests/vm/guest/lib.sh
. /guest/lib.sh

# passes NAME PROGRAM TEST: over both buffers
passes() {
	for transport in ring perf; do
		check "channel, $transport: $1" timeout 60 "$2" "$3" "$transport"
	done
}

passes "100,000 records of CPUs in turn are delivered in their order" channel order
passes "a record inside another" channel nesting
passes "the longest record comes out whole, and one byte more is too long" channel longest
passes "programs that run in interrupts of others" faults interrupted
passes "a CPU that comes online after the start, and goes, and comes back" faults hotplug
if grep -q preempt=full /proc/cmdline; then
	passes "programs that preempt each other" faults preempted
fi
plan
