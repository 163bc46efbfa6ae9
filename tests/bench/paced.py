"""Publishes readings at an even rate and remembers when each one went out. A process of its own, so that its clock is not
held up by the benchmark's other threads.

    python3 -m bench.paced MQTT_PORT RATE SECONDS EPOCH FILE

Readings are numbered per station; FILE gets one line a reading, in the order sent: the wall time in ns at which it was handed to
the socket.
"""

import json
import sys
import time
from datetime import datetime, timezone

from bench.mqtt_flood import Publisher, packet

STATIONS = 1000
AGENT = "paced"
STEP_S = 0.001


def message(n, epoch):
    station, seq = str(n % STATIONS), n // STATIONS + 1
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    reading = {"station_id": station, "stream": "bike_status", "epoch": epoch, "seq": seq, "observed_at": now, "clock": "trust",
               "values": {"num_bikes_available": n % 20, "num_docks_available": 20 - n % 20, "is_installed": True,
                          "is_renting": True, "is_returning": True}}
    return f"wayside/v1/{AGENT}/{station}/bike_status", json.dumps(reading, separators=(",", ":"))


def index(station, seq):
    """Which reading it was, from 0."""
    return (int(seq) - 1) * STATIONS + int(station)


def main(port, rate, seconds, epoch, path):
    sent = []
    with Publisher(port, "paced") as publisher:
        began = time.monotonic()
        while len(sent) < rate * seconds:
            due = int((time.monotonic() - began) * rate) + 1
            for n in range(len(sent), min(due, rate * seconds)):
                data = packet(n, *message(n, epoch))
                sent.append(time.time_ns())
                publisher.send(data)
            time.sleep(STEP_S)
        publisher.wait_all()
    with open(path, "w", encoding="ascii") as file:
        file.writelines(f"{at}\n" for at in sent)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5])
