#!/usr/bin/env bats
# CSV of real deletions, read back by another parser: every name to its exact bytes.
# What lib.bash sets and takes, and a subshell for each test, as bats has it:
# shellcheck disable=SC2030,SC2031,SC2034,SC2154,SC2317
bats_require_minimum_version 1.5.0
load lib

@test "hostile names: one line each, quotes and formulas harmless, the bytes to be had back" {
	dir=$BATS_TEST_TMPDIR/files
	mkdir "$dir"
	"$whodel" -o csv --path "*$dir/*" -- python3 -SBc 'import os, sys
names = [b"plain", b"a,b", b"q\"uote\"", b"new\nline", b"cr\rlf", b"esc\x1b[2J", b"caf\xe9",
	"\u202efdp.exe".encode(), "\u00c4rger \u6587".encode(), b"=1+1", b"\xff\xfe", b" "]
folder = os.fsencode(sys.argv[1])
for name in names:
	open(folder + b"/" + name, "w").close()
	os.unlink(folder + b"/" + name)
	sys.stdout.flush()
open("/proc/self/comm", "w").write("=cmd()")
open(folder + b"/last", "w").close()
os.unlink(folder + b"/last")
with open(sys.argv[2], "wb") as file:
	file.write(b"\0".join(names + [b"last"]))' "$dir" "$BATS_TEST_TMPDIR/names" \
		>"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
	python3 -SB - "$BATS_TEST_TMPDIR" "$WHODEL_TEST_PREFIX$dir/" <<-'PY'
		import base64, csv, io, re, sys
		data = open(sys.argv[1] + "/out", "rb").read()
		names = open(sys.argv[1] + "/names", "rb").read().split(b"\0")
		lines = data.decode("utf-8", "strict").split("\r\n")
		assert lines[-1] == "" and len(lines) == len(names) + 2, len(lines)
		assert not re.search("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]",
		                     "".join(lines))
		rows = list(csv.DictReader(io.StringIO("\r\n".join(lines), newline=""), strict=True))
		assert len(rows) == len(names)
		for row, name in zip(rows, names):
		    assert None not in row and None not in row.values(), row
		    raw = base64.b64decode(row["path_raw"], validate=True)
		    assert (raw or row["path"].encode()) == sys.argv[2].encode() + name, row
		    assert row["op"] == "unlink" and row["ok"] == "true" and row["user"] == "root"
		    assert row["exe"].startswith("/") and " -SBc import os, sys" in row["args"]
		    assert not any(value[:1] in ("=", "+", "-", "@") for value in row.values()), row
		assert rows[-1]["comm"] == "'=cmd()"
		assert base64.b64decode(rows[-1]["comm_raw"]) == b"=cmd()"
	PY
	grep "13 shown" "$BATS_TEST_TMPDIR/err"
}
