#!/usr/bin/env bats
# Why a process was running: cgroup, unit, container, cause; told anew when they change.
# What lib.bash sets and takes, and a subshell for each test, as bats has it:
# shellcheck disable=SC2030,SC2031,SC2034,SC2154,SC2317
bats_require_minimum_version 1.5.0
load lib

setup() {
	dir=$BATS_TEST_TMPDIR/files
	mkdir -m 1777 "$dir"
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/* "$BATS_TEST_TMPDIR"
	touch "$dir/a" "$dir/b" "$dir/c"
	cgroups=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	made=()
}

# Innermost first. A process that ended a moment ago may still be in one.
teardown() {
	local i path
	for path in "${made[@]}"; do
		for ((i = 0; i < 100; i++)); do
			! rmdir "$path" 2>/dev/null || break
			sleep 0.05
		done
	done
}

# make_cgroups PATH...: in the unified hierarchy.
make_cgroups() {
	[ -n "$cgroups" ] || {
		cgroups=$BATS_RUN_TMPDIR/cgroups
		mkdir -p "$cgroups"
		mountpoint -q "$cgroups" || mount -t cgroup2 whodel-test "$cgroups"
	}
	local path
	for path; do
		mkdir "$cgroups$path"
		made=("$cgroups$path" "${made[@]}")
	done
}

@test "cgroup: its path at the time, also when it is gone a moment later" {
	make_cgroups /whodel-test.slice /whodel-test.slice/outer.service \
		/whodel-test.slice/outer.service/inner
	trace -- sh -c 'echo $$ >"$1/cgroup.procs"; exec rm "$2"' sh \
		"$cgroups/whodel-test.slice/outer.service/inner" "$dir/a"
	event "path=$dir/a" cgroup=/whodel-test.slice/outer.service/inner unit=outer.service \
		container=null "cause=unit outer.service"
}

@test "a process that changes its cgroup between two deletions" {
	make_cgroups /whodel-one /whodel-two
	trace -- python3 -SBc 'import os, sys
groups, folder = sys.argv[1:]
for group, name in (("whodel-one", "a"), ("whodel-two", "b"), ("whodel-one", "c")):
	with open(f"{groups}/{group}/cgroup.procs", "w") as file:
		file.write(str(os.getpid()))
	os.unlink(f"{folder}/{name}")' "$cgroups" "$dir"
	event "path=$dir/a" cgroup=/whodel-one
	event "path=$dir/b" cgroup=/whodel-two
	event "path=$dir/c" cgroup=/whodel-one
	[ "$(grep -o '"pid":[0-9]*,"tid"' "$out" | sort -u | wc -l)" = 1 ]
}

@test "a cgroup with a path longer than is kept: null, and said" {
	name=$(printf 'x%.0s' {1..250}) path=
	for i in {1..16}; do
		path+=/$name
		make_cgroups "$path"
	done
	trace -- sh -c 'echo $$ >"$1/cgroup.procs"; exec rm "$2"' sh "$cgroups$path" "$dir/a"
	event "path=$dir/a" cgroup=null incomplete+=cgroup_truncated incomplete-=process_unknown
}

@test "mount_namespace: the process's own, and told anew when it takes another" {
	trace -- python3 -SBc 'import ctypes, os, sys
def say(name):
	print(name, os.readlink("/proc/self/ns/mnt")[5:-1])
	os.unlink(f"{sys.argv[1]}/{name}")
say("a")
assert ctypes.CDLL(None).unshare(0x20000) == 0
say("b")' "$dir"
	python3 -SB - "$out" "$said" <<-'PY'
		import sys
		sys.path.insert(0, "tests/kernel")
		import events
		deletions, _ = events.read(sys.argv[1])
		wanted = [int(line.split()[1]) for line in open(sys.argv[2])]
		assert len(set(wanted)) == 2
		assert [e["mount_namespace"] for e in deletions] == wanted, (deletions, wanted)
	PY
}

# The container's root is a mount of its own in a namespace of its own; the bundle is on this disk.
@test "a container of runc: its name, its cgroup, its cause; the path on the host and in there" {
	bundle=$BATS_TEST_TMPDIR/bundle name=whodel-test-$$
	mkdir -p "$bundle/rootfs/bin" "$bundle/rootfs/data"
	cp "$(command -v busybox)" "$bundle/rootfs/bin/busybox"
	touch "$bundle/rootfs/data/gone" "$bundle/rootfs/data/kept"
	inode=$(stat -c %i "$bundle/rootfs/data/gone")
	(cd "$bundle" && runc spec)
	python3 -SB - "$bundle/config.json" <<-'PY'
		import json, sys
		config = json.load(open(sys.argv[1]))
		config["process"].update(terminal=False, args=["/bin/busybox", "rm", "/data/gone"])
		config["process"].pop("rlimits", None)
		config["root"]["readonly"] = False
		json.dump(config, open(sys.argv[1], "w"))
	PY
	trace -- runc run --bundle "$bundle" "$name"
	[ "$status" = 0 ]
	event comm=busybox op=unlink ok=true "container=$name" "cgroup=/$name" \
		"cause=container $name" unit=null "args=/bin/busybox,rm,/data/gone" \
		"path=$bundle/rootfs/data/gone" path_seen=/data/gone "inode=$inode" links=0 \
		incomplete-=path_unverified incomplete-=mount_unknown
	[ ! -e "$bundle/rootfs/data/gone" ]
	[ -e "$bundle/rootfs/data/kept" ]
}

@test "su: who it was, by its executable; and another one of that name is not believed" {
	trace -- su root -s /bin/sh -c "rm '$dir/a'; true"
	if [ -z "${WHODEL_TEST_PREFIX:-}" ]; then
		event "path=$dir/a" "cause=su by root"
	else # a chroot's su is not the host's
		event "path=$dir/a" cause=null
	fi
	for name in su cron sshd; do
		cp "$(readlink -f "$(command -v dash)")" "$dir/$name"
		touch "$dir/b"
		trace -- "$dir/$name" -c "rm '$dir/b'; true"
		event "path=$dir/b" cause=null
		grep -q "\"ancestors\":\[{\"pid\":[0-9]*,\"comm\":\"$name\"}" "$out"
	done
}

# cron's way: a daemon, its child for the job, a shell, and a command that is gone at once.
@test "a process of a millisecond, below daemon, child and shell: every ancestor" {
	cp "$(readlink -f "$(command -v dash)")" "$dir/cronlike"
	for i in {1..50}; do touch "$dir/job-$i"; done
	trace -- "$dir/cronlike" -c '"$1/cronlike" -c "sh -c '\''for file in \"\$1\"/job-*; do
		unlink \"\$file\"; done; true'\'' sh \"\$1\"; true" cronlike "$1"; true' cronlike "$dir"
	summary lost=0
	python3 -SB - "$out" <<-'PY'
		import sys
		sys.path.insert(0, "tests/kernel")
		import events
		deletions, _ = events.read(sys.argv[1])
		jobs = [e for e in deletions if "/job-" in e["path"]]
		assert len(jobs) == 50 == len({e["pid"] for e in jobs})
		assert len({(e["pid"], e["start_time"]) for e in jobs}) == 50
		for e in jobs:
		    assert e["comm"] == "unlink", e
		    assert [a["comm"] for a in e["ancestors"][:3]] == ["sh", "cronlike", "cronlike"], e
		    assert [a["pid"] for a in e["ancestors"][:1]] == [e["ppid"]], e
		    assert not e["incomplete"] or "process_unknown" not in e["incomplete"], e
	PY
}

# In a PID namespace of the test's own, a number comes back when it is asked for.
@test "a pid that comes back: another process, by its start time" {
	trace -- unshare --pid --fork --mount-proc sh -c 'for name in a b; do
		echo 4999 >/proc/sys/kernel/ns_last_pid
		sh -c "echo \$\$; exec rm \"\$1\"" sh "$1/$name"; done' sh "$dir"
	[ "$(sort -u "$said" | tr '\n' ' ')" = "5000 " ]
	[ "$(grep -o '"start_time":[0-9]*' "$out" | sort -u | wc -l)" = 2 ]
	event "args=rm,$dir/a"
	event "args=rm,$dir/b"
}
