#!/usr/bin/env bats
# whodel record: what is deleted is in the store, or that it is not is.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154,SC2317
bats_require_minimum_version 1.5.0
load lib
load record

setup() {
	recorder='' store=''
	dir=$BATS_TEST_TMPDIR/dir
	mkdir "$dir"
}

teardown() {
	[ -z "$recorder" ] || kill_recorder
	unmount_below "$BATS_TEST_TMPDIR"
}

@test "each deletion once, with who did it, and nothing of the recorder's own" {
	record
	touch "$dir/a" "$dir/b b" "$dir/c"
	sh -c 'rm "$1" "$2" && mv "$3" "$4" && rmdir "$5"' sh "$dir/a" "$dir/b b" "$dir/c" \
		"$BATS_TEST_TMPDIR/kept" "$dir"
	ask flush >"$BATS_TEST_TMPDIR/answer"
	stop_recorder
	PYTHONPATH=$BATS_TEST_DIRNAME python3 - "$store" "$dir" <<-'PY'
		import sys
		from store import Store
		store, folder = Store(sys.argv[1]), sys.argv[2].encode()
		events = [event for event in store.events()
		          if event["path"] and folder in event["path"]]
		paths = [event["path"][event["path"].index(folder):] for event in events]
		assert paths == [folder + b"/a", folder + b"/b b", folder + b"/c", folder], paths
		for event, argument in zip(events, (b"rm", b"rm", b"mv", b"rmdir")):
		    (exe, args, ancestors, user), = store.rows("""
		        SELECT e.value, p.args, a.value, u.name FROM process p JOIN text e ON e.id = p.exe
		        JOIN text a ON a.id = p.ancestors JOIN user u ON u.id = p.user
		        WHERE p.id = ?""", event["process"])
		    assert exe.endswith(b"/" + argument) and user == b"root", (exe, user)
		    assert args.split(b"\0")[0] == argument, args
		    assert ancestors.split(b"\0")[0].split()[1] == b"sh", ancestors
		    assert event["outcome"] == 0 and event["tid_offset"] == 0
		own = store.rows("SELECT path FROM directory WHERE path LIKE ?",
		                 "%" + sys.argv[1].rsplit("/", 1)[0] + "/")
		assert not own, own
		assert store.number("SELECT count(*) FROM coverage") == 0
		assert store.number("SELECT events FROM recording") == store.number(
		    "SELECT sum(events) FROM block")
		assert store.number("SELECT ended = until AND canary > began FROM recording")
		assert store.rows("PRAGMA integrity_check") == [(b"ok",)]
	PY
}

@test "moves with where the file is now; truncations if asked" {
	record --truncations
	echo content >"$dir/cut"
	touch "$dir/from"
	mv "$dir/from" "$dir/to"
	: >"$dir/cut"
	ask flush >"$BATS_TEST_TMPDIR/answer"
	stop_recorder
	PYTHONPATH=$BATS_TEST_DIRNAME python3 - "$store" "$dir" <<-'PY'
		import sys
		from store import Store
		folder = sys.argv[2].encode()
		events = {(event["op"], event["path"], event["other"])
		          for event in Store(sys.argv[1]).events()
		          if event["path"] and event["path"].startswith(folder)}
		assert (3, folder + b"/from", folder + b"/to") in events, events
		assert (4, folder + b"/cut", None) in events, events
	PY
}

@test "a flush has all that came before it" {
	record
	for i in $(seq 20); do
		touch "$dir/$i"
		rm "$dir/$i"
		ask flush >"$BATS_TEST_TMPDIR/answer"
		[ "$(paths | wc -l)" = "$i" ]
	done
}

@test "without being asked, nothing waits in memory for more than a second" {
	record
	touch "$dir/a"
	rm "$dir/a"
	sleep 1
	paths 1
}

@test "what came just before the stop is stored; a start after it tells the gap" {
	record
	"$helpers/storm" "$dir" 2 20000
	stop_recorder
	paths 40000
	[ "$(sql "SELECT count(*) FROM coverage")" = 0 ]
	sleep 1
	record
	stop_recorder
	sql "SELECT * FROM coverage"
	[ "$(sql "SELECT kind || ': ' || reason FROM coverage")" = "gap: no recorder ran" ]
	[ "$(sql "SELECT (until - since) / 1000000000 FROM coverage")" -le 3 ]
	[ "$(sql "SELECT r.began = c.until FROM coverage c JOIN recording r ON r.id = 2")" = 1 ]
}

@test "one recorder per store; a file with unsafe mode or owner is refused, with what to do" {
	record
	run -1 "$whodel" record --store "$store"
	[[ $output == *"another whodel record"* ]]
	stop_recorder
	chmod 644 "$store"
	run -1 "$whodel" record --store "$store"
	[[ $output == *"chmod 0640 $store"* ]]
	chmod 640 "$store"
	chown 1234 "$store"
	run -1 "$whodel" record --store "$store"
	[[ $output == *"chown root $store"* ]]
	chown 0 "$store"
	chmod 777 "$(dirname "$store")"
	run -1 "$whodel" record --store "$store"
	[[ $output == *"chmod go-w"* ]]
	run -1 "$whodel" record --store /etc/passwd
	[ -s /etc/passwd ]
	run -2 "$whodel" record --keep soon
	run -2 "$whodel" record some words
}

@test "its group may read the store and ask, and nobody else" {
	record --group daemon
	[ "$(stat -c '%a %G' "$store")" = "640 daemon" ]
	[ "$(stat -c '%a %G' "$store-socket")" = "660 daemon" ]
	chgrp daemon "$(dirname "$store")"
	chmod go+x "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR" || true
	setpriv --reuid 1 --regid 1 --clear-groups \
		sqlite3 -readonly "$store" "SELECT count(*) FROM recording" | grep -qx 1
	stop_recorder
	setpriv --reuid 1 --regid 1 --clear-groups \
		sqlite3 -readonly "$store" "SELECT count(*) FROM recording" | grep -qx 1
	run ! setpriv --reuid 2 --regid 2 --clear-groups \
		sqlite3 -readonly "$store" "SELECT count(*) FROM recording"
}

@test "the service manager hears that it is ready, that it lives, and that it stops" {
	python3 - "$BATS_TEST_TMPDIR/notify" >"$BATS_TEST_TMPDIR/heard" 3>&- <<-'PY' &
		import socket, sys
		heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		heard.bind(sys.argv[1])
		while True:
		    text = heard.recv(4096).decode()
		    print(text, flush=True)
		    if "STOPPING" in text:
		        break
	PY
	manager=$!
	while [ ! -S "$BATS_TEST_TMPDIR/notify" ]; do sleep 0.01; done
	export NOTIFY_SOCKET=$BATS_TEST_TMPDIR/notify WATCHDOG_USEC=1200000
	record
	wait_for "$BATS_TEST_TMPDIR/heard" READY=1
	[ "$(sql "SELECT count(*) FROM recording WHERE canary > 0")" = 1 ]
	sleep 2.5
	stop_recorder
	wait "$manager"
	cat "$BATS_TEST_TMPDIR/heard"
	[ "$(grep -c WATCHDOG=1 "$BATS_TEST_TMPDIR/heard")" -ge 2 ]
}

@test "canaries come through, again and again" {
	record --canary 1
	first=$(ask status canary)
	sleep 2.5
	[[ $(ask status canary) > $first ]]
	[ "$(ask status error)" = None ]
	[ "$(ask status filtered)" -ge 3 ]
}

@test "killed at random moments in a storm: no damage, all that was told as stored, and the gap" {
	local n stored
	RANDOM=$$
	for ((n = 1; n <= ${KILLS:-12}; n++)); do
		record
		mkdir "$dir/$n"
		"$helpers/storm" "$dir/$n" 2 20000 &
		storm=$!
		sleep "0.$(printf %03d $((RANDOM % 500)))"
		stored=$(ask status stored)
		kill_recorder
		wait "$storm"
		[ "$(sql "PRAGMA integrity_check")" = ok ]
		[ "$(sql "SELECT coalesce(sum(events), 0) FROM block WHERE recording = $n")" -ge "$stored" ]
		paths >"$BATS_TEST_TMPDIR/paths"
		[ "$(sql "SELECT count(*) FROM coverage WHERE kind = 'gap'")" = $((n - 1)) ]
	done
	record
	stop_recorder
	[ "$(sql "SELECT count(*) FROM coverage WHERE reason = 'the recorder was killed'")" = $((n - 1)) ]
	[ "$(sql "SELECT count(*) FROM coverage c JOIN recording r ON c.until = r.began
		JOIN recording p ON p.id = r.id - 1 AND c.since = p.until")" = $((n - 1)) ]
}

# A store of its own, on a disk that can be full.
small_disk() {
	on_tmpfs "$BATS_TEST_TMPDIR/disk"
	mount -o remount,size=4M "$BATS_TEST_TMPDIR/disk"
	mkdir -m 750 "$BATS_TEST_TMPDIR/disk/store"
	store=$BATS_TEST_TMPDIR/disk/store/history.db
}

fill_disk() {
	dd if=/dev/zero of="$BATS_TEST_TMPDIR/disk/filler" bs=4k 2>/dev/null || true
}

@test "a full disk: events wait in memory, and are stored when there is room" {
	small_disk
	record
	"$helpers/storm" "$dir" 1 1000
	fill_disk
	"$helpers/storm" "$dir" 1 0 || true
	rm -rf "${dir:?}"/*
	"$helpers/storm" "$dir" 1 20000
	wait_until error "No space left on device"
	grep -q "cannot write the store $store: No space left on device" "$said"
	: >"$BATS_TEST_TMPDIR/disk/filler"
	wait_until error None
	ask flush >"$BATS_TEST_TMPDIR/answer"
	stop_recorder
	grep -q "is written again" "$said"
	sql "SELECT * FROM coverage"
	[ "$(sql "SELECT count(*) FROM coverage WHERE kind = 'store' AND until > since
		AND reason LIKE '%No space left on device'")" = 1 ]
	[ "$(sql "SELECT count(*) FROM coverage WHERE kind <> 'store'")" = 0 ]
	[ "$(sql "PRAGMA integrity_check")" = ok ]
	PYTHONPATH=$BATS_TEST_DIRNAME python3 -c '
import sys
from store import Store
paths = Store(sys.argv[1]).paths_below(sys.argv[2] + "/0/file-")
assert len(paths) == 21000, len(paths)' "$store" "$dir"
}

@test "a full disk for too long: what finds no room is counted, to the event, with its time" {
	small_disk
	record --queue 64K
	fill_disk
	"$helpers/storm" "$dir" 2 40000
	wait_until error "No space left on device"
	grep -q "find no room in memory" "$said"
	: >"$BATS_TEST_TMPDIR/disk/filler"
	wait_until error None
	touch "$dir/after"
	rm "$dir/after"
	ask flush >"$BATS_TEST_TMPDIR/answer"
	stop_recorder
	sql "SELECT * FROM coverage"
	PYTHONPATH=$BATS_TEST_DIRNAME python3 - "$store" "$dir" <<-'PY'
		import sys
		from store import Store
		store = Store(sys.argv[1])
		paths = store.paths_below(sys.argv[2] + "/")
		(lost, since, until), = store.rows("""SELECT sum(count), min(since), max(until)
		    FROM coverage WHERE kind = 'loss' AND reason = 'the store could not keep up'""")
		# Deletions of others may be among the lost; with many of them, who lost is not told of all.
		by = store.number("""SELECT coalesce(sum(lost), 0) FROM loss_by
		    WHERE comm IN (CAST('storm' AS BLOB), CAST('rm' AS BLOB))""")
		others = store.number("SELECT coalesce(sum(lost), 0) FROM loss_by WHERE pid IS NULL")
		assert len(paths) == len(set(paths))
		assert store.number("SELECT sum(lost) FROM loss_by") == lost
		assert by > 0 and len(paths) + by + others >= 80001, (len(paths), by, others)
		assert until > since
	PY
}

@test "a locked store: nothing is lost while another connection holds the lock" {
	record
	python3 - "$store" "$BATS_TEST_TMPDIR/let-go" >"$BATS_TEST_TMPDIR/held" 3>&- <<-'PY' &
		import os, sqlite3, sys, time
		db = sqlite3.connect(sys.argv[1], isolation_level=None)
		db.execute("BEGIN IMMEDIATE")
		print("locked", flush=True)
		while not os.path.exists(sys.argv[2]):
		    time.sleep(0.05)
		db.execute("ROLLBACK")
	PY
	holder=$!
	wait_for "$BATS_TEST_TMPDIR/held" locked
	"$helpers/storm" "$dir" 2 10000
	wait_until error "Device or resource busy"
	touch "$BATS_TEST_TMPDIR/let-go"
	wait "$holder"
	wait_until error None
	stop_recorder
	paths 20000
}

@test "a damaged store is put aside, and a new one is written" {
	record
	rm -rf "$dir"
	stop_recorder
	dd if=/dev/urandom of="$store" bs=1 seek=100 count=3000 conv=notrunc 2>/dev/null
	record
	wait_for "$said" "the store was damaged: it is now $store.damaged-"
	[ -s "$(echo "$store".damaged-*Z)" ]
	mkdir "$dir"
	rm -r "$dir"
	stop_recorder
	[ "$(sql "PRAGMA integrity_check")" = ok ]
	[ "$(paths | grep "^$dir")" = "$dir" ]
}

@test "a store that somebody removes is made again, from then on" {
	record
	touch "$dir/a" "$dir/b"
	rm "$dir/a"
	ask flush >"$BATS_TEST_TMPDIR/answer"
	before=$(sql "SELECT until FROM recording")
	rm "$store" "$store-wal" "$store-shm" "$store-socket"
	rm "$dir/b"
	sleep 1.5
	sql "SELECT began, until FROM recording"
	[ "$(sql "SELECT began >= $before FROM recording")" = 1 ]
	sleep 5
	ask flush >"$BATS_TEST_TMPDIR/answer"
	stop_recorder
	paths | grep -qx "$dir/b"
}

# An ext4 in a sparse file, whose own disk is full: each write to a new block of it fails.
@test "a disk that fails, and is repaired and mounted anew: recording resumes by itself" {
	on_tmpfs "$BATS_TEST_TMPDIR/under"
	truncate -s 64M "$BATS_TEST_TMPDIR/under/image"
	mkfs.ext4 -q -E lazy_itable_init=0,lazy_journal_init=0 "$BATS_TEST_TMPDIR/under/image"
	mkdir "$BATS_TEST_TMPDIR/disk"
	mount -o loop "$BATS_TEST_TMPDIR/under/image" "$BATS_TEST_TMPDIR/disk"
	store=$BATS_TEST_TMPDIR/disk/history.db
	chmod 750 "$BATS_TEST_TMPDIR/disk"
	record
	touch "$dir/a" "$dir/c"
	rm "$dir/a"
	ask flush >"$BATS_TEST_TMPDIR/answer"
	sync
	dd if=/dev/zero of="$BATS_TEST_TMPDIR/under/filler" bs=4k 2>/dev/null || true
	"$helpers/storm" "$dir" 2 20000
	wait_for "$said" "cannot write the store"
	sleep 1.1 # what lasts less than a second is not worth a line of coverage
	: >"$BATS_TEST_TMPDIR/under/filler"
	umount -l "$BATS_TEST_TMPDIR/disk"
	for ((i = 0; i < 100; i++)); do
		[ -n "$(losetup -j "$BATS_TEST_TMPDIR/under/image")" ] || break
		sleep 0.1
	done
	fsck.ext4 -fy "$BATS_TEST_TMPDIR/under/image" >"$BATS_TEST_TMPDIR/fsck" 2>&1 || [ $? -le 1 ]
	mount -o loop "$BATS_TEST_TMPDIR/under/image" "$BATS_TEST_TMPDIR/disk"
	wait_for "$said" "is written again"
	rm "$dir/c"
	sleep 2
	ask flush >"$BATS_TEST_TMPDIR/answer"
	stop_recorder
	cat "$said"
	sql "SELECT * FROM coverage"
	paths >"$BATS_TEST_TMPDIR/paths"
	grep -qx "$dir/a" "$BATS_TEST_TMPDIR/paths"
	grep -qx "$dir/c" "$BATS_TEST_TMPDIR/paths"
	[ "$(grep -c "/file-" "$BATS_TEST_TMPDIR/paths")" = 40000 ]
	[ "$(sql "SELECT count(*) FROM coverage WHERE kind = 'store'")" -ge 1 ]
	[ "$(sql "PRAGMA integrity_check")" = ok ]
}
