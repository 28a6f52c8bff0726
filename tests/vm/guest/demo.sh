# shellcheck shell=sh
# The tutorial's program, kprobe/do_unlinkat, watching real deletions: over perf, then the ring.
# Fails when a deletion is not shown.
# shellcheck source=tests/vm/guest/lib.sh
. /guest/lib.sh

indent() {
	sed 's/^/    /' "$1"
}

# shown FILE WORD...: a line holds all the words.
shown() {
	shown_in=$1
	shift
	lines=$(cat "$shown_in")
	for word; do
		lines=$(printf '%s\n' "$lines" | grep -F -e "$word") || return 1
	done
}

# demonstrate TITLE PROGRAM
demonstrate() {
	mkdir -p "$home/project/old"
	touch "$home/report.txt" "$home/project/old/draft" "$home/project/cache.tmp"
	echo
	echo "$1"
	rm -f "$work/err" # or the last one's message would be taken for this one's
	"$2" -n 3 -d 30 >"$work/out" 2>"$work/err" &
	wait_for do_unlinkat "$work/err" || return 1

	echo "  Now deleting:"
	echo "    rm $home/report.txt"
	rm "$home/report.txt"
	echo "    cd $home && rm -r project/old"
	(cd "$home" && rm -r project/old)
	echo "    find $home/project -name '*.tmp' -delete"
	find "$home/project" -name '*.tmp' -delete

	wait $! || return 1
	echo "  What $2 saw (standard output, then standard error):"
	indent "$work/out"
	indent "$work/err"
	shown "$work/out" rm "$home/report.txt" &&
		shown "$work/out" rm draft &&
		shown "$work/out" find cache.tmp
}

home=/mnt/ext4/home
echo "This is Linux $(uname -r). It has kprobes, so the tutorial's own hook works here:"
echo "a BPF program on the kernel's do_unlinkat() writes pid, command and file name."
status=0
demonstrate "1. Over a perf event array: one buffer for each CPU" unlink_perf || status=1
demonstrate "2. Over a ring buffer: one buffer for all CPUs" unlink_ring || status=1
echo
if [ $status = 0 ]; then
	echo "Both buffers carried the same events. The name is as the process gave it: \"draft\""
	echo "says little. whodel itself prints the whole path; to see it, as root: make demo"
	echo "How the two programs differ: docs/two-buffers.md"
else
	echo "Not every deletion was shown."
	show "$work/out" "$work/err"
fi
exit $status
