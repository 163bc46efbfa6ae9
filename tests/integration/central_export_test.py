"""Proves that `wayside-central export` brings history out whole and once: into a folder and into an S3-compatible store that verifies
signatures, killed at any point and run again, after late readings, and with memory that does not grow with it.

The files are read by Python's gzip, json and csv, and compared with the API.
"""

import csv
import gzip
import io
import json
import os
import sqlite3
import subprocess
import unittest
from datetime import datetime, timedelta, timezone

from central_case import CentralTestCase, info, reading
from line import wait_until
from line.paths import program
from line.real_kafka import require_real_kafka
from line.s3_store import S3Store, require_s3_store

TODAY = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
DAYS = [(TODAY - timedelta(days=age)).strftime("%Y-%m-%d") for age in (3, 2, 1)]
SINCE, UNTIL = DAYS[0], TODAY.strftime("%Y-%m-%d")
KILLED = -9


def setUpModule():
    require_real_kafka()
    require_s3_store()


def at(day, minute):
    return (datetime.fromisoformat(DAYS[day] + "T00:00:00+00:00") + timedelta(minutes=minute)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def lines_of(path):
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return file.read().split("\n")[:-1]


class Export(CentralTestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.line.folder / "exported"

    def fill(self):
        """Three closed days of two stations, and readings of the last one that came after its closing."""
        self.start_central(layers={"close_after_minutes": 0})
        self.produce("station-information", [("b:1", info('Odd, "quoted"')), ("w1", {**info(), "kind": "weather"})])
        self.readings(*(reading("b:1", day * 100 + n + 1, {"num_bikes_available": n % 7, "odd": [1, 'a,"b']}, observed_at=at(day, 60 * n))
                        for day in range(3) for n in range(24)))
        self.readings(*(reading("w1", day * 100 + n + 1, {"air_temperature_C": 8.25 if n else 60.5}, stream="weather", observed_at=at(day, 60 * n))
                        for day in range(3) for n in range(24)), topic="weather")
        database = self.database()
        self.wait_stored(144)
        wait_until(lambda: database.execute("SELECT count(*) FROM open_day").fetchone()[0] == 0, "all days to be closed")
        self.readings(reading("b:1", None, {"num_bikes_available": 3}, observed_at=at(2, 61)), reading("b:1", 999, {}, observed_at=at(2, 62)))
        self.wait_stored(146)

    def command(self, to=None, form="ndjson.gz", since=SINCE, until=UNTIL):
        return [program("wayside-central"), "--config", str(self.line.folder / "config" / "central.toml"), "export", "--since", since,
                "--until", until, "--format", form, "--to", str(to or self.folder)]

    def export(self, *arguments, env=None, code=0, **options):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        done = subprocess.run(self.command(*arguments, **options), env=clean | (env or {}), stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertNotIn(S3Store.SECRET, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def files(self):
        return {str(path.relative_to(self.folder)): path for path in self.folder.rglob("*") if path.is_file()}

    def compare(self, files):
        """Each file holds what the API says of its stream's day: as sets, and as many."""
        expected = {}
        for station in ("b:1", "w1"):
            text = self.api.get_bytes(f"/api/v1/stations/{station}/readings", format="ndjson", since=at(0, 0), until=UNTIL + "T00:00:00Z")[2]
            for line in text.decode().splitlines():
                row = json.loads(line)
                expected.setdefault(f"stream={row['stream']}/date={row['observed_at'][:10]}/part-0.ndjson.gz", []).append(line)
        self.assertEqual(len(expected), 6)
        self.assertEqual({name: sorted(lines_of(path)) for name, path in files.items()},
                         {name: sorted(lines) for name, lines in expected.items()})

    def test_files_hold_what_the_api_says_and_are_written_again_only_when_they_have_more(self):
        self.fill()
        said = self.export()
        self.assertIn("Exported 146 readings into 6 files", said)
        self.compare(self.files())
        before = {name: path.stat().st_ino for name, path in self.files().items()}
        self.assertIn("Exported 0 readings into 0 files", self.export())
        self.assertEqual({name: path.stat().st_ino for name, path in self.files().items()}, before)

        # A late reading of the first day: that day again, and the next day too, whose flags look back.
        self.readings(reading("b:1", 50, {"num_bikes_available": 9}, observed_at=at(0, 5)))
        self.readings(reading("w1", 50, {"air_temperature_C": 8.25}, stream="weather", observed_at=at(0, 5)), topic="weather")
        self.wait_stored(148)
        self.assertIn("into 4 files", self.export())
        self.compare(self.files())
        changed = {name for name, path in self.files().items() if path.stat().st_ino != before[name]}
        self.assertEqual(changed, {f"stream={stream}/date={DAYS[day]}/part-0.ndjson.gz" for stream, day in
                                   (("bike_status", 0), ("bike_status", 1), ("weather", 0), ("weather", 1))})

        # History goes by age; what was exported stays.
        self.central.stop()
        database = sqlite3.connect(self.line.folder / "data" / "central" / "central.db")
        with database:
            database.execute("DELETE FROM reading_block")
        database.close()
        kept = {name: path.read_bytes() for name, path in self.files().items()}
        self.export(since="1971-01-01", until="1971-01-03")
        said = self.export()
        self.assertIn("into 0 files", said)
        self.assertIn("have more readings than history has now", said)
        self.assertEqual({name: path.read_bytes() for name, path in self.files().items()}, kept)

    def test_csv_has_the_rows_of_the_api(self):
        self.fill()
        self.export(form="csv.gz")
        for stream, station in (("bike_status", "b:1"), ("weather", "w1")):
            text = self.api.get_bytes(f"/api/v1/stations/{station}/readings", format="csv", stream=stream, since=at(0, 0), until=UNTIL + "T00:00:00Z")[2]
            expected = list(csv.DictReader(io.StringIO(text.decode(), newline="")))
            found = []
            for day in DAYS:
                with gzip.open(self.folder / f"stream={stream}" / f"date={day}" / "part-0.csv.gz", "rt", encoding="utf-8", newline="") as file:
                    found += csv.DictReader(file)
            self.assertEqual(found, expected)
            self.assertGreater(len(found), 70)

    def test_killed_anywhere_and_run_again_nothing_is_missing_or_twice(self):
        self.fill()
        for fault in ("export_writing:1", "before_export_complete:1", "export_writing:2", "before_export_complete:2", "after_export_complete:1"):
            self.export(env={"WAYSIDE_FAULT": fault}, code=KILLED)
            for path in self.folder.rglob("part-*"):
                self.assertGreater(len(lines_of(path)), 0, "a file that has its name is whole")
        self.assertEqual(len(list(self.folder.rglob("part-*"))), 3)
        self.export()
        self.compare(self.files())

    def test_what_cannot_be_done_is_said(self):
        self.fill()
        for wrong, said in (({"since": "yesterday"}, "--since: is no date"), ({"until": SINCE}, "--until: is not behind --since"),
                            ({"form": "parquet"}, "--format: is none")):
            self.assertIn(said, self.export(code=2, **wrong))
        self.assertIn("no bucket", self.export("s3://", code=1))
        self.assertIn("no credentials", self.export("s3://bucket/here", code=1))
        self.assertIn("--to: ", self.export("/proc/nowhere", code=1))
        foreign = self.folder / "stream=bike_status" / f"date={DAYS[0]}" / "part-0.ndjson.gz"
        foreign.parent.mkdir(parents=True)
        foreign.write_text("mine")
        self.assertIn("is no export of ours", self.export(code=1))
        self.assertEqual(foreign.read_text(), "mine")

    def test_a_store_gets_the_same_bytes(self):
        store = S3Store(self.line.folder / "data" / "s3", self.line.log_path("s3"))
        self.line.process["s3"] = store.process
        self.fill()
        store.make_bucket("history")
        to = "s3://history/wayside/raw=1"
        # It is not there yet: tried again until it is.
        waiting = subprocess.Popen(self.command(to), env=os.environ | store.environment(), stdin=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(waiting.kill)
        self.assertIn("transfer_retried", waiting.stderr.readline())
        store.process.start().wait_ready()
        said = waiting.communicate(timeout=60)
        self.assertEqual(waiting.returncode, 0, said)
        self.assertIn("into 6 files", said[0])
        objects = {name.removeprefix("wayside/raw=1/"): path for name, path in store.objects("history").items()}
        self.compare(objects)
        self.export()
        self.assertEqual({name: path.read_bytes() for name, path in objects.items()}, {name: path.read_bytes() for name, path in self.files().items()})
        self.assertIn("6 files were complete already", self.export(to, env=store.environment()))

        for fault in ("export_writing:1", "before_export_complete:1", "after_export_complete:2"):
            self.export("s3://history/again", env=store.environment(WAYSIDE_FAULT=fault), code=KILLED)
        self.export("s3://history/again/", env=store.environment())
        self.compare({name.removeprefix("again/"): path for name, path in store.objects("history").items() if name.startswith("again/")})

        wrong = self.export(to, env=store.environment(AWS_SECRET_ACCESS_KEY="another"), code=1)
        self.assertIn("HTTP 403 SignatureDoesNotMatch", wrong)
        self.assertIn("AWS_SECRET_ACCESS_KEY", wrong)
        self.assertIn("NoSuchBucket", self.export("s3://nowhere/x", env=store.environment(), code=1))

    def test_memory_does_not_grow_with_the_export(self):
        self.start_central()
        memory, count = [], 0
        for day, wanted in ((0, 2000), (1, 60_000)):
            for first in range(count, count + wanted, 20_000):
                self.readings(*(reading("b:1", seq + 1, {"num_bikes_available": seq % 40}, observed_at=at(day, (seq - count) / 42))
                                for seq in range(first, min(first + 20_000, count + wanted))))
            count += wanted
            wait_until(lambda: self.api.get("/api/v1/ledger")["totals"]["received"] >= count, "all readings", 120)
            # The sanitizer keeps freed memory back, which is not what is measured.
            child = subprocess.Popen(self.command(since=DAYS[day], until=DAYS[day + 1]), env=os.environ | {"ASAN_OPTIONS": "quarantine_size_mb=1"})
            _, code, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(code)
            self.assertEqual(child.returncode, 0)
            memory.append(used.ru_maxrss)
        self.assertEqual(len(lines_of(self.folder / "stream=bike_status" / f"date={DAYS[1]}" / "part-0.ndjson.gz")), 60_000)
        print(f"peak memory: {memory[0]} kB for 2,000 readings, {memory[1]} kB for 60,000")
        self.assertLess(memory[1] - memory[0], 8 * 1024)


if __name__ == "__main__":
    unittest.main()
