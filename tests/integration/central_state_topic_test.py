"""Proves topic `station-state` with real parts: a consumer that knows nothing else has each station's row as the API has it, through
changes, silence, retirement and deaths of central.

confluent-kafka reads the topic and says how it is cleaned; the AsyncAPI document says what a record is.
"""

import json
import unittest

import jsonschema
from central_case import CentralTestCase, info, reading
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource
from line import wait_until
from line.paths import REPO
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka

TOPIC = "station-state"
TIMEOUT_S = 20


def without_ages(row):
    """The API's row without what grows old by itself."""
    row = {key: value for key, value in row.items() if key != "age_s"}
    row["streams"] = {name: {key: value for key, value in stream.items() if key != "age_s"} for name, stream in row["streams"].items()}
    return row


class StateTopic(CentralTestCase):
    maxDiff = 4000

    def start(self, **options):
        self.start_central(publish_state=True, **options)

    def records(self):
        """[(partition, key, value or None)] from the beginning to the end, by a consumer that has never read before."""
        consumer = Consumer({"bootstrap.servers": self.line.brokers, "group.id": "nobody", "enable.auto.commit": False, "enable.partition.eof": True})
        consumer.assign([TopicPartition(TOPIC, partition, OFFSET_BEGINNING) for partition in range(self.PARTITIONS)])
        records, ended = [], set()
        try:
            while len(ended) < self.PARTITIONS:
                message = consumer.poll(TIMEOUT_S)
                self.assertIsNotNone(message, "Kafka says nothing")
                if message.error():
                    self.assertEqual(message.error().code(), KafkaError._PARTITION_EOF, message.error())
                    ended.add(message.partition())
                else:
                    value = message.value()
                    records.append((message.partition(), message.key().decode(), None if value is None else json.loads(value)))
        finally:
            consumer.close()
        return records

    def states(self):
        """What compaction leaves: the newest of each key."""
        states = {}
        for _, key, value in self.records():
            states[key] = value
        return {key: value for key, value in states.items() if value is not None}

    def rows(self):
        return {row["station_id"]: without_ages(row) for row in self.api.stations()}

    def wait_same(self, count):
        """Until topic and API tell the same of so many stations; returns that."""
        last = []

        def same():
            last[:] = [self.states(), self.rows()]
            return last[0] == last[1] and len(last[0]) == count

        try:
            wait_until(same, "the topic to be as the API", TIMEOUT_S)
        except AssertionError:
            self.assertEqual(*last)
            raise
        return last[0]

    def fill(self, count=6):
        self.produce("station-information", [(f"s{n}", info(f"Place {n}", lat=41 + n / 8)) for n in range(count)])
        self.readings(*[reading(f"s{n}", 1, {"num_bikes_available": n, "is_renting": True}) for n in range(count)])
        self.wait_stored(count)

    def test_a_consumer_that_knows_nothing_else_has_what_the_api_has(self):
        self.start()
        self.fill()
        self.produce("station-information", [("quick", info("Quick", streams={"bike_status": {"report_interval_s": 1}}))])
        self.readings(reading("s1", 2, {"air_temperature_C": 7.5}, stream="weather"), topic="weather")
        self.readings(reading("quick", 1), reading("s2", 2, {"num_bikes_available": 30}))
        self.wait_stored(9)
        states = self.wait_same(7)
        self.assertEqual(states["s2"]["streams"]["bike_status"]["values"], {"num_bikes_available": 30})
        self.assertEqual(set(states["s1"]["streams"]), {"bike_status", "weather"})
        wait_until(lambda: self.states()["quick"]["state"] == "silent", "the topic to say that nothing comes any more", TIMEOUT_S)
        self.produce("station-information", [("s3", None)])
        self.assertNotIn("s3", self.wait_same(6))

        records = self.records()
        self.assertEqual(len({(partition, key) for partition, key, _ in records}), 7, "each station in one partition, so in order")
        document = json.loads((REPO / "common" / "contract" / "asyncapi.json").read_text(encoding="utf-8"))
        schema = document["components"]["messages"]["stationState"]["payload"]
        for _, _, value in records:
            if value is not None:
                jsonschema.Draft202012Validator(schema).validate(value)
        policy = ConfigResource(ConfigResource.Type.TOPIC, TOPIC)
        admin = AdminClient({"bootstrap.servers": self.line.brokers})
        config = admin.describe_configs([policy])[policy].result(TIMEOUT_S)
        self.assertEqual(config["cleanup.policy"].value, "compact")

    def test_killed_between_commit_and_publishing_nothing_is_left_out_or_said_twice(self):
        self.start()
        self.fill()
        self.wait_same(6)
        for kill in range(3):
            self.central.kill()
            self.readings(*[reading(f"s{n}", 2 + kill, {"num_bikes_available": 10 * kill + n}) for n in range(6)])
            self.central.env = {"WAYSIDE_FAULT": "after_commit:1"}
            self.central.start()
            wait_until(lambda: not self.central.running(), "the death after the commit")
            self.central.env = {}
            self.central.start().wait_ready()
            self.wait_stored(12 + 6 * kill)
            self.wait_same(6)
        before = len(self.records())
        self.kill_and_start()
        self.readings(reading("s4", 9, {"num_bikes_available": 39}))
        wait_until(lambda: self.states()["s4"]["streams"]["bike_status"]["values"] == {"num_bikes_available": 39}, "the newest", TIMEOUT_S)
        self.assertEqual(len(self.records()), before + 1, "a restart says nothing again")
        name = "wayside_central_state_topic_"
        metrics = dict(line.rsplit(" ", 1) for line in self.api.get_bytes("/metrics")[2].decode().splitlines() if line.startswith(name))
        self.assertEqual((metrics[name + "states_total"], metrics[name + "failures_total"]), ("1", "0"))

    def test_what_was_retired_while_nobody_published_gets_its_tombstone(self):
        self.start()
        self.fill(3)
        self.wait_same(3)
        self.start_central()  # without publish_state
        self.produce("station-information", [("s1", None)])
        wait_until(lambda: len(self.api.stations()) == 2, "the retirement")
        self.assertEqual(len(self.states()), 3, "nobody publishes")
        self.start()
        self.assertEqual(set(self.wait_same(2)), {"s0", "s2"})


if __name__ == "__main__":
    unittest.main()
