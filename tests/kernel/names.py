"""Names chosen to do harm: what came out must be one line each, tame, and give the bytes back.

names.py make FOLDER                 makes the files
names.py json FOLDER OUT             each path came out, in JSON, as exactly these bytes
names.py table FOLDER OUT            the table has a line for each, and nothing that harms
names.py deep make LENGTH FOLDER     makes a file below FOLDER whose path has LENGTH bytes
names.py deep delete LENGTH FOLDER   deletes it, step by step: a system call takes 4,095 bytes
names.py whole LENGTH FOLDER OUT     its path came out whole
"""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import events

NAMES = [
    b"plain", b"with space", b"new\nline", b"tab\tand\rreturn", b"\x1b[2J\x1b[1;1Hclear",
    b"\x1b]0;title\x07", b"bell\x07back\x08\x08", b'double"quote', b"single'quote", b"back\\slash",
    b"back\\", b"\\x41\\n", "bidi\u202egnp.exe".encode(), "\u2066iso\u2069\u200f\u061c".encode(),
    "line\u2028sep\u2029".encode(), "c1\u0085\u009b2J".encode(), b"bad\xff\xfeutf8", b"\xc0\xaf",
    b"\xed\xa0\x80surrogate", b"\xf4\x90\x80\x80", b"cut\xe2\x82", "gr\u00fc\u00dfe \u4e16\u754c".encode(),
    b"\x7fdel", b"-rf", b"~tilde", b"a" * 255, b"\xff" * 255, b"$(touch x)`id`;&|<>*?[]{}",
    b"\",\"path\":\"etc", b"lost 3 records", b"  ", b"\n", b"null", b"%s%n%x",
]


def make(folder):
    folder = os.fsencode(folder)
    os.mkdir(folder)
    for name in NAMES:
        os.close(os.open(os.path.join(folder, name), os.O_CREAT | os.O_WRONLY, 0o600))


def expected(folder):
    return sorted(os.path.join(os.fsencode(folder), name) for name in NAMES)


def check_json(folder, out):
    deletions, _ = events.read(out)
    prefix = events.PREFIX.encode()
    found = sorted(events.raw(e, "path") for e in deletions)
    wanted = [prefix + path for path in expected(folder)]
    assert found == wanted, sorted(set(found) ^ set(wanted))
    for event in deletions:
        raw = events.raw(event, "path")
        assert event["path"] == raw.decode("utf-8", "replace") or "path_raw" in event, event
        try:
            raw.decode()
            assert "path_raw" not in event, event
        except UnicodeDecodeError:
            assert "\ufffd" in event["path"] and "path_raw" in event, event


def check_table(folder, out):
    with open(out, "rb") as file:
        text = file.read().decode("utf-8", "strict")
    lines = text[:-1].split("\n")
    assert text.endswith("\n") and len(lines) == len(NAMES) + 1, (len(lines), len(NAMES))
    for line in lines:
        assert not events.CONTROL.search(line), ascii(line)
        assert "\u202e" not in line
    head = lines[0].index("PATH")
    shown = [line[head:] for line in lines[1:]]
    assert len(set(shown)) == len(NAMES), "two names look the same"
    assert all(os.path.basename(folder) in path for path in shown), shown


def steps(length):
    """Names of folders and of the file in the last one, with their slashes LENGTH bytes long."""
    while length > 201:
        yield "d" * min(199, length - 3)
        length -= min(199, length - 3) + 1
    yield "f" * (length - 1)


def deep(act, length, folder):
    *folders, file = steps(int(length) - len(folder))
    os.chdir(folder)
    for name in folders:
        if act == "make":
            os.mkdir(name)
        os.chdir(name)
    if act == "make":
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600))
    else:
        os.unlink(file)


def check_whole(length, folder, out):
    (event,), _ = events.read(out)
    wanted = folder + "".join("/" + name for name in steps(int(length) - len(folder)))
    assert len(wanted) == int(length)
    assert event["path"] == events.PREFIX + wanted, event["path"]
    assert "path_truncated" not in event["incomplete"], event["incomplete"]


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    {"make": make, "json": check_json, "table": check_table, "deep": deep,
     "whole": check_whole}[command](*rest)
