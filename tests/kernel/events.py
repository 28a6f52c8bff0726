"""What the tests share to read whodel's JSON lines back, strictly."""

import base64
import gc
import json
import os
import re

# C0, C1, and what reorders text or breaks lines in Unicode.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def _once(pairs):
    members = dict(pairs)
    assert len(members) == len(pairs), f"a key given twice: {pairs}"
    return members


def _no_constant(name):
    raise ValueError(f"{name} is no JSON")


gc.disable()  # nothing here makes cycles, and storms make millions of objects
DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)


def raw(event, key):
    """The exact bytes of a name, or None."""
    if event.get(key + "_raw") is not None:
        return base64.b64decode(event[key + "_raw"], validate=True)
    return None if event.get(key) is None else event[key].encode()


# Tests in a chroot: what stands before every path that they know. From lib.bash.
PREFIX = os.environ.get("WHODEL_TEST_PREFIX", "")


# Counted, and known at the end only.
ONLY_SUMMED = {"no kernel memory", "left in the buffer", "malformed", "output failed"}


def _read_line(line):
    text = line.decode("utf-8", "strict")
    assert not CONTROL.search(text), f"control characters in {line!r}"
    return DECODER.decode(text)


def read(path):
    """(deletions, summary) of a file that whodel wrote; everything in it is checked."""
    with open(path, "rb") as file:
        data = file.read()
    assert data.endswith(b"\n"), f"the last line is not ended: {data[-200:]!r}"
    lines = [_read_line(line) for line in data[:-1].split(b"\n")]
    assert lines[-1]["type"] == "summary", f"the last line is no summary: {lines[-1]}"
    assert all(line["schema"] == 1 for line in lines)
    assert all(line["type"] in ("deletion", "loss") for line in lines[:-1])
    deletions = [line for line in lines[:-1] if line["type"] == "deletion"]
    losses, summary = [line for line in lines[:-1] if line["type"] == "loss"], lines[-1]
    assert summary["delivered"] == len(deletions), (summary, len(deletions))
    # Every loss is told in the stream too, and in time.
    for reason in {loss["reason"] for loss in losses} | set(summary["losses"]) - ONLY_SUMMED:
        told = sum(loss["lost"] for loss in losses if loss["reason"] == reason)
        assert told == summary["losses"][reason], (reason, told, summary)
    assert all(loss["since"] < loss["until"] for loss in losses), losses
    if all(loss["by"] is not None for loss in losses):
        by = sum(one["lost"] for loss in losses for one in loss["by"])
        assert by == sum(loss["lost"] for loss in losses), losses
    assert summary["seen"] == summary["delivered"] + summary["filtered"] + summary["lost"], summary
    assert sum(summary["losses"].values()) == summary["lost"], summary
    return deletions, summary
