# shellcheck shell=sh
# The tutorial's programs on a kernel that has kprobes: each must see a deletion through
# do_unlinkat, with the right process and name.
# shellcheck source=tests/vm/guest/lib.sh
. /guest/lib.sh

# has_line FILE PID WORD...: one line of the file holds the number and all the words.
has_line() {
	has_file=$1
	shift
	awk -v pid="$1" -v words="$*" '
		function holds_all(line,    n, i, word) {
			n = split(words, word, " ")
			for (i = 2; i <= n; i++)
				if (!index(line, word[i]))
					return 0
			return 1
		}
		$0 ~ "(^|[^0-9])" pid "([^0-9]|$)" && holds_all($0) { found = 1 }
		END { exit !found }' "$has_file"
}

# sees_deletion NAME PROGRAM [ARGUMENT...]
sees_deletion() {
	name=$1
	shift
	victim=/mnt/ext4/$(echo "$name" | tr ' ' '_').victim
	: >"$victim"
	rm -f "$work/err" # or the last one's message would be taken for this one's
	"$@" -n 1 -d 30 >"$work/out" 2>"$work/err" &
	wait_for do_unlinkat "$work/err"
	delete_with rm "$victim"
	wait $!
	status=$?
	check "$name ends well" test $status = 0
	check "$name attaches to kprobe/do_unlinkat" grep -q kprobe/do_unlinkat "$work/err"
	if has_line "$work/out" "$deleter" rm "$victim"; then
		ok "$name shows pid, command and file of a deletion"
	else
		not_ok "$name shows pid, command and file of a deletion"
		echo "# wanted: $deleter rm $victim"
		show "$work/out" "$work/err"
	fi
}

sees_deletion unlink_perf unlink_perf
sees_deletion unlink_ring unlink_ring
sees_deletion unlink_ring_output unlink_ring_output
sees_deletion "unlink_channel ring" unlink_channel --transport ring
sees_deletion "unlink_channel perf" unlink_channel --transport perf
plan
