#!/usr/bin/env bats
# ECS documents of real deletions; each field by itself is tests/unit/test_output_ecs.c's matter.
# What lib.bash sets: shellcheck disable=SC2154
load lib

@test "a deletion, and the sums, as ECS documents" {
	echo gone >"$BATS_TEST_TMPDIR/notes.txt"
	"$whodel" -o ecs -- rm "$BATS_TEST_TMPDIR/notes.txt" >"$BATS_TEST_TMPDIR/out"
	python3 -I - "$BATS_TEST_TMPDIR" "$WHODEL_TEST_PREFIX" <<-'END'
		import datetime, json, os, socket, sys
		dir, prefix = sys.argv[1:]
		event, summary = [json.loads(line) for line in open(dir + "/out", encoding="utf-8")]
		file, process, host = event["file"], event["process"], event["host"]
		assert event["event"]["category"] == ["file"], event
		assert event["event"]["type"] == ["deletion"], event
		assert event["event"]["outcome"] == "success", event
		assert file["path"] == f"{prefix}{dir}/notes.txt", file
		assert file["directory"] == prefix + dir and file["name"] == "notes.txt", file
		assert file["extension"] == "txt", file
		assert event["user"]["id"] == str(os.getuid()), event
		assert process["name"] == "rm" and process["args"] == ["rm", dir + "/notes.txt"], process
		assert process["parent"]["name"] == "whodel", process
		assert host["name"] == socket.gethostname(), host
		with open("/proc/sys/kernel/random/boot_id") as boot:
		    assert host["boot"]["id"] == boot.read().strip(), host
		assert process["entity_id"].startswith(host["boot"]["id"]), process
		# The process started before it deleted, and not a minute before.
		at = lambda text: datetime.datetime.fromisoformat(text[:26]).timestamp()
		assert 0 <= at(event["@timestamp"]) - at(process["start"]) < 60, event
		assert summary["event"]["kind"] == "metric", summary
		assert summary["whodel"]["delivered"] == 1 and summary["whodel"]["lost"] == 0, summary
	END
}
