"""`./wayside smoke`: one reading's way from a simulated device to the page, and the time of each hop.

Starts the line on free ports in a temporary folder: broker, Kafka (the development one; `--kafka real`), bridge, central,
a simulated bike feed and a real agent. Takes the first reading that the event stream brings after the start, and holds the API and the page in
real Chromium against it. Exit code 0 when all have shown it.
"""

import argparse
import json
import subprocess
import sys
import time
import unittest
from datetime import datetime

from line import Line, ProcessFailed, WaitFailed
from line.paths import REPO, system_program
from line.real_kafka import require_real_kafka

STREAM = "bike_status"
FIELD = "num_bikes_available"
PAGE_TIMEOUT_MS = 30000


def main():
    parser = argparse.ArgumentParser(prog="./wayside smoke", description=__doc__.split("\n")[0])
    parser.add_argument("--kafka", choices=("dev", "real"), default="dev", help="the development Kafka in memory (%(default)s), or a real one")
    options = parser.parse_args()
    if options.kafka == "real":
        try:
            require_real_kafka()
        except unittest.SkipTest:
            return 0
    began = time.monotonic()
    try:
        with Line() as line:
            url = start(line, options.kafka)
            say_since(began, f"line is up: {line.api.base_url}/, feed {url}")
            seen = first_new_reading(line)
            report(line, seen)
            page_ms = ask_page(line, seen)
            print(f"  the page in Chromium shows it {page_ms} ms after being opened")
            check_ledger(line)
        say_since(began, "smoke passed")
        return 0
    except (ProcessFailed, WaitFailed, RuntimeError, OSError) as error:
        print(f"smoke failed: {error}", file=sys.stderr)
        return 1


def start(line, kafka):
    line.start_broker()
    if kafka == "real":
        line.start_real_kafka()
    else:
        line.start_dev_kafka()
    line.start_central()
    line.start_bridge()
    sim = line.start_sim("sim-bikes", "gbfs", "--listen", "127.0.0.1:0", "--stations", 12, "--seed", 1, "--ttl", 1,
                         "--change-interval", 1, "--trips-per-hour", 120)
    url = sim.log_field("ready", "details").removeprefix("gbfs=")
    line.start_agent("smoke", [{"name": "city", "driver": "gbfs", "url": url, "poll_interval_s": 0.5}])
    line.api.wait_for(lambda api: len(api.stations()) == 12, "12 stations at central", watch=line.check)
    return url


def first_new_reading(line):
    """(station_id, stream object, moment when the event stream brought it) of a reading younger than the snapshot."""
    with line.api.events() as events:
        known = {}
        for event, _, data in events:
            for row in data.get("stations", []):
                status = row["streams"].get(STREAM)
                if status is None or status["observed_at"] is None:
                    continue
                new = known.get(row["station_id"]) != status["observed_at"]
                known[row["station_id"]] = status["observed_at"]
                if event == "delta" and new:
                    return row["station_id"], status, events.received_at
    raise WaitFailed("the event stream ended before it brought a new reading")


def report(line, seen):
    station_id, status, browser_s = seen
    observed, received, stored = (moment_s(status[key]) for key in ("observed_at", "received_at", "stored_at"))
    line.api.wait_for(lambda api: moment_s(api.station(station_id)["streams"][STREAM]["observed_at"]) >= observed,
                      "the reading in the API", timeout_s=5)
    api_s = time.time()
    print(f"reading of {station_id}: {json.dumps(status['values'])}")
    print(f"  device to bridge   {received - observed:8.3f} s  (waits for the agent's poll; feeds tell time in whole seconds)")
    print(f"  bridge to database {stored - received:8.3f} s")
    print(f"  database to viewer {browser_s - stored:8.3f} s")
    print(f"  seen by the API    {api_s - stored:8.3f} s after the database had it")


def ask_page(line, seen):
    """Opens the page in Chromium until it shows what the API says of that station; returns milliseconds."""
    station_id, _, _ = seen
    for _ in range(3):  # the station may change while the page loads
        value = line.api.station(station_id)["streams"][STREAM]["values"][FIELD]
        command = [system_program("node"), REPO / "tests" / "browser" / "probe.mjs", line.api.base_url + "/", station_id, FIELD,
                   value, PAGE_TIMEOUT_MS]
        done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=PAGE_TIMEOUT_MS / 1000 + 60, check=False)
        if done.returncode == 0:
            return json.loads(done.stdout)["ms"]
    raise RuntimeError(f"the page does not show {FIELD}={value} of {station_id}: {done.stdout.strip()} {done.stderr.strip()}")


def check_ledger(line):
    totals = line.api.wait_for(lambda api: settled(api.ledger()["totals"]), "a ledger without missing readings", timeout_s=15)
    print(f"  ledger: {totals['received']} received, {totals['missing']} missing, {totals['repeated']} repeated")


def settled(totals):
    return totals if totals["received"] > 0 and totals["missing"] == 0 else None


def moment_s(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def say_since(began, what):
    print(f"{time.monotonic() - began:6.1f} s  {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
