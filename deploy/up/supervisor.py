"""Starts parts in order, watches them, starts those again that die, stops all in order."""

import signal
import time
from dataclasses import dataclass, field

from line.process import Process, ProcessFailed
from line.waiting import WaitFailed

BACK_OFF_FIRST_S = 1.0
BACK_OFF_MAX_S = 30.0
STABLE_AFTER_S = 60.0  # a part that has run this long starts again with the first back-off
TAIL_LINES = 5
# One Ctrl-C may come twice: from the terminal and from whatever passes signals on. A person is slower.
SAME_SIGNAL_S = 1.0


@dataclass
class Part:
    """Something that `up` keeps running. `start(wait)` starts it and returns its process."""

    name: str
    start: callable
    says: callable = lambda: ""  # shown when it is ready: an address
    before_stop: callable = None  # called when its turn to stop has come
    restart_with: list = field(default_factory=list)  # names of parts that must start again when this one has
    process: Process = None
    back_off_s: float = BACK_OFF_FIRST_S
    start_at: float = None  # when to start it again; None: it runs


class StopAsked(BaseException):
    """SIGINT, SIGTERM or SIGHUP came."""


class Supervisor:
    def __init__(self, parts, say):
        self.parts = parts
        self.say = say
        self.stopping = False
        self.stop_asked_at = 0.0

    def install_signals(self):
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, self._on_signal)

    def start(self):
        """Starts all, in order. Raises ProcessFailed or WaitFailed naming the part."""
        for part in self.parts:
            began = time.monotonic()
            part.process = part.start(True)
            self.say(f"  {part.name:<14} {part.says():<28} ready in {time.monotonic() - began:.1f} s")

    def watch(self):
        """Returns never; StopAsked ends it."""
        while True:
            for part in self.parts:
                if part.start_at is not None:
                    if time.monotonic() >= part.start_at:
                        self._start_again(part)
                elif not part.process.running():
                    self._has_died(part)
            time.sleep(0.2)

    def stop(self):
        """Stops what runs, a line each, in reverse order of start: each part finds those it hands its work to alive.

        True when each part ended by itself with exit code 0.
        """
        self.stopping = True
        clean = True
        for part in reversed(self.parts):
            if part.process is None or not part.process.running():
                continue
            began = time.monotonic()
            try:
                if part.before_stop is not None:
                    part.before_stop()
                code = part.process.stop()
            except ProcessFailed:
                code = "killed: it did not stop"
            took = f"{time.monotonic() - began:.1f} s"
            clean = clean and code == 0
            self.say(f"  {part.name:<14} stopped in {took}" + ("" if code == 0 else f" (exit {code})"))
        return clean

    # ---- inside ----

    def _on_signal(self, _signum, _frame):
        now = time.monotonic()
        if not self.stopping:
            self.stopping = True
            self.stop_asked_at = now
            raise StopAsked
        if now - self.stop_asked_at < SAME_SIGNAL_S:
            return
        self.say("Killing what has not stopped yet")
        for part in self.parts:
            if part.process is not None:
                part.process.kill()

    def _has_died(self, part):
        if time.monotonic() - part.process.started_at > STABLE_AFTER_S:
            part.back_off_s = BACK_OFF_FIRST_S
        self.say(f"{part.name} has ended (exit {part.process.returncode()}). Its last lines in {part.process.log_path}:")
        for line in part.process.log_text().splitlines()[-TAIL_LINES:]:
            self.say("    " + line)
        self.say(f"{part.name} starts again in {part.back_off_s:.0f} s")
        part.start_at = time.monotonic() + part.back_off_s
        part.back_off_s = min(part.back_off_s * 2, BACK_OFF_MAX_S)

    def _start_again(self, part):
        part.start_at = None
        try:
            part.process = part.start(False)
        except (ProcessFailed, WaitFailed, OSError) as error:
            self.say(f"{part.name}: {error}")
            part.start_at = time.monotonic() + part.back_off_s
            part.back_off_s = min(part.back_off_s * 2, BACK_OFF_MAX_S)
            return
        self.say(f"{part.name} started again")
        for other in self.parts:
            if other.name in part.restart_with and other.start_at is None:
                self.say(f"{other.name} starts again to follow {part.name}")
                other.process.stop()
                self._start_again(other)
