# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""The kernel's audit, by auditctl of the unpacked package: read, used, put back."""

import os
import subprocess
import sys
import time

CACHE = ""  # where the packages are unpacked; set by contestants.find()

# As Debian's own rules have them, and the calls by which a name goes.
BACKLOG = ("-b", "8192")
BACKLOG_WAIT = ("--backlog_wait_time", "60000")
CALLS = ("unlink", "unlinkat", "rmdir", "rename", "renameat", "renameat2")
KEY = "whodel-peers"
RULE = ["always,exit", "-F", "arch=b64"] + [w for c in CALLS for w in ("-S", c)] + ["-k", KEY]
# Once audit was on, the kernel prepares each new process for it, unless told not to: without this
# rule all that are measured after auditd would be slower than those before.
NEVER = ["never,task"]
# What auditctl -s tells and this run changes: by which option it is set back.
SETTINGS = {
    "enabled": "-e",
    "backlog_limit": "-b",
    "backlog_wait_time": "--backlog_wait_time",
}


def environment():
    folders = [os.path.join(CACHE, package, where, "x86_64-linux-gnu")
               for package in ("libauparse0", "libwrap0", "libnsl2") for where in ("lib", "usr/lib")]
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(folders), "LC_ALL": "C"}


def program(name):
    return os.path.join(CACHE, "auditd", "sbin", name)


def auditctl(*words, check=True):
    done = subprocess.run([program("auditctl"), *words], env=environment(), text=True, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    if check and done.returncode:
        raise OSError(f"auditctl {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def status():
    words = (line.split() for line in auditctl("-s").splitlines())
    return {word[0]: int(word[1]) for word in words if len(word) > 1 and word[1].isdigit()}


def rules():
    return [line for line in auditctl("-l").splitlines() if line != "No rules"]


def state():
    now = status()
    kept = ("enabled", "failure", "pid", "rate_limit", "backlog_limit", "backlog_wait_time")
    return {"status": {key: now.get(key) for key in kept}, "rules": rules()}


def why_not():
    """Why it cannot be used here, or None."""
    if os.uname().machine != "x86_64":
        return "its rules here are for x86-64"
    if not os.path.exists(program("auditd")):
        return "not unpacked; try: make bench-packages"
    try:
        now = state()
    except OSError as error:
        return str(error)
    if now["status"].get("enabled") not in (0, 1):
        return "the kernel's audit is locked until the next boot"
    if now["status"]["pid"] != 0 or os.path.exists("/run/auditd.pid"):
        return "an audit daemon runs here already"
    if any("never" in rule and "task" in rule for rule in now["rules"]):
        return "a rule here says that no task is audited"
    return None


def prepare():
    auditctl("-a", *NEVER)


def wait_daemon(pid, seconds):
    """Until the kernel has this as its daemon."""
    until = time.monotonic() + seconds
    while status()["pid"] != pid:
        if time.monotonic() > until:
            raise SystemExit("peers: auditd did not get the kernel's audit")
        time.sleep(0.02)


def switch_on():
    auditctl("-d", *NEVER)
    auditctl(*BACKLOG)
    auditctl(*BACKLOG_WAIT)
    auditctl("-a", *RULE)
    auditctl("-e", "1")


def switch_off(before):
    """Also from half-way on, so what is not there is no error."""
    auditctl("-d", *RULE, check=False)
    set_back(before)
    auditctl("-a", *NEVER, check=False)


def set_back(before):
    for name, option in SETTINGS.items():
        auditctl(option, str(before["status"][name]))


def restore(before):
    """From whatever state this run left; true when all is as it was."""
    for rule in (RULE, NEVER):
        auditctl("-d", *rule, check=False)
    until = time.monotonic() + 15
    while status()["pid"] != before["status"]["pid"] and time.monotonic() < until:
        time.sleep(0.05)
    set_back(before)
    now = state()
    if now != before:
        print(f"peers: audit was {before}\npeers: and is now {now}; try: auditctl", file=sys.stderr)
    return now == before
