#!/usr/bin/env bats
# The tutorial's programs on this kernel: each sees a deletion, whatever hook there is.
# What lib.bash sets and takes, and a subshell for each test, as bats has it:
# shellcheck disable=SC2030,SC2031,SC2034,SC2154,SC2317
bats_require_minimum_version 1.5.0
load lib

teardown() {
	[ -z "${started:-}" ] || kill "$started"
	wait
}

# sees PROGRAM OPTION...
sees() {
	local file=$BATS_TEST_TMPDIR/victim name=$1
	shift
	rm -f "$BATS_TEST_TMPDIR/err"
	touch "$file"
	"$build/examples/$name" "$@" -c victim-rm -d 30 -n 1 >"$BATS_TEST_TMPDIR/out" \
		2>"$BATS_TEST_TMPDIR/err" 3>&- &
	started=$!
	wait_for "$BATS_TEST_TMPDIR/err" "attached to"
	cp "$(command -v rm)" "$BATS_TEST_TMPDIR/victim-rm"
	"$BATS_TEST_TMPDIR/victim-rm" "$file" &
	deleter=$!
	wait $deleter
	wait_status $started
	started=
	cat "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err"
	[ "$status" = 0 ]
	[ "$(sed -n 2p "$BATS_TEST_TMPDIR/out" | tr -s ' ')" = "$deleter victim-rm $file" ]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/out")" = 2 ]
	if [ -e /sys/bus/event_source/devices/kprobe ]; then
		grep -E "kprobe/do_unlinkat|no function do_unlinkat" "$BATS_TEST_TMPDIR/err"
	else
		grep "the unlink tracepoints (this kernel has no kprobes)" "$BATS_TEST_TMPDIR/err"
	fi
}

@test "unlink_perf" {
	sees unlink_perf
}

@test "unlink_ring" {
	sees unlink_ring
}

@test "unlink_ring_output" {
	sees unlink_ring_output
}

@test "unlink_channel over the ring" {
	sees unlink_channel --transport ring
}

@test "unlink_channel over perf" {
	sees unlink_channel --transport perf
}
