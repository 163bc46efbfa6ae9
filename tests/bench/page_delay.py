"""How long a reading takes from the hardware to the frame that a browser draws with it, at 1,000 readings/s.

1,000 weather posts upload by HTTP to one agent, each once a second, over the whole line (mosquitto, bridge, real Kafka, central) to
the page in real Chromium. A reading's temperature is one of a kind, so the page's note of it (tests/browser/delay_probe.mjs) finds the
moment its upload was begun.
"""

import argparse
import http.client
import json
import subprocess
import sys
import threading
import time

from bench.kafka_choice import start_kafka
from line import Line
from line.paths import REPO, system_program
from line.ports import free_port

POSTS = 1000
AIM_MS = 250
SENDERS = 4
WARM_UP_S = 5
KAFKA_JSON = "application/vnd.kafka.json.v2+json"


class Posts(threading.Thread):
    """Some of the posts, each uploading once a second, evenly spread."""

    def __init__(self, port, stations):
        super().__init__(daemon=True)
        self.port = port
        self.stations = stations
        self.sent = {}  # temperature: wall time in ms
        self.late = 0
        self.ended = False

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        began, count = time.monotonic(), 0
        while not self.ended:
            due = began + count / len(self.stations)
            time.sleep(max(0.0, due - time.monotonic()))
            self.late += time.monotonic() - due > 0.1
            station = self.stations[count % len(self.stations)]
            temperature = (station * 600 + count // len(self.stations)) / 1e4
            body = json.dumps({"records": [{"value": {"temperature": round(temperature * 1.8 + 32, 7)}}]})
            self.sent[round(temperature, 4)] = time.time() * 1000
            connection.request("POST", f"/topics/post-{station}", body, {"Content-Type": KAFKA_JSON})
            answer = connection.getresponse()
            if answer.status != 200:
                raise RuntimeError(f"the agent answered {answer.status}: {answer.read()[:200]}")
            answer.read()
            count += 1


def device(station):
    return {"key": f"topics/post-{station}", "station_id": f"post-{station}", "name": f"Post {station}", "lat": 52 + station // 40 / 100,
            "lon": 4 + station % 40 / 100, "report_interval_s": 5}


def measure(line, seconds):
    """Delays in ms, sorted, and how many uploads were begun late."""
    line.start_broker()
    start_kafka(line)
    line.start_bridge()
    line.start_central()
    port = free_port()
    line.start_agent("posts", [{"name": "posts", "driver": "http_push", "listen": f"127.0.0.1:{port}",
                                "requests_per_minute_max": 1_000_000, "device": [device(station) for station in range(POSTS)]}])
    senders = [Posts(port, range(POSTS)[n::SENDERS]) for n in range(SENDERS)]
    for sender in senders:
        sender.start()
    probe = [system_program("node"), str(REPO / "tests/browser/delay_probe.mjs"), line.api.base_url + "/", str(WARM_UP_S + seconds)]
    with subprocess.Popen(probe, stdout=subprocess.PIPE, text=True) as browser:
        browser.stdout.readline()
        ready = time.time() * 1000
        seen = json.loads(browser.stdout.readline())
    for sender in senders:
        sender.ended = True
        sender.join()
    sent = {temperature: at for sender in senders for temperature, at in sender.sent.items()}
    first = {}
    for temperature, at in seen:
        first.setdefault(round(temperature, 4), at)
    found = sorted(at - sent[temperature] for temperature, at in first.items() if sent.get(temperature, 0) > ready + WARM_UP_S * 1000)
    return found, sum(sender.late for sender in senders)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=int, default=20)
    options = parser.parse_args(arguments)
    with Line() as line:
        found, late = measure(line, options.seconds)
    if len(found) < POSTS:
        print(f"only {len(found)} readings were seen", file=sys.stderr)
        return 1
    at = lambda share: found[min(len(found) - 1, int(len(found) * share))]
    print(f"hardware to browser at {POSTS:,}/s, {len(found):,} readings seen: p50 {at(0.5):.0f} ms   p99 {at(0.99):.0f} ms (aim {AIM_MS})   "
          f"worst {found[-1]:.0f} ms; {late} uploads begun late by this machine")
    return 0


if __name__ == "__main__":
    sys.exit(main())
