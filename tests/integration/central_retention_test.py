"""Proves what central does when Kafka no longer has what it wants next, on a real Kafka: it stops folding, says so everywhere,
goes on only after `wayside-central reset`, and the ledger keeps what was missed.

Records go by DeleteRecords, topics are deleted and made anew, all while central is down; kcat produces, the API is the judge.
"""

import os
import pty
import subprocess
import unittest

from central_case import CentralTestCase, reading
from confluent_kafka.admin import AdminClient
from line import wait_until
from line.delete_records import delete_records
from line.paths import program
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka

TOPIC = "station-status"


class BehindKafka(CentralTestCase):
    PARTITIONS = 1

    def fold(self, first, last):
        self.readings(*[reading("72", seq, age_s=100 - seq) for seq in range(first, last + 1)])
        return self.station("72", lambda row: row["ledger"]["accounts"] and row["ledger"]["accounts"][0]["last_seq"] == last)

    def reset(self, *arguments, answer=None):
        """Exit code and words of `wayside-central reset`; with an answer it gets a terminal to read it from."""
        command = [program("wayside-central"), "--config", self.line.folder / "config" / "central.toml", "reset", *arguments]
        terminal, inside = pty.openpty() if answer else (None, subprocess.DEVNULL)
        with subprocess.Popen(command, stdin=inside, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            if answer:
                os.write(terminal, answer.encode() + b"\n")
            words = process.communicate(timeout=30)[0]
        if answer:
            os.close(terminal)
            os.close(inside)
        return process.returncode, words

    def wait_halted(self):
        state = wait_until(lambda: (lambda s: s if s["ingest"] == "offset_out_of_range" else None)(self.ready()), "readiness to say so")
        self.assertEqual(state["http"], 503)
        self.assertIn("wayside-central reset --from earliest", state["what_to_run"])
        return state["gaps"]

    def make_topic_anew(self):
        admin = AdminClient({"bootstrap.servers": self.line.brokers})
        for future in admin.delete_topics([TOPIC]).values():
            future.result(30)
        wait_until(lambda: TOPIC not in admin.list_topics(timeout=5).topics, "the topic to go")
        self.line.create_topics(self.PARTITIONS)

    def test_records_that_are_gone_stop_it_until_an_operator_takes_the_gap(self):
        self.start_central()
        self.fold(1, 10)
        self.central.stop()
        self.readings(*[reading("72", seq, age_s=50 - seq) for seq in range(11, 21)])
        delete_records(self.line.brokers, TOPIC, 0, 15)
        self.central.start().wait_ready()

        gap = self.wait_halted()[0]
        self.assertEqual([gap[key] for key in ("topic", "partition", "kind", "next_offset", "low", "records")],
                         [TOPIC, 0, "behind_retention", 10, 15, 5])
        self.assertIn("records 10 to 14 are gone", self.ready()["reasons"][0])
        kafka = self.api.pipeline()["kafka"]
        self.assertEqual((kafka["state"], kafka["gaps"][0]["records"]), ("offset_out_of_range", 5))
        metrics = self.api.get_bytes("/metrics")[2].decode()
        self.assertIn('wayside_central_ingest_state{state="offset_out_of_range"} 1', metrics)
        self.assertIn("wayside_central_gap_records 5", metrics)
        self.assertIn('wayside_central_gap_partitions{kind="behind_retention"} 1', metrics)
        self.assertIn("event=folding_stopped", self.central.log_text())
        self.assertEqual(len(self.api.readings("72", None)), 10)

        code, words = self.reset("--from", "earliest", "--yes")
        self.assertEqual(code, 1, words)
        self.assertIn("another wayside-central has it open", words)
        self.central.stop()
        for code, arguments, answer, said in ((2, ("--from", "latest", "--yes"), None, "earliest"), (2, ("--from", "earliest"), None, "--yes"),
                                              (2, ("--from", "earliest"), "no", "Nothing was changed")):
            self.assertEqual(self.reset(*arguments, answer=answer)[0], code)
            self.assertIn(said, self.reset(*arguments, answer=answer)[1])
        code, words = self.reset("--from", "earliest", answer="reset")
        self.assertEqual(code, 0, words)
        self.assertIn("records 10 to 14 are gone from Kafka (5); goes on at 15", words)
        self.assertIn("Nothing to do", self.reset("--from", "earliest")[1])

        self.central.start().wait_ready()
        row = self.station("72", lambda row: row["ledger"]["received"] == 15)
        self.assertEqual((row["ledger"]["accepted"], row["ledger"]["missing"]), (20, 5))
        self.assertEqual(row["ledger"]["accounts"][0]["missing_ranges"], [[11, 15]])
        gaps = self.api.ledger()["gaps"]
        self.assertEqual((gaps["records"], gaps["list"][0]["topic"], gaps["list"][0]["stood_at"]), (5, TOPIC, 10))
        self.assertEqual(self.ready()["gaps"], [])

    def test_a_topic_made_anew_is_noticed_and_nothing_of_it_is_taken_for_the_next(self):
        self.start_central()
        self.fold(1, 6)
        self.central.stop()
        self.make_topic_anew()
        self.readings(*[reading("72", seq, age_s=50 - seq) for seq in range(5, 15)])
        self.central.start().wait_ready()
        self.assertEqual([gap["kind"] for gap in self.wait_halted()], ["other_log"])
        self.assertEqual(len(self.api.readings("72", None)), 6)
        self.central.stop()
        code, words = self.reset("--from", "earliest", "--yes")
        self.assertEqual(code, 0, words)
        self.central.start().wait_ready()
        row = self.station("72", lambda row: row["ledger"]["received"] == 14)
        self.assertEqual((row["ledger"]["accepted"], row["ledger"]["missing"]), (14, 0))

    def test_a_topic_made_anew_while_it_folds_is_noticed(self):
        self.start_central()
        self.fold(1, 6)
        self.make_topic_anew()
        self.readings(reading("72", 7))
        self.assertEqual([gap["kind"] for gap in self.wait_halted()], ["log_shorter"])
        self.assertEqual(len(self.api.readings("72", None)), 6)

    def test_a_database_made_anew_opens_its_accounts_where_kafka_begins(self):
        self.readings(*[reading("72", seq, age_s=100 - seq) for seq in range(1, 11)])
        delete_records(self.line.brokers, TOPIC, 0, 6)
        self.start_central()
        row = self.station("72", lambda row: row["ledger"]["received"] == 4)
        account = row["ledger"]["accounts"][0]
        self.assertEqual((account["opened_at_seq"], account["opened_late"], account["accepted"], account["missing"]), (7, True, 4, 0))
        self.readings(reading("73", 1))
        self.assertFalse(self.station("73")["ledger"]["accounts"][0]["opened_late"])


if __name__ == "__main__":
    unittest.main()
