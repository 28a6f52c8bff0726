# shellcheck shell=bash disable=SC2034,SC2154
# A cluster of NATS servers on loopback, forwarders and a collector; all are the test's own.

# cluster_up [SIZE]: servers s1..., each with its folder below the test's; pids in $server_N.
cluster_up() {
	local i routes=''
	nats=$build/cache/fleet/nats-server/usr/sbin/nats-server
	size=${1:-3} servers=''
	base=$((20000 + RANDOM % 20000))
	for ((i = 1; i <= size; i++)); do
		routes+="nats://127.0.0.1:$((base + 100 + i)),"
		servers+="${servers:+,}nats://127.0.0.1:$((base + i))"
	done
	for ((i = 1; i <= size; i++)); do
		cat >"$BATS_TEST_TMPDIR/s$i.conf" <<-EOF
			server_name: s$i
			listen: 127.0.0.1:$((base + i))
			http: 127.0.0.1:$((base + 200 + i))
			jetstream { store_dir: "$BATS_TEST_TMPDIR/s$i" }
			$(cat "$BATS_TEST_TMPDIR/extra.conf" 2>/dev/null)
		EOF
		[ "$size" = 1 ] || cat >>"$BATS_TEST_TMPDIR/s$i.conf" <<-EOF
			cluster { name: c, listen: 127.0.0.1:$((base + 100 + i)), routes: [${routes%,}] }
		EOF
		server_up "$i"
	done
}

server_up() {
	"$nats" -c "$BATS_TEST_TMPDIR/s$1.conf" >>"$BATS_TEST_TMPDIR/s$1.log" 2>&1 3>&- &
	declare -g "server_$1=$!"
}

server_kill() {
	local pid="server_$1"
	[ -z "${!pid:-}" ] || kill -9 "${!pid}" 2>/dev/null
	wait "${!pid:-$$}" 2>/dev/null || true
	declare -g "server_$1="
}

cluster_down() {
	local i
	for ((i = 1; i <= ${size:-0}; i++)); do server_kill "$i"; done
}

# stream_leader: the number of the server that leads the stream.
stream_leader() {
	python3 - "$base" "$size" <<-'PY'
		import json, sys, urllib.request
		base, size = map(int, sys.argv[1:])
		for i in range(1, size + 1):
		    try:
		        with urllib.request.urlopen(f"http://127.0.0.1:{base + 200 + i}/jsz?streams=1", timeout=2) as f:
		            for account in json.load(f).get("account_details", []):
		                for stream in account.get("stream_detail", []):
		                    leader = stream.get("cluster", {}).get("leader")
		                    if leader:
		                        print(leader[1:])
		                        sys.exit()
		    except OSError:
		        pass
		sys.exit("no leader")
	PY
}

# forwarder N [OPTION...]: a recorder that forwards as host hN, from store N; pid in $forwarder_N.
forwarder() {
	local n=$1
	shift
	mkdir -p "$BATS_TEST_TMPDIR/store$n"
	"$whodel" record --store "$BATS_TEST_TMPDIR/store$n/history.db" --host "h.$n" \
		--forward "$servers" "$@" 2>>"$BATS_TEST_TMPDIR/said$n" 3>&- &
	declare -g "forwarder_$n=$!"
}

forwarder_kill() {
	local pid="forwarder_$1" child grandchild
	child=$(pgrep -P "${!pid}" || true)
	grandchild=$([ -z "$child" ] || pgrep -P "$child" || true)
	# shellcheck disable=SC2086 # a list
	kill -9 "${!pid}" $child $grandchild 2>/dev/null || true
	wait "${!pid}" 2>/dev/null || true
	declare -g "forwarder_$1="
}

# collector [OPTION...]
collector() {
	mkdir -p "$BATS_TEST_TMPDIR/collected"
	"$whodel" collect --store "$BATS_TEST_TMPDIR/collected/history.db" "$@" "$servers" \
		2>>"$BATS_TEST_TMPDIR/said-collect" 3>&- &
	collector=$!
}

stop_all() {
	local i pid
	for i in 1 2 3 4; do
		pid="forwarder_$i"
		[ -z "${!pid:-}" ] || forwarder_kill "$i"
	done
	[ -z "${collector:-}" ] || kill -9 "$collector" 2>/dev/null || true
	cluster_down
}

# ask_store N status FIELD
ask_store() {
	python3 "$BATS_TEST_DIRNAME/ask.py" "$BATS_TEST_TMPDIR/store$1/history.db" "${@:2}"
}

# wait_caught_up SECONDS N...: until the forwarders have nothing left to tell.
wait_caught_up() {
	local end=$((SECONDS + $1)) n
	shift
	for n; do
		ask_store "$n" flush >"$BATS_TEST_TMPDIR/flushed"
		until [ "$(ask_store "$n" status forward_lag)" = 0 ] &&
			[ "$(ask_store "$n" status forward_error)" = None ] &&
			[ "$(ask_store "$n" status forwarded)" != 0 ]; do
			[ $SECONDS -lt $end ] || { ask_store "$n" status; return 1; }
			sleep 0.3
		done
	done
}

# wait_collected SECONDS: until the collected store has what the stores recorded; prints the sums.
wait_collected() {
	timeout "$1" env PYTHONPATH="$BATS_TEST_DIRNAME" python3 "$BATS_TEST_DIRNAME/fleet.py" \
		"$BATS_TEST_TMPDIR"
}
