#!/usr/bin/env bats
# Filters that the kernel side keeps to: what is not wanted takes no room in the buffer, and is
# counted to the event.
# What lib.bash sets and takes, and a subshell for each test, as bats has it:
# shellcheck disable=SC2030,SC2031,SC2034,SC2154,SC2317
bats_require_minimum_version 1.5.0
load lib

setup() {
	dir=$BATS_TEST_TMPDIR/files
	mkdir -m 1777 "$dir"
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/* "$BATS_TEST_TMPDIR"
	touch "$dir/a" "$dir/b" "$dir/c"
	containers=()
}

teardown() {
	local name
	for name in "${containers[@]}"; do
		runc delete --force "$name"
	done
}

# With a command each deletion that the filter lets go is one of its own: the sums are known.
@test "what is filtered is counted to the event, on both transports, also with -x" {
	for transport in ring perf; do
		for i in {1..500}; do touch "$dir/f$i"; done
		touch "$dir/wanted"
		trace -x -c wanted --path "$dir/*" -- python3 -SBc 'import os, sys
folder = sys.argv[1]
for i in range(1, 501):
	os.unlink(f"{folder}/f{i}")
	try:
		os.unlink(f"{folder}/none")
	except FileNotFoundError:
		pass
open("/proc/self/comm", "w").write("wanted")
os.unlink(f"{folder}/wanted")' "$dir"
		event "path=$dir/wanted" comm=wanted
		summary delivered=1 lost=0 transport=$transport
		[ "$(sed -n 's/.*"filtered":\([0-9]*\).*/\1/p' "$out")" -ge 1000 ]
	done
}

@test "a flood of strangers does not fill a buffer of a page" {
	for i in {1..5000}; do echo >"$dir/f$i"; done
	touch "$dir/wanted"
	trace --buffer 4K -c mine -- python3 -SBc 'import os, sys
folder = sys.argv[1]
for i in range(1, 5001):
	os.unlink(f"{folder}/f{i}")
open("/proc/self/comm", "w").write("mine")
os.unlink(f"{folder}/wanted")' "$dir"
	summary delivered=1 lost=0
}

@test "-p: a process, not a number; and as this PID namespace has it" {
	sh -c 'while [ ! -e "$1/go" ]; do sleep 0.02; done; unlink "$1/b"; exec python3 -SBc "import os
os.unlink(\"$1/a\")"' sh "$dir" 3>&- &
	pid=$!
	"$whodel" -v -o json -p $pid >"$dir/out" 2>"$dir/err" 3>&- &
	tracer=$!
	wait_for "$dir/err" watching
	touch "$dir/go"
	wait $pid
	kill -INT $tracer
	wait_status $tracer
	out=$dir/out err=$dir/err
	event "path=$dir/a" "pid=$pid" comm=python3
	no_event "path=$dir/b"
	summary delivered=1 lost=0

	run -0 --separate-stderr unshare --pid --fork --mount-proc sh -c '
		sh -c "sleep 0.7; exec python3 -SBc \"import os; os.unlink(\\\"$1/c\\\")\"" &
		"$2" -o json -d 3 -p $!' sh "$dir" "$whodel"
	[[ ${lines[0]} == *"$dir/c"*'"comm":"python3"'* ]]
	[[ ${lines[1]} == *'"delivered":1,'* ]]
}

@test "-u: the real user, where several are wanted" {
	chown nobody "$dir/a"
	chown 54321 "$dir/b"
	trace -u nobody -u 54321 -- sh -c 'chmod 1777 "$1"; setpriv --reuid 65534 unlink "$1/a"
		setpriv --reuid 54321 unlink "$1/b"; unlink "$1/c"' sh "$dir"
	event "path=$dir/a" uid=65534
	event "path=$dir/b" uid=54321
	summary delivered=2 lost=0
}

# bundle NAME COMMAND...
bundle() {
	local folder=$BATS_TEST_TMPDIR/$1
	mkdir -p "$folder/rootfs/bin" "$folder/rootfs/data"
	cp "$(command -v busybox)" "$folder/rootfs/bin/busybox"
	touch "$folder/rootfs/data/"{1..30}
	(cd "$folder" && runc spec)
	python3 -SB - "$folder/config.json" "${@:2}" <<-'PY'
		import json, sys
		config = json.load(open(sys.argv[1]))
		config["process"].update(terminal=False, args=sys.argv[2:])
		config["process"].pop("rlimits", None)
		config["root"]["readonly"] = False
		json.dump(config, open(sys.argv[1], "w"))
	PY
}

@test "--container: one that starts later, and no other one" {
	id=$(printf '%064x' "$$")
	# One process deletes twice with a pause, so that the kernel has learnt of its cgroup.
	bundle one /bin/busybox sh -c 'cd /data; for i in *; do /bin/busybox rm $i; done'
	bundle two /bin/busybox sh -c 'cd /data; for i in *; do /bin/busybox rm $i; done'
	trace --container "${id:0:62}" -- sh -c '
		cd "$1"; runc run --bundle one "$2"; runc run --bundle two "whodel-$3"; rm files/[abc]' \
		sh "$BATS_TEST_TMPDIR" "$id" $$
	[ "$status" = 0 ]
	event --count 30 "container=$id" comm=busybox
	event --count 0 "container!=$id"
	# What runc's own process deletes once it is in the container is the container's, too.
	summary lost=0
}
