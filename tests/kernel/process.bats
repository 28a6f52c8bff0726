#!/usr/bin/env bats
# Who did it: each field of the process, against what the process knows of itself.
# What lib.bash sets and takes, and a subshell for each test, as bats has it:
# shellcheck disable=SC2030,SC2031,SC2034,SC2154,SC2317
bats_require_minimum_version 1.5.0
load lib

setup() {
	dir=$BATS_TEST_TMPDIR/files
	mkdir -m 1777 "$dir"
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/* "$BATS_TEST_TMPDIR"
	touch "$dir/a" "$dir/b" "$dir/c"
}

@test "pid, ppid, comm, exe, args, ancestors" {
	trace -- python3 -SBc 'import json, os, sys
def stat(pid):
	comm, rest = open(f"/proc/{pid}/stat").read().split(" (", 1)[1].rsplit(") ", 1)
	return comm, int(rest.split()[1])
chain, pid = [], os.getppid()
while pid and len(chain) < 8:
	comm, parent = stat(pid)
	chain.append({"pid": pid, "comm": comm})
	pid = parent
os.unlink(sys.argv[1])
print(json.dumps({"pid": os.getpid(), "tid": os.getpid(), "ppid": os.getppid(),
	"comm": stat("self")[0], "exe": os.readlink("/proc/self/exe"),
	"args": open("/proc/self/cmdline").read().split("\0")[:-1][:2],
	"ancestors": chain, "uid": 0, "euid": 0, "user": "root"}))' "$dir/a"
	[ "$status" = 0 ]
	python3 -SB - "$out" "$said" <<-'PY'
		import json, sys
		sys.path.insert(0, "tests/kernel")
		import events
		(event,), _ = events.read(sys.argv[1])
		for key, wanted in json.load(open(sys.argv[2])).items():
		    got = event[key][:2] if key == "args" else event[key]
		    if key == "exe" and events.PREFIX:
		        assert got.endswith(wanted), (got, wanted)
		        continue
		    assert got == wanted, (key, got, wanted)
		assert 0 <= event["cpu"] < 4096 and event["via"] == "syscall"
	PY
}

@test "args: whole up to 256 bytes, then flagged; exe and none on demand" {
	trace -- rm "$dir/a" -f
	event "path=$dir/a" "args=rm,$dir/a,-f" incomplete-=args_truncated
	trace -- rm "$dir/b" -f "$(printf 'x%.0s' {1..300})"
	event "path=$dir/b" incomplete+=args_truncated
	trace --args exe -- rm "$dir/c" -f
	event "path=$dir/c" args=rm incomplete-=args_truncated
	touch "$dir/d"
	trace --args none -- rm "$dir/d"
	event "path=$dir/d" args=null incomplete-=args_truncated
}

@test "user: the real one and the effective one" {
	trace -- setpriv --reuid 65534 --regid 65534 --clear-groups sh -c 'rm "$1/x" 2>/dev/null
		touch "$1/x" && exec rm "$1/x"' sh "$dir"
	event op=unlink ok=true "path=$dir/x" uid=65534 euid=65534 user=nobody
	trace -- python3 -SBc 'import os, sys
os.unlink(sys.argv[1] + "/a")
os.seteuid(1)
open(sys.argv[1] + "/x", "w").close()
os.unlink(sys.argv[1] + "/x")' "$dir"
	event "path=$dir/a" uid=0 euid=0 user=root
	event "path=$dir/x" uid=0 euid=1 user=root
	trace -- setpriv --reuid 54321 --clear-groups sh -c 'touch "$1/y" && exec rm "$1/y"' sh "$dir"
	event "path=$dir/y" uid=54321 user=null
}

@test "an exec changes exe, comm and args of the same process" {
	trace -- python3 -SBc 'import os, sys
os.unlink(sys.argv[1] + "/a")
os.execvp("rm", ["rm", "-f", sys.argv[1] + "/b"])' "$dir"
	event "path=$dir/a" comm=python3 incomplete-=process_unknown
	event "path=$dir/b" comm=rm "args=rm,-f,$dir/b" "exe=$(readlink -f "$(command -v rm)")"
	[ "$(grep -o '"pid":[0-9]*,"tid"' "$out" | sort -u | wc -l)" = 1 ]
}

@test "a program by its own path, and one that deleted itself" {
	cp "$(command -v rm)" "$dir/my rm"
	trace -- "$dir/my rm" "$dir/my rm" "$dir/a"
	event "path=$dir/my rm" "exe=$dir/my rm" "comm=my rm"
	event "path=$dir/a" "exe=$dir/my rm"
}

@test "many processes, each under its own pid" {
	mkdir "$dir/many"
	for i in {1..200}; do touch "$dir/many/$i"; done
	trace -- sh -c 'for file in "$1"/many/*; do sh -c "echo \$\$ \$1; exec rm \$1" sh "$file"
		done' sh "$dir"
	[ "$(wc -l <"$said")" = 200 ]
	summary delivered=200 lost=0
	python3 -SB - "$out" "$said" <<-'PY'
		import sys
		sys.path.insert(0, "tests/kernel")
		import events
		deletions, _ = events.read(sys.argv[1])
		prefix = events.PREFIX
		wanted = {(int(pid), prefix + path) for pid, path in map(str.split, open(sys.argv[2]))}
		assert {(e["pid"], e["path"]) for e in deletions} == wanted
		assert all(e["args"][-1] == e["path"].removeprefix(prefix) for e in deletions)
		assert not any("process_unknown" in e["incomplete"] for e in deletions)
	PY
}

@test "time: UTC, in order, between the start and the end" {
	before=$(date -u +%FT%T.%NZ)
	trace -- rm "$dir/a" "$dir/b" "$dir/c"
	after=$(date -u +%FT%T.%NZ)
	mapfile -t times < <(grep -o '"time":"[^"]*"' "$out" | cut -d'"' -f4)
	[ ${#times[@]} = 3 ]
	printf '%s\n' "$before" "${times[@]}" "$after" >"$dir/times"
	sort -c "$dir/times"
}

@test "filters: pid, user, comm, path, exclude" {
	touch "$dir/keep-1" "$dir/keep-2" "$dir/other"
	trace --path "$dir/keep-*" --exclude '*-2' -- rm "$dir/keep-1" "$dir/keep-2" "$dir/other"
	event "path=$dir/keep-1"
	summary delivered=1 lost=0
	trace -c unlink -- sh -c 'unlink "$1/a"; rm "$1/b"' sh "$dir"
	event "path=$dir/a"
	no_event "path=$dir/b"
	touch "$dir/a" "$dir/b"
	trace -u nobody -- sh -c 'rm "$1/a"; touch "$1/x"; chown nobody "$1/x"
		setpriv --reuid 65534 rm "$1/x"' sh "$dir"
	event "path=$dir/x" user=nobody
	no_event "path=$dir/a"
	trace -p 1 -- rm "$dir/b"
	summary delivered=0
}

@test "-n: so many events and no more" {
	trace -n 2 -- rm "$dir/a" "$dir/b" "$dir/c"
	summary delivered=2 lost=0
	[ ! -e "$dir/c" ]
}
