"""Random names made of what breaks outputs; and for each output a parser of its own.

hostile.py act SEED FOLDER           makes files and lets them go, one by one, as deeds() has it
hostile.py FORMAT SEED FOLDER OUT    OUT tells exactly these deeds, in this order
"""

import base64
import csv
import io
import os
import random
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import events

DEEDS = 2000

# What means something to a terminal, a shell, a parser, a spreadsheet or to whodel's own lines.
PIECES = [
    b" ", b"  ", b"\n", b"\r", b"\r\n", b"\t", b"\x1b[2J", b"\x1b]0;t\x07", b"\x08", b"\x7f", b'"', b'""', b'","',
    b"'", b"$'", b"\\", b"\\'", b"\\x41", b"\\n", b"\\u0041", b"`", b"$(id)", b",", b";", b"{", b"}", b"[", b"]", b":",
    b"=", b"+1", b"-1", b"@a", b"'=", b"~", b"#", b"?", b"%s%n", b" by ", b" to ", b" seen as ", b" [path_truncated]",
    b"null", b"\xff", b"\xfe\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x80", b"\xef\xbf\xbd",
    *(point.encode() for point in (
        "\u0085", "\u009b2J", "\u00a0", "\u00ad", "\u061c", "\u200b", "\u200f", "\u2028", "\u2029", "\u202e", "\u2066",
        "\u2069", "\u3000", "\ufeff", "\uff1d1", "\U000e0001", "\u00e9", "e\u0301", "\u4e16\u754c", "\U0001f5d1",
        "\u05d0", "\u0627")),
]


def text(chance, most):
    """Of pieces, of any bytes, or of any characters; no NUL, no slash, not longer than most."""
    made = b""
    length = chance.choice((1, 3, 8, most))
    kind = chance.randrange(4)
    while len(made) < length:
        if kind == 0:
            made += bytes([chance.randrange(1, 256)])
        elif kind == 1:
            point = chance.choice((0x7f, 0x800, 0x3000, 0xd7ff, 0x10ffff))
            point = chance.randrange(1, point + 1)
            made += chr(point).encode("utf-8", "surrogatepass")
        else:
            made += chance.choice(PIECES) if chance.randrange(3) else chance.choice((b"a", b"Zz9"))
    return made[:most].replace(b"/", b"|")


def deeds(seed):
    """(comm, name, by): by takes the name's place; None: the name is unlinked."""
    chance = random.Random(seed)
    comm = b"start"
    for number in range(DEEDS):
        if number % 5 == 0:
            comm = text(chance, 15)
        name = text(chance, 255)
        by = text(chance, 255) if chance.randrange(4) == 0 else None
        if name in (b".", b"..") or by in (b".", b"..", name):
            name, by = b"name", b"by"
        yield comm, name, by


def act(seed, folder):
    folder = os.open(folder, os.O_RDONLY)
    last = None
    for comm, name, by in deeds(seed):
        if comm != last:
            with open("/proc/self/comm", "wb", buffering=0) as file:
                file.write(comm)
            last = comm
        for made in (name, by):
            if made is not None:
                os.close(os.open(made, os.O_CREAT | os.O_WRONLY, 0o600, dir_fd=folder))
        if by is not None:
            os.rename(by, name, src_dir_fd=folder, dst_dir_fd=folder)
        os.unlink(name, dir_fd=folder)


def expected(seed, folder):
    """As told: op, comm, path, by."""
    below = events.PREFIX.encode() + os.fsencode(folder) + b"/"
    for comm, name, by in deeds(seed):
        if by is not None:
            yield "replace", comm, below + name, below + by
        yield "unlink", comm, below + name, None


def of_json(out):
    deletions, summary = events.read(out)
    assert summary["lost"] == 0, summary
    for event in deletions:
        yield event["op"], events.raw(event, "comm"), events.raw(event, "path"), \
            events.raw(event, "replaced_by")


def cell(row, key):
    if row[key + "_raw"]:
        assert "\ufffd" in row[key] or row[key].startswith("'"), row
        return base64.b64decode(row[key + "_raw"], validate=True)
    return row[key].encode() if row[key] or key != "replaced_by" else None


def of_csv(out):
    with open(out, "rb") as file:
        lines = file.read().decode("utf-8", "strict").split("\r\n")
    assert lines.pop() == ""
    assert not [line for line in lines if events.CONTROL.search(line)]
    rows = list(csv.DictReader(io.StringIO("\r\n".join(lines) + "\r\n", newline=""), strict=True))
    assert len(rows) + 1 == len(lines), "a row on two lines"
    for row in rows:
        assert None not in row and None not in row.values(), row
        assert not [value for value in row.values() if value[:1] in tuple("=+-@\uff1d")], row
        yield row["op"], cell(row, "comm"), cell(row, "path"), cell(row, "replaced_by")


# As the manual has it, and nothing else.
BARE = r"[A-Za-z0-9%+,./:=@^_\x80-\U0010ffff-][A-Za-z0-9%+,./:=@^_~#\x80-\U0010ffff-]*"
QUOTED = r"\$'(?:[^'\\]|\\(?:[nrt\\']|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}))*'"
FIELD = f"({BARE}|{QUOTED})"
LINE = re.compile(
    rf"[0-2]\d:[0-5]\d:[0-5]\d\.\d{{3}} +\d+ +root +{FIELD} +{FIELD} +(unlink|replace) +(?:ok|\?) +"
    rf"(?:~ )?{FIELD}(?: by {FIELD})?(?: seen as {FIELD})?(?: \[[a-z_ ]+\])?")
PART = re.compile(r"\\(?:([nrt\\'])|x(..)|u(.{4})|U(.{8}))|(.)", re.S)
SHORT = {"n": b"\n", "r": b"\r", "t": b"\t", "\\": b"\\", "'": b"'"}


def unquoted(field):
    if field is None or not field.startswith("$'"):
        return field and field.encode()
    made = b""
    for short, byte, four, eight, plain in PART.findall(field[2:-1]):
        if byte:
            made += bytes([int(byte, 16)])
        elif four or eight:
            made += chr(int(four or eight, 16)).encode()
        else:
            made += SHORT[short] if short else plain.encode()
    return made


def of_table(out):
    with open(out, "rb") as file:
        head, *lines = file.read().decode("utf-8", "strict").split("\n")
    assert lines.pop() == "" and head.startswith("TIME ")
    for line in lines:
        assert not events.CONTROL.search(line), ascii(line)
        fields = LINE.fullmatch(line)
        assert fields, ascii(line)
        comm, _, op, path, by, _ = fields.groups()
        yield op, unquoted(comm), unquoted(path), unquoted(by)


def check(out_format, seed, folder, out):
    wanted = list(expected(seed, folder))
    found = list({"json": of_json, "csv": of_csv, "table": of_table}[out_format](out))
    for number, (want, got) in enumerate(zip(wanted, found)):
        assert want == got, f"event {number}: {got} instead of {want}"
    assert len(found) == len(wanted) > DEEDS, (len(found), len(wanted))


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    if command == "act":
        act(*rest)
    else:
        check(command, *rest)
