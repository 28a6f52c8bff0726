#!/usr/bin/env bats
# whodel record at full load, and for an hour. SOAK_SECONDS=120 for a short one.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154,SC2317
bats_require_minimum_version 1.5.0
load ../kernel/lib
load ../kernel/record

setup() {
	recorder='' store=''
	dir=$BATS_TEST_TMPDIR/dir
}

teardown() {
	[ -z "$recorder" ] || kill_recorder
	unmount_below "$BATS_TEST_TMPDIR"
}

# Of the recorder, all its threads, in hundredths of a second.
cpu_ticks() {
	awk '{ print $14 + $15 }' "/proc/$recorder/stat"
}

# memory FIELD: in KiB
memory() {
	awk -v field="$1:" '$1 == field { print $2 }' "/proc/$recorder/status"
}

# million [random]: two processes delete a million files, flat out
million() {
	local before used deleters
	mkdir "$dir"
	mount -t tmpfs whodel-test "$dir" -o size=2G,nr_inodes=1100000
	record
	before=$(cpu_ticks)
	"$helpers/storm" "$dir" 2 500000 "$@"
	ask flush
	used=$(($(cpu_ticks) - before))
	deleters=$(awk '{ sum += $1 } END { print int(sum / 10000) }' "$dir/cpu")
	echo "recorder: $used ticks, deleters: $deleters; $(memory VmHWM) KiB at most"
	[ "$(memory VmHWM)" -lt 65536 ]
	[ "$used" -le $((deleters / 2)) ]
	stop_recorder
	ls -l "$store"
	[ "$(stat -c %s "$store")" -le $((1000000 * (48 + 11))) ]
	[ "$(sql "SELECT count(*) FROM coverage")" = 0 ]
	[ "$(sql "PRAGMA integrity_check")" = ok ]
	paths 1000000
}

@test "a million deletions in order: all there, once, small, for little CPU and memory" {
	million
}

@test "a million deletions in random order: the same" {
	million random
}

# A thousand a second, each by name; and then: nothing lost, nothing grown, nothing kept too long.
@test "soak: memory does not grow, nothing is lost, the limits hold" {
	local seconds=${SOAK_SECONDS:-3600} early late
	mkdir "$dir"
	record --keep 60s --max-size 4M
	python3 - "$dir" "$seconds" 3>&- <<-'PY' &
		import os, sys, time
		folder, seconds = sys.argv[1], int(sys.argv[2])
		start = time.monotonic()
		for tick in range(seconds * 10):
		    for number in range(100):
		        path = f"{folder}/{tick}-{number}"
		        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
		        os.unlink(path)
		    time.sleep(max(0, start + (tick + 1) / 10 - time.monotonic()))
	PY
	deleter=$!
	sleep $((seconds / 2))
	early=$(memory VmRSS)
	wait "$deleter"
	late=$(memory VmRSS)
	ask flush
	echo "resident: $early KiB half way, $late KiB at the end"
	[ "$late" -lt $((early + 1024)) ]
	[ "$(ask status lost)" = 0 ]
	[ "$(ask status events)" -ge $((seconds * 1000)) ]
	[ "$(ask status store_bytes)" -le $((5 << 20)) ]
	stop_recorder
	[ "$(sql "SELECT count(*) FROM coverage WHERE kind NOT IN ('removed')")" = 0 ]
	[ "$(sql "SELECT (SELECT sum(count) FROM coverage) + (SELECT sum(events) FROM block)
		= (SELECT events FROM recording)")" = 1 ]
	[ "$(sql "SELECT (until - (SELECT min(until) FROM block)) / 1000000000 <= 65 FROM recording")" = 1 ]
}
