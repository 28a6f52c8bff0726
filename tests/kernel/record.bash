# shellcheck shell=bash disable=SC2034,SC2154
# What the tests of the recorder share: one of their own, stopped in any case.

# record [OPTION...]: a recorder into $store, which is ready; its messages in $said, pid $recorder.
record() {
	store=${store:-$BATS_TEST_TMPDIR/store/history.db} said=$BATS_TEST_TMPDIR/said
	mkdir -p "$(dirname "$store")"
	chmod go-w "$(dirname "$store")"
	: >"$said"
	"$whodel" record --store "$store" "$@" 2>>"$said" &
	recorder=$!
	wait_for "$said" "recording into"
}

# ask status|flush [FIELD]
ask() {
	python3 "$top/tests/kernel/ask.py" "$store" "$@"
}

# wait_until FIELD VALUE: up to ten seconds.
wait_until() {
	local i
	for ((i = 0; i < 100; i++)); do
		[ "$(ask status "$1")" != "$2" ] || return 0
		sleep 0.1
	done
	echo "$1 is not $2 after ten seconds:"
	ask status
	return 1
}

stop_recorder() {
	kill -TERM "$recorder"
	wait_status "$recorder"
	recorder=
	[ "$status" = 0 ]
}

kill_recorder() {
	[ -z "$recorder" ] || kill -9 "$recorder"
	wait "$recorder" || true
	recorder=
}

# sql QUERY: what a reader of the file sees.
sql() {
	sqlite3 -readonly "$store" "$1"
}

# paths [N]: the stored paths below the test's folder, each once; with N, so many.
paths() {
	PYTHONPATH=$top/tests/kernel python3 - "$store" "$BATS_TEST_TMPDIR/" "$@" <<-'PY'
		import sys
		from store import Store
		paths = Store(sys.argv[1]).paths_below(sys.argv[2])
		assert len(paths) == len(set(paths)), "a path is there twice"
		if len(sys.argv) > 3:
		    assert len(paths) == int(sys.argv[3]), f"{len(paths)} paths"
		else:
		    for path in sorted(paths):
		        print(path.decode())
	PY
}
