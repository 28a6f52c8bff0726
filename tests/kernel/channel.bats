#!/usr/bin/env bats
# libbpfchan by itself, over both buffers, with a producer that runs on demand (channel.c).
# What lib.bash sets and takes, and a subshell for each test, as bats has it:
# shellcheck disable=SC2030,SC2031,SC2034,SC2154,SC2317
bats_require_minimum_version 1.5.0
load lib

# on_both TEST
on_both() {
	timeout 60 "$helpers/channel" "$1" ring
	timeout 60 "$helpers/channel" "$1" perf
}

@test "reserve, submit, discard and output: all come out and add up" {
	on_both verbs
}

@test "nobody reads the smallest buffer: each record is pending, discarded or lost" {
	on_both full
}

@test "the guard loses no record that would have had room" {
	on_both guard
}

@test "the longest record comes out whole, and one byte more is too long" {
	on_both longest
}

@test "CPUs in turn: delivered in the order of emission" {
	on_both order
}

@test "many producers at once: none comes out twice, and the sums are exact" {
	on_both crowd
}

@test "a callback stops the drain, and nothing is lost by it" {
	on_both stop
}

@test "a record inside another" {
	on_both nesting
}

@test "poll and the fd: a lone record does not wait, and nobody waits for nothing" {
	on_both waiting
}

@test "sizes are rounded as documented, and told" {
	on_both sizes
}

@test "what cannot be is refused, with the reason" {
	on_both refusals
}

@test "programs built with another header are refused, and told why" {
	on_both format
}

@test "structures of other versions" {
	on_both growth
}
