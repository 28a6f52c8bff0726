#!/usr/bin/env bats
# whodel bench --quick on this kernel: everybody takes part, and every round adds up to the event.
bats_require_minimum_version 1.5.0
load lib

setup_file() {
	export json=$BATS_FILE_TMPDIR/bench.json table=$BATS_FILE_TMPDIR/table
	local build=${BUILD:-build}
	"$build/whodel" bench --quick --rounds 2 --json "$json" >"$table"
}

# Python on the results; "results" is the list, "find(part=..., ...)" picks from it.
check() {
	python3 - "$json" <<-PY
		import json, sys
		run = json.load(open(sys.argv[1]))
		results = run["results"]
		def find(**wanted):
		    found = [r for r in results if all(r[k] == v for k, v in wanted.items())]
		    assert found, wanted
		    return found
		$(cat)
	PY
}

@test "every part ran, with every contestant, in every round" {
	check <<-'PY'
		six = {f"{t}-libbpf-{how}" for t in ("ring", "perf") for how in ("naive", "best")}
		six |= {"bpfchan-ring", "bpfchan-perf"}
		names = lambda part: {r["contestant"] for r in find(part=part)}
		order = ("order",) if run["cpus"] > 1 else ()
		for part in ("flood", "idle", "burst") + order:
		    assert names(part) == six, (part, names(part))
		assert names("paced") == six | {"empty"}
		assert names("guard") == {"bpfchan-ring", "bpfchan-ring-guard"}
		assert {"ring-reserve", "ring-output", "perf-output"} <= names("verbs")
		swept = {r["setting"] for r in find(part="flood", contestant="perf-libbpf-best")}
		assert swept == {f"wake every {n}" for n in (1, 8, 64, 256, 1000)}, swept
		assert 0 <= run["others_cpu"] <= 1 and 0 <= run["stolen_cpu"] <= 1, run["others_cpu"]
		assert all(len(r["rounds"]) == 2 == run["rounds"] for r in results)
	PY
}

@test "attempts are delivered and lost, to the event, in each round" {
	check <<-'PY'
		for result in results:
		    for values in result["rounds"]:
		        if result["contestant"] == "empty":
		            assert values["delivered"] == values["lost"] == 0, result
		            continue
		        assert values["attempts"] > 0, result
		        assert values["attempts"] == values["delivered"] + values["lost"], result
	PY
}

@test "all have the same memory for records, and say what they took" {
	check <<-'PY'
		for result in results:
		    assert result["data_bytes"] == result["buffer_bytes"], result
		    assert result["data_bytes"] < result["allocated_bytes"] < 2 * result["data_bytes"]
	PY
}

@test "one setting of each contestant is the best in each place" {
	check <<-'PY'
		keys = ("part", "contestant", "producers", "bytes", "buffer_bytes", "rate", "situation")
		best = {}
		for result in results:
		    place = tuple(result[key] for key in keys)
		    best[place] = best.get(place, 0) + result["best"]
		assert set(best.values()) == {1}, best
	PY
}

@test "a buffer at rest holds what the formula says" {
	check <<-'PY'
		for result in find(part="burst"):
		    if "libbpf" not in result["contestant"]:
		        continue
		    for values in result["rounds"]:
		        assert values["held"] == values["formula_here"], result
		        assert values["lost"] > 0, result
	PY
}

@test "handed from CPU to CPU, libbpfchan delivers in order on both transports" {
	[ "$(nproc)" -ge 2 ] || skip "needs two CPUs"
	check <<-'PY'
		for name in ("bpfchan-ring", "bpfchan-perf", "ring-libbpf-naive"):
		    for result in find(part="order", contestant=name):
		        assert result["over_rounds"]["inversions"]["max"] == 0, result
		        assert result["over_rounds"]["delivered"]["min"] > 1000, result
	PY
}

@test "latencies: as many as events, and their quantiles rise" {
	check <<-'PY'
		for part in ("paced", "idle"):
		    for result in find(part=part):
		        if result["contestant"] == "empty":
		            continue
		        delivered = result["over_rounds"]["delivered"]["sum"]
		        assert sum(count for _, count in result["latency_ns"]) == delivered, result
		        for v in result["rounds"]:
		            assert 0 < v["latency_p50_ns"] <= v["latency_p99_ns"] \
		                <= v["latency_p999_ns"] <= v["latency_max_ns"], result
	PY
}

@test "the table shows each contestant once in each place" {
	[ "$(grep -c '^perf-libbpf-best ' "$table")" = "$(grep -c '^perf-libbpf-naive ' "$table")" ]
	grep -q '^bpfchan-perf, delivered/s: .* times perf-libbpf-naive, .* times perf-libbpf-best$' "$table"
}

@test "wrong use is told, with status 2, and nothing is measured" {
	local arguments
	for arguments in 'nonsense' '--rounds 0' '--bytes x' '--buffer 100000' '--producers none' \
		'flood --bytes 33' '--no-such-option'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr "${whodel:?}" bench $arguments
		[ "$status" = 2 ]
		[ -z "$output" ]
		[ -n "$stderr" ]
	done
}

@test "a report that cannot be written is told before anything is measured" {
	touch "$BATS_TEST_TMPDIR/file"
	run --separate-stderr "$whodel" bench flood --report "$BATS_TEST_TMPDIR/file"
	[ "$status" = 1 ]
	[ -z "$output" ]
	[[ $stderr == *"--report $BATS_TEST_TMPDIR/file"* ]]
}
