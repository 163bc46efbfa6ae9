"""Proves that a day of snapshots goes through the whole line exactly once, with real processes.

wayside-sim serves the snapshots in lockstep (it steps on when the agent has shown that it kept one), so the rows in
central's SQLite must equal an independent reading of the files (counting.py): same stations, same times, same values,
none missing, none double. The second test kills the agent, the bridge and central once each with SIGKILL on the way.
Runs on a generated day always, on the recorded Bay Wheels day where WAYSIDE_CAPTURES names the captures.
"""

import os
import tempfile
import unittest
from pathlib import Path

from e2e import counting, generated_day
from line import Line
from line.api import Api
from line.paths import captures
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka

SEED = int(os.environ.get("WAYSIDE_TEST_SEED", "20230517"))
AGENT = "day"


class Day:
    """Where the snapshots come from and what they must give."""

    def __init__(self, replay, information, snapshots):
        self.replay = replay
        self.information = information
        self.snapshots = snapshots
        self.readings = sum(len(objects) for objects in counting.expected_readings(snapshots).values())


def generated(folder):
    print(f"seed {SEED} (WAYSIDE_TEST_SEED takes another)")
    snapshots_folder = Path(folder) / "day"
    snapshots_folder.mkdir()
    made, information = generated_day.write_folder(snapshots_folder, stations=60, count=40, seed=SEED)
    return Day(snapshots_folder, information, made)


def recorded():
    baywheels = captures() / "gbfs" / "baywheels-2023"
    archive = baywheels / "station_status_2023-05-17.tar.xz"
    return Day(archive, baywheels / "station_information.json", counting.snapshots_of_archive(archive))


class RecordedDay(unittest.TestCase):
    maxDiff = 2000

    def replay(self, day, kill=False):
        with Line() as line:
            line.start_broker()
            line.start_kafka()
            line.start_bridge()
            line.start_central()
            sim = line.start_sim("sim", "gbfs", "--listen", "127.0.0.1:0", "--replay", day.replay, "--information",
                                 day.information, "--step", "confirmed", "--ttl", 0)
            self.feed = sim.log_field("ready", "details").removeprefix("gbfs=")
            source = {"name": "feed", "driver": "gbfs", "url": self.feed, "poll_interval_s": 0.05}
            # The ledger's last comparison waits for the agent's next word.
            line.start_agent(AGENT, [source], {"mqtt": {"health_interval_s": 2, "backlog_per_s": 100000}})
            if kill:
                self.kill_each_once(line, len(day.snapshots))
            self.wait_finished(line)
            self.compare(line, day)

    def kill_each_once(self, line, steps):
        for part, name in enumerate((f"agent-{AGENT}", "bridge", "central"), start=1):
            line.api.wait_for(lambda _, at=steps * part // 4: self.status(line)["snapshot"] >= at, "the next snapshot", 120)
            line.process[name].kill()
            line.process[name].start().wait_ready()
            print(f"killed {name} at snapshot {self.status(line)['snapshot']}")

    def status(self, line):
        return Api(self.feed.rsplit("/", 1)[0]).get("/sim/status")

    def wait_finished(self, line):
        line.api.wait_for(lambda _: self.status(line)["finished"], "the last snapshot", 300, watch=line.check)
        self.shift_s = self.status(line)["shift_s"]

    def compare(self, line, day):
        def complete(api):
            ledger = api.ledger()
            epochs = [epoch for agent in ledger["agents"] if agent["agent"] == AGENT for epoch in agent["epochs"]]
            said = sum(epoch["accepted"] for epoch in epochs)
            return ledger if ledger["totals"]["received"] >= day.readings and said >= day.readings else None

        ledger = line.api.wait_for(complete, f"{day.readings} readings in the ledger", 120, watch=line.check)
        totals = ledger["totals"]
        print({key: totals[key] for key in sorted(totals)})
        self.assertEqual(totals["received"], day.readings)
        self.assertEqual(totals["accepted"], day.readings)
        self.assertEqual((totals["missing"], totals["refused"], totals["dropped"]), (0, 0, 0))
        self.assertEqual([station["station_id"] for station in ledger["stations"] if station["missing"]], [])
        line.process["central"].stop()
        found = counting.rows_in_database(line.folder / "data" / "central" / "central.db")
        expected = counting.expected_rows(day.snapshots, self.shift_s)
        self.assertEqual({station: len(rows) for station, rows in found.items()},
                         {station: len(rows) for station, rows in expected.items()})
        self.assertEqual(found, expected)

    def test_a_generated_day_is_in_the_database_exactly_once(self):
        with tempfile.TemporaryDirectory() as folder:
            self.replay(generated(folder))

    def test_a_generated_day_survives_a_kill_of_agent_bridge_and_central(self):
        with tempfile.TemporaryDirectory() as folder:
            self.replay(generated(folder), kill=True)

    if captures():

        def test_the_recorded_day_is_in_the_database_exactly_once(self):
            self.replay(recorded())

        def test_the_recorded_day_survives_a_kill_of_agent_bridge_and_central(self):
            self.replay(recorded(), kill=True)

    else:
        print("captures: WAYSIDE_CAPTURES names no folder, the recorded day is not registered")


if __name__ == "__main__":
    unittest.main(verbosity=2)
