#!/usr/bin/env bats
# tests/run-fuzz says "ok" only of a harness that ran inputs and found nothing.

setup() {
	tests=$BATS_TEST_TMPDIR/tests
	folder=$BATS_TEST_TMPDIR/build
	mkdir -p "$tests/fuzz" "$folder"
	cp "$BATS_TEST_DIRNAME/../run-fuzz" "$tests/"
	: >"$tests/fuzz/harness.c"
}

harness_does() {
	printf '#!/bin/sh\n%s\n' "$1" >"$folder/harness"
	chmod +x "$folder/harness"
}

@test "inputs run and nothing found" {
	harness_does 'echo "stat::number_of_executed_units: 7"'
	run "$tests/run-fuzz" "$folder" 1
	[ "$status" = 0 ]
	[ "${lines[0]}" = "1..1" ]
	[ "${lines[1]}" = "ok 1 - harness: 7 inputs, nothing found" ]
}

@test "a finding is a failure, shown in full" {
	harness_does 'echo "stat::number_of_executed_units: 7"; echo "heap-buffer-overflow"; exit 77'
	run "$tests/run-fuzz" "$folder" 1
	[ "$status" = 1 ]
	[[ ${lines[1]} == "not ok 1 - harness"* ]]
	[[ $output == *heap-buffer-overflow* ]]
}

@test "a harness that ran no input is a failure" {
	harness_does 'echo "stat::number_of_executed_units: 0"'
	run "$tests/run-fuzz" "$folder" 1
	[ "$status" = 1 ]
}

@test "a harness that was not built is a failure" {
	run "$tests/run-fuzz" "$folder" 1
	[ "$status" = 1 ]
	[[ ${lines[1]} == "not ok 1 - harness"* ]]
}

@test "inputs that are kept in tests/fuzz/corpus are given to the harness" {
	mkdir -p "$tests/fuzz/corpus/harness"
	harness_does 'echo "$@" >"$0.args"; echo "stat::number_of_executed_units: 7"'
	run "$tests/run-fuzz" "$folder" 1
	grep -q "$tests/fuzz/corpus/harness" "$folder/harness.args"
}
