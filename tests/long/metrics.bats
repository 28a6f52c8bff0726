#!/usr/bin/env bats
# The figures of a recorder, as promtool and who fetches them see them.
# What lib.bash sets: shellcheck disable=SC2154
bats_require_minimum_version 1.5.0
load ../kernel/lib

promtool=$build/cache/promtool/prometheus/usr/bin/promtool
port=19435

setup() {
	store=$BATS_TEST_TMPDIR/store
	mkdir -m 700 "$store"
}

teardown() {
	[ -z "${recorder:-}" ] || kill "$recorder" 2>/dev/null || :
}

start_recorder() {
	"$whodel" record --store "$store/history.db" --metrics "$port" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	recorder=$!
	wait_for "$BATS_TEST_TMPDIR/err" "recording into"
}

fetch() {
	python3 -I -c 'import sys, urllib.request
sys.stdout.write(urllib.request.urlopen(sys.argv[1], timeout=5).read().decode())' \
		"http://127.0.0.1:$port/metrics"
}

@test "promtool has nothing to say" {
	start_recorder
	touch "$BATS_TEST_TMPDIR/file"
	rm "$BATS_TEST_TMPDIR/file"
	fetch >"$BATS_TEST_TMPDIR/metrics"
	[ -s "$BATS_TEST_TMPDIR/metrics" ]
	run "$promtool" check metrics <"$BATS_TEST_TMPDIR/metrics"
	echo "$output"
	[ "$status" = 0 ]
	[ -z "$output" ]
}

@test "each figure is explained in docs/metrics.md, and no other" {
	start_recorder
	fetch | sed -nE 's/^# TYPE ([a-z_]+) .*/\1/p' | grep -v loss_timestamp | sort -u >"$BATS_TEST_TMPDIR/served"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/served")" -ge 12 ]
	grep -E '^\| `whodel_' "$top/docs/metrics.md" | cut -d'|' -f2 | grep -oE '`whodel_[a-z_]+' | tr -d '`' |
		grep -v loss_timestamp | sort -u >"$BATS_TEST_TMPDIR/told"
	diff "$BATS_TEST_TMPDIR/told" "$BATS_TEST_TMPDIR/served"
}

@test "what is deleted is counted, and is stored" {
	local i before after
	start_recorder
	before=$(fetch | sed -n 's/^whodel_events_total{op="rmdir"} //p')
	for i in {1..20}; do mkdir "$BATS_TEST_TMPDIR/$i" && rmdir "$BATS_TEST_TMPDIR/$i"; done
	sleep 2
	after=$(fetch | sed -n 's/^whodel_events_total{op="rmdir"} //p')
	[ $((after - before)) -ge 20 ]
	[ "$(fetch | sed -n 's/^whodel_stored_total //p')" -ge "$after" ]
	[ "$(fetch | sed -n 's/^whodel_failing //p')" = 0 ]
}

@test "they are on loopback alone" {
	start_recorder
	ss -Hltn "sport = :$port" | awk '{ print $4 }' >"$BATS_TEST_TMPDIR/listening"
	[ "$(cat "$BATS_TEST_TMPDIR/listening")" = "127.0.0.1:$port" ]
}

@test "an address that is taken ends the start, with the reason" {
	start_recorder
	run "$whodel" record --store "$store/other.db" --metrics "$port"
	[ "$status" = 1 ]
	[[ $output == *"--metrics $port: cannot listen there: Address already in use"* ]]
}
