# shellcheck shell=bash disable=SC2034,SC2154
# What the tests on this kernel share: a trace of a command of their own, and a look at its events.

top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
build=$(cd "$top" && cd "${BUILD:-build}" && pwd)
whodel=$build/whodel
helpers=$build/tests/kernel
PATH=$PATH:/usr/sbin:/sbin

# In a chroot the events' paths are longer than those that the test knows: found out once, by a
# deletion, and taken off by tests/kernel/events.
find_prefix() {
	local file=$BATS_RUN_TMPDIR/for-the-prefix path
	if [ ! -e "$file.found" ]; then
		touch "$file"
		path=$("$whodel" -o json -- rm "$file" | sed -n '1s/.*,"path":"\([^"]*\)".*/\1/p')
		echo "${path%"$file"}" >"$file.found"
	fi
	WHODEL_TEST_PREFIX=$(cat "$file.found")
	export WHODEL_TEST_PREFIX
}
find_prefix

# trace OPTION... -- COMMAND...: JSON lines to $out, the rest to $err, what the command writes to
# $said. Its status in $status.
trace() {
	out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err said=$BATS_TEST_TMPDIR/said
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	status=0
	# shellcheck disable=SC2016 # expanded by the inner shell
	"$whodel" -o json ${transport:+--transport "$transport"} "${options[@]}" -- \
		sh -c 'said=$1; shift; exec "$@" >"$said"' sh "$said" "$@" >"$out" 2>"$err" || status=$?
}

# event [--count N] FIELD=VALUE...: N deletions (one) have all of these; see tests/kernel/events.
event() {
	"$BATS_TEST_DIRNAME/events" "$out" "$@" || {
		cat "$err"
		return 1
	}
}

no_event() {
	event --count 0 "$@"
}

summary() {
	event --summary "$@"
}

# on_ext4 FOLDER: an ext4 of the test's own, in a file.
on_ext4() {
	mkdir -p "$1"
	truncate -s 64M "$1.image"
	mkfs.ext4 -q "$1.image"
	mount -o loop "$1.image" "$1"
}

on_tmpfs() {
	mkdir -p "$1"
	mount -t tmpfs "${2:-whodel-test}" "$1" -o size=512M
}

# Everything that is mounted below a folder, the last one first.
unmount_below() {
	local mounted
	awk -v dir="$1/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | tac |
		while read -r mounted; do
			umount "$mounted" || umount -l "$mounted"
		done
}

# wait_for FILE TEXT: up to ten seconds.
wait_for() {
	local i
	for ((i = 0; i < 1000; i++)); do
		! grep -qs -- "$2" "$1" || return 0
		sleep 0.01
	done
	echo "no \"$2\" in $1 after ten seconds:"
	cat "$1"
	return 1
}

# wait_status PID: how a child ended, in $status.
wait_status() {
	status=0
	wait "$1" || status=$?
}
