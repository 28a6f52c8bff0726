#!/usr/bin/env -S python3 -SB
"""Compare whodel's JSON lines with what tests/kernel/mixed.c says that it did.

Usage: mixed.py [--moves] EVENTS REFERENCE FILESYSTEM [PROBE]    REFERENCE: REFERENCE.0, .1, ...

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

WIDTH = 300  # of what is shown of a fault
CLOCKS = 50_000_000  # ns between the two clocks that a time is put together from


def text(encoded):
    return None if encoded is None else base64.b64decode(encoded)


def is_long(act, field):
    """Cut at a directory, where the next name would go beyond 4,095 bytes."""
    return len(text(act.get(field)) or b"") > 4095 - 256


class Context:
    """What can be seen here: the tracepoint probe sees what ext4 shows, the others all."""

    def __init__(self, filesystem, probe, skipped):
        self.skipped = skipped  # runs: a hook that was not run leaves a gap in the next one's event
        self.shown = filesystem == "ext4" or probe != "tracepoint"
        self.calls_only = probe == "tracepoint"

    def wanted(self, act):
        """Is there an event, and with which `ok`? None stands for "no event", "null" for null."""
        if act["op"] == "move":
            return act["effect"] != "failed"
        if act["silent"]:
            return None
        # Flags that unlinkat() does not have are refused before the function that is looked at.
        if not self.calls_only and act.get("error") == "EINVAL" and act["op"] == "unlink":
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
        done = act["effect"] in ("gone", "moved away")
        hard_link = done and act.get("identity", {}).get("links", 0) > 1
        # What ext4 shows by a rename is an inode: which of its names goes is open.
        # Of what moves, likewise; and a directory that moves is not told from its parents.
        unseen_move = act["op"] == "move" and self.calls_only and (
            act.get("identity", {}).get("kind", "dir") == "dir")
        by_inode = act["op"] in ("replace", "move") and hard_link or unseen_move
        unverified = (not done or not self.shown or self.skipped or has_no_room(act)
                      or self.calls_only and by_inode)
        return {
            "identity_unknown": not done or not self.shown or unseen_move or self.skipped,
            "victim_unknown": self.wanted(act) == "null",
            "path_unverified": unverified,
            "symlink_unresolved": unverified,
            "path_truncated": "path" not in act or has_no_room(act),
            "mount_unknown": True,
            "name_unread": "path" not in act and not text(act["seen"]) or has_no_room(act),
            "directory_unknown": "path" not in act or self.skipped,
        }.get(flag, False)


def with_move(act):
    """A rename is a move, too: the same seen from the file that moves."""
    if act["op"] != "replace" or act["effect"] == "exchanged":
        return [act]
    turned = {("other_" + key if not key.startswith("other_") else key[6:]): act[key]
              for key in act if key.removeprefix("other_") in ("seen", "string", "path", "written")}
    kept = {key: act[key] for key in ("pid", "tid", "comm", "before", "after")}
    moving = {"identity": act["moving"]} if "moving" in act else {}
    ended = {"effect": "failed", "error": act["error"]} if "error" in act else {"effect": "moved away"}
    return [act, {**kept, **turned, **moving, **ended, "op": "move", "silent": False}]


def has_no_room(act):
    """Two names of which one is this long: a record may have no room for the other.

    In another mount namespace each has two directories, the host's and the process's.
    """
    return max(len(text(act.get(key)) or b"") for key in ("path", "other_path")) > 2500


def read_reference(prefix, moves):
    """{pid: acts in order}, {pid: process}"""
    acts, processes = collections.defaultdict(list), {}
    for name in sorted(glob.glob(f"{glob.escape(prefix)}.[0-9]")):
        with open(name, encoding="ascii") as file:
            for line in map(json.loads, file):
                if "process" in line:
                    processes[line["process"]] = line
                else:
                    acts[line["pid"]] += with_move(line) if moves else [line]
    return acts, processes


def nanoseconds(time):
    whole, fraction = time.rstrip("Z").split(".")
    seconds = datetime.fromisoformat(whole).replace(tzinfo=timezone.utc).timestamp()
    return int(seconds) * 1_000_000_000 + int(fraction)


def seen(event):
    value = events.raw(event, "path_seen")
    return events.raw(event, "path") if value is None else value


def leaf(act):
    return (text(act.get("path")) or b"").rsplit(b"/", 1)[-1]


def could_be(act, event):
    """Is this the act that the event tells of? Names are used once, so mostly there is one."""
    if act["op"] != event["op"] or act.get("error") != event["error"]:
        return False
    if "path" not in act and "name_unread" in event["incomplete"]:
        return act.get("error") == "EFAULT" or not text(act["seen"])
    if has_no_room(act) and seen(event) in (None, text(act.get("string")), leaf(act)):
        return True
    if "directory_unknown" in event["incomplete"] and seen(event) == leaf(act):
        return True
    if "path_truncated" in event["incomplete"] and is_long(act, "path"):
        # Cut behind, or only the string: where it starts from is too deep for a record.
        return seen(event) == text(act["string"]) or text(act["seen"]).startswith(seen(event))
    # What is called by name is seen as written; the functions of the VFS see files.
    return seen(event) in (text(act["seen"]), text(act.get("path"))) or (
        events.raw(event, "path") == text(act.get("path", "*")))


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
    if act["op"] == "move":
        left = known["links"]
    if act["effect"] != "failed" and event["links"] != left:
        problems.append(("links", left, event["links"]))


def is_cut(path, flags, whole):
    """Is it one of the whole ones as far as it goes, and said to be cut?"""
    return "path_truncated" in flags and any(
        len(one) > 4095 - 256 and (path is None or one.startswith(path + b"/")) for one in whole)


def elsewhere(act, event):
    """
    From another mount namespace, a file below the bind mount has the path of any mount of the
    host's that shows it; as the process saw it, it is the one that it named.
    """
    if events.raw(event, "path_seen") not in (text(act.get("path")), text(act["seen"])):
        return text(act.get("path"))
    return (text(act.get("path")) or b"").replace(b"/bind/", b"/shared/", 1)


def check_path(act, event, problems):
    path, flags = events.raw(event, "path"), event["incomplete"]
    true, written = text(act.get("path")), text(act.get("written"))
    if path is None and (has_no_room(act) or "directory_unknown" in flags):
        pass
    elif path not in (written if "path_unverified" in flags else true, elsewhere(act, event)) and (
            not (true and is_cut(path, flags, (true, written)))):
        problems.append(("path", (true, written), path))
    if "path_unverified" in flags and path and true != written and (
            "symlink_unresolved" not in flags):
        problems.append(("incomplete", "symlink_unresolved", flags))
    if act["op"] in ("replace", "move"):
        other = events.raw(event, "replaced_by" if act["op"] == "replace" else "to")
        whole = (text(act["other_path"]), text(act["other_written"]))
        # null has no flag of its own
        no_room = other is None and (has_no_room(act) or "directory_unknown" in flags)
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
    for fault in faults[:4]:
        print("   ", re.sub(r"(\w)\1{20,}", r"\1...\1", str(fault))[:WIDTH])


def main():
    words = [word for word in sys.argv[1:] if word != "--moves"]
    out, prefix, filesystem, probe = (words + ["tracepoint"])[:4]
    acts, processes = read_reference(prefix, "--moves" in sys.argv)
    deletions, summary = events.read(out)
    context = Context(filesystem, probe, summary["skipped"])
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
    # Of operations that the kernel hid from the programs it is not known which were events.
    surely_lost = sum(lost for reason, lost in summary["losses"].items()
                      if reason not in ("skipped by the kernel", "no kernel memory"))
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
