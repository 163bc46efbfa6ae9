"""Proves that `./wayside up` starts a line that answers, stops cleanly on Ctrl-C, and keeps its data for the next start.

Runs the module behind `./wayside up` with the programs of this build, on whatever ports are free, in a temporary folder.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

from line.api import Api
from line.paths import program
from line.waiting import wait_until

START_TIMEOUT_S = 60
SECOND_START_MAX_S = 10  # the aim, for release programs
SANITIZED_TIMES = 6  # sanitizers and a shared machine


class Run:
    """One `up`, from its start to its end."""

    def __init__(self, data, *options):
        self.output_path = Path(data).parent / "up.out"
        self.output = open(self.output_path, "w", encoding="utf-8")
        began = time.monotonic()
        command = [sys.executable, "-m", "up", "--data", str(data), *options]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.output, stderr=self.output,
                                        start_new_session=True)
        address = wait_until(lambda: re.search(r"Map:\s+(\S+)", self.text()), f"up's map address:\n{self.text()}", START_TIMEOUT_S,
                             watch=self.check)
        self.started_in_s = time.monotonic() - began
        self.api = Api(address.group(1))

    def text(self):
        return self.output_path.read_text(encoding="utf-8")

    def check(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"up ended with {self.process.returncode}:\n{self.text()}")

    def children(self):
        """Process ids that up has started."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text(encoding="ascii").split()]

    def stop(self, signum=signal.SIGINT):
        os.kill(self.process.pid, signum)
        code = self.process.wait(60)
        self.output.close()
        return code

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.output.close()


def write_feed(folder, names):
    """A GBFS folder as a system publishes it, recorded long ago."""
    long_ago = 1684281600
    stations = [{"station_id": str(n), "name": name, "lat": 41.5, "lon": -36.4 + n / 1000, "capacity": 9}
                for n, name in enumerate(names)]
    status = [{"station_id": row["station_id"], "num_bikes_available": 4, "num_docks_available": 5, "is_installed": True,
               "is_renting": True, "is_returning": True, "last_reported": long_ago} for row in stations]
    for name, rows in (("station_information", stations), ("station_status", status)):
        document = {"last_updated": long_ago, "ttl": 5, "version": "2.3", "data": {"stations": rows}}
        (folder / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")


def sanitized():
    """Whether the programs of this build carry a sanitizer."""
    bytes_of_program = Path(program("wayside-central")).read_bytes()
    return b"__asan_init" in bytes_of_program or b"__tsan_init" in bytes_of_program


def alive(pids):
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


class Up(unittest.TestCase):
    def setUp(self):
        self.data = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="wayside-up-"))) / "data"

    def start(self, *options):
        run = Run(self.data, "--stations", "10", *options)
        self.addCleanup(run.kill)
        return run

    def test_serves_map_and_api_stops_cleanly_and_keeps_the_data(self):
        first = self.start()
        status, headers, page = first.api.get_bytes("/")
        self.assertEqual(status, 200)
        self.assertIn("text/html", headers["Content-Type"])
        self.assertIn(b"<html", page)
        first.api.wait_for(lambda api: {"bike", "weather", "rail"} <= {row["kind"] for row in api.stations(state="live")},
                           "live bike, weather and rail stations", START_TIMEOUT_S, watch=first.check)
        self.assertIn("outside the guarantee", first.text())
        asked = urllib.request.Request(first.api.base_url + "/api/v1/quarantine/replay?reason=not_owner", data=b"", method="POST",
                                       headers={"X-Wayside-Operator": "1"})
        with urllib.request.urlopen(asked, timeout=10) as answer:  # the demo on this machine may be operated
            self.assertEqual(answer.status, 200)
        station = first.api.stations(state="live", kind="bike")[0]["station_id"]
        before = first.api.readings(station, "bike_status")
        children = first.children()
        self.assertGreaterEqual(len(children), 9)  # broker, Kafka, central, bridge, city, railway, three agents
        self.assertEqual(first.stop(), 0, first.text())
        self.assertEqual(alive(children), [])

        second = self.start()
        self.assertLess(second.started_in_s, SECOND_START_MAX_S * (SANITIZED_TIMES if sanitized() else 1))
        kept = second.api.readings(station, "bike_status")
        self.assertEqual([reading["observed_at"] for reading in kept[:len(before)]] if kept else [],
                         [reading["observed_at"] for reading in before])
        missing = second.api.ledger()["totals"]["missing"]
        self.assertEqual(missing, 0, "readings lost over a clean stop")
        os.kill(second.process.pid, signal.SIGINT)  # twice at once, as a terminal and `timeout` do
        self.assertEqual(second.stop(signal.SIGTERM), 0, second.text())
        self.assertNotIn("Killing", second.text())

    def test_a_folder_with_a_feed_takes_the_place_of_the_city(self):
        folder = self.data.parent / "feed"
        folder.mkdir()
        write_feed(folder, ["Quay", "Market", "Mill"])
        run = self.start("--gbfs", str(folder))
        # Recorded long ago, shown as if its newest station had just reported.
        rows = run.api.wait_for(lambda api: len(api.stations(state="live")) == 3 and api.stations(), "three live stations",
                                watch=run.check)
        self.assertEqual(sorted(row["name"] for row in rows), ["Market", "Mill", "Quay"])
        self.assertEqual(run.stop(), 0, run.text())

    def test_a_part_that_dies_is_named_and_started_again(self):
        run = self.start()
        bridge = next(pid for pid in run.children()
                      if "wayside-bridge" in Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8"))
        os.kill(bridge, signal.SIGKILL)
        wait_until(lambda: "bridge started again" in run.text(), "a new bridge", 30, watch=run.check)
        self.assertIn("bridge has ended (exit -9)", run.text())
        self.assertEqual(run.stop(), 0, run.text())

    def test_a_second_up_on_the_same_data_is_refused(self):
        run = self.start()
        other = subprocess.run([sys.executable, "-m", "up", "--data", str(self.data)], capture_output=True, text=True, timeout=60,
                               check=False)
        self.assertEqual(other.returncode, 1)
        self.assertIn("in use by another", other.stderr)
        self.assertEqual(run.stop(), 0, run.text())

    def test_a_data_folder_that_cannot_be_made_is_named(self):
        other = subprocess.run([sys.executable, "-m", "up", "--data", "/proc/wayside"], capture_output=True, text=True, timeout=60,
                               check=False)
        self.assertEqual(other.returncode, 1)
        self.assertTrue(other.stderr.startswith("Error: "), other.stderr)
        self.assertIn("/proc/wayside", other.stderr)

    def test_no_part_outlives_an_up_that_was_killed(self):
        run = self.start()
        children = run.children()
        run.kill()
        wait_until(lambda: not alive(children), "the end of all parts", 15)


if __name__ == "__main__":
    unittest.main()
