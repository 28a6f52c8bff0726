#!/usr/bin/env bats
# whodel -- command: the command as if whodel were not there, and all that descends from it.
# What lib.bash sets and takes, and a subshell for each test, as bats has it:
# shellcheck disable=SC2030,SC2031,SC2034,SC2154,SC2317
bats_require_minimum_version 1.5.0
load lib

setup() {
	dir=$BATS_TEST_TMPDIR/files
	mkdir "$dir"
}

@test "its very first system calls, and those of its grandchildren" {
	touch "$dir/a" "$dir/b" "$dir/c"
	trace -- sh -c 'rm "$1/a"; (rm "$1/b"; sh -c "sh -c \"rm $1/c; :\"; :"); :' sh "$dir"
	event "path=$dir/a" comm=rm
	event "path=$dir/b" comm=rm
	event "path=$dir/c" comm=rm
	summary delivered=3 lost=0
}

@test "what a daemon does that it left behind" {
	touch "$dir/a"
	trace -- python3 -SBc 'import os, sys, time
folder = sys.argv[1]
if os.fork() == 0:
	os.setsid()
	if os.fork() == 0:
		while os.getppid() == int(open(folder + "/middle").read() if os.path.exists(folder + "/middle") else os.getppid()):
			time.sleep(0.005)
		os.unlink(folder + "/a")
		open(folder + "/done", "w").close()
		os._exit(0)
	open(folder + "/middle.new", "w").write(str(os.getpid()))
	os.rename(folder + "/middle.new", folder + "/middle")
	os._exit(0)
os.wait()
while not os.path.exists(folder + "/done"):
	time.sleep(0.005)' "$dir"
	[ "$status" = 0 ]
	event op=unlink "path=$dir/a" comm=python3
	python3 -SB - "$out" "$dir" <<-'PY'
		import sys
		sys.path.insert(0, "tests/kernel")
		import events
		deletions, _ = events.read(sys.argv[1])
		(event,) = [e for e in deletions if e["path"].endswith(sys.argv[2] + "/a")]
		middle = int(open(sys.argv[2] + "/middle").read())
		assert event["ppid"] != middle, "not reparented"
		assert middle not in [a["pid"] for a in event["ancestors"]], event
	PY
}

@test "a child of vfork" {
	touch "$dir/a"
	trace -- "$helpers/act" vfork "$dir/a"
	event "path=$dir/a" ok=true "pid=$(cat "$said")"
}

@test "a thread: its own tid and name, its process's pid" {
	touch "$dir/a"
	trace -- "$helpers/act" thread "$dir/a"
	event "path=$dir/a" "tid=$(cat "$said")" comm=a-thread "pid!=$(cat "$said")"
	python3 -SB - "$out" <<-'PY'
		import sys
		sys.path.insert(0, "tests/kernel")
		import events
		(event,), _ = events.read(sys.argv[1])
		assert event["args"][1] == "thread" and event["exe"].endswith("/act"), event
	PY
}

@test "nothing of others, who are counted as filtered" {
	touch "$dir/own" "$dir/other1" "$dir/other2"
	mkfifo "$dir/started" "$dir/go"
	(
		read -r _ <"$dir/started"
		rm "$dir/other1" "$dir/other2"
		echo >"$dir/go"
	) &
	trace -- sh -c 'echo >"$1/started"; read -r _ <"$1/go"; rm "$1/own"' sh "$dir"
	wait
	event "path=$dir/own"
	no_event "path=$dir/other1"
	summary delivered=1
	[ "$(sed -n 's/.*"filtered":\([0-9]*\).*/\1/p' "$out" | tail -n 1)" -ge 2 ]
}

exit_status_is() {
	local wanted=$1
	shift
	run -"$wanted" "$whodel" -- "$@"
}

@test "its exit status" {
	exit_status_is 0 true
	exit_status_is 3 sh -c 'exit 3'
	exit_status_is 255 sh -c 'exit 255'
	exit_status_is 137 sh -c 'kill -KILL $$'
	exit_status_is 143 sh -c 'kill -TERM $$'
}

@test "126 for what cannot be run and 127 for what is not there, with the cause" {
	touch "$dir/no-program"
	exit_status_is 126 "$dir/no-program"
	[[ $output == *"$dir/no-program"*"Permission denied"* ]]
	exit_status_is 126 "$dir"
	exit_status_is 127 "$dir/absent"
	[[ $output == *"$dir/absent"*"No such file or directory"* ]]
	exit_status_is 127 no-such-command-anywhere
}

@test "125 where whodel itself fails, and then the command never runs" {
	run -125 "$whodel" --probe kprobe -- touch "$dir/ran"
	run -125 setpriv --reuid 65534 --regid 65534 --clear-groups "$whodel" -- touch "$dir/ran"
	[ ! -e "$dir/ran" ]
}

@test "its input, output and errors, untouched" {
	printf 'in\0put' >"$dir/in"
	"$whodel" -o json -- sh -c 'cat; echo error >&2' <"$dir/in" >"$dir/out" 2>"$dir/err"
	head -c 6 "$dir/out" | cmp - "$dir/in"
	[ "$(cat "$dir/err")" = error ]
}

@test "its signals: neither blocked nor ignored" {
	"$whodel" -o json -- grep '^Sig[BI]' /proc/self/status >"$dir/out"
	grep -P 'SigBlk:\t0+$' "$dir/out"
	run -141 "$whodel" -- sh -c 'kill -PIPE $$'
}

@test "its files: none of whodel's is open in it" {
	"$whodel" -- sh -c 'ls -l /proc/self/fd' >"$dir/out" 2>&1
	run ! grep -E 'bpf|anon_inode|signalfd' "$dir/out"
}

@test "a TERM for whodel goes to the command, and the events before it come out" {
	touch "$dir/a"
	"$whodel" -o json -- sh -c 'rm "$1/a"; touch "$1/deleted"; exec sleep 60' sh "$dir" \
		>"$dir/out" 2>"$dir/err" 3>&- &
	pid=$!
	until [ -e "$dir/deleted" ]; do sleep 0.01; done
	kill -TERM $pid
	wait_status $pid
	[ "$status" = 143 ]
	out=$dir/out err=$dir/err
	event "path=$dir/a"
	summary delivered=1 lost=0
}
