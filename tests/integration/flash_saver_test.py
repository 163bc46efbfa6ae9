"""Proves what `outbox.mode = "flash-saver"` writes and what its power cut costs, with the real programs from hardware to
ledger. kill -9 takes an agent's memory as a power cut does.

With the network up nothing is written. A device hears success only for what outlives a power cut. What was in memory alone
is lost: central's ledger names it, claims nothing else, and holds nothing twice.
"""

import concurrent.futures
import json
import socket
import unittest

from hardware import Hardware
from line import Line, wait_until
from line.ports import free_port
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka

STATIONS = ("post-a", "post-b")
WRITE_AFTER_S = 4


class PowerCut(unittest.TestCase):
    def setUp(self):
        self.line = self.enterContext(Line())
        self.line.start_broker()
        self.line.start_kafka(partitions=4)
        self.line.start_bridge()
        self.line.start_central()
        self.hardware = Hardware(free_port())
        self.agent = self.line.start_agent("north", [self.hardware.source(STATIONS)], {
            "mqtt": {"health_interval_s": 1}, "outbox": {"mode": "flash-saver", "write_after_s": WRITE_AFTER_S}})

    def flash(self):
        """Size and time of change of what the agent has on flash."""
        folder = self.line.folder / "data" / "agents" / "north"
        return {path.name: (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.glob("outbox.db*")}

    def stored(self, station):
        """The temperatures in central's history, in order."""
        rows = self.line.api.readings(station, "weather")
        return sorted(round(row["values"]["air_temperature_C"], 4) for row in rows)

    def ledger(self, station):
        return self.line.api.station(station)["ledger"]

    def totals(self):
        return self.line.api.get("/api/v1/ledger")["totals"]

    def test_writes_nothing_while_receipts_come_and_loses_only_what_it_has_not_answered_for(self):
        sent = {station: [] for station in STATIONS}

        def deliver(count):
            readings = [self.hardware.make(station) for station in STATIONS for _ in range(count)]
            for reading, answer in [(reading, self.hardware.send_later(reading)) for reading in readings]:
                self.assertTrue(answer.result(20), reading)
                sent[reading[0]].append(reading[1])

        deliver(1)  # new stations and their information are written
        wait_until(lambda: all(self.stored(s) == sorted(sent[s]) for s in STATIONS), "the first reading of each")
        before = self.flash()
        deliver(100)
        self.assertEqual(self.flash(), before, "200 readings with their receipts, and not a byte on flash")

        # No broker: the first are written, the second are in memory when the power goes.
        self.line.process["mosquitto"].kill()
        first = [self.hardware.make(station) for station in STATIONS for _ in range(4)]
        answers = [self.hardware.send_later(reading) for reading in first]
        wait_until(lambda: self.seen() == 2 + 200 + 8, "the first eight in the agent")
        done, _ = concurrent.futures.wait(answers, WRITE_AFTER_S / 2)
        self.assertFalse(done, "neither written nor receipted")
        second = [self.hardware.make(station) for station in STATIONS for _ in range(3)]
        lost = [self.hardware.send_later(reading) for reading in second]
        concurrent.futures.wait(answers, 20)
        self.agent.kill()
        self.assertTrue(all(answer.result(20) for answer in answers), "written after n seconds, and answered then")
        self.assertFalse(any(answer.result(20) for answer in lost), "nobody was told that these are safe")
        for station, temperature in first:
            sent[station].append(temperature)

        self.line.process["mosquitto"].start().wait_ready()
        self.agent.start().wait_ready()
        deliver(1)
        self.settle()
        for station in STATIONS:
            with self.subTest(station):
                self.assertEqual(self.stored(station), sorted(sent[station]), "all that was answered for, once, and nothing else")
                old, new = self.ledger(station)["accounts"]
                self.assertEqual((old["last_seq"], old["received"], old["missing"]), (108, 105, 3), old)
                self.assertEqual(old["missing_ranges"], [[106, 108]], "lost, by name")
                self.assertEqual((new["accepted"], new["received"], new["missing"]), (2, 2, 0), "its loss statement and a reading")
        totals = self.totals()
        self.assertEqual((totals["missing"], totals["waiting"], totals["dropped"]), (6, 0, 0), totals)
        self.assertEqual(totals["accepted"], totals["received"] + totals["missing"], totals)

    def status(self):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.line.folder / "data" / "agents" / "north" / "agent.sock"))
            return json.loads(b"".join(iter(lambda: connection.recv(65536), b"")))

    def seen(self):
        """Readings that the agent has taken, by its status."""
        return sum(epoch["accepted"] for epoch in self.status()["epochs"])

    def settle(self):
        wait_until(lambda: self.status()["outbox"]["readings"] == 0, "an empty outbox")
        wait_until(lambda: self.totals()["waiting"] == 0, "a ledger in which nothing waits")


if __name__ == "__main__":
    unittest.main()
