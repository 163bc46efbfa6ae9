"""Proves what the three programs tell systemd, on the socket that systemd would give them.

Each says that it is ready, then that its loop is alive more often than the watchdog asks, and that it stops when asked to. A
loop that stands still says nothing: so the watchdog has something to see. The bridge is ready and alive also while it waits
for a broker that is not there.
"""

import os
import signal
import socket
import time
import unittest

from line import Line, wait_until
from line.ports import free_port
from line.process import Process
from line.paths import program

WATCHDOG_S = 4.0  # twice what a loop that looks once a second or two needs, on a machine with other work


class Manager:
    """systemd's end of NOTIFY_SOCKET."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.env = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": str(int(WATCHDOG_S * 1e6))}

    def next(self, timeout_s):
        """The next message; None when none comes in time."""
        self.socket.settimeout(timeout_s)
        try:
            return self.socket.recv(4096).decode()
        except TimeoutError:
            return None

    def wait_for(self, message, timeout_s=30.0):
        """Waits for one message; returns those before it. Fails the test where it does not come."""
        before, deadline = [], time.monotonic() + timeout_s
        while (got := self.next(max(0.01, deadline - time.monotonic()))) is not None:
            if got == message:
                return before
            before.append(got)
        raise AssertionError(f"no {message} within {timeout_s} s, only {before}")


class Service(unittest.TestCase):
    def setUp(self):
        self.line = self.enterContext(Line())
        self.manager = Manager(self.line.folder / "notify")
        self.addCleanup(self.manager.socket.close)

    def start(self, name, settings):
        path = self.line.write_settings(name, settings)
        process = Process(name, [program(name), "--config", path], self.line.log_path(name), env=self.manager.env)
        self.line.process[name] = process
        return process.start()

    def check(self, process):
        self.manager.wait_for("READY=1")
        for _ in range(3):
            self.assertEqual(self.manager.next(WATCHDOG_S), "WATCHDOG=1", process.log_tail())
        os.kill(process.child.pid, signal.SIGSTOP)
        while self.manager.next(0.2) is not None:  # what was said before it stood still
            pass
        self.assertIsNone(self.manager.next(2 * WATCHDOG_S))
        os.kill(process.child.pid, signal.SIGCONT)
        self.manager.wait_for("WATCHDOG=1")
        process.kill(signal.SIGTERM)
        self.manager.wait_for("STOPPING=1")
        wait_until(lambda: not process.running(), "its end")
        self.assertEqual(process.returncode(), 0, process.log_tail())

    def test_agent(self):
        self.line.mqtt_port = free_port()  # nobody listens
        self.check(self.start("wayside-agent", self.line.agent_settings("north", [{
            "name": "posts", "driver": "http_push", "listen": f"127.0.0.1:{free_port()}",
            "device": [{"key": "A", "station_id": "a", "name": "A", "lat": 1.0, "lon": 2.0}]}])))

    def test_bridge_that_waits_for_its_broker(self):
        self.line.start_dev_kafka()
        self.check(self.start("wayside-bridge", {"mqtt": {"host": "127.0.0.1", "port": free_port()},
                                                 "kafka": {"brokers": self.line.brokers}, "metrics_listen": ""}))

    def test_central(self):
        self.line.start_dev_kafka()
        self.check(self.start("wayside-central", {"database": str(self.line.folder / "central.db"),
                                                  "kafka": {"brokers": self.line.brokers},
                                                  "http": {"listen": f"127.0.0.1:{free_port()}"}}))


if __name__ == "__main__":
    unittest.main(verbosity=2)
