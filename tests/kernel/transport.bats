#!/usr/bin/env bats
# One transport is chosen, and nothing of the other is in the kernel; what starting costs.
# What lib.bash sets and takes, and a subshell for each test, as bats has it:
# shellcheck disable=SC2030,SC2031,SC2034,SC2154,SC2317
bats_require_minimum_version 1.5.0
load lib

setup() {
	dir=$BATS_TEST_TMPDIR/files
	mkdir "$dir"
}

teardown() {
	[ -z "${started:-}" ] || kill "$started"
	wait
}

start() {
	rm -f "$dir/err"
	"$whodel" -v "$@" >"$dir/out" 2>"$dir/err" 3>&- &
	started=$!
	wait_for "$dir/err" watching
}

# owned prog|map: the running whodel's own, as bpftool shows them.
owned() {
	cat "/proc/$started/fdinfo/"* 2>/dev/null | awk -v what="$1_id:" '$1 == what { print $2 }' |
		sort -un | while read -r id; do
		bpftool "$1" show id "$id"
	done
}

# in_kernel WANTED_MAP OTHER_MAP WANTED_HELPERS OTHER_HELPERS
in_kernel() {
	owned map >"$dir/maps"
	owned prog >"$dir/programs"
	cat "$dir/maps"
	[ "$(grep -c '^[0-9]*: tracing' "$dir/programs")" -ge 4 ]
	grep -qw "$1" "$dir/maps"
	! grep -qw "$2" "$dir/maps" || return 1
	sed -n 's/^\([0-9]*\): .*/\1/p' "$dir/programs" | while read -r id; do
		bpftool prog dump xlated id "$id" | grep -v "^ *;"
	done >"$dir/code"
	grep -qE "$3" "$dir/code"
	! grep -E "$4" "$dir/code" || return 1
}

@test "ring: no perf map, no scratch, no perf helper" {
	start --transport ring
	in_kernel ringbuf perf_event_array bpf_ringbuf 'bpf_perf_event_output'
	! grep percpu_array "$dir/maps" || return 1
}

@test "perf: no ring, and no ringbuf helper" {
	start --transport perf
	in_kernel perf_event_array ringbuf bpf_perf_event_output bpf_ringbuf
}

@test "without a command nothing of following is loaded" {
	start
	owned prog >"$dir/programs"
	grep -q process_exit "$dir/programs"
	! grep process_fork "$dir/programs" || return 1
}

@test "it leaves nothing behind in the kernel" {
	start
	owned prog | sed -n 's/^\([0-9]*\): .*/\1/p' >"$dir/programs"
	[ -s "$dir/programs" ]
	kill -TERM "$started"
	wait "$started"
	started=
	# The kernel frees programs a moment later.
	for _ in {1..200}; do
		left=0
		while read -r id; do
			! bpftool prog show id "$id" >/dev/null 2>&1 || left=1
		done <"$dir/programs"
		[ $left = 1 ] || return 0
		sleep 0.05
	done
	return 1
}

# A page each way of slack is not the point: a library or table that grew would be.
@test "at most 20 MiB resident besides the buffer" {
	for transport in ring perf; do
		start --transport "$transport" --buffer 8M
		bytes=$(sed -n 's/.*(\([0-9]*\) KiB with control pages.*/\1/p' "$dir/err")
		peak=$(awk '$1 == "VmHWM:" { print $2 }' "/proc/$started/status")
		echo "$transport: $peak KiB at most resident, buffer of $bytes KiB"
		[ "$peak" -le "$((20 * 1024 + bytes))" ]
		kill "$started"
		wait "$started"
	done
}

# Timing has no place in a test that may run beside others: this catches only a stall.
@test "from start to attached in good time" {
	best=1000000
	for _ in 1 2 3 4 5; do
		start_at=$(date +%s%N)
		"$whodel" -- true 2>/dev/null
		took=$((($(date +%s%N) - start_at) / 1000000))
		[ "$took" -ge "$best" ] || best=$took
	done
	echo "# start, attach, run true, end: $best ms (best of five)" >&3
	[ "$best" -lt 2000 ]
}
