"""What the tests of the agent share: a mosquitto, an agent, a feed and a bridge played by agent_ends.py."""

import subprocess
import unittest
from pathlib import Path

from agent_ends import Bridge, Feed, mqtt
from line import Line, wait_until
from line.paths import program


@unittest.skipIf(mqtt is None, "python3-paho-mqtt is not installed")
class AgentTestCase(unittest.TestCase):
    def setUp(self):
        self.line = self.enterContext(Line())
        self.start_broker()

    def start_broker(self):
        self.line.start_broker()

    def bridge(self, **options):
        bridge = Bridge(self.line.mqtt_port, **options)
        self.addCleanup(bridge.close)
        return bridge

    def feed(self, *arguments, **options):
        feed = Feed(*arguments, **options)
        self.addCleanup(feed.close)
        return feed

    def agent(self, feed, wait=True, poll_s=0.2, information_interval_s=600, **settings):
        settings.setdefault("mqtt", {"health_interval_s": 1})
        source = {"name": "city", "driver": "gbfs", "url": feed.url, "poll_interval_s": poll_s,
                  "information_interval_s": information_interval_s}
        return self.line.start_agent("north", [source], settings, wait)

    def run_agent(self, feed, *arguments, **settings):
        """Runs the program to its end; returns (exit code, stderr and stdout)."""
        source = {"name": "city", "driver": "gbfs", "url": feed.url}
        path = self.line.write_settings("north-run", self.line.agent_settings("north", [source], settings))
        done = subprocess.run([program("wayside-agent"), "--config", path, *arguments], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
        return done.returncode, done.stdout

    def logged(self, agent, event):
        """The first log line of an event."""
        rows = lambda: Path(agent.log_path).read_text(encoding="utf-8").splitlines()
        return wait_until(lambda: [row for row in rows() if event in row], f"{event} in the log")[0]

    def accounts(self, bridge):
        """Of the newest health message that has any, checked to add up."""
        said = [health for health in bridge.health() if health.get("epochs")]
        if not said:
            return None
        for account in said[-1]["epochs"]:
            parts = account["receipted"] + account["refused"] + account["dropped"] + account["waiting"]
            self.assertEqual(account["accepted"], parts, said[-1])
        return said[-1]["epochs"]
