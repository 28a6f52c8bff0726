"""The store, read as docs/store.md has it, by other code than whodel's own."""
import sqlite3

PROCESS, DIRECTORY, CPU, SEQ, IDENTITY, WHAT, COMM, KIND, TID, SEEN, OTHER, NO_PATH = (
    1 << bit for bit in range(12))
SHARED_MAX = 255


class Bytes:
    def __init__(self, data):
        self.data, self.at = data, 0

    def varint(self):
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def signed(self):
        value = self.varint()
        return value >> 1 ^ -(value & 1)

    def name(self, before):
        shared, rest = self.varint(), self.varint()
        self.at += rest
        return before[:shared] + self.data[self.at - rest:self.at]

    def end(self):
        return self.at == len(self.data)


def read_block(names, data):
    """Each event of a block, as a dict; directory and comm are rows."""
    rows, source = [0], Bytes(names)
    while not source.end():
        rows.append(source.varint())
    source, seqs, time, process, pid = Bytes(data), {}, 0, 0, 0
    recalled = {}
    while not source.end():
        flags = source.varint()
        time += source.signed()
        if flags & PROCESS:
            process = source.varint()
            pid = source.varint() if process == 0 else 0
        last = recalled.setdefault(process, {
            "directory": 0, "comm": 0, "cpu": 0, "what": (0,) * 5, "kind": (0,) * 4, "inode": 0,
            "name": b""})
        if flags & DIRECTORY:
            last["directory"] = source.varint()
        if flags & CPU:
            last["cpu"] = source.varint()
        place = last["cpu"] % 256
        seqs[place] = seqs.get(place, 0) + 1 + (source.signed() if flags & SEQ else 0)
        if flags & COMM:
            last["comm"] = source.varint()
        tid_offset = source.signed() if flags & TID else 0
        if flags & WHAT:
            last["what"] = tuple(source.varint() for _ in range(5))
        if flags & KIND:
            last["kind"] = tuple(source.varint() for _ in range(4))
        event = {"time": time, "process": rows[process], "pid": pid, "tid_offset": tid_offset,
                 "comm": rows[last["comm"]], "cpu": last["cpu"], "seq": seqs[place],
                 "path": None, "seen": None, "other": None, "inode": None}
        for key, value in zip(("op", "via", "outcome", "error", "incomplete"), last["what"]):
            event[key] = value
        if flags & IDENTITY:
            last["inode"] += source.signed()
            event["inode"] = last["inode"]
            event["size"], event["links"] = source.varint() - 1, source.varint()
            source.at += 4
            event["mode"] = last["kind"][2]
        name = b""
        if not flags & NO_PATH:
            name = source.name(last["name"])
            last["name"] = name[:SHARED_MAX]
            event["path"] = (rows[last["directory"]], name)
        for flag, key in ((SEEN, "seen"), (OTHER, "other")):
            if flags & flag:
                directory = rows[source.varint()]
                event[key] = (directory, source.name(name[:SHARED_MAX]))
        yield event


class Store:
    def __init__(self, path):
        self.db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.db.text_factory = bytes

    def rows(self, sql, *values):
        return self.db.execute(sql, values).fetchall()

    def number(self, sql, *values):
        return self.rows(sql, *values)[0][0]

    def events(self):
        """All events, in the order of recording; the paths whole, as bytes."""
        directories = dict(self.rows("SELECT id, path FROM directory"))
        for names, data in self.db.execute("SELECT names, data FROM block ORDER BY id"):
            for event in read_block(names, data):
                for key in ("path", "seen", "other"):
                    if event[key] is not None:
                        event[key] = directories[event[key][0]] + event[key][1]
                yield event

    def paths_below(self, folder):
        folder = folder.encode()
        return [event["path"] for event in self.events()
                if event["path"] is not None and folder in event["path"]]
