"""Proves that `wayside-central import` brings recorded history into silver, each reading once: GBFS snapshots of all versions and Citi Bike
trips, killed at any point and run again, with what cannot be read counted by reason, and never beside a running central.

What must be there is computed from the same files by Python; silver is read from the database file by other means than central's own.
"""

import csv
import json
import os
import random
import re
import sqlite3
import subprocess
import tarfile
import tempfile
import time
import unittest
from collections import Counter, defaultdict
from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

from central_case import SEED, CentralTestCase
from line import silver, wait_until
from line.paths import captures, program
from line.real_kafka import require_real_kafka

KILLED = -9
BEGIN = 1_684_281_600  # 2023-05-17T00:00:00Z
FLAGS = ("is_installed", "is_renting", "is_returning")
COUNTS = ("num_bikes_available", "num_docks_available", "num_bikes_disabled", "num_docks_disabled", "num_ebikes_available",
          "num_scooters_available", "num_scooters_unavailable")
OLD = "tripduration,starttime,stoptime,start station id,start station name,start station latitude,start station longitude,end station id,end station name,end station latitude,end station longitude,bikeid,usertype,birth year,gender"
NEW = "ride_id,rideable_type,started_at,ended_at,start_station_name,start_station_id,end_station_name,end_station_id,start_lat,start_lng,end_lat,end_lng,member_casual"


def items(values):
    """Values for a set; true is not 1."""
    return frozenset((name, json.dumps(value)) for name, value in values.items())


def reading_of(row):
    """(station, ms, values) of a good row of station_status."""
    values = {name: row[name] for name in COUNTS if name in row} | {name: bool(row[name]) for name in FLAGS if name in row}
    return row["station_id"], row["last_reported"] * 1000, items(values)


def status(rows, at):
    return {"last_updated": at, "ttl": 60, "data": {"stations": rows}}


class Import(unittest.TestCase):
    """Without Kafka: central does not run."""

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="wayside-")))
        self.database = self.folder / "central.db"

    def run_import(self, path, *more, code=0, env=None, settings=("layers.silver_days=0",)):
        command = [program("wayside-central"), "--set", f"database={self.database}"]
        for setting in settings:
            command += ["--set", setting]
        done = subprocess.run([*command, "import", "--from", str(path), *more], env=os.environ | (env or {}), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=600, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def rows(self):
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        try:
            return silver.rows(connection)
        finally:
            connection.close()

    def compare(self, expected):
        """Silver as a set, and as many."""
        found = [(row.station_id, row.observed_at, items(json.loads(row.object()))) for row in self.rows()]
        self.assertEqual(len(found), len(set(found)), "nothing twice")
        self.assertEqual(set(found), set(expected))

    def write_snapshots(self, stations, files, rng):
        """Most stations say the same again, as real ones do. Returns what is to be found."""
        folder = self.folder / "snapshots"
        folder.mkdir()
        expected = set()
        rows = [{"station_id": f"s{n}", "last_reported": BEGIN - n, "num_bikes_available": n % 30, "is_renting": 1, "is_installed": 1,
                 "is_returning": 0, "num_docks_available": 5, "legacy_id": "x"} for n in range(stations)]
        for number in range(files):
            at = BEGIN + 600 * number
            for row in rows:
                if rng.random() < 0.5:
                    row |= {"last_reported": at - rng.randrange(60), "num_bikes_available": rng.randrange(30)}
                expected.add(reading_of(row))
            (folder / f"station_status.{number:04}.json").write_text(json.dumps(status(rows, at)), encoding="utf-8")
        return folder, expected

    def test_snapshots_of_all_versions_and_what_is_wrong_with_them(self):
        folder = self.folder / "captured"
        folder.mkdir()
        good = {"station_id": "a b", "last_reported": BEGIN, "num_bikes_available": 3, "is_renting": 1, "is_installed": 0, "is_returning": True}
        rows = [good, {**good, "station_id": "c", "num_ebikes_available": 2, "odd": [1]}, {"last_reported": BEGIN},
                {**good, "station_id": "never", "last_reported": 86400}, {**good, "station_id": "ahead", "last_reported": BEGIN + 4000},
                {**good, "station_id": "text", "num_bikes_available": "many"}, {**good, "station_id": "less", "num_bikes_available": -4},
                {**good, "station_id": "x" * 65}, 7]
        (folder / "station_status.1.json").write_text(json.dumps(status(rows, BEGIN + 60)), encoding="utf-8")
        (folder / "station_status.2.json").write_text('{"last_updated": 1684', encoding="utf-8")
        (folder / "station_status.3.json").write_text(json.dumps(status(rows[:1], BEGIN + 120)), encoding="utf-8")
        (folder / "station_status.4.json").write_text(json.dumps(status([{
            "station_id": "new", "last_reported": "2023-05-17T02:00:00+02:00", "num_vehicles_available": 6, "num_docks_available": 1,
            "is_renting": True}], "2023-05-17T00:05:00Z")), encoding="utf-8")
        (self.folder / "information.json").write_text(json.dumps({"data": {"stations": [
            {"station_id": "a b", "name": "Corner", "lat": 41.5, "lon": -87.5, "capacity": 20},
            {"station_id": "new", "name": [{"text": "Neu", "language": "de"}], "lat": 1, "lon": 2}]}}), encoding="utf-8")
        said = self.run_import(folder, "--stations", self.folder / "information.json", "--prefix", "sf:")
        values = {"num_bikes_available": 3, "is_renting": True, "is_installed": False, "is_returning": True}
        self.compare({("sf:a%20b", BEGIN * 1000, items(values)), ("sf:c", BEGIN * 1000, items({**values, "num_ebikes_available": 2})),
                      ("sf:new", BEGIN * 1000, items({"num_bikes_available": 6, "num_docks_available": 1, "is_renting": True}))})
        self.assertIn("Imported 3 readings of 12 in", said)
        self.assertIn("1 were known already", said)
        self.assertEqual(dict(re.findall(r"Refused, (\w+): (\d+)", said)),
                         {"bad_json": "1", "bad_type": "1", "missing_field": "2", "out_of_range": "2", "bad_time": "1", "future_time": "1"})
        connection = sqlite3.connect(self.database)
        self.addCleanup(connection.close)
        info = {station: json.loads(text or "null") for station, text in connection.execute("SELECT station_id, info FROM station")}
        self.assertEqual(info["sf:a%20b"], {"kind": "bike", "name": "Corner", "lat": 41.5, "lon": -87.5, "capacity": 20})
        self.assertEqual((info["sf:new"]["name"], info["sf:c"]), ("Neu", None))
        self.assertEqual(connection.execute("SELECT count(*) FROM open_day").fetchone(), (0,), "days are closed")

    def test_killed_anywhere_and_run_again_nothing_is_missing_or_twice(self):
        print(f"seed {SEED}")
        folder, expected = self.write_snapshots(700, 80, random.Random(SEED))
        self.assertGreater(len(expected), 25_000, "more than one transaction")
        for fault in ("before_import_commit:1", "after_import_commit:1", "before_import_commit:2", "before_close_commit:3"):
            self.run_import(folder, env={"WAYSIDE_FAULT": fault}, code=KILLED)
        said = self.run_import(folder)
        self.compare(expected)
        self.assertIn("Imported 0 readings", said, "all was there before the days were closed")
        self.assertIn("Imported 0 readings", self.run_import(folder))
        self.compare(expected)

    def test_old_history_says_that_it_goes_by_age(self):
        folder, expected = self.write_snapshots(5, 3, random.Random(SEED))
        said = self.run_import(folder, settings=())
        self.assertIn(f"{len(expected)} are older than layers.silver_days", said)
        self.compare(expected)

    def test_what_cannot_be_done_is_said(self):
        self.assertIn("--from: ", self.run_import(self.folder / "none", code=1))
        self.assertIn("--from: ", self.run_import(self.folder / "none.csv", code=1))
        (self.folder / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
        self.assertIn("no trip history", self.run_import(self.folder / "other.csv", code=1))
        self.assertIn("--timezone: is none", self.run_import(self.folder / "other.csv", "--timezone", "Mars/Olympus", code=1))
        self.assertIn("keeps no history", self.run_import(self.folder, code=1, settings=("keep_readings=false",)))

    # ---- trips ----

    def expected_trips(self, path, zone=timezone.utc):
        """Silver as the file makes it: after each moment with a ride the dock's bikes, the fewest being none."""
        moves = defaultdict(Counter)
        rides = without_end = 0

        def ms(text):
            return round(datetime.fromisoformat(text[:23]).replace(tzinfo=zone).timestamp() * 1000)

        with open(path, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                start, start_id = row.get("starttime") or row.get("started_at"), row.get("start station id") or row.get("start_station_id")
                end, end_id = row.get("stoptime") or row.get("ended_at"), row.get("end station id") or row.get("end_station_id")
                if not start or not start_id or None in row.values() or (end and end < start):
                    continue
                rides += 1
                moves[start_id][ms(start), 1] -= 1
                if end and end_id:
                    moves[end_id][ms(end), 0] += 1
                else:
                    without_end += 1
        expected = set()
        for dock, steps in moves.items():
            level, levels = 0, [0]
            for _, step in sorted(steps.items()):
                levels.append(levels[-1] + step)
            level, after = -min(levels), {}
            for (at, _), step in sorted(steps.items()):
                level += step
                after[at] = level
            expected |= {(dock, at, items({"num_bikes_available": level})) for at, level in after.items()}
        return expected, rides, without_end

    def import_trips(self, path, *more, zone=timezone.utc, again=True):
        expected, rides, without_end = self.expected_trips(path, zone)
        said = self.run_import(path, *more)
        self.compare(expected)
        self.assertIn(f"{rides} rides, {without_end} of them without an end", said)
        if again:
            self.assertIn("Imported 0 readings", self.run_import(path, *more))
            self.compare(expected)
        return said

    def test_trips_of_both_generations_of_columns(self):
        path = self.folder / "old.CSV"
        path.write_text(OLD + "\n" + "".join(
            f'300,"2020-03-0{1 + n % 3} 0{n % 9}:{n % 60:02}:07.{n:03}0","2020-03-0{1 + n % 3} 1{n % 9}:00:36.0880",D{n % 5},"Dock",40.7,-74,D{n % 4},"Dock",40.7,-74,1,S,1990,1\n'
            for n in range(300)) + "cut,off\n", encoding="utf-8")
        said = self.import_trips(path, "--timezone", "America/New_York", zone=ZoneInfo("America/New_York"))
        self.assertIn("Damaged rows, fields: 1", said)
        self.database = self.folder / "other.db"
        path = self.folder / "new.csv"
        path.write_text(NEW + "\n" + "".join(
            f"R{n},classic,2021-02-03 08:{n // 60:02}:{n % 60:02},{'2021-02-03 09:00:00' if n % 7 else ''},Dock,D{n % 5},{'Dock,E' if n % 7 else ','},40.7,-74,40.8,-74,m\n"
            for n in range(300)), encoding="utf-8")
        self.import_trips(path)

    if captures():

        def test_a_day_of_bay_wheels(self):
            self.import_archive("station_status_2023-05-17.tar.xz")

        def test_two_months_of_jersey_city(self):
            self.import_trips(captures() / "trips" / "JC-202003-citibike-tripdata.old-schema.csv", again=False)
            self.database = self.folder / "other.db"
            said = self.import_trips(captures() / "trips" / "JC-202102-citibike-tripdata.new-schema.csv")
            self.assertIn("Damaged rows, backwards: 4", said)

        def import_archive(self, name):
            path = captures() / "gbfs" / "baywheels-2023" / name
            expected, repeated = set(), 0
            with tarfile.open(path) as archive:
                for member in archive:
                    if member.isfile():
                        found = [reading_of(row) for row in json.load(archive.extractfile(member))["data"]["stations"]
                                 if row.get("last_reported", 0) > 946_684_800]
                        repeated += len(found)
                        expected.update(found)
            began = time.monotonic()
            said = self.run_import(path, "--stations", path.with_name("station_information.json"))
            print(said.strip().replace("\n", " "), f"({time.monotonic() - began:.1f} s in all)")
            self.compare(expected)
            self.assertIn(f"; {repeated - len(expected)} were known already", said)

    else:
        print("captures: WAYSIDE_CAPTURES names no folder, imports of recorded feeds and trips are not registered")


class ImportedHistory(CentralTestCase):
    """What a central that is started afterwards makes of it."""

    @classmethod
    def setUpClass(cls):
        require_real_kafka()

    def test_a_running_central_keeps_the_import_out_and_shows_it_afterwards(self):
        path = self.line.folder / "trips.csv"
        day = datetime.now(timezone.utc).date().fromordinal(datetime.now(timezone.utc).date().toordinal() - 2).isoformat()
        path.write_text(NEW + "\n" + "".join(
            f"R{n},classic,{day} {n % 20:02}:{n // 20:02}:00,{day} {n % 20:02}:{n // 20:02}:30,Dock A,A,Dock B,B,41.5,-87.5,41.6,-87.5,m\n"
            for n in range(240)), encoding="utf-8")
        command = [program("wayside-central"), "--config", str(self.line.folder / "config" / "central.toml"), "import", "--from", str(path)]
        self.start_central()
        refused = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("another wayside-central has it open", refused.stderr)
        self.central.stop()
        subprocess.run(command, check=True, timeout=60, stdout=subprocess.DEVNULL)
        self.start_central()
        row = self.station("A")
        self.assertEqual((row["name"], row["lat"], row["state"]), ("Dock A", 41.5, "never"), "history is not the present")
        readings = self.api.readings("A", "bike_status")
        self.assertEqual([reading["values"] for reading in readings], [{"num_bikes_available": 239 - n} for n in range(240)])
        for station, taken, returned in (("A", 239, 0), ("B", 0, 239)):
            gold, = wait_until(lambda: self.api.pages(f"/api/v1/stations/{station}/aggregates", "aggregates", stream="bike_status", resolution="day"), "gold")
            self.assertEqual((gold["bikes_taken_min"], gold["bikes_returned_min"], gold["readings"]), (taken, returned, 240))


if __name__ == "__main__":
    unittest.main(verbosity=2)
