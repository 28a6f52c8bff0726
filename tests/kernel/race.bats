#!/usr/bin/env bats
# A second thread rewrites the path during the system call: what went may be told wrongly only
# where the event says that nobody verified it.
# What lib.bash sets and takes, and a subshell for each test, as bats has it:
# shellcheck disable=SC2030,SC2031,SC2034,SC2154,SC2317
bats_require_minimum_version 1.5.0
load lib

setup_file() {
	on_ext4 "$BATS_FILE_TMPDIR/ext4"
	on_tmpfs "$BATS_FILE_TMPDIR/tmpfs"
}

teardown_file() {
	unmount_below "$BATS_FILE_TMPDIR"
}

# race PLACE ROUNDS
race() {
	transport=ring
	trace -- "$helpers/race" "$BATS_FILE_TMPDIR/$1" "$2" "$BATS_TEST_TMPDIR/went"
	cat "$said" "$err"
	[ "$status" = 0 ] && summary lost=0 || return 1
	python3 -B - "$out" "$BATS_TEST_TMPDIR/went" "$1" <<-'PY'
		import sys
		sys.path.insert(0, "tests/kernel")
		import events
		out, went, place = sys.argv[1:]
		deletions, _ = events.read(out)
		prefix = events.PREFIX
		went = [prefix + line.rstrip("\n") for line in open(went)]
		assert len(went) == len(deletions) > 1000, (len(went), len(deletions))
		verified = [(path, event) for path, event in zip(went, deletions)
		            if "path_unverified" not in event["incomplete"]]
		wrong = [path != event["path"] for path, event in zip(went, deletions)]
		differing = sum(event.get("path_seen") not in (None, event["path"]) for event in deletions)
		print(f"{place}: {len(went)} went, {len(verified)} verified, {sum(wrong)} told wrongly, "
		      f"{differing} seen as another")
		for path, event in verified:
		    assert event["path"] == path, (path, event)
		# ext4's word must have been taken throughout.
		if place == "ext4":
		    assert len(verified) == len(went) and sum(wrong) == 0
		else:
		    assert not verified
		sys.exit(0 if differing + sum(wrong) else 42)
	PY
}

# Where the machine is busy both threads may have had one CPU in turn: then there was no race.
races() {
	local tried result
	for tried in 1 2 3 4 5; do
		result=0
		race "$1" 10000 || result=$?
		[ $result = 42 ] || return $result
	done
	echo "no race in $tried times 10,000 rounds"
	return 1
}

@test "on ext4 every path is the file that went" {
	races ext4
}

@test "on tmpfs every path is flagged as not verified" {
	races tmpfs
}
