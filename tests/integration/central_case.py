"""What the tests of central share: a real Kafka with fresh topics, kcat as the producer, readings to produce."""

import json
import os
import random
import sqlite3
import subprocess
import unittest
from datetime import datetime, timedelta, timezone

from line import Line, silver, wait_until
from line.api import ApiError
from line.paths import system_program

EPOCH = "9f2c41d07a3be815"
SEED = int(os.environ.get("WAYSIDE_SEED", random.randrange(1 << 30)))


def utc(age_s=0.0):
    return (datetime.now(timezone.utc) - timedelta(seconds=age_s)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def reading(station, seq, values=None, age_s=0.0, stream="bike_status", **more):
    body = {"station_id": station, "stream": stream, "epoch": EPOCH, "seq": seq, "observed_at": utc(age_s), "clock": "synced",
            "values": {"num_bikes_available": seq % 40} if values is None else values, **more}
    if seq is None:
        del body["seq"], body["epoch"]
    return body


def info(name="Here", **more):
    return {"kind": "bike", "name": name, "lat": 41.5, "lon": -87.5, "capacity": 31,
            "streams": {"bike_status": {"report_interval_s": 60}}, **more}


class CentralTestCase(unittest.TestCase):
    """A Kafka and a central of its own for each test."""

    PARTITIONS = 4

    def setUp(self):
        self.line = self.enterContext(Line())
        self.line.start_kafka(partitions=self.PARTITIONS)

    @property
    def api(self):
        return self.line.api

    @property
    def central(self):
        return self.line.process["central"]

    def start_central(self, **settings):
        return self.line.start_central(settings={"delta_interval_ms": 50, **settings})

    def kill_and_start(self, fault=None):
        self.central.kill()
        self.central.env = {"WAYSIDE_FAULT": fault} if fault else {}
        self.central.start().wait_ready()

    def produce(self, topic, records, agent="demo"):
        """Records are (key, value); a value of None is a tombstone."""
        for empty in (False, True):
            lines = [f"{key}\t{'' if value is None else value if isinstance(value, str) else json.dumps(value)}"
                     for key, value in records if (value is None) == empty]
            if lines:
                command = [system_program("kcat"), "-P", "-b", self.line.brokers, "-t", topic, "-K", "\t", "-H", f"agent={agent}"]
                subprocess.run(command + (["-Z"] if empty else []), input="\n".join(lines) + "\n", text=True, check=True, timeout=60)

    def readings(self, *items, topic="station-status", **options):
        self.produce(topic, [(item["station_id"], item) for item in items], **options)

    def database(self):
        path = self.line.folder / "data" / "central" / "central.db"
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.addCleanup(connection.close)
        return connection

    def wait_stored(self, count, timeout_s=30):
        database = self.database()
        wait_until(lambda: silver.count(database) >= count, f"{count} readings", timeout_s)

    def station(self, station_id, condition=lambda row: True):
        """The station's row as soon as the condition holds."""
        def found():
            row = self.api.station(station_id)
            return row if condition(row) else None
        return wait_until(found, f"station {station_id}")

    def refused(self, path, status, **query):
        """The problem document of a request that must fail."""
        with self.assertRaises(ApiError) as caught:
            self.api.get(path, **query)
        self.assertEqual(caught.exception.status, status)
        problem = json.loads(caught.exception.body)
        self.assertEqual(problem["status"], status)
        self.assertTrue(problem["title"] and problem["detail"])
        return problem

    def ready(self):
        try:
            return self.api.get("/readyz")
        except ApiError as error:
            return json.loads(error.body) | {"http": error.status}
