# shellcheck shell=sh
# The fentry and the kprobe probe: every way a name can go, each asserted with path, process,
# outcome and identity, on ext4 and tmpfs, over both transports; and the accounting of a storm.
# shellcheck source=tests/vm/guest/lib.sh
. /guest/lib.sh

# trace ARGUMENT...: its JSON lines go to $work/out, with no space after a colon.
trace() {
	whodel -o json "$@" >"$work/raw" 2>"$work/err"
	sed 's/\([":,]\) /\1/g' "$work/raw" >"$work/out"
}

# count_events FIELD...: how many lines hold all of the fields, each written as in "pid":12.
count_events() {
	awk -v fields="$*" '
		function holds_all(line,    n, i, field) {
			n = split(fields, field, " ")
			for (i = 1; i <= n; i++)
				if (!index(line, field[i] ",") && !index(line, field[i] "}"))
					return 0
			return 1
		}
		holds_all($0) { found++ }
		END { print found + 0 }' "$work/out"
}

# sees NAME FIELD...: exactly one event has all of them.
sees() {
	sees_times 1 "$@"
}

# sees_times NUMBER NAME FIELD...
sees_times() {
	wanted=$1
	sees_name="$probe, $transport, $place: $2"
	shift 2
	found=$(count_events '"type":"deletion"' "$@")
	if [ "$found" = "$wanted" ]; then
		ok "$sees_name"
	else
		not_ok "$sees_name"
		echo "# $found instead of $wanted lines with: $*"
		show "$work/raw" "$work/err"
	fi
}

# fact NAME: what acts.sh knows of a file.
fact() {
	sed -n "s/^$1=//p" "$work/facts"
}

path() {
	echo "\"path\":\"$dir/$1\""
}

system_calls() {
	sees "unlinkat" "$(path victims/removed)" '"op":"unlink"' '"ok":true' "\"pid\":$(fact rm_pid)" \
		'"comm":"rm"' "\"inode\":$(fact removed)" '"size":6' '"links":1' '"kind":"file"' \
		'"via":"syscall"' '"incomplete":[]'
	sees "unlink" "$(path victims/by-unlink)" '"op":"unlink"' '"comm":"unlink"' '"links":0'
	sees "unlink by int 0x80" "$(path victims/by-int80)" '"op":"unlink"' '"comm":"act"'
	sees "rmdir" "$(path victims/folder)" '"op":"rmdir"' "\"inode\":$(fact folder)" '"kind":"dir"' \
		'"links":0' '"comm":"rmdir"' '"incomplete":[]'
	sees "mv over a file" "$(path target)" '"op":"replace"' '"ok":true' \
		"\"replaced_by\":\"$dir/source\"" "\"inode\":$(fact target)" '"size":6' '"links":1' \
		'"comm":"mv"' '"incomplete":[]'
	sees_times 0 "RENAME_EXCHANGE is no deletion" "$(path x)" '"ok":true'
	sees_times 0 "nor is it for the other" "$(path y)"
	sees_times 0 "RENAME_NOREPLACE takes nothing away" "$(path victims/kept)"
}

moves() {
	sees "--moves: to a new name" "$(path moving)" '"op":"move"' '"ok":true' \
		"\"to\":\"$dir/moved\"" "\"inode\":$(fact moving)" '"links":1' '"comm":"mv"' \
		'"incomplete":[]'
	sees "--moves: what replaced a file has left its name" "$(path source)" '"op":"move"' \
		"\"to\":\"$dir/target\"" '"size":3'
	sees "--moves: refused" "$(path x)" '"op":"move"' '"error":"EEXIST"'
}

failures() {
	sees "-x: no such file" "$(path absent)" '"ok":false' '"error":"ENOENT"' '"comm":"unlink"'
	sees "-x: no such folder" "$(path absent-folder/file)" '"error":"ENOENT"' '"inode":null'
	sees "-x: a folder that is not empty, with its identity" "$(path full)" '"op":"rmdir"' \
		'"error":"ENOTEMPTY"' "\"inode\":$(fact full)" '"incomplete":[]'
	sees "-x: in a folder that is gone" '"op":"unlink"' '"error":"ENOENT"' "$(path gone/file)"
}

io_uring() {
	sees "io_uring" "$(path uring-unlink)" '"op":"unlink"' '"via":"io_uring"' '"comm":"uring"' \
		"\"pid\":$(fact uring_unlink_pid)" "\"inode\":$(fact uring)" '"incomplete":[]'
	sees "io_uring, by a worker: the process that asked" "$(path uring-async)" \
		'"via":"io_uring"' '"comm":"uring"' "\"pid\":$(fact uring_async_pid)"
	sees "io_uring, by a polling thread: the process that asked" "$(path uring-poll)" \
		'"via":"io_uring"' '"comm":"uring"' "\"pid\":$(fact uring_poll_pid)"
	sees "io_uring: rmdir" "$(path uring.d)" '"op":"rmdir"' '"via":"io_uring"'
	sees "io_uring: rename over a file" "$(path uring-rename-to)" '"op":"replace"' \
		'"via":"io_uring"' "\"inode\":$(fact uring_victim)" "\"replaced_by\":\"$dir/uring-rename\""
	sees "-x: io_uring, no such file" "$(path uring-absent)" '"error":"ENOENT"' \
		'"via":"io_uring"'
}

paths() {
	sees "through a symbolic link: the true path" "$(path real/by-link)" '"incomplete":[]'
	sees "through a bind mount" "$(path bound/by-bind)" '"incomplete":[]'
	sees "in a chroot: both views" "$(path cell/in-chroot)" '"path_seen":"/in-chroot"' \
		'"incomplete":[]'
	sees "in another mount namespace: where the host has it" "$(path cell/in-namespace)" \
		'"incomplete":[]'
	sees "in a container's root: both views" "$(path cell/in-container)" \
		'"path_seen":"/in-container"' '"ok":true' '"incomplete":["exe_mount_unknown"]'
	sees "on a mount that the host has not: flagged" "$(path real/private)" \
		'"incomplete":["mount_unknown"]'
	sees "from a working directory that was renamed" "$(path after/moved-away)" \
		'"incomplete":[]'
}

overlay() {
	sees "overlay: a file of the lower layer" "$(path merged/below)" '"op":"unlink"'
	sees "overlay: a file of the upper layer" "$(path merged/above)" '"op":"unlink"'
	sees "overlay: a folder" "$(path merged/folder)" '"op":"rmdir"'
	sees "overlay: rename over a file" "$(path merged/replaced)" '"op":"replace"' \
		"\"replaced_by\":\"$dir/merged/mover\""
	sees "overlay: and what moved" "$(path merged/mover)" '"op":"move"' '"ok":true'
	for layer in upper work lower; do
		if grep '"ok":true' "$work/out" | grep -v '"comm":"mount"' |
			grep -q "\"path\":\"$dir/$layer/"; then
			not_ok "$probe, $transport, $place: overlay: nothing of the $layer layer"
			show "$work/raw"
		else
			ok "$probe, $transport, $place: overlay: nothing of the $layer layer"
		fi
	done
}

# every_way PROBE TRANSPORT PLACE
every_way() {
	probe=$1 transport=$2 place=$3 dir=/mnt/$3/$1
	mkdir "$dir"
	rm -f "$work/facts"
	trace -x --moves --probe "$probe" --transport "$transport" -- sh /guest/acts.sh "$dir" "$work/facts"
	check "$probe, $transport, $place: the right probe" grep -q "\"probe\":\"$probe\"" "$work/out"
	check "$probe, $transport, $place: nothing lost" grep -q '"type":"summary".*"lost":0,' \
		"$work/out"
	system_calls
	moves
	failures
	io_uring
	paths
	overlay
}

has_loop() {
	[ -b /dev/loop0 ]
}

# By a kernel thread, without a system call and without a mount: kdevtmpfs, when a driver goes.
kernels_own() {
	probe=$1 transport=ring place=devtmpfs
	has_loop || insmod /modules/*-loop.ko
	until_true has_loop
	rm -f "$work/err"
	whodel -o json --probe "$probe" --path /dev/loop0 -n 1 -d 20 >"$work/raw" 2>"$work/err" &
	wait_for watching "$work/err"
	rmmod loop
	wait $!
	cp "$work/raw" "$work/out"
	sees "by the kernel itself" '"path":"/dev/loop0"' '"op":"unlink"' '"comm":"kdevtmpfs"' \
		'"via":"kernel"' '"kind":"block"' '"incomplete":[]'
}

# storm PROBE TRANSPORT: a buffer that is far too small, four processes of 500 files each.
storms() {
	probe=$1 transport=$2
	rm -rf /mnt/tmpfs/storm
	mkdir /mnt/tmpfs/storm
	trace --probe "$probe" --transport "$transport" --buffer 16K -- \
		storm /mnt/tmpfs/storm 4 500
	delivered=$(count_events '"type":"deletion"')
	lost=$(sed -n 's/.*"type":"summary".*"lost":\([0-9]*\),.*/\1/p' "$work/out")
	if [ $((delivered + lost)) = 2000 ]; then
		ok "$probe, $transport: a storm: 2000 = delivered + lost"
	else
		not_ok "$probe, $transport: a storm: 2000 = delivered + lost"
		echo "# delivered $delivered, lost $lost"
		tail -n 1 "$work/raw"
	fi
}

# What cannot be seen must not look like nothing.
check "fentry with --truncations is refused" sh -c \
	'whodel --truncations --probe fentry -- true 2>&1 | grep -q "does not see truncations"'
check "with --truncations the tracepoint probe is taken" sh -c \
	'whodel -o json --truncations -- true | grep -q "\"probe\":\"tracepoint\""'
check "the tracepoint probe loads with all that it can see" \
	whodel --probe tracepoint -x --moves --truncations -- true
every_way fentry ring ext4
every_way fentry perf tmpfs
every_way kprobe perf ext4
every_way kprobe ring tmpfs
kernels_own fentry
kernels_own kprobe
storms fentry perf
storms kprobe ring
plan
