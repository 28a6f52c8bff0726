#!/bin/sh
# What the buffers do while nobody reads: how many of 2,000 events they hold, what is told of the
# rest, and in which order ten unlinks come out that two CPUs did in turn. As root; about 10 s.
set -eu

if [ $# -ne 1 ] || [ ! -x "$1/unlink_perf" ]; then
	echo "usage: $0 DIRECTORY, where the built examples are; try make examples-compare" >&2
	exit 2
fi
if [ "$(id -u)" -ne 0 ]; then
	echo "$0: loading BPF programs needs root; try: sudo $0 $1" >&2
	exit 1
fi
bin=$(cd "$1" && pwd)
scratch=$(mktemp -d)
reader=
trap '[ -z "$reader" ] || kill -KILL "$reader" 2>/dev/null || true; rm -rf "$scratch"' EXIT
cd "$scratch"
cp "$(command -v rm)" unlinker # a name of its own, so that other deletions do not count

# start PROGRAM [OPTIONS]: attached, then stopped, so that it reads nothing
start() {
	name=$1
	shift
	rm -f out err # else the last reader's "attached" would count as this one's
	"$bin/$name" -c unlinker "$@" >out 2>err &
	reader=$!
	tries=0
	until grep -qs 'attached to' err; do
		tries=$((tries + 1))
		if [ $tries -gt 100 ] || ! kill -0 "$reader" 2>/dev/null; then
			echo "$0: $name did not attach:" >&2
			cat err >&2
			exit 1
		fi
		sleep 0.1
	done
	kill -STOP "$reader"
}

# finish: let it read what the buffer holds, and end
finish() {
	kill -CONT "$reader"
	sleep 0.3
	kill -INT "$reader"
	wait "$reader"
	reader=
}

fill_up() {
	mkdir -p many
	(cd many && seq 1 2000 | xargs touch)
	start "$@"
	(cd many && seq 1 2000 | taskset -c 0 xargs -n 2000 ../unlinker)
	finish
	told=$(sed -n 's/.*: lost \([0-9]*\) events.*/\1/p' err | awk '{ n += $1 } END { print n + 0 }')
	summary=$(sed -n 's/.*: \([0-9]*\) events printed, \([0-9]*\) lost$/\1 \2/p' err)
}

alternate() {
	touch 1 2 3 4 5 6 7 8 9 10
	start "$@"
	for i in 1 2 3 4 5 6 7 8 9 10; do
		taskset -c $((i % 2)) ./unlinker $i
	done
	finish
	order=$(awk 'NR > 1 { printf "%s ", $3 }' out)
}

printf '%-24s %5s %5s %5s  %s\n' PROGRAM HELD LOST TOLD ORDER
while read -r program; do
	# shellcheck disable=SC2086 # options are meant to split
	fill_up $program
	order="(needs two CPUs)"
	# shellcheck disable=SC2086
	[ "$(nproc)" -lt 2 ] || alternate $program
	# shellcheck disable=SC2086
	printf '%-24s %5d %5d %5d  %s\n' "$program" $summary "$told" "$order"
done <<'PROGRAMS'
unlink_perf
unlink_ring
unlink_ring_output
unlink_channel -t ring
unlink_channel -t perf
PROGRAMS
