#!/usr/bin/env bats
# Thousands of names, comms and arguments made of what breaks outputs, from a seed; read back from
# each output by a parser that shares nothing with whodel, to the exact bytes, in order.
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

# hostile FORMAT: on each file system. The seed is told by a test that fails.
hostile() {
	local place seed=${WHODEL_TEST_SEED:-$1}
	for place in ext4 tmpfs; do
		dir=$BATS_FILE_TMPDIR/$place/$1
		mkdir "$dir"
		echo "seed $seed on $place; again: WHODEL_TEST_SEED=$seed bats $BATS_TEST_FILENAME"
		"$whodel" -o "$1" --path "*/$place/$1/*" -- \
			python3 -SB "$BATS_TEST_DIRNAME/hostile.py" act "$seed" "$dir" \
			>"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
		python3 -SB "$BATS_TEST_DIRNAME/hostile.py" "$1" "$seed" "$dir" "$BATS_TEST_TMPDIR/out"
		[ "$(find "$dir" -type f | wc -l)" = 0 ]
	done
}

@test "table: a strict splitter has every field of every line back" {
	hostile table
	grep ', 0 lost ' "$BATS_TEST_TMPDIR/err"
}

@test "json: Python's json has every field of every line back" {
	hostile json
}

@test "csv: Python's csv has every field of every line back" {
	hostile csv
	grep ', 0 lost ' "$BATS_TEST_TMPDIR/err"
}
