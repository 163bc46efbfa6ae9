"""One program under our care: started in its own process group, logged to a file, stopped and killed by id."""

import atexit
import ctypes
import os
import signal
import subprocess
import threading
import time

from line.waiting import WaitFailed, wait_until

STOP_TIMEOUT_S = 15.0
LOG_TAIL_LINES = 15
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)
_running = set()


class ProcessFailed(RuntimeError):
    """A program ended that should run, or did not end that should."""


class Process:
    """A program that can be started, killed and started again; each start appends to the same log file.

    `command` is a list, or a function that makes the list at each start (for settings that change between starts).
    """

    def __init__(self, name, command, log_path, env=None, ready="event=ready", cwd=None):
        self.name = name
        self.command = command
        self.log_path = str(log_path)
        self.env = env
        self.ready = ready
        self.cwd = cwd
        self.child = None
        self.started_at = 0.0
        self._log_start = 0

    # ---- life ----

    def start(self):
        """Starts it. Returns self."""
        if self.running():
            raise ProcessFailed(f"{self.name} runs already")
        command = self.command() if callable(self.command) else self.command
        with open(self.log_path, "ab") as log:
            self._log_start = log.tell()
            self.child = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.cwd,
                env={**os.environ, **(self.env or {})}, start_new_session=True, preexec_fn=die_with_parent())
        self.started_at = time.monotonic()
        _running.add(self)
        return self

    def wait_ready(self, timeout_s=30.0, condition=None):
        """Waits for the ready line in the log of this start, or for `condition`. Returns self."""
        try:
            wait_until(condition or self._ready_line, f"{self.name} to be ready", timeout_s, watch=self.check)
        except WaitFailed as error:
            raise WaitFailed(f"{error}\n{self.log_tail()}") from None
        return self

    def check(self):
        """Raises ProcessFailed with the last log lines when it has ended."""
        if not self.running():
            raise ProcessFailed(f"{self.name} ended with {self.returncode()}\n{self.log_tail()}")

    def running(self):
        return self.child is not None and self.child.poll() is None

    def returncode(self):
        """None while it runs or before the first start."""
        return None if self.child is None else self.child.poll()

    def kill(self, signum=signal.SIGKILL):
        """Sends a signal to the whole group and, for SIGKILL, waits for the end."""
        if not self.running():
            return
        _signal_group(self.child, signum)
        if signum == signal.SIGKILL:
            self.child.wait()
            _running.discard(self)

    def stop(self, timeout_s=STOP_TIMEOUT_S, signum=signal.SIGTERM):
        """Asks it to stop; returns its exit code. One that does not obey is killed and raises ProcessFailed."""
        if self.child is None:
            return None
        if self.running():
            _signal_group(self.child, signum)
            _signal_group(self.child, signal.SIGCONT)
        try:
            self.child.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ProcessFailed(f"{self.name} did not stop within {timeout_s:g} s\n{self.log_tail()}") from None
        _running.discard(self)
        return self.child.returncode

    def restart(self, timeout_s=30.0):
        self.stop()
        return self.start().wait_ready(timeout_s)

    # ---- log ----

    def log_text(self):
        """What this start has written so far."""
        try:
            with open(self.log_path, "rb") as log:
                log.seek(self._log_start)
                return log.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def log_tail(self, lines=LOG_TAIL_LINES):
        tail = self.log_text().splitlines()[-lines:]
        return f"--- last lines of {self.log_path}\n" + "\n".join(tail)

    def log_field(self, event, key):
        """The value of `key` in the newest line of `event=…` of this start; None when there is none."""
        for line in reversed(self.log_text().splitlines()):
            if f"event={event}" in line:
                for part in line.split():
                    if part.startswith(key + "="):
                        return part[len(key) + 1:].strip('"')
        return None

    # ---- resources ----

    def memory_kb(self, field="VmRSS"):
        """A field of /proc/PID/status in KiB."""
        with open(f"/proc/{self.child.pid}/status", encoding="ascii") as file:
            for line in file:
                if line.startswith(field + ":"):
                    return int(line.split()[1])
        raise LookupError(field)

    def cpu_s(self):
        """Processor seconds used so far, user and system."""
        with open(f"/proc/{self.child.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _ready_line(self):
        return self.ready in self.log_text()


def _signal_group(child, signum):
    try:
        os.killpg(child.pid, signum)
    except (ProcessLookupError, PermissionError):
        pass


def die_with_parent():
    """The kernel ends the child when we die, even by SIGKILL. It watches the starting thread, so only for the main one."""
    if threading.current_thread() is not threading.main_thread():
        return None
    return lambda: _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@atexit.register
def _kill_all():
    for process in list(_running):
        process.kill()
