#!/usr/bin/env bats
# Wrong use, machines that cannot, readers that go away, signals: said clearly, and nothing lost.
# What lib.bash sets and takes, and a subshell for each test, as bats has it:
# shellcheck disable=SC2030,SC2031,SC2034,SC2154,SC2317
bats_require_minimum_version 1.5.0
load lib

setup() {
	dir=$BATS_TEST_TMPDIR/files
	mkdir "$dir"
	touch "$dir/a" "$dir/b" "$dir/c"
}

teardown() {
	[ -z "${started:-}" ] || kill "$started"
	wait
}

# says STATUS TEXT OPTION...: one line on stderr with whodel's name and the text, none on stdout.
says() {
	local wanted=$1 text=$2
	shift 2
	run "-$wanted" --separate-stderr "$whodel" "$@"
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" = 1 ]
	[[ ${stderr_lines[0]} == "whodel: "*$text* ]] || {
		echo "not so: ${stderr_lines[0]}"
		return 1
	}
}

# start OPTION... [>FILE]: in the background, until it watches.
start() {
	rm -f "$dir/err"
	"$whodel" -v -o json "$@" >"$dir/out" 2>"$dir/err" 3>&- &
	started=$!
	wait_for "$dir/err" watching
	out=$dir/out err=$dir/err
}

# stop STATUS SIGNAL
stop() {
	local pid=$started
	kill "-$2" "$pid"
	started=
	wait_status "$pid"
	[ "$status" = "$1" ]
}

@test "an unknown option, a missing value, a stray word: 2, and which" {
	says 2 --nonsense --nonsense
	says 2 -Z -Z
	says 2 --buffer --buffer
	says 2 stray stray
	says 2 "--" --
	says 2 "--output xml: it is one of" --output xml
	says 2 "--transport pipe: it is one of" --transport pipe
	says 2 "--args some: it is one of" --args some
	says 2 "--duration -1" --duration -1
	says 2 "--count 0" --count 0
	says 2 "--pid 0" --pid 0
	says 2 "--user no-such-user" --user no-such-user
	says 2 "--container : a container has a name" --container ""
	says 1 "cannot watch process 2147483647: No such process" --pid 2147483647
}

@test "sizes that cannot be: 2, and why" {
	says 2 "--buffer 0" --buffer 0
	says 2 "--buffer 12Q" --buffer 12Q
	says 2 "--buffer -1" --buffer -1
	says 2 "--buffer 99999999999999999999" --buffer 99999999999999999999
	for transport in ring perf; do
		says 2 "at most 2 GiB" --transport "$transport" --buffer 64T
	done
	says 2 "--pages 7: a perf buffer has a power of two" --transport perf --pages 7
	says 2 "only perf has pages" --pages 8
	says 2 "only perf has pages" --transport ring --pages 8
	says 2 "give one of the two" --transport perf --pages 8 --buffer 1M
}

@test "more memory than there is: 1, with what to try" {
	for transport in ring perf; do
		says 1 "--buffer" --transport "$transport" --buffer 1G -d 0.1 || {
			# A machine that has it all just takes it.
			[ "$status" = 0 ] || return 1
		}
	done
}

@test "no root: 1, with what to try" {
	cp "$whodel" "$dir/whodel"
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/* "$BATS_TEST_TMPDIR" "$dir" "$dir/whodel"
	run -1 --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups \
		--inh-caps -all --bounding-set -all "$dir/whodel"
	[ -z "$output" ]
	[[ $stderr == *"Operation not permitted"*sudo* ]]
}

@test "a kernel without BTF: 1, and what it needs" {
	# unshare(1) itself can make private only what is a mount's root, which "/" in a chroot is not.
	run -1 --separate-stderr unshare -m --propagation unchanged sh -c '
		mount --make-rprivate /sys && mount -t tmpfs none /sys/kernel/btf && exec "$1"' \
		sh "$whodel"
	[[ $stderr == *"/sys/kernel/btf/vmlinux: No such file"*CONFIG_DEBUG_INFO_BTF* ]]
}

# Where the kernel lets them be there is nothing to refuse; in the VMs they are tested by what they see.
@test "a probe that this kernel refuses: 1, why, and what to try" {
	for probe in fentry kprobe; do
		run --separate-stderr "$whodel" -d 0.1 --probe $probe
		[ "$status" != 0 ] || continue
		[ "$status" = 1 ] && [ -z "$output" ]
		[[ $stderr == "whodel: cannot use the probe $probe: this kernel "*"try without --probe"* ]]
		run --separate-stderr "$whodel" -v -d 0.1
		[ "$status" = 0 ]
		[[ $stderr == *"not taken: "*"$probe: this kernel "* ]]
	done
	says 2 "--probe magic: it is one of" --probe magic
	"$whodel" --probe tracepoint -- rm "$dir/a"
}

@test "--help and --version: 0, on stdout; and an error where that cannot be written" {
	run -0 --separate-stderr "$whodel" --help
	[[ $output == *--transport*--buffer* ]]
	[ -z "$stderr" ]
	run -0 "$whodel" --version
	[[ $output == "whodel "[0-9]* ]]
	run -1 sh -c '"$1" --help >/dev/full' sh "$whodel"
	[[ $output == *"No space left on device"* ]]
}

@test "every option of the help is one that works or says why not" {
	options=$("$whodel" --help | grep -o -- ' --[a-z]*' | sort -u)
	[ "$(wc -l <<<"$options")" -ge 15 ]
	for option in $options; do
		run "$whodel" "$option" "" -- true
		[[ $output != *"unknown option"* ]]
	done
}

@test "a full disk: 1 or 125, the cause, and how many were not written" {
	run -125 --separate-stderr sh -c '"$1" -o json -- rm "$2/a" "$2/b" >/dev/full' sh "$whodel" "$dir"
	[[ $stderr == *"No space left on device"* ]]
	[ ! -e "$dir/a" ]
	run -125 --separate-stderr sh -c '"$1" -- rm "$2/c" >/dev/full' sh "$whodel" "$dir"
	[[ $stderr == *"No space left on device"* ]]
}

# The reader is gone before the first event: whodel ends by itself.
@test "a closed pipe ends it, with the cause" {
	timeout 20 bash -c '"$1" -o json 2>"$2/err" | true; echo "${PIPESTATUS[0]}" >"$2/status"' \
		bash "$whodel" "$dir"
	[ "$(cat "$dir/status")" = 1 ]
	grep 'Broken pipe' "$dir/err"
}

@test "a reader that takes one line only" {
	timeout 20 bash -c '"$1" -o json -- sh -c "rm $2/a; sleep 0.5; rm $2/b" 2>"$2/err" |
		head -n 1 >"$2/line"; echo "${PIPESTATUS[0]}" >"$2/status"' bash "$whodel" "$dir"
	grep "$dir/a" "$dir/line"
	[ ! -e "$dir/b" ]
	[ "$(cat "$dir/status")" = 125 ]
}

@test "INT, TERM and HUP: all that was before comes out, and the sums are right" {
	for transport in ring perf; do
		for signal in INT TERM HUP; do
			mkdir "$dir/many"
			for i in {1..300}; do echo >"$dir/many/$i"; done
			start --transport "$transport" --path "*$dir/many/*"
			rm -r "$dir/many/"
			stop 0 $signal
			summary delivered=300 lost=0 transport=$transport
		done
	done
}

@test "a SIGINT of the terminal: the command gets it, and whodel waits for it" {
	env --default-signal=INT "$whodel" -o json -- sh -c 'trap "rm \"$1/a\"; exit 7" INT; touch "$1/up"
		while :; do sleep 0.05; done' sh "$dir" >"$dir/out" 2>"$dir/err" 3>&- &
	pid=$!
	until [ -e "$dir/up" ]; do sleep 0.01; done
	# As a terminal does: to all of its foreground.
	kill -INT $pid "$(tr -d ' ' <"/proc/$pid/task/$pid/children")"
	wait_status $pid
	echo "status $status"
	[ "$status" = 7 ]
	out=$dir/out err=$dir/err
	event "path=$dir/a" comm=rm
}

@test "-d: it ends by itself after that time" {
	SECONDS=0
	run -0 --separate-stderr timeout 20 "$whodel" -d 0.3 -o json
	[ $SECONDS -le 10 ]
	[[ ${lines[-1]} == *'"type":"summary"'* ]]
}

@test "the table says the sums on stderr, and the JSON on stdout" {
	run -0 --separate-stderr "$whodel" -- rm "$dir/a"
	[[ ${lines[0]} == TIME*PATH ]]
	[ ${#lines[@]} = 2 ]
	[[ $stderr == *"0 lost"* ]]
	run -0 --separate-stderr "$whodel" -o json -- rm "$dir/b"
	[ ${#lines[@]} = 2 ]
	[ -z "$stderr" ]
}
