"""Proves that trip history goes through the whole line: wayside-sim trips -> GBFS -> agent -> mosquitto -> bridge -> Kafka -> central.

The bikes of each dock at the end must be what an independent count over the file gives: as many as it needs in the beginning,
less those that left, plus those that came. Rows without an end and damaged rows are counted by the program as they are here.
Runs on hand-written files of both generations of columns always, on the real ones where WAYSIDE_CAPTURES names the captures;
one of them over http, as from a bucket.
"""

import csv
import functools
import http.server
import os
import random
import tempfile
import threading
import unittest
from collections import defaultdict
from pathlib import Path

from line import Line, wait_until
from line.api import Api
from line.paths import captures
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka

SEED = int(os.environ.get("WAYSIDE_TEST_SEED", "20200301"))
OLD = ["tripduration", "starttime", "stoptime", "start station id", "start station name", "start station latitude",
       "start station longitude", "end station id", "end station name", "end station latitude", "end station longitude", "bikeid",
       "usertype", "birth year", "gender"]
NEW = ["ride_id", "rideable_type", "started_at", "ended_at", "start_station_name", "start_station_id", "end_station_name",
       "end_station_id", "start_lat", "start_lng", "end_lat", "end_lng", "member_casual"]


def count(path):
    """({dock: bikes at the end}, rides, rows without an end, span in seconds), from the file alone."""
    moves, rides, without_end = [], 0, 0
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            start, start_id = row.get("starttime") or row.get("started_at"), row.get("start station id") or row.get("start_station_id")
            end, end_id = row.get("stoptime") or row.get("ended_at"), row.get("end station id") or row.get("end_station_id")
            if not start or not start_id or None in row.values() or (end and end < start):
                continue
            rides += 1
            moves.append((start[:23], 1, start_id, -1))
            if end and end_id:
                moves.append((end[:23], 0, end_id, +1))
            else:
                without_end += 1
    level, lowest = defaultdict(int), defaultdict(int)
    for _, _, dock, step in sorted(moves, key=lambda move: (move[0].ljust(23, "0"), move[1])):
        level[dock] += step
        lowest[dock] = min(lowest[dock], level[dock])
    return {dock: bikes - lowest[dock] for dock, bikes in level.items()}, rides, without_end


def write_sample(path, names, seed):
    """A day of rides between six docks, some without an end, one damaged row."""
    print(f"seed {seed} (WAYSIDE_TEST_SEED takes another)")
    rng = random.Random(seed)
    with open(path, "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC if names is OLD else csv.QUOTE_MINIMAL)
        rows.writerow(names)
        for ride in range(400):
            begin = rng.randrange(80_000)
            start, end = rng.randrange(6), rng.randrange(6)
            when = lambda second: f"2020-03-0{1 + second // 86400} {second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}"
            times = [when(begin), when(begin + rng.randrange(60, 4000))]
            places = [(f"D{n}", f"Dock {n}", 40.7 + n / 100, -74 + n / 100) for n in (start, end)]
            if names is NEW and ride % 40 == 7:
                places[1], times[1] = ("", "", "", ""), times[1] if ride % 80 == 7 else ""
            (s_id, s_name, s_lat, s_lon), (e_id, e_name, e_lat, e_lon) = places
            rows.writerow([60, *times, s_id, s_name, s_lat, s_lon, e_id, e_name, e_lat, e_lon, 1, "Subscriber", 1992, 1] if names is OLD else
                          [f"R{ride}", "classic", *times, s_name, s_id, e_name, e_id, s_lat, s_lon, e_lat, e_lon, "member"])
        file.write("cut off,in the mid\n")
    return path


class Trips(unittest.TestCase):
    def replay(self, path, source=None, damaged=None, speed=20_000):
        expected, rides, without_end = count(path)
        with Line() as line:
            line.start_broker()
            line.start_kafka()
            line.start_bridge()
            line.start_central()
            sim = line.start_sim("trips", "trips", source or path, "--listen", "127.0.0.1:0", "--speed", speed, "--ttl", 0)
            feed = sim.log_field("ready", "details").removeprefix("gbfs=")
            line.start_agent("trips", [{"name": "docks", "driver": "gbfs", "url": feed, "poll_interval_s": 0.2}],
                             {"mqtt": {"health_interval_s": 2}})
            status = lambda: Api(feed.rsplit("/", 1)[0]).get("/sim/status")
            wait_until(lambda: status()["finished"], "the last ride", 240, watch=line.check)
            said = status()
            self.assertEqual((said["rides"], said["departed"], said["arrived"], said["without_end"]),
                             (rides, rides, rides - without_end, without_end))
            self.assertEqual(said.get("damaged"), damaged)
            found = lambda: {row["station_id"]: row["streams"]["bike_status"]["values"]["num_bikes_available"]
                             for row in line.api.stations(kind="bike") if row["streams"]["bike_status"].get("values")}
            try:
                wait_until(lambda: found() == expected, "the docks as the file leaves them", 60, watch=line.check)
            finally:
                self.assertEqual(found(), expected)
            self.assertEqual(line.api.ledger()["totals"]["missing"], 0)
            print(f"{rides} rides, {without_end} without an end, {len(expected)} docks, {sum(expected.values())} bikes at the end")

    def sample(self, names):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        return write_sample(folder / "trips.csv", names, SEED)

    def test_the_old_columns_leave_the_docks_as_the_file_does(self):
        self.replay(self.sample(OLD), damaged={"fields": 1})

    def test_the_new_columns_leave_the_docks_as_the_file_does_over_http(self):
        path = self.sample(NEW)
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=path.parent)
        server = self.enterContext(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        self.replay(path, f"http://127.0.0.1:{server.server_port}/trips.csv", damaged={"fields": 1})

    if captures():

        def test_march_2020_leaves_the_docks_as_the_file_does(self):
            self.replay(captures() / "trips" / "JC-202003-citibike-tripdata.old-schema.csv", speed=100_000)

        def test_february_2021_leaves_the_docks_as_the_file_does(self):
            self.replay(captures() / "trips" / "JC-202102-citibike-tripdata.new-schema.csv", damaged={"backwards": 4}, speed=100_000)

    else:
        print("captures: WAYSIDE_CAPTURES names no folder, the real trip files are not registered")


if __name__ == "__main__":
    unittest.main(verbosity=2)
