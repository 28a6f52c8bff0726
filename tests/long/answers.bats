#!/usr/bin/env bats
# How fast ten million events answer, and a thousand random histories.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154
load ../kernel/lib

# best_of N COMMAND...: the shortest of N runs, in ms, in $best
best_of() {
	local runs=$1 i begin end
	shift
	best=1000000
	for ((i = 0; i < runs; i++)); do
		begin=$(date +%s%N)
		"$@" >/dev/null 2>&1
		end=$(date +%s%N)
		[ $(((end - begin) / 1000000)) -ge "$best" ] || best=$(((end - begin) / 1000000))
	done
}

@test "10,000,000 events: a path in 50 ms, every *.conf in 2 s" {
	store=$BATS_TEST_TMPDIR/history.db
	"$helpers/mkstore" "$store" 10000000
	"$whodel" who --store "$store" /made/up/5009999/needle-5009999
	best_of 5 "$whodel" who --store "$store" /made/up/5009999/needle-5009999
	echo "# a path: $best ms" >&3
	[ "$best" -lt 50 ]
	"$whodel" who --store "$store" -o json -n 1000000 --glob '*.conf' >"$BATS_TEST_TMPDIR/conf"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/conf")" -gt 90000 ]
	best_of 5 "$whodel" who --store "$store" -n 1000000 --glob '*.conf'
	echo "# every *.conf: $best ms" >&3
	[ "$best" -lt 2000 ]
}

@test "who is right on 1,000 random histories" {
	dir=$BATS_TEST_TMPDIR/ext4 store=$BATS_TEST_TMPDIR/history.db
	on_ext4 "$dir"
	"$whodel" record --store "$store" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
	recorder=$!
	wait_for "$BATS_TEST_TMPDIR/said" "recording into"
	"$top/tests/kernel/histories.py" play "$dir" "$BATS_TEST_TMPDIR/truth" 1000 42
	"$whodel" status --store "$store" >/dev/null
	kill "$recorder"
	wait "$recorder"
	"$top/tests/kernel/histories.py" check "$whodel" "$store" "$BATS_TEST_TMPDIR/truth" 1000
	unmount_below "$BATS_TEST_TMPDIR"
}
