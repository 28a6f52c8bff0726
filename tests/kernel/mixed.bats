#!/usr/bin/env bats
# Eight processes do 100,000 mixed operations, generated from a seed, and keep a list of what they
# did: what whodel tells must be that, event by event and field by field.
# What lib.bash sets and takes, and a subshell for each test, as bats has it:
# shellcheck disable=SC2030,SC2031,SC2034,SC2154,SC2317
bats_require_minimum_version 1.5.0
load lib

teardown() {
	unmount_below "$BATS_TEST_TMPDIR"
}

# mixed FILE-SYSTEM SEED OPERATIONS [--moves], over $transport
mixed() {
	local top=$BATS_TEST_TMPDIR/$1/top reference=$BATS_TEST_TMPDIR/reference
	"on_$1" "$BATS_TEST_TMPDIR/$1"
	# Two of the processes are not root, and have to get there.
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/*/ "$BATS_TEST_TMPDIR"
	mkdir "$top" "$top/shared" "$top/bind"
	chmod 777 "$top/shared"
	mount --bind "$top/shared" "$top/bind"
	trace -x ${4:+"$4"} -- "$helpers/mixed" "$top" "$2" "$3" "$reference"
	cat "$err"
	[ "$status" = 0 ]
	"$BATS_TEST_DIRNAME/mixed.py" ${4:+"$4"} "$out" "$reference" "$1"
	[ "$(cat "$reference".? | grep -c '"op"')" -ge "$3" ]
}

@test "ring, ext4: 100,000 operations, each event as the reference has it" {
	transport=ring
	mixed ext4 1 100000
}

@test "perf, ext4: 100,000 operations and their moves, each event as the reference has it" {
	transport=perf
	mixed ext4 2 100000 --moves
}

@test "ring, tmpfs: 20,000 operations, and what cannot be seen is said" {
	transport=ring
	mixed tmpfs 3 20000
}

@test "perf, tmpfs: 20,000 operations and their moves, and what cannot be seen is said" {
	transport=perf
	mixed tmpfs 4 20000 --moves
}

# A comparison that overlooks a fault would pass everything.
@test "the comparison finds what is missing, too many, exchanged or changed" {
	transport=ring
	mixed tmpfs 5 800
	compare() {
		"$BATS_TEST_DIRNAME/mixed.py" "$BATS_TEST_TMPDIR/changed" \
			"$BATS_TEST_TMPDIR/reference" tmpfs
	}
	python3 - "$out" "$BATS_TEST_TMPDIR" <<-'PY'
		import json, sys
		out, folder = sys.argv[1:]
		lines = [json.loads(line) for line in open(out, encoding="utf-8")]
		events, summary = lines[:-1], lines[-1]
		first = next(e for e in events if e["ok"] and e["op"] == "unlink")
		same = [i for i, e in enumerate(events) if e["pid"] == first["pid"]]
		def write(name, changed, **sums):
		    ends = {**summary, "delivered": len(changed), "seen": len(changed) + summary["filtered"]}
		    with open(f"{folder}/{name}.json", "w", encoding="utf-8") as file:
		        file.writelines(json.dumps(e) + "\n" for e in [*changed, {**ends, **sums}])
		def with_field(**fields):
		    return [{**e, **fields} if e is first else e for e in events]
		write("same", events)
		write("missing", [e for e in events if e is not first])
		write("extra", [*events, first])
		swapped = list(events)
		swapped[same[0]], swapped[same[1]] = swapped[same[1]], swapped[same[0]]
		write("exchanged", swapped)
		write("path", with_field(path=first["path"] + "x", path_raw=None, path_seen=first["path"]))
		write("flag", with_field(incomplete=[*first["incomplete"], "name_unread"]))
		write("silent", with_field(incomplete=[]))
		for field, value in (("ok", None), ("tid", 1), ("comm", "someone"), ("uid", 4711), ("ppid", 1),
		                     ("start_time", 0), ("exe", "/bin/sh"), ("op", "rmdir"),
		                     ("time", "2020-01-01T00:00:00.000000000Z")):
		    write(field, with_field(**{field: value}))
	PY
	cp "$BATS_TEST_TMPDIR/same.json" "$BATS_TEST_TMPDIR/changed"
	run -0 compare
	rm "$BATS_TEST_TMPDIR/same.json"
	[ "$(printf '%s\n' "$BATS_TEST_TMPDIR"/*.json | wc -l)" = 15 ]
	for changed in "$BATS_TEST_TMPDIR"/*.json; do
		cp "$changed" "$BATS_TEST_TMPDIR/changed"
		echo "# $(basename "$changed")"
		run -1 compare
	done
}
