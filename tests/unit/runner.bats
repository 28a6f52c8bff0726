#!/usr/bin/env bats
# tests/run counts what it is told, and lets nothing pass that did not run.

# The runner in a folder of its own, with one "unit test" that says $1.
setup() {
	top=$BATS_TEST_TMPDIR
	mkdir -p "$top/tests/unit" "$top/build/tests/unit"
	cp "$BATS_TEST_DIRNAME/../run" "$top/tests/"
	: >"$top/tests/allowed-skips"
}

program_says() {
	: >"$top/tests/unit/program.c"
	printf '#!/bin/sh\nprintf "%%b" "%s"\n%s\n' "$1" "${2:-}" >"$top/build/tests/unit/program"
	chmod +x "$top/build/tests/unit/program"
}

runs() {
	run "$top/tests/run" unit
	echo "$output"
}

last_line_is() {
	[ "${lines[-1]}" = "$1" ]
}

@test "counts what passed" {
	program_says '1..2\nok 1 - a\nok 2 - b\n'
	runs
	[ "$status" = 0 ]
	last_line_is "2 passed, 0 failed, 0 skipped"
}

@test "a failed test fails the run" {
	program_says '1..2\nok 1 - a\nnot ok 2 - b\n' 'exit 1'
	runs
	[ "$status" = 1 ]
	last_line_is "1 passed, 1 failed, 0 skipped"
}

@test "a skip that is not on the list is a failure" {
	program_says '1..1\nok 1 - a # SKIP no disk\n'
	runs
	[ "$status" = 1 ]
	last_line_is "0 passed, 1 failed, 0 skipped"
}

@test "a skip that is on the list is a skip, with its reason" {
	echo "unit not-x86_64 a # no disk" >"$top/tests/allowed-skips"
	program_says '1..1\nok 1 - a # SKIP no disk\n'
	mkdir "$top/bin"
	printf '#!/bin/sh\necho other\n' >"$top/bin/uname"
	chmod +x "$top/bin/uname"
	PATH=$top/bin:$PATH runs
	[ "$status" = 0 ]
	[[ $output == *"skipped: unit: a: no disk"* ]]
	last_line_is "0 passed, 0 failed, 1 skipped"
}

@test "a skip on the list under a condition that does not hold is a failure" {
	echo "unit one-cpu a # no disk" >"$top/tests/allowed-skips"
	mkdir "$top/bin"
	printf '#!/bin/sh\necho 2\n' >"$top/bin/nproc"
	chmod +x "$top/bin/nproc"
	program_says '1..1\nok 1 - a # SKIP no disk\n'
	PATH=$top/bin:$PATH runs
	[ "$status" = 1 ]
	last_line_is "0 passed, 1 failed, 0 skipped"
}

@test "a skip without a reason is a failure" {
	echo "unit one-cpu *" >"$top/tests/allowed-skips"
	program_says '1..1\nok 1 - a # skip\n'
	runs
	last_line_is "0 passed, 1 failed, 0 skipped"
}

@test "a plan that is not met is a failure" {
	program_says '1..3\nok 1 - a\n'
	runs
	[ "$status" = 1 ]
	last_line_is "1 passed, 1 failed, 0 skipped"
}

@test "a program that dies after its tests is a failure" {
	program_says '1..1\nok 1 - a\n' 'kill -SEGV $$'
	runs
	[ "$status" = 1 ]
	last_line_is "1 passed, 1 failed, 0 skipped"
}

@test "a program that is not there is a failure" {
	: >"$top/tests/unit/absent.c"
	runs
	[ "$status" = 1 ]
	[[ ${lines[-1]} == "0 passed, "[1-9]*" failed, 0 skipped" ]]
}

@test "a tier without tests is a failure" {
	runs
	[ "$status" = 1 ]
	last_line_is "0 passed, 1 failed, 0 skipped"
}

@test "an unknown tier is a failure" {
	run "$top/tests/run" nonesuch
	[ "$status" = 1 ]
	last_line_is "0 passed, 1 failed, 0 skipped"
}
