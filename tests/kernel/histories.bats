#!/usr/bin/env bats
# Random histories of files on ext4, recorded by whodel record, against a model of what was done.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154
load lib

setup() {
	dir=$BATS_TEST_TMPDIR/ext4
	store=$BATS_TEST_TMPDIR/history.db
	on_ext4 "$dir"
}

teardown() {
	[ -z "${recorder:-}" ] || kill "$recorder"
	wait
	unmount_below "$BATS_TEST_TMPDIR"
}

# histories COUNT SEED EACH
histories() {
	"$whodel" record --store "$store" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
	recorder=$!
	wait_for "$BATS_TEST_TMPDIR/said" "recording into"
	"$BATS_TEST_DIRNAME/histories.py" play "$dir" "$BATS_TEST_TMPDIR/truth" "$1" "$2"
	"$whodel" status --store "$store" >/dev/null
	kill "$recorder"
	wait "$recorder"
	recorder=
	"$BATS_TEST_DIRNAME/histories.py" check "$whodel" "$store" "$BATS_TEST_TMPDIR/truth" "$3"
}

@test "who is right on random histories" {
	histories 100 "${WHODEL_SEED:-7}" 4
}
