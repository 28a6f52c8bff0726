#!/usr/bin/env bats
# Names and paths that strangers chose: whole, reversible, and harmless to whoever reads them.
# What lib.bash sets and takes, and a subshell for each test, as bats has it:
# shellcheck disable=SC2030,SC2031,SC2034,SC2154,SC2317
bats_require_minimum_version 1.5.0
load lib

setup_file() {
	on_ext4 "$BATS_FILE_TMPDIR/ext4"
	on_tmpfs "$BATS_FILE_TMPDIR/tmpfs"
}

teardown_file() {
	unmount_below "$BATS_FILE_TMPDIR"
}

names() {
	python3 -B "$BATS_TEST_DIRNAME/names.py" "$@"
}

@test "in JSON, as exactly these bytes" {
	for place in ext4 tmpfs; do
		for transport in ring perf; do
			dir=$BATS_FILE_TMPDIR/$place/$transport
			names make "$dir"
			trace -- find "$dir" -type f -delete
			names json "$dir" "$out"
		done
	done
}

@test "in the table, one line each that cannot harm" {
	for place in ext4 tmpfs; do
		dir=$BATS_FILE_TMPDIR/$place/table
		names make "$dir"
		"$whodel" -- find "$dir" -type f -delete >"$BATS_TEST_TMPDIR/table" 2>"$BATS_TEST_TMPDIR/err"
		names table "$dir" "$BATS_TEST_TMPDIR/table"
		grep '0 lost' "$BATS_TEST_TMPDIR/err"
	done
}

@test "in comm and args" {
	dir=$BATS_FILE_TMPDIR/ext4
	touch "$dir/victim"
	trace -- python3 -IBc 'import os, sys
open("/proc/self/comm", "wb").write(b"c\n\x1b[2J\xff\"")
os.unlink(sys.argv[1])' "$dir/victim" "$(printf 'a\n\033\377')"
	python3 -B - "$out" <<-'PY'
		import sys
		sys.path.insert(0, "tests/kernel")
		import base64, events
		(event,), _ = events.read(sys.argv[1])
		assert events.raw(event, "comm") == b"c\n\x1b[2J\xff\"", event
		assert base64.b64decode(event["args_raw"][-1]) == b"a\n\x1b\xff", event
	PY
}

# deep LENGTH: a file so deep that its path has so many bytes goes.
deep() {
	names deep make "$1" "$dir"
	trace -- python3 -SB "$BATS_TEST_DIRNAME/names.py" deep delete "$1" "$dir"
	[ "$status" = 0 ]
}

# PATH_MAX is 4,096 with its NUL; a file can lie deeper and be reached by relative steps. In a
# chroot the host's path is longer, so the longest one is left out there.
@test "a path of 3,000 bytes comes out whole, and one of 4,095" {
	for place in ext4 tmpfs; do
		for length in 3000 4095; do
			dir=$BATS_FILE_TMPDIR/$place
			[ "$length" = 3000 ] || [ -z "$WHODEL_TEST_PREFIX" ] || continue
			deep $length
			names whole $length "$dir" "$out"
			rm -rf "$dir"/ddd*
		done
	done
}

@test "a path deeper than 4,096 bytes is flagged" {
	for place in ext4 tmpfs; do
		for length in 4096 5000 9000 15000; do
			dir=$BATS_FILE_TMPDIR/$place
			deep $length
			event op=unlink ok=true comm=python3 incomplete+=path_truncated
			rm -rf "$dir"/ddd*
		done
	done
}

@test "a string of 4,095 bytes given to the system call comes out whole as seen" {
	dir=$BATS_FILE_TMPDIR/tmpfs
	touch "$dir/victim"
	trace -- python3 -IBc 'import os, sys
folder = sys.argv[1]
path = folder + "/" * (4095 - len(folder) - len("victim")) + "victim"
assert len(path) == 4095
os.unlink(path)' "$dir"
	[ "$status" = 0 ]
	event "path=$dir/victim" ok=true incomplete-=path_truncated
}

@test "a string too long for a system call is flagged, with -x" {
	trace -x -- python3 -SBc 'import os
try:
	os.unlink("/" + "x/" * 3000)
except OSError:
	pass'
	event ok=false error=ENAMETOOLONG incomplete+=path_truncated
}
