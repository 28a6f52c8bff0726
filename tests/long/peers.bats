#!/usr/bin/env bats
# bench/peers: it asks first, counts to the last file, and leaves nothing behind, however it ends.
bats_require_minimum_version 1.5.0
load ../kernel/lib

peers=$top/bench/peers/peers
cache=$build/cache/bench

setup() {
	export BUILD=$build
	was=$(left_behind)
}

auditctl() {
	LD_LIBRARY_PATH=$cache/libauparse0/lib/$(uname -m)-linux-gnu "$cache/auditd/sbin/auditctl" "$@"
}

# What a run could leave: scratch folders, settings and rules of audit, but not its counters.
left_behind() {
	find /dev/shm "$build/bench/peers" -maxdepth 1 -name 'whodel-peers.*'
	auditctl -s 2>&1 | grep -Ev '^(lost|backlog|backlog_wait_time_actual) '
	auditctl -l 2>&1
}

# Best while auditd is at work; where audit cannot be read, once there is something to put back.
in_the_middle() {
	local daemon
	daemon=$(auditctl -s 2>/dev/null | sed -n 's/^pid //p')
	[ "$daemon" != 0 ] && [ "$(left_behind)" != "$was" ]
}

@test "no is no: nothing is done, and said so" {
	run --separate-stderr bash -c 'echo n | "$1" --quick' sh "$peers"
	[ "$status" = 1 ]
	[ -z "$output" ]
	[[ $stderr == *"Go on? [y/N]"* ]]
	[[ $stderr == *"nothing was done"* ]]
	[ "$(left_behind)" = "$was" ]
}

@test "counts are exact, and all is put back" {
	ASK=no "$peers" --quick --rounds 2 --json "$BATS_TEST_TMPDIR/result.json"
	[ "$(left_behind)" = "$was" ]
	python3 - "$BATS_TEST_TMPDIR/result.json" <<-'PY'
		import json, sys
		result = json.load(open(sys.argv[1]))
		jobs = {job["name"]: job for job in result["workloads"]}
		assert {name: job["files"] for name, job in jobs.items()} == \
		    {"one": 5000, "two": 5000, "ext4": 5000, "rm": 10000}, jobs
		for name, job in jobs.items():
		    who = {c["name"]: c for c in job["contestants"]}
		    assert {"nothing", "empty", "whodel-ring", "whodel-perf"} <= set(who), who
		    for tool in who.values():
		        where = (name, tool["name"], tool)
		        assert len(tool["rounds"]) == 2 and tool["files"] == 2 * job["files"], where
		        assert all(r["wall_ns"] > 0 and r["cpu_ns"] > 0 for r in tool["rounds"]), where
		        # Whoever tells names tells each file at most once, and each that it did not lose.
		        if tool["tells"] and tool["tells"] != "folder only":
		            assert tool["named"] == tool["told"] <= tool["files"], where
		            assert tool["named"] + tool["lost"] >= tool["files"], where
		        elif tool["tells"]:
		            assert tool["named"] == 0 < tool["told"] <= tool["files"], where
		    for transport in ("ring", "perf"):
		        tool = who["whodel-" + transport]
		        assert (tool["named"], tool["lost"]) == (tool["files"], 0), tool
		# Whoever could not run says why.
		assert all(result["left_out"].values()), result["left_out"]
		assert result["audit"]["before"] == result["audit"]["after"], result["audit"]
	PY
}

@test "killed in the middle, all is put back as well" {
	ASK=no "$peers" --quick >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
	local pid=$! i
	for ((i = 0; i < 600; i++)); do
		! in_the_middle || break
		kill -0 "$pid" || { cat "$BATS_TEST_TMPDIR/said"; return 1; }
		sleep 0.1
	done
	in_the_middle
	kill -KILL "$pid"
	wait "$pid" || true
	for ((i = 0; i < 300; i++)); do
		[ "$(left_behind)" != "$was" ] || return 0
		sleep 0.1
	done
	diff <(echo "$was") <(left_behind)
}
