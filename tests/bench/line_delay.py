"""How long a reading takes from the publisher's socket to its commit in central's SQLite, at 1,000/s and at 10,000/s.

Real mosquitto, bridge, Kafka and central. The publisher notes when it sent each reading; a watcher on the database notes when
Kafka offsets became visible there (every half millisecond, which is part of the figure); Kafka's log says which offset a reading got.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from bisect import bisect_right
from pathlib import Path

from bench import commit_watch, paced
from bench.kafka_choice import start_kafka
from line import Line, wait_until
from line.paths import system_program

TOPIC = "station-status"
AIMS_MS = {1_000: 30, 10_000: 60}
WARM_UP = ("0f2c41d07a3be815", 2)  # epoch and seconds: connections, topics and a JVM are slow at first
EPOCH = "5f2c41d07a3be815"
RUN_LIMIT_S = 120


def run(rate, seconds):
    """Delays in ms, sorted."""
    with Line() as line, tempfile.TemporaryDirectory(prefix="wayside-") as folder:
        line.start_broker()
        start_kafka(line)
        line.start_bridge()
        line.start_central()
        database = line.folder / "data" / "central" / "central.db"
        sent, seen = Path(folder) / "sent", Path(folder) / "seen"
        with subprocess.Popen([sys.executable, "-m", commit_watch.__name__, database, TOPIC, seen], stdout=subprocess.PIPE) as watch:
            watch.stdout.readline()
            total = 0
            for epoch, length in (WARM_UP, (EPOCH, seconds)):
                subprocess.run([sys.executable, "-m", paced.__name__, str(line.mqtt_port), str(rate), str(length), epoch, sent],
                               check=True, timeout=RUN_LIMIT_S)
                total += rate * length
                wait_until(lambda wanted=total: stored(line) >= wanted, "central to store all", RUN_LIMIT_S, watch=line.check)
            watch.terminate()
        return sorted(delays(line.brokers, sent, seen))


def stored(line):
    return line.api.ledger()["totals"]["received"]


def delays(brokers, sent, seen):
    """ms of each reading in the order sent."""
    commits = {}  # partition: (next offsets, times), both growing
    for text in seen.read_text(encoding="ascii").splitlines():
        at, *offsets = text.split()
        for partition, offset in (pair.split(":") for pair in offsets):
            known, times = commits.setdefault(int(partition), ([], []))
            if not known or int(offset) > known[-1]:
                known.append(int(offset))
                times.append(int(at))
    published = [int(text) for text in sent.read_text(encoding="ascii").splitlines()]
    out = [None] * len(published)
    log = subprocess.run([system_program("kcat"), "-C", "-b", brokers, "-t", TOPIC, "-o", "beginning", "-e", "-q", "-f", "%p %o %s\n"],
                         capture_output=True, text=True, check=True, timeout=RUN_LIMIT_S).stdout
    for text in log.splitlines():
        partition, offset, payload = text.split(" ", 2)
        reading = json.loads(payload)
        if reading["epoch"] != EPOCH:
            continue
        known, times = commits[int(partition)]
        n = paced.index(reading["station_id"], reading["seq"])
        out[n] = (times[bisect_right(known, int(offset))] - published[n]) / 1e6
    return out


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args(arguments)
    for rate, aim in AIMS_MS.items():
        found = run(rate, options.seconds)
        at = lambda share: found[min(len(found) - 1, int(len(found) * share))]
        print(f"publish to commit at {rate:6,}/s: p50 {at(0.5):6.1f} ms   p99 {at(0.99):6.1f} ms (aim {aim})   worst {found[-1]:6.1f} ms", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
