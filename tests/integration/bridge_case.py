"""What the tests of the bridge share: a broker, a real Kafka with fresh topics, other people's programs as clients."""

import json
import subprocess
import unittest
import urllib.error
import urllib.request

from line import Line, Process, wait_until
from line.paths import system_program

EPOCH = "9f2c41d07a3be815"
LINE_BUFFERED = ("stdbuf", "-oL")  # mosquitto_sub keeps its lines back when it writes to a file


def reading(station, seq, values=None, stream="bike_status", epoch=EPOCH):
    return {"station_id": station, "stream": stream, "epoch": epoch, "seq": seq, "observed_at": "2026-11-20T08:11:33.120Z",
            "clock": "synced", "values": {"num_bikes_available": 12} if values is None else values}


class BridgeTestCase(unittest.TestCase):
    """A broker, a Kafka and a bridge of its own for each test."""

    def setUp(self):
        self.line = self.enterContext(Line())
        self.line.start_broker()
        self.kafka_process = self.line.start_kafka()

    # ---- parts ----

    def start_bridge(self, fault=None, **settings):
        """A started bridge, ready unless a fault is planned."""
        bridge = self.line.start_bridge(settings=settings, wait=False)
        if fault:  # start it anew with the plan
            bridge.stop()
            bridge.env = {"WAYSIDE_FAULT": fault}
            bridge.start()
        return bridge.wait_ready()

    def listen(self, agent="+"):
        """A mosquitto_sub on receipts, subscribed."""
        process = Process("receipts", [*LINE_BUFFERED, system_program("mosquitto_sub"), "-p", self.line.mqtt_port, "-t",
                                       f"wayside/v1/{agent}/receipts", "-F", "%J", "-d"],
                          self.line.log_path("receipts"), ready="Subscribed (mid")
        self.line.process["receipts"] = process
        process.start().wait_ready()
        return process

    def receipts(self):
        """What the listener has heard: [(agent, receipt)]."""
        heard = []
        for text in self.line.process["receipts"].log_text().splitlines():
            if text.startswith('{"'):
                message = json.loads(text)
                heard.append((message["topic"].split("/")[2], message["payload"]))
        return [(agent, json.loads(payload) if isinstance(payload, str) else payload) for agent, payload in heard]

    def receipted(self, kind="stations"):
        """{(agent, epoch, station, seq)} named in receipts."""
        named = set()
        for agent, receipt in self.receipts():
            for station, ranges in receipt.get(kind, {}).items():
                for first, last in ranges:
                    named |= {(agent, receipt["epoch"], station, seq) for seq in range(first, last + 1)}
        return named

    def publish(self, topic, payload, *options):
        text = payload if isinstance(payload, str) else json.dumps(payload, separators=(",", ":"))
        subprocess.run([system_program("mosquitto_pub"), "-V", "mqttv5", "-p", str(self.line.mqtt_port), "-q", "1", "-t", topic,
                        *(["-m", text] if text else ["-n"]), *options], check=True, timeout=20)

    def kafka(self, topic):
        """All records of a topic, as kcat sees them; headers as a dict."""
        out = subprocess.run([system_program("kcat"), "-b", self.line.brokers, "-C", "-t", topic, "-o", "beginning", "-e", "-q",
                              "-J"], check=True, capture_output=True, timeout=60).stdout
        records = [json.loads(text) for text in out.decode().splitlines()]
        for record in records:
            pairs = record.get("headers") or []
            record["headers"] = dict(zip(pairs[::2], pairs[1::2]))
        return records

    def wait_kafka(self, topic, count):
        return wait_until(lambda: (lambda found: found if len(found) >= count else None)(self.kafka(topic)),
                          f"{count} records in {topic}", pause_s=0.2)

    def http(self, path):
        """(status, text) of the bridge's own listener."""
        port = self.line.process["bridge"].log_field("metrics_listening", "port")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
