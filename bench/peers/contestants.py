# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""Who takes part: how each is started, when it is ready, what it told and what it says it lost."""

import glob
import json
import os
import re
import shutil
import signal
import subprocess
import time

import audit

READY_SECONDS = 60
QUIET_SECONDS = 0.4  # nothing more written for so long: all is read


class Contestant:
    name = group = ""
    tells = None  # what it tells of a file; None: nothing
    ready_text = b"canary"  # of the file that is deleted until the contestant tells of it
    stop_signal = signal.SIGINT
    tmpfs = True
    process = None

    def __init__(self, top):
        self.build = os.path.join(top, os.environ.get("BUILD", "build"))

    def why_not(self):
        return None

    def version(self):
        return None

    def command(self):
        """What to start; the last word of a mount namespace's shell, or the program itself."""
        raise NotImplementedError

    def start(self, scratch, canary):
        """Until it tells what is deleted."""
        self.launch(scratch)
        self.wait_ready(canary)

    def launch(self, scratch):
        self.out = os.path.join(scratch, "out")
        self.err = os.path.join(scratch, "err")
        self.scratch = scratch
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            # It must not outlive this run, however that ends.
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", self.stop_signal.name[3:], "--", *self.command()],
                stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=self.environment())

    def environment(self):
        return None

    def wait_ready(self, canary):
        until = time.monotonic() + READY_SECONDS
        while self.ready_text not in self.read(self.out):
            if self.process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"peers: {self.name} does not work here: "
                                 f"{self.read(self.err).decode(errors='replace').strip()}")
            delete_canary(canary)
            time.sleep(0.05)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise
        self.process = None

    def drain(self):
        size, since = -1, time.monotonic()
        while time.monotonic() - since < QUIET_SECONDS:
            now = os.path.getsize(self.out)
            if now != size:
                size, since = now, time.monotonic()
            time.sleep(0.02)

    def cpu_seconds(self):
        """Its own, so far."""
        if not self.process:
            return 0.0
        used = 0
        for path in glob.glob(f"/proc/{self.process.pid}/task/*/schedstat"):
            used += int(self.read(path).split()[0])
        return used / 1e9

    def read(self, path):
        with open(path, "rb") as file:
            return file.read()

    def lines(self):
        with open(self.out, encoding="utf-8", errors="replace") as file:
            yield from file

    def told(self, storm):
        """A name for each event about the storm's files; None where it tells no name."""
        return []

    def lost(self):
        """How many it says it lost; None where it says nothing."""
        return None


def delete_canary(folder):
    path = os.path.join(folder, "canary")
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    # By a new process: audit does not see those that were there before it.
    subprocess.run(["rm", path], check=True)


class Nothing(Contestant):
    name = group = "nothing"

    def start(self, scratch, canary):
        pass

    def drain(self):
        pass


class Empty(Contestant):
    name = group = "empty"
    ready_text = b"attached"

    def command(self):
        return [os.path.join(self.build, "bench/peers/empty")]


class Whodel(Contestant):
    group = "whodel"
    tells = "whole path"

    def __init__(self, top, transport):
        super().__init__(top)
        self.transport = transport
        self.name = f"whodel-{transport}"

    def version(self):
        return first_line([os.path.join(self.build, "whodel"), "--version"])

    def command(self):
        return [os.path.join(self.build, "whodel"), "-o", "json", "--transport", self.transport]

    def told(self, storm):
        start = f'"path":"{storm.folder}/'
        for line in self.lines():
            at = line.find(start)
            if at < 0:
                continue
            event = json.loads(line)
            if event["op"] == "unlink" and event["pid"] in storm.pids:
                yield storm.known(event["path"])

    def lost(self):
        summary = json.loads(list(self.lines())[-1])
        if summary["type"] != "summary":
            raise SystemExit(f"peers: {self.name} ended without a summary")
        return summary["lost"]


class Bpftrace(Contestant):
    name = group = "bpftrace"
    tells = "name as called"
    program = "".join(
        f"tracepoint:syscalls:sys_enter_{call} "
        '{ printf("%d %s %s\\n", pid, comm, str(args->pathname)); }\n'
        for call in ("unlink", "unlinkat"))

    def why_not(self):
        return None if shutil.which("bpftrace") else "not installed; try: make bench-packages"

    def version(self):
        return first_line(["bpftrace", "--version"])

    def command(self):
        # In a mount namespace of its own: it wants tracefs, which need not be mounted here.
        shell = 'mount -t tracefs tracefs /sys/kernel/tracing && exec bpftrace -e "$1"'
        return ["unshare", "--mount", "sh", "-c", shell, "sh", self.program]

    def told(self, storm):
        for line in self.lines():
            words = line.split()
            if len(words) == 3 and words[0].isdigit() and int(words[0]) in storm.pids:
                yield words[2]

    def lost(self):
        text = (self.read(self.out) + self.read(self.err)).decode(errors="replace")
        return sum(int(n) for n in re.findall(r"Lost (\d+) events", text))


class Auditd(Contestant):
    name = group = "auditd"
    tells = "folder and name"
    stop_signal = signal.SIGTERM

    def why_not(self):
        return audit.why_not()

    def version(self):
        return f"auditd {first_line([audit.program('auditctl'), '-v'], audit.environment())}"

    def environment(self):
        return audit.environment()

    def command(self):
        return [audit.program("auditd"), "-n", "-s", "nochange", "-c", self.scratch]

    def start(self, scratch, canary):
        self.before = audit.state()
        self.write_settings(scratch)
        self.launch(scratch)
        # First the daemon, else the kernel's log gets what it does not take.
        audit.wait_daemon(self.process.pid, READY_SECONDS)
        audit.switch_on()
        self.wait_ready(canary)
        self.lost_before = audit.status()["lost"]

    def write_settings(self, scratch):
        """Debian's, with files of its own and without what would act on a full disk."""
        changed = {
            "log_file": os.path.join(scratch, "out"), "log_group": "root", "use_libwrap": "no",
            "plugin_dir": os.path.join(scratch, "plugins.d"), "max_log_file_action": "IGNORE",
            "space_left_action": "IGNORE", "admin_space_left_action": "IGNORE",
            "disk_full_action": "IGNORE", "disk_error_action": "IGNORE",
        }
        os.makedirs(changed["plugin_dir"])
        shipped = os.path.join(audit.CACHE, "auditd/etc/audit/auditd.conf")
        with open(shipped, encoding="utf-8") as file:
            settings = [line for line in file if line.partition("=")[0].strip() not in changed]
        settings += [f"{key} = {value}\n" for key, value in changed.items()]
        with open(os.path.join(scratch, "auditd.conf"), "w", encoding="utf-8") as file:
            file.writelines(settings)

    def drain(self):
        while audit.status()["backlog"]:
            time.sleep(0.05)
        super().drain()

    def stop(self):
        """Off first, for the same reason."""
        if self.process is None:
            return
        self.lost_after = audit.status()["lost"]
        audit.switch_off(self.before)
        super().stop()

    def told(self, storm):
        deleters = {}
        for line in self.lines():
            serial = line[line.find(":"):line.find(")")]
            if line.startswith("type=SYSCALL"):
                pid = re.search(r" pid=(\d+)", line)
                deleters[serial] = pid and int(pid.group(1)) in storm.pids
            elif "nametype=DELETE" in line and deleters.get(serial):
                name = re.search(r' name="([^"]*)"', line)
                yield os.path.basename(name.group(1)) if name else None

    def lost(self):
        return self.lost_after - self.lost_before


class Fatrace(Contestant):
    name = group = "fatrace"
    tells = "folder only"
    tmpfs = False

    def why_not(self):
        return None if shutil.which("fatrace") else "not installed; try: make bench-packages"

    def version(self):
        return first_line(["dpkg-query", "-W", "-f", "fatrace ${Version}\n", "fatrace"])

    def command(self):
        return ["fatrace", "-f", "D"]

    def told(self, storm):
        for line in self.lines():
            if f" {storm.folder}/" in line:
                yield None


def first_line(command, environment=None):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env=environment, check=False)
    return done.stdout.partition("\n")[0].strip()


GROUPS = ["nothing", "empty", "whodel", "bpftrace", "auditd", "fatrace"]


def find(top, chosen):
    """Who can take part, and why not of the others. The first two are what the rest is held to."""
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    audit.CACHE = os.path.join(top, os.environ.get("BUILD", "build"), "cache/bench")
    everyone = [Nothing(top), Empty(top), Whodel(top, "ring"), Whodel(top, "perf"), Bpftrace(top),
                Auditd(top), Fatrace(top)]
    ready, missing = [], {}
    for tool in everyone:
        why = tool.why_not() if tool.group in ("nothing", "empty", *chosen) else "not asked for"
        if why:
            missing[tool.name] = why
        else:
            ready.append(tool)
    return ready, missing


def uses_audit(ready):
    return any(tool.name == "auditd" for tool in ready)
