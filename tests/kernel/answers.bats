#!/usr/bin/env bats
# whodel who, log and status on a store that the recorder's own writer made: what is found, how it
# is told, the proof, and which stores are refused.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154
bats_require_minimum_version 1.5.0
load lib

setup_file() {
	export STORE=$BATS_FILE_TMPDIR/history.db
	"${BUILD:-build}/tests/kernel/mkstore" "$STORE" 50000
}

setup() {
	store=$BATS_TEST_TMPDIR/history.db
	cp -p "$STORE" "$store"
}

# asks STATUS WORD...: whodel's WORDs on the store; $output, $stderr
asks() {
	local wanted=$1
	shift
	run "-$wanted" --separate-stderr "$whodel" "$@" --store "$store"
}

# field FILTER: of the answer, the last line of JSON in $output
answer() {
	tail -n 1 <<<"$output" | python3 -c "import json, sys; print(json.load(sys.stdin)$1)"
}

@test "a path: who, why, what, and the proof" {
	asks 0 who /made/up/24999/needle-24999
	[[ ${lines[0]} == *" unlink /made/up/24999/needle-24999" ]]
	[[ ${lines[1]} == "    who   "*"["*"], user "*", /usr/bin/rm: rm -rf" ]]
	[[ ${lines[2]} == "    why   started by systemd[1]" ]]
	[[ ${lines[3]} == "    what  file of "*" bytes, inode "*" on 8:1, owner 0, its last name" ]]
	[ ${#lines[@]} = 4 ]
	[[ $stderr == *"recorded from "*"the recorder does not run"*"not visible here: "* ]]
}

@test "a path is absolute, relative, or both at once, and links on the way are followed" {
	mkdir -p "$BATS_TEST_TMPDIR/a"
	ln -s /made "$BATS_TEST_TMPDIR/a/link"
	cd "$BATS_TEST_TMPDIR/a"
	asks 0 who ../../../../../../../../../../made//up/./24999/x/../needle-24999/
	[[ ${lines[0]} == *" unlink /made/up/24999/needle-24999" ]]
}

@test "not found, with a gap up to now: 4; without any: 3" {
	asks 4 who /nothing/there
	[ -z "$output" ]
	[[ $stderr == *"no deletion of /nothing/there is recorded"*"no recorder ran"* ]]
	asks 3 who /nothing/there --until "@$(($(stat -c %Y "$STORE") - 1))"
	[[ $stderr == *"without a gap, 0 lost"* ]]
	asks 4 who /nothing/there --since 2020-01-01 --until "@$(($(stat -c %Y "$STORE") - 1))"
	[[ $stderr == *"before the first record"* ]]
	asks 4 who /nothing/there --until 2020-01-01
	[[ $stderr == *"nothing was recorded in this time"* ]]
}

@test "searches: glob, directory, inode, process, user, and -n" {
	asks 0 who -o json --glob '*/needle-*' -n 1000
	[ "${#lines[@]}" = 51 ]
	asks 0 who -o json --under /made/up/
	[ "${#lines[@]}" = 51 ]
	asks 0 who -o json --under /made/up/24999
	[ "${#lines[@]}" = 2 ]
	asks 4 who -o json --under /made/up/24999 --exclude '*9'
	[ "${#lines[@]}" = 1 ]
	asks 0 who -o json --glob '*.conf'
	[ "${#lines[@]}" = 101 ]
	asks 0 who -o json -u www-data -n 20 --glob '*.conf'
	[ "$(grep -c '"user":"www-data"' <<<"$output")" = 20 ]
	pid=$(sed -n '1s/.*,"pid":\([0-9]*\),"tid".*/\1/p' <<<"$output")
	asks 0 who -o json -p "$pid" -n 1000
	[ "$(grep -c "\"pid\":$pid,\"tid\"" <<<"$output")" = 200 ]
	inode=$(sed -n '1s/.*"inode":\([0-9]*\).*/\1/p' <<<"$output")
	asks 0 who -o json --inode "$inode"
	[ "$(grep -vc "\"inode\":$inode," <<<"$output")" = 1 ]
	asks 4 who --glob '*.nothing'
	asks 4 who --unit cron.service
	asks 4 who --container abc
}

@test "the newest comes first, and -n takes the newest" {
	asks 0 who -o json --glob '*' -n 5
	[[ ${lines[0]} == *'"path":"/made/up/49999/needle-49999"'* ]]
	asks 0 log -o json -n 3
	[ "${#lines[@]}" = 4 ]
	[[ ${lines[2]} == *'"path":"/made/up/49999/needle-49999"'* ]]
	asks 0 log -o json --path '*/needle-*'
	[[ ${lines[0]} == *'"path":"/made/up/999/needle-999"'* ]]
	[ "${#lines[@]}" = 51 ]
}

@test "trees are one line for people, and --expand and JSON have each event" {
	asks 0 who --under /srv/data -n 200
	grep -q " tree " <<<"$output"
	[ "${#lines[@]}" -lt 60 ]
	asks 0 who --under /srv/data -n 200 --expand
	[ "${#lines[@]}" = 201 ]
	asks 0 log --path '/srv/*'
	sum=$(sed -nE 's/.* tree .*\(([0-9]+) files?, 0 directories.*/\1/p' <<<"$output" |
		awk '{ sum += $1 } END { print sum }')
	single=$(grep -c " unlink " <<<"$output" || true)
	[ "$((sum + single))" = 49950 ]
	[ "${#lines[@]}" -lt 1000 ]
}

@test "the answer in JSON has the proof" {
	asks 4 who -o json /nothing
	[ "${#lines[@]}" = 1 ]
	[ "$(answer '["found"]')" = False ]
	[ "$(answer '["proved"]')" = False ]
	[ "$(answer '["gaps"][0]["reason"]')" = "no recorder ran" ]
	[ "$(answer '["unseen"][0]')" = "the kernel's own NFS server" ]
}

@test "status: no recorder runs" {
	asks 3 status
	[[ $output == *"events       50000"* ]]
	[[ $stderr == *"no recorder runs"* ]]
	asks 3 status -o json
	[ "$(answer '["health"]')" = not_running ]
	[ "$(answer '["events"]')" = 50000 ]
	[ "$(answer '["lost"]')" = 0 ]
}

@test "wrong use is said, and is 2" {
	asks 2 who
	asks 2 who a b
	asks 2 who a --glob b
	asks 2 who ''
	asks 2 who --since tomorrow a
	asks 2 who --since 2026-02-30 a
	asks 2 who --inode 0
	asks 2 who --since now --until 1h\ ago a
	asks 2 log what
	asks 2 status what
	[[ $stderr == *"see whodel status --help"* ]]
}

@test "a store that others could have written is refused, with what to do" {
	chmod 666 "$store"
	asks 1 who /x
	[[ $stderr == *"try: chmod 0640 $store"* ]]
	chmod 640 "$store"
	chown 65534 "$store"
	asks 1 log
	[[ $stderr == *"belongs to user 65534"*"try: chown root $store"* ]]
	chown 0 "$store"
	chmod 777 "$BATS_TEST_TMPDIR"
	asks 1 status
	[[ $stderr == *"replace the store; try: chmod go-w"* ]]
	chmod 700 "$BATS_TEST_TMPDIR"
	mv "$store" "$store.real"
	ln -s "$store.real" "$store"
	asks 1 who /x
	rm "$store"
	asks 1 who /x
	[[ $stderr == *"No such file"* ]]
}

@test "what is no store, another version, cut off or overwritten: an error, never more" {
	head -c 100 "$STORE" >"$store"
	asks 1 who /x
	echo "this is no data base, however long it may be" >"$store"
	asks 1 who /x
	[[ $stderr == *"no store of whodel's"* ]]
	: >"$store"
	asks 1 who /x
	[[ $stderr == *"nothing was recorded yet"* ]]
	cp -p "$STORE" "$store"
	printf '\0\0\0\7' | dd of="$store" bs=1 seek=60 conv=notrunc status=none
	asks 1 who /x
	[[ $stderr == *"it has version 7"* ]]
	cp -p "$STORE" "$store"
	truncate -s -300000 "$store"
	asks 1 log
	[[ $stderr == *"is damaged"* ]]
	cp -p "$STORE" "$store"
	dd if=/dev/urandom of="$store" bs=4096 seek=20 count=200 conv=notrunc status=none
	asks 1 log
	[[ $stderr == *"is damaged"* ]]
}

@test "a reader that goes away ends it" {
	run bash -c '"$1" log --store "$2" --expand 2>"$3" | head -n 1' bash "$whodel" "$store" \
		"$BATS_TEST_TMPDIR/err"
	[ "$status" = 0 ]
	grep -q "cannot write the output: Broken pipe" "$BATS_TEST_TMPDIR/err"
}
