# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""Puts everything back: a process of its own, which waits for the end of the one that measures,
however that comes, and then removes the scratch folders and resets the kernel's audit."""

import os
import shutil
import signal
import sys
import tempfile

import audit


class Guard:
    def __init__(self, parents, uses_audit):
        self.uses_audit = uses_audit
        self.before = audit.state() if uses_audit else None
        self.after = None
        self.folders = {}
        self.parents = sorted(set(parents))
        self.restored = False

    def folder(self, parent):
        return self.folders[parent]

    def __enter__(self):
        for parent in self.parents:
            os.makedirs(parent, exist_ok=True)
            self.folders[parent] = tempfile.mkdtemp(prefix="whodel-peers.", dir=parent)
        wait, self.alive = os.pipe()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.alive)
            self.watch(wait)
        os.close(wait)
        if self.uses_audit:
            audit.prepare()
        return self

    def __exit__(self, *_):
        os.close(self.alive)
        _, status = os.waitpid(self.pid, 0)
        self.restored = status == 0
        self.after = audit.state() if self.uses_audit else None

    def watch(self, wait):
        """In a session of its own: Ctrl-C ends the others, not this."""
        os.setsid()
        for which in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(which, signal.SIG_IGN)
        while os.read(wait, 1):
            pass
        failed = 1
        try:
            failed = 0 if self.put_back() else 1
        finally:
            os._exit(failed)

    def put_back(self):
        for folder in self.folders.values():
            shutil.rmtree(folder, ignore_errors=True)
        left = [folder for folder in self.folders.values() if os.path.exists(folder)]
        for folder in left:
            print(f"peers: cannot remove {folder}; try: rm -rf {folder}", file=sys.stderr)
        return (not self.uses_audit or audit.restore(self.before)) and not left
