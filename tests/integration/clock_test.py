"""Proves what a reading's date is worth when the machine's clock is wrong, with the real programs from hardware to central
and the agent under a shifted clock (libfaketime; its monotonic clock stays right, as on a real machine).

A Raspberry Pi that starts in 1970 dates its readings by the bridge's word, also those from before it. A clock that is
trusted and jumps loses and doubles nothing: central refuses what is too far ahead, and what is too old is history.
"""

import glob
import os
import time
import unittest
from datetime import datetime

from hardware import Hardware
from line import Line, wait_until
from line.paths import program
from line.ports import free_port
from line.real_kafka import require_real_kafka
from line.process import Process

setUpModule = require_real_kafka

STATION = "post-a"
LIBRARY = next(iter(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")), None)
DAY_S = 86_400


@unittest.skipIf(LIBRARY is None, "Debian's faketime is not installed")
class ShiftedClock(unittest.TestCase):
    def setUp(self):
        self.begin(Line())

    def begin(self, line):
        self.line = self.enterContext(line)
        self.line.start_broker()
        self.line.start_kafka(partitions=4)
        self.hardware = Hardware(free_port())
        self.clock_file = self.line.folder / "clock"
        self.sent = {}  # temperature: when, by the right clock

    def set_clock(self, text):
        """As libfaketime reads it: "+3d", or "@1970-01-01 00:00:05" for a clock that runs from there."""
        new = self.clock_file.with_suffix(".new")
        new.write_text(text + "\n", encoding="ascii")
        os.replace(new, self.clock_file)

    def start_agent(self, clock):
        path = self.line.write_settings("agent-north", self.line.agent_settings(
            "north", [self.hardware.source([STATION])], {"clock": clock, "mqtt": {"health_interval_s": 1}}))
        # The sanitizers' libraries want to be first; a library that replaces clocks does not disturb them.
        env = {"LD_PRELOAD": LIBRARY, "FAKETIME_TIMESTAMP_FILE": str(self.clock_file), "FAKETIME_NO_CACHE": "1",
               "FAKETIME_DONT_FAKE_MONOTONIC": "1", "TZ": "UTC",
               "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
        agent = Process("agent-north", [program("wayside-agent"), "--config", path], self.line.log_path("agent-north"), env=env)
        self.line.process[agent.name] = agent
        agent.start().wait_ready()
        return agent

    def send(self):
        """A reading, answered for by the agent. Returns its temperature."""
        reading = self.hardware.make(STATION)
        self.sent[reading[1]] = time.time()
        self.assertTrue(self.hardware.send(reading), "taken by the agent")
        return reading[1]

    def stored(self):
        """Central's history: temperature to (time, clock)."""
        rows = self.line.api.readings(STATION, "weather", since="1970-01-01T00:00:00Z", until="2100-01-01T00:00:00Z")
        found = {round(row["values"]["air_temperature_C"], 4): (datetime.fromisoformat(row["observed_at"]).timestamp(), row["clock"])
                 for row in rows}
        self.assertEqual(len(found), len(rows), "nothing is there twice")
        return found

    def quarantine(self):
        return self.line.api.pages("/api/v1/quarantine", "items")

    def test_an_agent_that_starts_in_1970_dates_its_readings_by_the_bridges_word(self):
        self.set_clock("@1970-01-01 00:00:05")
        agent = self.start_agent("auto")
        before = [self.send() for _ in range(3)]
        time.sleep(1.5)  # so that "now" would not do as their date
        self.assertNotIn("event=time_known", agent.log_text())
        self.line.start_bridge()
        self.line.start_central()
        wait_until(lambda: "event=time_known" in agent.log_text(), "the bridge's word")
        after = [self.send() for _ in range(3)]
        wait_until(lambda: len(self.stored()) == 6, "all six")
        for temperature, (at, clock) in self.stored().items():
            with self.subTest(temperature, before=temperature in before):
                self.assertLess(abs(at - self.sent[temperature]), 1.0)
                self.assertEqual(clock, "dated")
        self.assertEqual(set(self.stored()), set(before + after))
        self.assertEqual(self.quarantine(), [])

    def test_a_trusted_clock_that_jumps_three_days_ahead_and_back_loses_and_doubles_nothing(self):
        self.line.start_bridge()
        self.line.start_central()
        self.set_clock("+0")
        self.start_agent("trust")
        right = [self.send()]
        self.set_clock("+3d")
        ahead = [self.send() for _ in range(2)]
        self.set_clock("+0")
        right.append(self.send())
        self.set_clock("-3d")
        old = [self.send()]
        self.set_clock("+0")
        right.append(self.send())
        wait_until(lambda: set(self.stored()) >= set(right + old), "all but those ahead")
        wait_until(lambda: len(self.quarantine()) == 2, "those ahead in the quarantine")
        stored = self.stored()
        self.assertEqual(set(stored), set(right + old))
        for temperature in right:
            self.assertLess(abs(stored[temperature][0] - self.sent[temperature]), 1.0)
        self.assertLess(abs(stored[old[0]][0] + 3 * DAY_S - self.sent[old[0]]), 1.0)
        self.assertEqual({item["reason"] for item in self.quarantine()}, {"future_time"})
        station = self.line.api.station(STATION)
        self.assertAlmostEqual(station["streams"]["weather"]["values"]["air_temperature_C"], right[-1], 4, "the present")
        account, = station["ledger"]["accounts"]
        self.assertEqual((account["accepted"], account["received"] + account["refused"], account["missing"], account["repeated"]),
                         (len(right + ahead + old), 6, 0, 0), account)


class ShiftedClockOverTls(ShiftedClock):
    """The same over TLS, where a machine of 1970 finds every certificate not valid yet."""

    test_a_trusted_clock_that_jumps_three_days_ahead_and_back_loses_and_doubles_nothing = None  # TLS adds nothing to it

    def setUp(self):
        self.begin(Line(tls=True, users={"north": "north-secret"}))

    def test_it_still_wants_the_authority_that_it_knows(self):
        self.set_clock("@1970-01-01 00:00:05")
        self.line.certs.ca = "/etc/ssl/certs/ca-certificates.crt"  # true authorities, but not ours
        agent = self.start_agent("auto")
        wait_until(lambda: "event=mqtt_offline" in agent.log_text(), "the refusal")
        self.assertIn("certificate verify failed", agent.log_text())
        self.assertIn("event=certificate_dates_unchecked", agent.log_text())
        self.assertNotIn("event=mqtt_online", agent.log_text())


if __name__ == "__main__":
    unittest.main()
