#!/usr/bin/env bats
# Four processes delete 50,000 files each at once: all come out, or are counted to the last one.
# What lib.bash sets and takes, and a subshell for each test, as bats has it:
# shellcheck disable=SC2030,SC2031,SC2034,SC2154,SC2317
bats_require_minimum_version 1.5.0
load lib

setup() {
	dir=$BATS_TEST_TMPDIR/tmpfs
	on_tmpfs "$dir"
}

teardown() {
	unmount_below "$BATS_TEST_TMPDIR"
}

storm() {
	trace "$@" -- "$helpers/storm" "$dir" 4 50000
	cat "$err"
	[ "$status" = 0 ]
}

# Whose is each path: the storm's own list against the events.
all_told_once() {
	python3 - "$dir" "$out" <<-'PY'
		import sys
		sys.path.insert(0, "tests/kernel")
		import events
		folder, out = sys.argv[1:]
		deletions, summary = events.read(out)
		prefix = events.PREFIX
		pids = dict(line.split() for line in open(f"{folder}/pids"))
		expected = {(f"{prefix}{folder}/{n}/file-{i:06}", int(pid))
		            for n, pid in pids.items() for i in range(50000)}
		found = [(event["path"], event["pid"]) for event in deletions]
		assert len(expected) == 200000
		assert len(found) == len(set(found)), "told twice"
		assert set(found) == expected, list(set(found) ^ expected)[:10]
		assert all(event["ok"] and event["comm"] == "storm" for event in deletions)
		assert summary["lost"] == 0, summary
	PY
}

# What came out is true, and what did not is counted.
all_counted() {
	python3 - "$dir" "$out" <<-'PY'
		import sys
		sys.path.insert(0, "tests/kernel")
		import events
		folder, out = sys.argv[1:]
		deletions, summary = events.read(out)
		pids = dict(line.split() for line in open(f"{folder}/pids"))
		found = set()
		for event in deletions:
		    number = event["path"].split("/")[-2]
		    assert event["pid"] == int(pids[number]), event
		    found.add(event["path"])
		assert len(found) == len(deletions), "told twice"
		# Others, outside the tree, may have deleted files too: filtered.
		assert len(deletions) + summary["lost"] == 200000 and summary["lost"] > 0, summary
	PY
}

@test "ring of 8M: all 200,000 paths, once each, with the right pid" {
	transport=ring
	storm --buffer 8M
	all_told_once
}

@test "perf of 8M: all 200,000 paths, once each, with the right pid" {
	transport=perf
	storm --buffer 8M
	all_told_once
}

@test "ring of 16K: what is lost is counted exactly" {
	transport=ring
	storm --buffer 16K
	all_counted
}

@test "perf of 16K: what is lost is counted exactly" {
	transport=perf
	storm --buffer 16K
	all_counted
}
