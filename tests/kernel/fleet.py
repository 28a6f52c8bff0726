"""fleet.py FOLDER: waits until FOLDER/collected has each event of FOLDER/store*, once."""
import collections
import glob
import sqlite3
import sys
import time

from store import Store


def event_key(event):
    """What both stores say of an event, whatever row each has it in."""
    return tuple(event[key] for key in (
        "time", "op", "via", "outcome", "error", "incomplete", "path", "seen", "other", "cpu", "seq",
        "inode", "comm_text", "pid_text", "facts"))


def events(path):
    """By the store's recordings' host and start: all events."""
    store = Store(path)
    texts = dict(store.rows("SELECT id, value FROM text"))
    processes = {row[0]: row[1:] for row in store.rows(
        """SELECT p.id, p.pid, p.ppid, p.start_time, u.uid, u.name, p.euid, p.login_uid,
           p.audit_session, e.value, p.args, a.value, c.value, n.value, k.value, s.value
           FROM process p JOIN user u ON u.id = p.user LEFT JOIN text e ON e.id = p.exe
           LEFT JOIN text a ON a.id = p.ancestors LEFT JOIN text c ON c.id = p.cgroup
           LEFT JOIN text n ON n.id = p.unit LEFT JOIN text k ON k.id = p.container
           LEFT JOIN text s ON s.id = p.cause""")}
    from store import read_block
    directories = dict(store.rows("SELECT id, path FROM directory"))
    hosts = dict(store.rows("SELECT id, host FROM recording"))
    found = collections.defaultdict(collections.Counter)
    for recording, names, data in store.db.execute("SELECT recording, names, data FROM block"):
        for event in read_block(names, data):
            for key in ("path", "seen", "other"):
                if event[key] is not None:
                    event[key] = directories[event[key][0]] + event[key][1]
            event["comm_text"] = texts.get(event["comm"], b"")
            event["facts"] = processes.get(event["process"])
            event["pid_text"] = event["pid"] or event["facts"][0]
            found[hosts[recording]][event_key(event)] += 1
    return found


def compare(folder):
    recorded = {}
    for path in glob.glob(f"{folder}/store*/history.db"):
        recorded.update(events(path))
    collected = events(f"{folder}/collected/history.db")
    twice = sum(count - 1 for host in collected.values() for count in host.values() if count > 1)
    twice -= sum(count - 1 for host in recorded.values() for count in host.values() if count > 1)
    missing = sum((recorded[host] - collected.get(host, collections.Counter())).total()
                  for host in recorded)
    extra = sum((collected[host] - recorded.get(host, collections.Counter())).total()
                for host in collected)
    total = sum(counter.total() for counter in recorded.values())
    return total, missing, extra, twice


def counts(folder):
    def count(path):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
            return db.execute("SELECT coalesce(sum(events), 0) FROM block").fetchone()[0]
    return (sum(count(path) for path in glob.glob(f"{folder}/store*/history.db")),
            count(f"{folder}/collected/history.db"))


def main():
    folder = sys.argv[1]
    while True:
        try:
            recorded, collected = counts(folder)
            print(recorded, collected, flush=True)
            if collected >= recorded:
                break
        except sqlite3.OperationalError as error:
            print(error, flush=True)
        time.sleep(0.5)
    total, missing, extra, twice = compare(folder)
    print(f"{total} recorded, {missing} missing, {extra} that nobody recorded, {twice} twice")
    sys.exit(bool(missing or extra or twice or not total))


main()
