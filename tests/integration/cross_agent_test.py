"""Proves that an agent built for a Raspberry Pi carries readings from hardware to central and keeps them through an outage.

The agent of this build runs in qemu's user emulation, as WAYSIDE_AGENT says; broker, Kafka, bridge, central and the simulated
hardware are native. The values that central shows are those that the device sent.
"""

import os
import shlex
import unittest

from hardware import Hardware
from line import Line, wait_until
from line.ports import free_port
from line.process import Process
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka

STATION = "post-a"


class CrossAgent(unittest.TestCase):
    def setUp(self):
        self.line = self.enterContext(Line())
        self.line.start_broker()
        self.line.start_kafka(partitions=4)
        self.line.start_central()
        self.hardware = Hardware(free_port())
        self.sent = []

    def start_agent(self):
        settings = self.line.agent_settings("pi", [self.hardware.source([STATION])], {"mqtt": {"health_interval_s": 1}})
        path = self.line.write_settings("agent-pi", settings)
        agent = Process("agent-pi", [*shlex.split(os.environ["WAYSIDE_AGENT"]), "--config", path], self.line.log_path("agent-pi"))
        self.line.process[agent.name] = agent
        return agent.start().wait_ready(60)

    def send(self):
        """A reading that the agent has answered for."""
        reading = self.hardware.make(STATION)
        self.assertTrue(self.hardware.send(reading), self.line.process["agent-pi"].log_tail())
        self.sent.append(reading[1])

    def at_central(self):
        return [row["values"]["air_temperature_C"] for row in self.line.api.readings(STATION, "weather")]

    def wait_for_all(self):
        wait_until(lambda: len(self.at_central()) >= len(self.sent), "every reading at central", 60, watch=self.line.check)
        for got, sent in zip(sorted(self.at_central()), sorted(self.sent), strict=True):
            self.assertAlmostEqual(got, sent, 1)

    def test_readings_arrive_once_through_a_kill_and_an_outage(self):
        bridge = self.line.start_bridge()
        agent = self.start_agent()
        for _ in range(5):
            self.send()
        self.wait_for_all()

        bridge.kill()
        for _ in range(5):
            self.send()
        agent.kill()
        self.start_agent()
        self.send()
        self.line.start_bridge()
        self.wait_for_all()
        totals = self.line.api.ledger()["totals"]
        self.assertEqual((totals["received"], totals["missing"], totals["refused"]), (len(self.sent), 0, 0))


if __name__ == "__main__":
    unittest.main(verbosity=2)
