#!/usr/bin/env bats
# The channel's protocols, checked by spin; docs/protocols.md says what and why.

model=$BATS_TEST_DIRNAME/../model/run

# check PATTERN: every variant of that line did what its line says.
check() {
	run "$model" "$1"
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"ok 1 - ${1%% *} ${1##*[ *]}"* ]]
}

@test "model: no committed record is left to a sleeping reader" {
	check "wake  *holds"
}

@test "model: every broken variant of sleep and wake is found" {
	check "wake  *breaks"
}

@test "model: records of different CPUs come out in order" {
	check "order holds"
}

@test "model: every broken variant of the order is found" {
	check "order breaks"
}

@test "model: a variant that holds does not pass for a broken one, nor the other way round" {
	copy=$BATS_TEST_TMPDIR/model
	cp -r "$(dirname "$model")" "$copy"
	sed -i 's/^\(\twake  \)breaks\(.*PERF,NO_LOOK_AGAIN\)/\1holds \2/
		s/^\(\torder \)holds \(.* IN_TURN  \)/\1breaks\2/' "$copy/run"
	run "$copy/run" ' PERF,NO_LOOK_AGAIN '
	[ "$status" = 1 ]
	[[ $output == *"not ok 1 - wake holds"* ]]
	run "$copy/run" ' IN_TURN  '
	[ "$status" = 1 ]
	[[ $output == *"not ok 1 - order breaks"* ]]
}
