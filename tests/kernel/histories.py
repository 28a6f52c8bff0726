#!/usr/bin/env python3
"""Random histories of files, really carried out, and a model that knows the truth.

histories.py play FOLDER TRUTH COUNT SEED
    carries out COUNT histories below FOLDER and writes what became of every path to TRUTH
histories.py check WHODEL STORE TRUTH EACH
    asks whodel about EACH paths of each history and compares

A history is 12 to 40 operations on a few names: files and directories made, written, renamed,
renamed over others, linked, unlinked, removed, made again under the same names. The model follows
every file: of a path it knows the last event that took something away from it, and of what was
taken where it is now, or the event that ended it.
"""
import json
import os
import random
import subprocess
import sys
import time

NAMES = ["a", "b", "c", "d", "a b", "n\nl", "x\x1b[2J", "ä"]


class History:
    """One folder. Directories are a name -> node dict; a file node is a one-element list."""

    def __init__(self, root, rng):
        self.root, self.rng = root, rng
        self.nodes = {}  # path below root -> node; a node is a dict {"dir": bool}
        self.events = []  # {"op", "path", "to", "since", "until"}
        self.lost = {}  # path -> (event, node that was there)
        self.gone = {}  # id of node -> (event that ended it, path that it had)
        self.keep = []  # nodes stay alive, so that ids are theirs alone
        os.mkdir(root)

    def names(self, directory):
        return [p for p, node in self.nodes.items() if node["dir"] is directory]

    def directories(self):
        return [""] + self.names(True)

    def below(self, path):
        return [p for p in self.nodes if p == path or p.startswith(path + "/")]

    def new_name(self):
        return self.rng.choice(self.directories()) + "/" + self.rng.choice(NAMES)

    def act(self, op, path, call, to=None):
        since = time.time_ns()
        call()
        event = {"op": op, "path": self.root + path, "to": to and self.root + to,
                 "since": since, "until": time.time_ns(), "number": len(self.events)}
        self.events.append(event)
        return event

    # ---- operations; each returns without doing anything where it cannot be done

    def make_file(self):
        path = self.new_name()
        if path in self.nodes:
            return
        with open(self.root + path, "w") as file:
            file.write(path)
        node = {"dir": False, "links": 1}
        self.keep.append(node)
        self.nodes[path] = node

    def make_directory(self):
        path = self.new_name()
        if path in self.nodes or path.count("/") > 4:
            return
        os.mkdir(self.root + path)
        node = {"dir": True, "links": 1}
        self.keep.append(node)
        self.nodes[path] = node

    def link(self):
        path, files = self.new_name(), self.names(False)
        if path in self.nodes or not files:
            return
        source = self.rng.choice(files)
        os.link(self.root + source, self.root + path)
        self.nodes[path] = self.nodes[source]

    def take(self, path, event, ends):
        node = self.nodes.pop(path)
        self.lost[path] = (event["number"], id(node), ends)
        return node

    def unlink(self):
        if files := self.names(False):
            path = self.rng.choice(files)
            event = self.act("unlink", path, lambda: os.unlink(self.root + path))
            self.take(path, event, True)

    def rmdir(self):
        empty = [p for p in self.names(True) if len(self.below(p)) == 1]
        if empty:
            path = self.rng.choice(empty)
            event = self.act("rmdir", path, lambda: os.rmdir(self.root + path))
            self.take(path, event, True)

    def remove_tree(self):
        if directories := self.names(True):
            top = self.rng.choice(directories)
            for path in sorted(self.below(top), key=lambda p: -p.count("/")):
                call = os.rmdir if self.nodes[path]["dir"] else os.unlink
                event = self.act("rmdir" if self.nodes[path]["dir"] else "unlink", path,
                                 lambda path=path, call=call: call(self.root + path))
                self.take(path, event, True)

    def rename(self):
        if not self.nodes:
            return
        path, to = self.rng.choice(list(self.nodes)), self.new_name()
        if (directories := self.names(True)) and self.rng.random() < 0.4:
            path = self.rng.choice(directories)
        if self.rng.random() < 0.4:
            to = self.rng.choice(list(self.nodes))
        node, victim = self.nodes[path], self.nodes.get(to)
        if to == path or to.startswith(path + "/") or victim is node:
            return
        if victim and (victim["dir"] != node["dir"] or len(self.below(to)) > 1):
            return
        event = self.act("move", path, lambda: os.rename(self.root + path, self.root + to), to)
        if victim:
            event["victim"] = True
            self.take(to, event, True)
        for old in self.below(path):
            moved = self.take(old, event, False)
            self.nodes[to + old[len(path):]] = moved

    def play(self):
        operations = ([self.make_file] * 6 + [self.make_directory] * 6 + [self.link] * 2 +
                      [self.unlink] * 3 + [self.rmdir] * 2 + [self.remove_tree] +
                      [self.rename] * 8)
        for _ in range(self.rng.randint(12, 40)):
            self.rng.choice(operations)()

    # ---- the truth

    def fate(self, path, number):
        """Behind the move of event `number`: the events that followed, and where it is now."""
        chain = []
        for event in self.events[number:]:
            inside = path == event["path"] or path.startswith(event["path"] + "/")
            replaced = event.get("victim") and path == event["to"]
            if event["number"] != number and replaced:
                return chain + [dict(event, op="replace", path=event["to"])], None
            if not inside:
                continue
            if event["number"] != number:
                chain.append(event)
            if event["op"] != "move":
                return chain, None
            path = event["to"] + path[len(event["path"]):]
        return chain, path

    def truth(self):
        for path, (number, _, ends) in self.lost.items():
            event, full = self.events[number], self.root + path
            if ends and event["op"] == "move":
                event = dict(event, op="replace", path=full)
            chain, now = ([], None) if ends else self.fate(full, number)
            yield {"path": full, "event": event, "chain": chain, "now": now,
                   "doubt": self.doubt(full, number)}

    def doubt(self, path, number):
        """Was a directory above moved later, to where another file came to be deleted or moved?

        Then nobody who did not see files being made can know which of the two it was.
        """
        for event in self.events[number + 1:]:
            if event["op"] == "move" and path.startswith(event["path"] + "/"):
                chain, now = self.fate(path, event["number"])
                if chain or os.path.lexists(now):
                    return True
        return False


def play(folder, truth, count, seed):
    rng = random.Random(int(seed))
    with open(truth, "w") as out:
        for number in range(int(count)):
            history = History(f"{folder}/h{number}", rng)
            history.play()
            # Asked afterwards, so that nothing is in the store that was not there at the end.
            for line in history.truth():
                out.write(json.dumps(dict(line, history=number)) + "\n")


def is_event(event, line):
    """Is this line of whodel's the event that was carried out?"""
    if line["op"] != event["op"] or line["path"] != event["path"] or line["ok"] is False:
        return False
    seconds, fraction = line["time"].rstrip("Z").split(".")
    at = int(time.mktime(time.strptime(seconds + " UTC", "%Y-%m-%dT%H:%M:%S %Z")))
    return event["since"] <= (at - time.timezone) * 10**9 + int(fraction) <= event["until"]


def wrong(truth, lines, answer):
    """What is wrong with an answer; None where all is right."""
    places = [i for i, line in enumerate(lines) if is_event(truth["event"], line)]
    if not places:
        return "the last deletion is not in the answer"
    if truth["doubt"]:
        return None
    if places[0] != 0:
        return "the last deletion is not the first"
    followed = [line for line in lines if line["match"] == "followed"]
    if len(followed) != len(truth["chain"]):
        return "followed otherwise"
    for event, line in zip(truth["chain"], followed):
        if not is_event(event, line):
            return "followed something else"
    if answer["now"] != truth["now"]:
        return "not where it is now"
    return None


def check(whodel, store, truth_file, each):
    rng = random.Random(1)
    truths = {}
    with open(truth_file) as file:
        for line in file:
            truth = json.loads(line)
            truths.setdefault(truth["history"], []).append(truth)
    asked = doubts = failures = chains = ancestors = 0
    for history in truths.values():
        for truth in rng.sample(history, min(int(each), len(history))):
            result = subprocess.run([whodel, "who", "-o", "json", "--store", store, "-n", "100",
                                     truth["path"]], capture_output=True, check=False)
            lines = [json.loads(line) for line in result.stdout.splitlines()]
            problem = wrong(truth, lines[:-1], lines[-1]) if lines else result.stderr.decode()
            asked += 1
            doubts += truth["doubt"]
            chains += bool(truth["chain"])
            ancestors += truth["event"]["path"] != truth["path"]
            if problem:
                failures += 1
                print(f"{problem}:\n  {json.dumps(truth)}", file=sys.stderr)
                for line in lines:
                    print("  ", line.get("time"), line.get("match"), line.get("op"),
                          json.dumps(line.get("path")), line.get("to"), line.get("now"),
                          file=sys.stderr)
    print(f"{asked} asked, {failures} wrong, {doubts} in doubt, {chains} followed, "
          f"{ancestors} gone with a directory")
    return 1 if failures else 0


if __name__ == "__main__":
    if sys.argv[1] == "play":
        play(*sys.argv[2:])
    else:
        os.environ["TZ"] = "UTC"
        time.tzset()
        sys.exit(check(*sys.argv[2:]))
