#!/usr/bin/env -S python3 -SB
"""Compare whodel's JSON lines with what tests/kernel/mixed.c says that it did.

Usage: mixed.py EVENTS REFERENCE FILESYSTEM [PROBE]     REFERENCE stands for REFERENCE.0, .1, ...

No event may be missing, none too many, the order within each process and every field that the
generator knows must be the same. Where the probe cannot know on that file system, it has to say so
in the event, by the flag that docs/events.md has for it: may_be_unknown() is the list of these.
What is lost must be counted as lost.
"""

import base64
import collections
import glob
import itertools
import json
import re
import sys
from datetime import datetime, timezone

import events

WIDTH = 600  # of what is shown of a fault
CLOCKS = 5_000_000  # ns between the two clocks that a time is put together from


def text(encoded):
    return None if encoded is None else base64.b64decode(encoded)


def is_long(act, field):
    """Cut at a directory, where the next name would go beyond 4,095 bytes."""
    return len(text(act.get(field)) or b"") > 4095 - 256


class Context:
    """What can be seen here: the tracepoint probe sees what ext4 shows, the others all."""

    def __init__(self, filesystem, probe):
        self.shown = filesystem == "ext4" or probe != "tracepoint"
        self.calls_only = probe == "tracepoint"

    def wanted(self, act):
        """Is there an event, and with which `ok`? None stands for "no event", "null" for null."""
        if act["silent"]:
            return None
        if act["effect"] in ("gone", "failed"):
            if act["op"] == "replace" and act["effect"] == "gone" and not self.shown:
                return "null"
            return act["effect"] == "gone"
        if act["effect"] == "same" and self.calls_only:
            return "null"
        return "null" if act["effect"] == "moved" and not self.shown else None

    def may_be_unknown(self, act, flag):
        """Flags that take a field back, and where docs/events.md lets them."""
        done = act["effect"] == "gone"
        hard_link = done and act.get("identity", {}).get("links", 0) > 1
        # What ext4 shows by a rename is an inode: which of its names goes is open.
        unverified = not done or not self.shown or self.calls_only and (
            is_long(act, "path") or act["op"] == "replace" and hard_link)
        return {
            "identity_unknown": not done or not self.shown,
            "victim_unknown": self.wanted(act) == "null",
            "path_unverified": unverified,
            "symlink_unresolved": unverified,
            "path_truncated": "path" not in act or is_long(act, "path") or is_long(act, "other_path"),
            "mount_unknown": True,
            "name_unread": act.get("error") == "EFAULT",
            "directory_unknown": "path" not in act,
        }.get(flag, False)


def read_reference(prefix):
    """{pid: acts in order}, {pid: process}"""
    acts, processes = collections.defaultdict(list), {}
    for name in sorted(glob.glob(f"{glob.escape(prefix)}.[0-9]")):
        with open(name, encoding="ascii") as file:
            for line in map(json.loads, file):
                if "process" in line:
                    processes[line["process"]] = line
                else:
                    acts[line["pid"]].append(line)
    return acts, processes


def nanoseconds(time):
    whole, fraction = time.rstrip("Z").split(".")
    seconds = datetime.fromisoformat(whole).replace(tzinfo=timezone.utc).timestamp()
    return int(seconds) * 1_000_000_000 + int(fraction)


def seen(event):
    value = events.raw(event, "path_seen")
    return events.raw(event, "path") if value is None else value


def could_be(act, event):
    """Is this the act that the event tells of? Names are used once, so mostly there is one."""
    if act["op"] != event["op"] or (act["effect"] == "failed") != (event["ok"] is False):
        return False
    if act.get("error") == "EFAULT":
        return "name_unread" in event["incomplete"]
    if "path_truncated" in event["incomplete"] and is_long(act, "path"):
        # Cut behind, or only the string: where it starts from is too deep for a record.
        return seen(event) == text(act["string"]) or text(act["seen"]).startswith(seen(event))
    return seen(event) == text(act["seen"])


def check_identity(act, event, problems):
    known = act.get("identity")
    if not known or "identity_unknown" in event["incomplete"]:
        return
    for field in ("inode", "generation", "device", "size", "kind", "owner"):
        if field == "size" and act["op"] == "rmdir":
            continue  # the file system may have set it to 0 by then
        if field in known and event[field] != known[field]:
            problems.append((field, known[field], event[field]))
    left = 0 if known["kind"] == "dir" else known["links"] - 1
    if act["effect"] == "gone" and event["links"] != left:
        problems.append(("links", left, event["links"]))


def is_cut(path, flags, whole):
    """Is it one of the whole ones as far as it goes, and said to be cut?"""
    return "path_truncated" in flags and any(
        len(one) > 4095 - 256 and (path is None or one.startswith(path + b"/")) for one in whole)


def check_path(act, event, problems):
    path, flags = events.raw(event, "path"), event["incomplete"]
    true, written = text(act.get("path")), text(act.get("written"))
    if path != (written if "path_unverified" in flags else true) and not (
            true and is_cut(path, flags, (true, written))):
        problems.append(("path", (true, written), path))
    if "path_unverified" in flags and true != written and "symlink_unresolved" not in flags:
        problems.append(("incomplete", "symlink_unresolved", flags))
    if act["op"] == "replace":
        other = events.raw(event, "replaced_by")
        whole = (text(act["other_path"]), text(act["other_written"]))
        # null has no flag of its own: a record has no room for two names of this length.
        no_room = other is None and max(map(len, (true, *whole))) > 3000
        if other not in whole and not no_room and not is_cut(other, flags, whole):
            problems.append(("replaced_by", whole, other))


def check_process(act, event, process, problems):
    wanted = {"tid": act["tid"], "comm": act["comm"], "via": "syscall", "ppid": process["ppid"],
              "uid": process["uid"], "euid": process["euid"]}
    for field, value in wanted.items():
        if event[field] != value:
            problems.append((field, value, event[field]))
    ticks = event["start_time"] * process["ticks_per_second"] // 1_000_000_000
    if ticks != process["start_ticks"]:
        problems.append(("start_time", process["start_ticks"], ticks))
    if not event["ancestors"] or event["ancestors"][0]["pid"] != process["ppid"]:
        problems.append(("ancestors", process["ppid"], event["ancestors"]))
    if not (event["exe"] or "").endswith("/mixed") or (event["args"] or [""])[0][-5:] != "mixed":
        problems.append(("exe, args", "mixed", (event["exe"], event["args"])))


def check(context, act, event, process):
    """What is wrong with an event, as (field, wanted, found)."""
    problems = []
    ok = {"null": None}.get(context.wanted(act), context.wanted(act))
    # On a file system that does not show it, an event that says so is right either way.
    if event["ok"] != ok or event["error"] != act.get("error"):
        problems.append(("ok, error", (ok, act.get("error")), (event["ok"], event["error"])))
    for flag in event["incomplete"]:
        if not context.may_be_unknown(act, flag):
            problems.append(("incomplete", "not " + flag, event["incomplete"]))
    check_identity(act, event, problems)
    check_path(act, event, problems)
    check_process(act, event, process, problems)
    time = nanoseconds(event["time"])
    if not act["before"] - CLOCKS <= time <= act["after"] + CLOCKS:
        problems.append(("time", (act["before"], act["after"]), time))
    return problems


def compare(context, acts, told, process):
    """One process: (missing acts, extra events, [(problems, event, act)])."""
    missing, extra, wrong = [], [], []
    waiting = collections.deque(act for act in acts if context.wanted(act) is not None)
    for event in told:
        ahead = next((i for i, act in enumerate(itertools.islice(waiting, 1000))
                      if could_be(act, event)), None)
        if ahead is None:
            extra.append(event)
            continue
        missing += [waiting.popleft() for _ in range(ahead)]
        act = waiting.popleft()
        problems = check(context, act, event, process)
        if problems:
            wrong.append((problems, event, act))
    return missing + list(waiting), extra, wrong


def show(faults):
    for fault in faults[:10]:
        print("   ", re.sub(r"(\w)\1{20,}", r"\1...\1", str(fault))[:WIDTH])


def main():
    out, prefix, filesystem, probe = (sys.argv[1:] + ["tracepoint"])[:4]
    context = Context(filesystem, probe)
    acts, processes = read_reference(prefix)
    deletions, summary = events.read(out)
    told = collections.defaultdict(list)
    for event in deletions:
        told[event["pid"]].append(event)
    missing, extra, wrong = [], [], []
    for pid in sorted(set(acts) | set(told)):
        found = compare(context, acts[pid], told[pid], processes.get(pid))
        for all_of_it, part in zip((missing, extra, wrong), found):
            all_of_it += part
    flags = collections.Counter(flag for event in deletions for flag in event["incomplete"])
    whole = sum(not event["incomplete"] for event in deletions)
    print(f"{sum(map(len, acts.values()))} operations by {len(acts)} processes, "
          f"{len(deletions)} events, {whole} with nothing incomplete; {dict(flags)}")
    print(json.dumps(summary))
    # Of runs that the kernel skipped it is not known which would have been events.
    surely_lost = summary["lost"] - summary["skipped"]
    failed = bool(extra or wrong) or not surely_lost <= len(missing) <= summary["lost"]
    if failed:
        print(f"{len(missing)} missing, {summary['lost']} told as lost; {len(extra)} too many; "
              f"{len(wrong)} with wrong fields")
        show([("missing", act["op"], act["effect"], text(act["seen"]), act) for act in missing])
        show([("too many", event["op"], event["ok"], event) for event in extra])
        show(wrong)
    assert deletions and summary["probe"] == probe
    sys.exit(failed)


main()
