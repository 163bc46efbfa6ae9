"""Proves that a whole system is honest about age: Chicago's Divvy with 1,886 stations, where 384 have a status, 181 of
those from months ago (the system this data comes from draws all of them as live).

The real line with real processes; what each station must be is worked out here from the files alone. Needs the captures;
without them the same runs on a generated system of the same make.
"""

import json
import os
import random
import subprocess
import tempfile
import unittest
from collections import Counter
from pathlib import Path

from line import Line
from line.paths import REPO, captures, system_program
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka

REPORT_INTERVAL_S = 300  # the gbfs source's default: late after 2, silent after 5
STATUS_FIELDS = ("station_id", "num_bikes_available", "num_docks_available", "num_bikes_disabled", "num_docks_disabled",
                 "num_ebikes_available", "num_scooters_available", "num_scooters_unavailable", "is_installed", "is_renting",
                 "is_returning", "last_reported", "vehicle_types_available")
SEED = int(os.environ.get("WAYSIDE_TEST_SEED", "1886"))


def divvy():
    """(station_information document, status objects) of the capture."""
    folder = captures() / "gbfs" / "divvy-2025"
    information = json.loads((folder / "station_information.v2.3.json").read_text(encoding="utf-8"))
    rows = json.loads((folder / "station_status_updated.enriched.json").read_text(encoding="utf-8"))
    return information, [{key: row[key] for key in STATUS_FIELDS if key in row} for row in rows]


def generated():
    """A system of the same make: a tenth have a status, half of it months old."""
    rng = random.Random(SEED)
    print(f"seed {SEED}")
    now = 1759440000
    stations = [{"station_id": f"g-{n}", "name": f"Generated {n}", "lat": 40 + rng.random() / 5, "lon": -70 - rng.random() / 5,
                 "capacity": 15} for n in range(300)]
    status = [{"station_id": f"g-{n}", "num_bikes_available": n % 15, "num_docks_available": 14 - n % 15, "is_installed": 1,
               "is_renting": 1, "is_returning": 1,
               "last_reported": now - (rng.randrange(100) if n % 2 else 86400 * rng.randrange(90, 110))} for n in range(60)]
    information = {"last_updated": now, "ttl": 60, "version": "2.3", "data": {"stations": stations}}
    return information, status


def expected_state(reported, newest):
    """By DESIGN section 6; the newest station has reported "now". None: too near a border to say."""
    age = newest - reported
    borders = (2 * REPORT_INTERVAL_S, 5 * REPORT_INTERVAL_S)
    if any(border - 240 < age <= border for border in borders):
        return None
    return "live" if age <= borders[0] else "late" if age <= borders[1] else "silent"


class Divvy(unittest.TestCase):
    def show(self, information, status):
        newest = max(row["last_reported"] for row in status)
        reported = {row["station_id"]: row["last_reported"] for row in status}
        ids = [station["station_id"] for station in information["data"]["stations"]]
        with tempfile.TemporaryDirectory() as folder, Line() as line:
            (Path(folder) / "station_information.json").write_text(json.dumps(information), encoding="utf-8")
            feed = {"last_updated": newest, "ttl": 60, "version": "2.3", "data": {"stations": status}}
            (Path(folder) / "station_status.json").write_text(json.dumps(feed), encoding="utf-8")
            rows = self.run_line(line, folder, len(ids), len(status))
            self.assertEqual(sorted(row["station_id"] for row in rows), sorted(ids))
            wrong = []
            for row in rows:
                expected = expected_state(reported[row["station_id"]], newest) if row["station_id"] in reported else "never"
                if expected is not None and row["state"] != expected:
                    wrong.append((row["station_id"], row["state"], expected))
                self.assertIsNotNone(row["lat"])
            print(Counter(row["state"] for row in rows))
            self.assertEqual(wrong, [])
            self.on_the_page(line, rows)

    def run_line(self, line, folder, stations, with_status):
        line.start_broker()
        line.start_kafka()
        line.start_bridge()
        line.start_central()
        sim = line.start_sim("sim", "gbfs", "--listen", "127.0.0.1:0", "--folder", folder, "--shift-to-now")
        url = sim.log_field("ready", "details").removeprefix("gbfs=")
        line.start_agent("divvy", [{"name": "feed", "driver": "gbfs", "url": url}])

        def complete(api):
            rows = api.stations()
            spoken = sum(1 for row in rows if row["observed_at"])
            return rows if len(rows) == stations and spoken == with_status else None

        return line.api.wait_for(complete, f"{stations} stations, {with_status} with a status", 120, pause_s=0.5, watch=line.check)

    def on_the_page(self, line, rows):
        """The page in real Chromium counts the same states."""
        script = REPO / "tests" / "browser" / "count_states.mjs"
        answer = subprocess.run([system_program("node"), script, line.api.base_url, str(len(rows)), "60000"],
                                capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(answer.returncode, 0, answer.stderr + answer.stdout)
        on_page = json.loads(answer.stdout.splitlines()[-1])
        by_state = Counter(row["state"] for row in rows)
        for state in ("silent", "never"):
            self.assertEqual(on_page["states"].get(state, 0), by_state[state], state)
        self.assertEqual(sum(on_page["states"].values()), len(rows))

    def test_a_generated_system_is_drawn_by_its_age(self):
        self.show(*generated())

    if captures():

        def test_divvy_is_drawn_by_its_age(self):
            information, status = divvy()
            self.assertEqual((len(information["data"]["stations"]), len(status)), (1886, 384))
            self.show(information, status)

    else:
        print("captures: WAYSIDE_CAPTURES names no folder, Divvy is not registered")


if __name__ == "__main__":
    unittest.main(verbosity=2)
