#!/usr/bin/env bats
# What befalls a channel, over both buffers, and whether its accounting adds up after it (faults.c).
# A preempted program and a CPU that comes online later need a machine for that: tests/vm.
# What lib.bash sets and takes, and a subshell for each test, as bats has it:
# shellcheck disable=SC2030,SC2031,SC2034,SC2154,SC2317
bats_require_minimum_version 1.5.0
load lib

# on_both TEST
on_both() {
	timeout 60 "$helpers/faults" "$1" ring
	timeout 60 "$helpers/faults" "$1" perf
}

@test "the reader is stopped for two seconds under load" {
	on_both stopped
}

@test "the reader is killed under load, and another one takes over" {
	on_both killed
}

@test "programs that run in interrupts of others" {
	on_both interrupted
}
