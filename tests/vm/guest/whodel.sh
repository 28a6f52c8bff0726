# shellcheck shell=sh
# whodel itself, with its tracepoint probe: what it writes about real deletions on ext4 and on tmpfs, over both transports.
# shellcheck source=tests/vm/guest/lib.sh
. /guest/lib.sh

# trace ARGUMENT... -- COMMAND...: its JSON lines go to $work/out, with no space after a colon.
trace() {
	whodel -o json --probe tracepoint --transport "$transport" "$@" >"$work/raw" 2>"$work/err"
	status=$?
	sed 's/\([":,]\) /\1/g' "$work/raw" >"$work/out"
}

# has_event FIELD...: one line holds all of the fields, each written as in "pid":12.
has_event() {
	awk -v fields="$*" '
		function holds_all(line,    n, i, field) {
			n = split(fields, field, " ")
			for (i = 1; i <= n; i++)
				if (!index(line, field[i] ",") && !index(line, field[i] "}"))
					return 0
			return 1
		}
		holds_all($0) { found = 1 }
		END { exit !found }' "$work/out"
}

# expect NAME FIELD...
expect() {
	expect_name="$transport, $place: $1"
	shift
	if [ "$status" = "$expected_status" ] && has_event "$@"; then
		ok "$expect_name"
	else
		not_ok "$expect_name"
		echo "# wanted status $expected_status and a line with: $*; got status $status"
		show "$work/raw" "$work/err"
	fi
}

expect_all_seen() {
	expect "nothing lost by $1" '"type":"summary"' "\"transport\":\"$transport\"" '"lost":0'
}

inode_of() {
	stat -c %i "$1"
}

removes_a_file() {
	: >"$dir/file"
	inode=$(inode_of "$dir/file")
	trace -- sh -c 'echo $$ >"$0"; exec rm "$1"' "$work/pid" "$dir/file"
	expect "rm of a file" '"op":"unlink"' '"ok":true' "\"path\":\"$dir/file\"" \
		"\"pid\":$(cat "$work/pid")" '"comm":"rm"'
	expect_all_seen "rm"
	[ $place != ext4 ] || expect "rm: the file's identity" "\"path\":\"$dir/file\"" "\"inode\":$inode"
}

removes_by_relative_path() {
	mkdir -p "$dir/deep/er"
	: >"$dir/deep/er/file"
	trace -- sh -c 'cd "$0" && exec rm er/../er/file' "$dir/deep"
	expect "rm by a relative path" '"op":"unlink"' "\"path\":\"$dir/deep/er/file\"" '"comm":"rm"'
}

removes_a_tree() {
	mkdir -p "$dir/tree/a/b"
	: >"$dir/tree/a/b/file"
	trace -- rm -r "$dir/tree"
	expect "rm -r: the file" '"op":"unlink"' "\"path\":\"$dir/tree/a/b/file\""
	expect "rm -r: the inner folder" '"op":"rmdir"' "\"path\":\"$dir/tree/a/b\""
	expect "rm -r: the tree's root" '"op":"rmdir"' "\"path\":\"$dir/tree\"" '"comm":"rm"'
	expect_all_seen "rm -r"
}

removes_a_folder() {
	mkdir -p "$dir/folder"
	trace -- rmdir "$dir/folder"
	expect "rmdir" '"op":"rmdir"' '"ok":true' "\"path\":\"$dir/folder\"" '"comm":"rmdir"'
}

deletes_by_find() {
	mkdir -p "$dir/found"
	: >"$dir/found/file"
	trace -- find "$dir/found" -name file -delete
	expect "find -delete" '"op":"unlink"' "\"path\":\"$dir/found/file\"" '"comm":"find"'
}

# Only ext4 tells which file a rename replaced; elsewhere the event must say that it was not seen.
replaces_by_mv() {
	echo old >"$dir/target"
	echo new >"$dir/source"
	inode=$(inode_of "$dir/target")
	trace -- mv "$dir/source" "$dir/target"
	expect "mv over a file" '"op":"replace"' "\"path\":\"$dir/target\"" \
		"\"replaced_by\":\"$dir/source\"" '"comm":"mv"'
	if [ $place = ext4 ]; then
		expect "mv over a file: the victim's identity" '"op":"replace"' "\"inode\":$inode"
	else
		check "$transport, $place: mv over a file: says that the victim is unknown" \
			grep -q '"op":"replace".*victim_unknown' "$work/out"
	fi
}

fails_to_unlink() {
	expected_status=1
	trace -x -- unlink "$dir/absent"
	expect "an attempt that failed, with -x" '"ok":false' '"error":"ENOENT"' \
		"\"path\":\"$dir/absent\"" '"comm":"unlink"'
	expected_status=0
}

for transport in ring perf; do
	for place in ext4 tmpfs; do
		dir=/mnt/$place/whodel
		mkdir -p "$dir"
		expected_status=0
		removes_a_file
		removes_by_relative_path
		removes_a_tree
		removes_a_folder
		deletes_by_find
		replaces_by_mv
		fails_to_unlink
	done
done
plan
