"""Proves bronze with real parts: wherever central dies, every record that it has folded is in bronze, each once.

kcat reads the topics, `wayside-central bronze` the files, SQLite the offsets: they must agree after each death and at the end.
"""

import json
import random
import subprocess
import time
import unittest
from datetime import datetime, timedelta, timezone

from central_case import SEED, CentralTestCase, info, reading
from line import bronze, wait_until
from line.paths import system_program
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka

TOPICS = ("station-information", "station-status")
STATIONS = 10


class Bronze(CentralTestCase):
    PARTITIONS = 2

    def setUp(self):
        super().setUp()
        self.dir = self.line.folder / "data" / "bronze"

    def start(self, **options):
        self.start_central(bronze={"dir": str(self.dir)}, **options)

    def send(self, numbers):
        self.readings(*[reading(f"s{n % STATIONS}", 1 + n // STATIONS, age_s=1000 - n / 10) for n in numbers])

    def bronze(self, *options):
        return bronze.records(self.line.folder / "config" / "central.toml", *options)

    def kept(self):
        """{(topic, partition, offset): record}, each there once."""
        records = self.bronze()
        kept = {(each["topic"], each["partition"], each["offset"]): each for each in records}
        self.assertEqual(len(kept), len(records), "a record is there twice")
        return kept

    def in_kafka(self):
        found = {}
        for topic in TOPICS:
            command = [system_program("kcat"), "-C", "-b", self.line.brokers, "-t", topic, "-e", "-q", "-J"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
            for line in done.stdout.splitlines():
                record = json.loads(line)
                found[topic, record["partition"], record["offset"]] = record
        return found

    def folded(self, log):
        """Those of the log that lie below the offsets in the database."""
        query = "SELECT topic, partition, next_offset FROM partition_offset"
        places = {(topic, partition): offset for topic, partition, offset in self.database().execute(query)}
        return {place for place in log if place[2] < places.get(place[:2], 0)}

    def assert_same_as_kafka(self):
        kept, log = self.kept(), self.in_kafka()
        self.assertEqual(kept.keys(), log.keys())
        for place, record in log.items():
            mine = kept[place]
            self.assertEqual((mine["key"], mine["value"]), (record["key"], record["payload"]))
            self.assertEqual(mine["headers"], dict(zip(record["headers"][::2], record["headers"][1::2])))
            self.assertEqual(datetime.fromisoformat(mine["timestamp"]).timestamp() * 1000, record["ts"])

    def wait_folded(self, count):
        self.central.start().wait_ready()
        self.wait_stored(count)

    def metric(self, name):
        line, = (line for line in self.api.get_bytes("/metrics")[2].decode().splitlines() if line.startswith(name + " "))
        return float(line.split()[1])

    def test_killed_between_bronze_and_transaction_each_record_is_kept_once(self):
        self.start(ingest={"batch_messages": 7})
        self.produce("station-information", [(f"s{n}", info(f"Place {n}")) for n in range(STATIONS)])
        self.send(range(40))
        self.wait_stored(40)
        self.central.kill()
        for kill in range(4):
            self.send(range(40 + kill * 40, 80 + kill * 40))
            log = self.in_kafka()
            self.central.env = {"WAYSIDE_FAULT": f"after_bronze:{kill + 1}"}
            self.central.start()
            wait_until(lambda: not self.central.running(), "the death after bronze")
            self.assertEqual(self.central.returncode(), -9)
            self.assertGreater(self.kept().keys(), self.folded(log))  # more: what the transaction did not get
        self.central.env = {}
        self.wait_folded(200)
        self.assert_same_as_kafka()
        self.assertGreater(self.metric("wayside_central_bronze_repeats_total"), 0)

    def test_killed_at_any_moment_each_record_is_kept_once(self):
        rng = random.Random(SEED)
        print(f"seed {SEED}", flush=True)
        count = 3000
        self.send(range(count))
        log = self.in_kafka()
        self.start(ingest={"batch_messages": 50})
        for _ in range(4):
            time.sleep(rng.uniform(0, 0.15))  # the moment of the death, not a wait
            self.central.kill()
            self.assertGreaterEqual(self.kept().keys(), self.folded(log))
            self.central.start()
            wait_until(lambda: len(self.folded(log)) > 0, "some to be folded")
        self.central.kill()
        self.wait_folded(count)
        self.assert_same_as_kafka()

    def test_what_was_torn_off_is_read_again(self):
        self.start(ingest={"batch_messages": 7})
        self.send(range(30))
        self.wait_stored(30)
        self.central.kill()
        path, = self.dir.iterdir()
        whole = path.read_bytes()
        for damaged in (whole + whole[:50], whole[:-100], whole[:-20] + bytes(64)):
            path.write_bytes(damaged)
            self.central.start().wait_ready()
            wait_until(lambda: len(self.kept()) == 30, "bronze to be whole again")
            self.assert_same_as_kafka()
            self.central.kill()
        self.send(range(30, 40))
        self.wait_folded(40)
        self.assert_same_as_kafka()
        self.assertEqual(self.api.ledger()["totals"]["repeated"], 0)

    def test_a_full_disk_stops_the_folding_and_says_so_until_there_is_room(self):
        self.start()
        now = datetime.now(timezone.utc)
        links = [self.dir / f"{now + timedelta(days=day):%Y-%m-%d}.bronze" for day in (0, 1)]
        for link in links:
            link.symlink_to("/dev/full")
        self.send(range(20))
        log = self.in_kafka()
        answer = wait_until(lambda: (ready := self.ready())["status"] == "not_ready" and ready, "central to say so")
        self.assertEqual((answer["http"], answer["ingest"]), (503, "database_error"))
        self.assertIn("No space left on device", answer["reasons"][0])
        wait_until(lambda: self.metric("wayside_central_bronze_failures_total") >= 2, "it to be tried again")
        self.assertEqual(self.folded(log), set())
        for link in links:
            link.unlink()
        self.wait_stored(20)
        self.assertEqual(wait_until(lambda: (ready := self.ready())["status"] == "ready" and ready, "readiness")["ingest"], "ok")
        self.assert_same_as_kafka()

    def test_a_day_and_a_topic_are_printed_and_bytes_that_are_no_text(self):
        self.start()
        self.produce("station-information", [("s1", info("Gleis 1 – Nord")), ("s1", None)])
        self.produce("station-status", [("s1", "no JSON")])
        wait_until(lambda: len(self.kept()) == 3, "three records")
        day = self.bronze()[0]["timestamp"][:10]
        self.assertEqual(len(self.bronze("--day", day)), 3)
        self.assertEqual(self.bronze("--day", "2020-01-01"), [])
        placed, retired = self.bronze("--topic", "station-information")
        self.assertEqual(json.loads(placed["value"])["name"], "Gleis 1 – Nord")
        self.assertIsNone(retired["value"])
        subprocess.run([system_program("kcat"), "-P", "-b", self.line.brokers, "-t", "weather", "-k", "s2"], input=b"\xff\x00", check=True, timeout=60)
        odd = wait_until(lambda: self.bronze("--topic", "weather"), "the odd record")
        self.assertEqual((odd[0]["value_base64"], odd[0]["headers"]), ("/wA=", {}))
        with self.assertRaises(subprocess.CalledProcessError) as refused:
            self.bronze("--day", "today")
        self.assertEqual((refused.exception.returncode, "RFC 3339" in refused.exception.stderr), (1, True))


if __name__ == "__main__":
    unittest.main()
