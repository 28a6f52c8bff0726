#!/usr/bin/env bats
# whodel record --forward and whodel collect: nothing is lost on the way, and nothing comes twice.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154
bats_require_minimum_version 1.5.0
load lib
load fleet

setup() {
	dir=$BATS_TEST_TMPDIR/dir
	mkdir "$dir"
}

teardown() {
	stop_all
	[ -n "${BATS_TEST_COMPLETED:-}" ] || tail -n 5 "$BATS_TEST_TMPDIR"/said* || true
}

# storm N FILES: two processes delete FILES each, in a folder of their own.
storm() {
	mkdir "$dir/$1"
	"$helpers/storm" "$dir/$1" 2 "$2"
}

@test "3 servers, 2 forwarders: leader and forwarders killed, each event is collected once" {
	cluster_up 3
	forwarder 1 --create 3
	forwarder 2 --create 3
	collector
	wait_for "$BATS_TEST_TMPDIR/said1" "recording into"
	wait_for "$BATS_TEST_TMPDIR/said2" "recording into"
	storm 1 "${FILES:-500}"
	wait_caught_up 60 1
	leader=$(stream_leader)
	storm 2 "${FILES:-500}" &
	storm=$!
	server_kill "$leader"
	forwarder_kill 1
	wait "$storm"
	forwarder 1 --create 3
	wait_for "$BATS_TEST_TMPDIR/said1" "recording into"
	server_up "$leader"
	forwarder_kill 2
	forwarder 2 --create 3
	storm 3 "${FILES:-500}"
	kill -9 "$collector"
	collector
	wait_caught_up 120 1 2
	for n in 1 2; do
		pid=forwarder_$n
		kill "${!pid}"
		wait "${!pid}"
		declare "forwarder_$n="
	done
	wait_collected 120
}

# server_restart [LINE]: the only server, with this in its configuration.
server_restart() {
	server_kill 1
	sed -i '/^# extra$/,$d' "$BATS_TEST_TMPDIR/s1.conf"
	printf '# extra\n%s\n' "${1:-}" >>"$BATS_TEST_TMPDIR/s1.conf"
	server_up 1
}

# waits_for TEXT: the forwarder says in its status, and on stderr, that this is why it waits.
waits_for() {
	local i
	for ((i = 0; i < 250; i++)); do
		! ask_store 1 status forward_error | grep -qiE "$1" || break
		sleep 0.1
	done
	ask_store 1 status forward_error
	ask_store 1 status forward_error | grep -qiE "$1"
	grep -qiE "forwarding waits: .*($1)" "$BATS_TEST_TMPDIR/said1"
}

# Clock ticks of CPU that the process which forwards has taken.
forwarder_ticks() {
	awk '{ print $14 + $15 }' "/proc/$(pgrep -P "$(pgrep -P "$forwarder_1")")/stat"
}

@test "what the servers refuse: said in the status, nothing lost, no busy loop, then it goes on" {
	cluster_up 1
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$BATS_TEST_TMPDIR/key" -days 2 \
		-out "$BATS_TEST_TMPDIR/certificate" -subj /CN=elsewhere 2>/dev/null
	server_restart "max_payload: 1000"
	forwarder 1
	wait_for "$BATS_TEST_TMPDIR/said1" "recording into"
	storm 1 500
	waits_for "max_payload"
	server_restart 'authorization { user: a, password: b }'
	waits_for "authorization"
	ticks=$(forwarder_ticks)
	sleep 2
	[ $(($(forwarder_ticks) - ticks)) -le 20 ]
	server_restart "tls { cert_file: $BATS_TEST_TMPDIR/certificate, key_file: $BATS_TEST_TMPDIR/key }"
	waits_for "secure|tls|ssl|certificate"
	server_restart
	waits_for "there is no stream"
	python3 "$BATS_TEST_DIRNAME/jetstream.py" "$base" STREAM.CREATE.WHODEL \
		'{"name": "WHODEL", "subjects": ["whodel.>"], "storage": "file", "max_age": 1000000000}'
	waits_for "discard policy"
	python3 "$BATS_TEST_DIRNAME/jetstream.py" "$base" STREAM.DELETE.WHODEL ''
	python3 "$BATS_TEST_DIRNAME/jetstream.py" "$base" STREAM.CREATE.WHODEL \
		'{"name": "WHODEL", "subjects": ["whodel.>"], "storage": "file", "discard": "new",
		  "retention": "workqueue", "max_msgs": 300}'
	waits_for "maximum messages"
	collector
	wait_caught_up 60 1
	kill "$forwarder_1"
	wait "$forwarder_1"
	forwarder_1=
	wait_collected 60
}
