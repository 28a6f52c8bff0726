#!/usr/bin/env bats
# whodel --collapse: a tree that one process deletes is one line for people, and no event is hidden
# from machines.
bats_require_minimum_version 1.5.0
load lib

setup() {
	dir=$BATS_TEST_TMPDIR/files
	mkdir -p "$dir/tree/sub/deep" "$dir/empty"
	touch "$dir"/tree/{1,2,3} "$dir"/tree/sub/{4,5} "$dir/single"
	printf 1234567890 >"$dir/tree/sub/deep/6"
}

# deletes OPTION... -- COMMAND...: the table in $table, without its head; the sums in $err.
deletes() {
	err=$BATS_TEST_TMPDIR/err
	table=$("$whodel" "$@" 2>"$err" | tail -n +2)
}

@test "rm -r is one line, with its sums" {
	deletes --collapse -- rm -r "$dir/tree"
	echo "$table"
	[ "$(wc -l <<<"$table")" = 1 ]
	grep -qE " rm +[^ ]+ +tree +ok +(~ )?[^ ]*$dir/tree \(6 files, 3 directories, .*, [0-9.]+ s\)$" \
		<<<"$table"
	grep -qE "seen: 9 shown, [0-9]+ filtered, 0 lost" "$err"
}

@test "two trees are two lines, and few deletions stay single" {
	mkdir "$dir/other"
	touch "$dir"/other/{a,b,c}
	deletes --collapse -- rm -r "$dir/tree" "$dir/other"
	echo "$table"
	[ "$(wc -l <<<"$table")" = 2 ]
	grep -q "$dir/other (3 files, 1 directory, " <<<"$table"
	deletes --collapse -- rm "$dir/single"
	echo "$table"
	[ "$(wc -l <<<"$table")" = 1 ]
	grep -q " unlink  ok .*$dir/single$" <<<"$table"
}

@test "what failed is counted, and the root stays where it was" {
	deletes --collapse -x -- python3 -c '
import os, sys
for name in "1", "2", "none":
    try:
        os.unlink(sys.argv[1] + "/" + name)
    except OSError:
        pass' "$dir/tree"
	echo "$table"
	grep -qE " tree +partly +.*$dir/tree \(2 files, 0 directories, .*, 1 failed\)$" <<<"$table"
}

@test "JSON has every event" {
	trace --collapse -- rm -r "$dir/tree"
	[ "$(grep -c '"type":"deletion"' "$out")" = 9 ]
	summary delivered=9
}

@test "a tree comes when its process rests, not only at the end" {
	"$whodel" --collapse --path "*$dir/*" >"$BATS_TEST_TMPDIR/live" 2>"$BATS_TEST_TMPDIR/said" 3>&- &
	started=$!
	wait_for "$BATS_TEST_TMPDIR/said" watching
	rm -r "$dir/tree"
	wait_for "$BATS_TEST_TMPDIR/live" " tree "
	kill "$started"
	wait "$started"
}
