"""Proves that the real Kafka serves the line: it starts with the contract's topics, takes a reading from MQTT through the
bridge, keeps it over its own SIGKILL, and `./wayside kafka` starts, finds and stops one in the background.

Real processes: Kafka, mosquitto and bridge, fed by mosquitto_pub and judged by kcat.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from line import Line, wait_until
from line.paths import REPO, system_program
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka

CONTRACT_TOPICS = {"station-information", "station-status", "weather", "arrivals", "turnstile", "station-loss", "agent-health",
                   "dead-letter", "station-state"}
PARTITIONS = 3
READING = {"station_id": "72", "stream": "weather", "epoch": "9f2c41d07a3be815", "seq": 1, "observed_at": "2026-11-20T08:11:33.120Z",
           "clock": "synced", "values": {"air_temperature_C": 11.5}}


def kcat(brokers, *arguments):
    done = subprocess.run([system_program("kcat"), "-b", brokers, *arguments], capture_output=True, text=True, timeout=20, check=True)
    return done.stdout


def records(brokers, topic):
    return [json.loads(line) for line in kcat(brokers, "-C", "-t", topic, "-o", "beginning", "-e", "-q").splitlines()]


def publish(port, reading):
    topic = f"wayside/v1/post/{reading['station_id']}/{reading['stream']}"
    subprocess.run([system_program("mosquitto_pub"), "-p", str(port), "-q", "1", "-t", topic, "-m", json.dumps(reading)],
                   capture_output=True, timeout=20, check=True)


def processes_of(folder):
    """Ids of the processes that have the folder in their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if folder in path.read_text(encoding="utf-8", errors="replace"):
                found.append(int(path.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


class InTheLine(unittest.TestCase):
    def setUp(self):
        self.line = self.enterContext(Line())
        self.line.start_broker()

    def wait_for_seqs(self, wanted):
        wait_until(lambda: [record["seq"] for record in records(self.line.brokers, "weather")] == wanted, f"records {wanted} in Kafka")

    def test_a_record_survives_the_kill_of_kafka_and_the_bridge_goes_on(self):
        kafka = self.line.start_real_kafka(partitions=PARTITIONS)
        node = self.line.kafka_node
        self.line.start_bridge(settings={"kafka": {"partitions": PARTITIONS}})
        publish(self.line.mqtt_port, READING)
        self.wait_for_seqs([1])
        self.assertEqual(records(self.line.brokers, "weather")[0]["values"], READING["values"])
        brokers, cluster = self.line.brokers, node.cluster_id()

        kafka.kill()
        self.assertFalse(node.answers())
        began = time.monotonic()
        kafka.start().wait_ready()
        print(f"Kafka was back {time.monotonic() - began:.1f} s after its kill, {kafka.memory_kb() // 1024} MB", flush=True)

        self.assertEqual((self.line.brokers, node.cluster_id()), (brokers, cluster))
        self.wait_for_seqs([1])
        publish(self.line.mqtt_port, READING | {"seq": 2})
        self.wait_for_seqs([1, 2])
        self.assertEqual(self.line.process["bridge"].stop(), 0)
        self.assertEqual(kafka.stop(), 0)

    def test_topics_are_those_of_the_contract_and_no_others_come_into_being(self):
        self.line.start_real_kafka(partitions=PARTITIONS)
        publishing = subprocess.run([system_program("kcat"), "-b", self.line.brokers, "-P", "-t", "wether", "-X", "message.timeout.ms=2000"],
                                    input="x", capture_output=True, text=True, timeout=20, check=False)
        self.assertNotEqual(publishing.returncode, 0)
        topics = json.loads(kcat(self.line.brokers, "-L", "-J"))["topics"]
        self.assertEqual({topic["topic"]: len(topic["partitions"]) for topic in topics}, dict.fromkeys(CONTRACT_TOPICS, PARTITIONS))
        self.line.create_topics(PARTITIONS)  # a second time changes nothing
        with self.assertRaisesRegex(RuntimeError, "3 partitions, kafka.partitions says 4"):
            self.line.create_topics(PARTITIONS + 1)


class InTheBackground(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory(prefix="wayside-"))
        self.addCleanup(self.command, "stop")

    def command(self, name, *arguments):
        environment = os.environ | {"PYTHONPATH": f"{REPO / 'tests'}:{REPO / 'deploy'}"}
        done = subprocess.run([sys.executable, "-m", "kafka_node", name, "--data", self.folder, *arguments], env=environment,
                              capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    def process_id(self):
        return json.loads((Path(self.folder) / "process.json").read_text(encoding="ascii"))["pid"]

    def test_it_is_started_found_again_and_stopped_without_a_rest(self):
        self.assertEqual(self.command("status")[0], 3)
        code, said = self.command("start")
        self.assertEqual(code, 0, said)
        first = self.process_id()
        self.assertEqual((self.command("start")[0], self.process_id()), (0, first), "a second start keeps the first")
        code, said = self.command("status")
        self.assertEqual(code, 0, said)
        self.assertIn("answers", said)
        self.assertEqual(processes_of(self.folder), [first])
        code, said = self.command("stop")
        self.assertEqual(code, 0, said)
        self.assertEqual(processes_of(self.folder), [])
        self.assertEqual(self.command("status")[0], 3)

    def test_stop_leaves_a_process_alone_that_it_did_not_start(self):
        with subprocess.Popen(["sleep", "60"]) as other:
            self.addCleanup(other.kill)
            process = {"pid": other.pid, "start_ticks": 1, "boot_id": "another", "brokers": "127.0.0.1:1"}
            (Path(self.folder) / "process.json").write_text(json.dumps(process), encoding="ascii")
            self.assertEqual(self.command("stop")[0], 0)
            self.assertIsNone(other.poll())
            other.kill()


if __name__ == "__main__":
    unittest.main()
