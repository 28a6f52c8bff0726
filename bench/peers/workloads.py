# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""What is deleted: files on tmpfs by one process and by two, and on ext4 by one and by rm -rf."""

import os
import shutil
import subprocess
import time

TMPFS = "/dev/shm"


def disk(top):
    return os.path.join(top, os.environ.get("BUILD", "build"), "bench", "peers")


class Workload:
    def __init__(self, name, title, parent, directories, each, by="storm"):
        self.name, self.title, self.parent = name, title, parent
        self.directories, self.each, self.by = directories, each, by
        self.files = directories * each
        self.results = {}

    def prepare(self, scratch, output):
        self.scratch, self.output = scratch, output
        self.folder = os.path.join(scratch, self.name)
        self.canary = os.path.join(scratch, "canary")

    def pick(self, tools):
        return [tool for tool in tools if tool.tmpfs or self.parent != TMPFS]

    def known(self, path):
        """The file's name if the path is that of one, else None."""
        name = os.path.basename(path)
        digits = name[5:]
        if not digits.isdigit():
            return None
        whole = os.path.join(self.folder, str(int(digits) // self.each), name)
        return name if path == whole else None

    def helper(self, what):
        return ["setpriv", "--pdeathsig", "TERM", "--", os.path.join(self.output, "..", "storm"),
                what, self.folder, str(self.directories), str(self.each)]

    def run(self, tool):
        """One round of one contestant: what the deletions took, and what was told of them."""
        folder = os.path.join(self.output, tool.name)
        for made in (folder, self.folder, self.canary):
            os.makedirs(made)
        subprocess.run(self.helper("make"), check=True)
        # What was just made must not be written while its deletion is measured.
        subprocess.run(["sync", "-f", self.folder], check=True)
        try:
            tool.start(folder, self.canary)
            cpu = tool.cpu_seconds()
            result = self.delete()
            tool.drain()
            result["own_cpu_seconds"] = round(tool.cpu_seconds() - cpu, 6)
        finally:
            tool.stop()
        self.count(tool, result)
        for made in (folder, self.folder, self.canary):
            shutil.rmtree(made, ignore_errors=True)
        return result

    def delete(self):
        return self.delete_by_rm() if self.by == "rm" else self.delete_by_storm()

    def delete_by_storm(self):
        """Wall time: of the process that took longest; CPU time: of all."""
        with subprocess.Popen(self.helper("delete"), stdin=subprocess.PIPE, text=True,
                              stdout=subprocess.PIPE) as process:
            if process.stdout.readline() != "ready\n":
                raise SystemExit("peers: the storm did not start")
            time.sleep(0.2)
            process.stdin.close()
            rows = [[int(word) for word in line.split()] for line in process.stdout]
        if process.returncode or len(rows) != self.directories:
            raise SystemExit("peers: the storm failed")
        self.pids = {row[0] for row in rows}
        return {"wall_ns": max(row[1] for row in rows), "cpu_ns": sum(row[2] for row in rows)}

    def delete_by_rm(self):
        start = time.monotonic_ns()
        process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", "--", "rm", "-rf",
                                    self.folder])
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic_ns() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit("peers: rm failed")
        self.pids = {process.pid}
        return {"wall_ns": wall, "cpu_ns": int((used.ru_utime + used.ru_stime) * 1e9)}

    def count(self, tool, result):
        """told: events about these files; named: how many of the files are told by name."""
        names, told = set(), 0
        for name in tool.told(self):
            # Else a folder's, which rm removes too.
            if name is None or name.startswith("file-"):
                told += 1
                names.add(name)
        digits = (name[5:] for name in names if name)
        result["told"] = told if tool.tells else None
        result["named"] = None
        if tool.tells:
            result["named"] = sum(d.isdigit() and int(d) < self.files for d in digits)
        result["lost"] = tool.lost()


def plan(top, storm):
    """@storm: how many files; rm gets twice as many, in folders of the same size."""
    disk_folder = disk(top)
    tree = storm * 2
    return [
        Workload("one", f"One process deletes {storm:,} files on tmpfs", TMPFS, 1, storm),
        Workload("two", f"Two processes delete {storm // 2:,} files each on tmpfs, at once", TMPFS, 2,
                 storm // 2),
        Workload("ext4", f"One process deletes {storm:,} files on {filesystem(disk_folder)}",
                 disk_folder, 1, storm),
        Workload("rm", f"rm -rf of {tree:,} files in 200 folders on {filesystem(disk_folder)}",
                 disk_folder, 200, tree // 200, by="rm"),
    ]


def filesystem(folder):
    os.makedirs(folder, exist_ok=True)
    done = subprocess.run(["stat", "-f", "-c", "%T", folder], stdout=subprocess.PIPE, text=True,
                          check=True)
    # The kernel has one number for all three.
    return done.stdout.strip().replace("ext2/ext3", "ext4")
