#!/usr/bin/env bats
# whodel doctor: its self-test on this kernel, and what it says where it cannot have one.
# What lib.bash sets and takes, and a subshell for each test, as bats has it:
# shellcheck disable=SC2030,SC2031,SC2034,SC2154,SC2317
bats_require_minimum_version 1.5.0
load lib

setup_file() {
	on_ext4 "$BATS_FILE_TMPDIR/ext4"
	on_tmpfs "$BATS_FILE_TMPDIR/tmpfs"
}

teardown_file() {
	unmount_below "$BATS_FILE_TMPDIR"
}

# checkup PLACE OPTION...: into $json
checkup() {
	local place=$BATS_FILE_TMPDIR/$1
	shift
	json=$BATS_TEST_TMPDIR/checkup.json
	run -0 --separate-stderr "$whodel" doctor -o json --folder "$place" "$@"
	[ -z "$stderr" ]
	printf '%s\n' "$output" >"$json"
}

# verdicts CONDITION...: of the ways by Python, with `ways` as {name: way} and `d` as all of it.
verdicts() {
	python3 - "$json" "$@" <<-'PY'
		import json, sys
		d = json.load(open(sys.argv[1], encoding="utf-8"))
		ways = {way["way"]: way for way in d["ways"]}
		told = {name: way["verdict"] for name, way in ways.items()}
		for condition in sys.argv[2:]:
		    if not eval(condition):
		        sys.exit(f"not so: {condition}\n" + "\n".join(map(str, d["ways"])))
	PY
}

@test "on ext4, over each buffer: every way is tried, and what should be seen is" {
	for transport in ring perf; do
		checkup ext4 --transport $transport --probe tracepoint
		verdicts 'd["well"] is True' 'd["file_system"] == "ext4"' "d['transport'] == '$transport'" \
			'd["probe"] == "tracepoint"' 'len(ways) >= 28' \
			'set(told.values()) <= {"seen", "partly", "gap", "untried"}' \
			'all(told[w] == "seen" and ways[w]["events"] == 1 and ways[w]["incomplete"] == []
			     for w in ("unlink", "rmdir", "rename over a file", "rename over a directory",
			               "unlink through a symbolic link", "unlink in a chroot",
			               "unlink in a working directory renamed away",
			               "unlink of one of two names", "unlink below a bind mount"))' \
			'ways["renameat2 with RENAME_EXCHANGE"]["events"] == 0' \
			'told["unlink on a tmpfs"] == "partly"' 'ways["unlink on a tmpfs"]["why"]' \
			'all(way["why"] for way in d["ways"] if way["verdict"] != "seen")'
	done
}

@test "on tmpfs: what the file system does not show is named" {
	checkup tmpfs --probe tracepoint
	verdicts 'd["well"] is True' 'd["file_system"] == "tmpfs"' 'told["unlink"] == "partly"' \
		'"identity_unknown" in ways["unlink"]["incomplete"]' \
		'"victim_unknown" in ways["rename over a file"]["incomplete"]'
}

@test "the best probe is chosen, and each other one has its reason" {
	checkup ext4
	verdicts 'd["probe"] == next(p["name"] for p in d["probes"] if p["works"])' \
		'all(p["why"] for p in d["probes"] if not p["works"])' \
		'{t["name"] for t in d["transports"]} == {"ring", "perf"}' \
		'next(f["here"] for f in d["features"] if f["name"].startswith("BTF")) is True'
}

# What is found here is kept for make coverage, under the kernel's series.
@test "docs/coverage.md has what each probe that works finds here" {
	folder=$build/results/$(uname -r | grep -oE '^[0-9]+\.[0-9]+')
	rm -rf "$folder" "$BATS_TEST_TMPDIR/here"
	mkdir -p "$folder" "$BATS_TEST_TMPDIR/here"
	works='import json, sys; print(*(p["name"] for p in json.load(sys.stdin)["probes"] if p["works"]))'
	for probe in $("$whodel" doctor -o json --folder "$BATS_FILE_TMPDIR/ext4" | python3 -c "$works"); do
		for place in ext4 tmpfs; do
			checkup $place --probe "$probe"
			cp "$json" "$folder/doctor-$probe-$place.json"
		done
	done
	cp -r "$folder" "$BATS_TEST_TMPDIR/here"
	"$top/scripts/coverage" --check "$BATS_TEST_TMPDIR/here" "$top/docs/coverage.md"
}

@test "nothing is left: no folder, no mount, no process" {
	before=$(wc -l </proc/self/mountinfo)
	checkup ext4
	[ "$(ls -A "$BATS_FILE_TMPDIR/ext4")" = lost+found ]
	[ "$(wc -l </proc/self/mountinfo)" = "$before" ]
	! pgrep -f "whodel doctor -o json --folder $BATS_FILE_TMPDIR" || return 1
}

@test "the table says the same, for people" {
	run -0 --separate-stderr "$whodel" doctor --folder "$BATS_FILE_TMPDIR/ext4"
	[ -z "$stderr" ]
	[[ $output == "This kernel, and this process:"*"Probes, best first:"*chosen*"Self-test: "*"on ext4:"* ]]
	[[ $output == *"NFS"*"Well: "*" 0 missed, 0 wrong" ]]
	[[ $output != *$'\n\n\n'* ]]
}

# refused TEXT COMMAND...: 1, the cause on stderr, and a table nevertheless.
refused() {
	local text=$1
	shift
	run -1 --separate-stderr "$@"
	[ "${#stderr_lines[@]}" = 1 ]
	[[ $stderr == "whodel: "*"$text"* ]]
	[[ $output == *"No self-test: "*"$text"* ]]
}

@test "without root, and in a user namespace: 1, and what to do" {
	cp "$whodel" "$BATS_TEST_TMPDIR/whodel"
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/*/ "$BATS_TEST_TMPDIR"
	refused "Operation not permitted" setpriv --reuid 65534 --regid 65534 --clear-groups \
		--inh-caps -all --bounding-set -all "$BATS_TEST_TMPDIR/whodel" doctor
	[[ $output == *"none of those for BPF"*"run as root, or give CAP_BPF and CAP_PERFMON"* ]]
	refused "Operation not permitted" unshare -Ur "$BATS_TEST_TMPDIR/whodel" doctor
	[[ $output == *"initial user namespace "*"this is another one"* ]]
}

@test "no BTF, no folder, a probe that is not there: 1, and the cause" {
	refused "CONFIG_DEBUG_INFO_BTF" unshare -m --propagation unchanged sh -c '
		mount --make-rprivate /sys && mount -t tmpfs none /sys/kernel/btf && exec "$1" doctor' \
		sh "$whodel"
	refused "scratch folder" "$whodel" doctor --folder "$BATS_TEST_TMPDIR/absent"
	if [ ! -e /sys/bus/event_source/devices/kprobe ]; then
		refused "kprobe" "$whodel" doctor --probe kprobe
	fi
}

@test "wrong use: 2" {
	run -2 "$whodel" doctor --nonsense
	run -2 "$whodel" doctor stray
	run -2 "$whodel" doctor -o csv
	run -0 "$whodel" doctor --help
	[[ $output == *--folder*"Exit status"* ]]
}
