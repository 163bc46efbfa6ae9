"""Proves what central promises of the readings, with real processes: the development Kafka filled by kcat, wayside-central,
and sqlite3 as the judge.

Every reading once over kill -9 at random moments and at the named points around the commit, offsets equal to what was
applied, another cluster, an offset that is gone, refusal of a second central, a clean stop.
"""

import json
import random
import sqlite3
import time
import unittest
from collections import Counter

from central_case import SEED, CentralTestCase, reading
from line import silver, wait_until
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka


class ExactlyOnce(CentralTestCase):
    """The guarantee's last hop."""

    STATIONS = 40

    def compare(self, sent):
        """Set equality per station, and every count that the ledger and the offsets give."""
        database = self.database()
        stored = Counter()
        for row in silver.rows(database):
            stored[(row.station_id, row.seq, json.loads(row.object())["num_bikes_available"])] += 1
        self.assertEqual(stored, Counter({key: 1 for key in sent}))
        self.assertEqual(database.execute("PRAGMA integrity_check").fetchone()[0], "ok")
        ledger = self.api.ledger()["totals"]
        self.assertEqual((ledger["accepted"], ledger["received"], ledger["missing"]), (len(sent), len(sent), 0))

    def send_round(self, sent, per_station):
        batch = []
        for _ in range(per_station):
            for number in range(self.STATIONS):
                station, seq = f"s{number}", self.next_seq[number]
                self.next_seq[number] += 1
                batch.append(reading(station, seq, age_s=600 - seq * 0.01))
                sent.add((station, seq, seq % 40))
        self.readings(*batch)

    def test_kills_at_any_moment_lose_and_double_nothing(self):
        print(f"WAYSIDE_SEED={SEED}")
        chance = random.Random(SEED)
        self.next_seq = [1] * self.STATIONS
        sent = set()
        self.start_central(ingest={"batch_messages": 37, "batch_wait_ms": 1})
        for _ in range(6):
            self.send_round(sent, 12)
            time.sleep(chance.uniform(0, 0.25))
            self.kill_and_start()
        self.wait_stored(len(sent))
        self.compare(sent)
        self.assertEqual(self.api.ledger()["totals"]["repeated"], 0)  # a record is never folded twice
        applied = self.database().execute("SELECT sum(next_offset) FROM partition_offset WHERE topic = 'station-status'").fetchone()[0]
        self.assertEqual(applied, len(sent))

    def test_kills_at_the_commit_lose_and_double_nothing(self):
        self.next_seq = [1] * self.STATIONS
        sent = set()
        self.start_central(ingest={"batch_messages": 50, "batch_wait_ms": 1})
        for fault in ("before_commit:2", "after_commit:2"):
            self.kill_and_start(fault)
            self.send_round(sent, 10)
            wait_until(lambda: not self.central.running(), f"the death at {fault}")
            self.kill_and_start()
        self.wait_stored(len(sent))
        self.compare(sent)

    def test_what_comes_again_is_counted_as_a_repeat(self):
        self.start_central()
        items = [reading("72", seq, age_s=100 - seq) for seq in range(1, 11)]
        self.readings(*items)
        self.readings(*items)
        self.station("72", lambda row: row["ledger"]["repeated"] == 10)
        self.assertEqual(self.api.station("72")["ledger"]["received"], 10)

    def test_another_cluster_is_read_from_its_beginning_and_the_ledger_is_kept(self):
        self.start_central()
        items = [reading("72", seq, age_s=100 - seq) for seq in range(1, 6)]
        self.readings(*items)
        self.station("72", lambda row: row["ledger"]["received"] == 5)
        self.line.start_real_kafka(partitions=4)
        self.readings(*items[3:], reading("72", 6))
        self.start_central()
        row = self.station("72", lambda row: row["ledger"]["received"] == 6)
        self.assertEqual((row["ledger"]["accepted"], row["ledger"]["repeated"]), (6, 2))
        self.assertTrue(self.ready()["cluster_changed"])
        self.assertIn("event=cluster_changed", self.central.log_text())

    def test_an_offset_that_kafka_does_not_have_stops_the_folding_not_the_map(self):
        self.start_central()
        self.readings(reading("72", 1))
        self.station("72")
        self.central.stop()
        path = self.line.folder / "data" / "central" / "central.db"
        with sqlite3.connect(path) as database:
            database.execute("UPDATE partition_offset SET next_offset = 5000 WHERE topic = 'station-status'")
        database.close()
        self.central.start().wait_ready()
        state = wait_until(lambda: (lambda s: s if s["ingest"] == "offset_out_of_range" else None)(self.ready()), "readiness to say so")
        self.assertEqual(state["http"], 503)
        self.assertIn("station-status", state["reasons"][0])
        self.assertEqual(self.api.pipeline()["kafka"]["state"], "offset_out_of_range")
        self.assertEqual(len(self.api.stations()), 1)
        self.assertIn("event=folding_stopped", self.central.log_text())


class StartAndStop(CentralTestCase):
    def test_without_kafka_it_serves_what_it_has_and_says_so(self):
        self.line.start_real_kafka(partitions=4)
        self.start_central()
        self.readings(reading("72", 1))
        self.station("72")
        self.central.stop()
        self.line.process["kafka"].kill()
        self.central.start().wait_ready()
        state = self.ready()
        self.assertEqual((state["http"], state["ingest"]), (503, "waiting_for_kafka"))
        self.assertEqual([row["station_id"] for row in self.api.stations()], ["72"])

    def test_a_second_central_on_the_database_refuses(self):
        self.start_central()
        other = self.line.start_central(name="other", port=0, wait=False)
        wait_until(lambda: not other.running(), "the second to refuse")
        self.assertEqual(other.returncode(), 1)
        self.assertIn("another wayside-central has it open", other.log_text())
        self.assertTrue(self.central.running())

    def test_a_clean_stop_leaves_one_whole_file(self):
        self.start_central()
        self.readings(*[reading("72", seq, age_s=100 - seq) for seq in range(1, 50)])
        self.station("72", lambda row: row["ledger"]["received"] == 49)
        self.assertEqual(self.central.stop(), 0)
        folder = self.line.folder / "data" / "central"
        self.assertEqual(sorted(path.name for path in folder.iterdir()), ["central.db", "central.db.alerts", "central.db.forecast", "central.db.lock"])


if __name__ == "__main__":
    unittest.main()
