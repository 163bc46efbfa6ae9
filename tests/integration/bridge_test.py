"""Proves what the bridge promises, with real processes: mosquitto, a real Kafka and the bridge, fed and judged by
other people's programs (mosquitto_pub, mosquitto_sub, kcat).

Nothing lost over kill -9, receipts only for what Kafka has, PUBACKs held while Kafka stands still, bad items alone in
dead-letter.
"""

import base64
import json
import re
import signal
import subprocess
import unittest
from datetime import datetime

from bridge_case import EPOCH, BridgeTestCase, reading
from line import Line, wait_until
from line.paths import system_program
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka

FAR_FROM_DONE_S = 60


class Delivery(BridgeTestCase):
    def setUp(self):
        super().setUp()
        self.start_bridge()
        self.listen()

    def test_a_reading_arrives_unchanged_with_key_and_headers_and_gets_a_receipt(self):
        payload = '{ "later":[1,2], ' + json.dumps(reading("72", 60))[1:]
        self.publish("wayside/v1/demo/72/bike_status", payload)
        wait_until(lambda: ("demo", EPOCH, "72", 60) in self.receipted(), "the receipt")
        records = self.kafka("station-status")  # the receipt says that it is there: no waiting
        self.assertEqual(len(records), 1)
        self.assertEqual(records[0]["payload"], payload)
        self.assertEqual(records[0]["key"], "72")
        self.assertEqual(records[0]["headers"], {"agent": "demo", "stream": "bike_status", "schema": "1"})

    def test_an_array_is_split_and_its_bad_item_refused_alone(self):
        items = [reading("72", 1), reading("72", 2, {"num_bikes_available": "many"}), reading("72", 3), "what?"]
        self.publish("wayside/v1/demo/72/bike_status", items)
        wait_until(lambda: self.receipted("refused"), "the receipt")
        self.assertEqual(self.receipted(), {("demo", EPOCH, "72", 1), ("demo", EPOCH, "72", 3)})
        self.assertEqual(self.receipted("refused"), {("demo", EPOCH, "72", 2)})
        self.assertEqual([json.loads(r["payload"]) for r in self.kafka("station-status")], [items[0], items[2]])
        letters = [json.loads(r["payload"]) for r in self.kafka("dead-letter")]
        self.assertEqual([letter["reason"] for letter in letters], ["bad_type", "bad_type"])
        self.assertEqual(json.loads(base64.b64decode(letters[0]["payload_base64"])), items[1])
        self.assertEqual((letters[0]["agent"], letters[0]["station_id"], letters[0]["epoch"], letters[0]["seq"]),
                         ("demo", "72", EPOCH, 2))
        self.assertNotIn("seq", letters[1])

    def test_items_that_are_no_json_are_refused_alone_and_their_neighbours_delivered(self):
        values = [b"99999999999999999999", b"1e400", b'"\xff"', b'"\\ud800"', b"[" * 33 + b"]" * 33]
        items = []
        for number, value in enumerate(values):
            good, bad = (json.dumps(reading("72", 2 * number + extra)).encode() for extra in (1, 2))
            items += [good, bad[:-1] + b', "x": ' + value + b"}"]
        for part in (b"[" + b", ".join(items) + b"]", items[1].replace(b'"seq": 2', b'"seq": 100')):
            subprocess.run([system_program("mosquitto_pub"), "-V", "mqttv5", "-p", str(self.line.mqtt_port), "-q", "1", "-t",
                            "wayside/v1/demo/72/bike_status", "-s"], input=part, check=True, timeout=20)
        wait_until(lambda: ("demo", EPOCH, "72", 100) in self.receipted("refused"), "the last receipt")
        self.assertEqual({seq for _, _, _, seq in self.receipted()}, {1, 3, 5, 7, 9})
        self.assertEqual({seq for _, _, _, seq in self.receipted("refused")}, {2, 4, 6, 8, 10, 100})
        self.assertEqual([json.loads(r["payload"])["seq"] for r in self.kafka("station-status")], [1, 3, 5, 7, 9])
        letters = [json.loads(r["payload"]) for r in self.kafka("dead-letter")]
        self.assertEqual([letter["reason"] for letter in letters], ["bad_json"] * 6)
        self.assertEqual([base64.b64decode(letter["payload_base64"]) for letter in letters[:5]], items[1::2])

    def test_what_is_no_contract_topic_becomes_a_dead_letter(self):
        self.publish("wayside/v1/demo/72/parking", reading("72", 4, stream="parking"))
        self.publish("wayside/v1/demo", "hello")
        records = self.wait_kafka("dead-letter", 2)
        self.assertEqual({json.loads(r["payload"])["reason"] for r in records}, {"bad_topic"})
        wait_until(lambda: self.receipted("refused") == {("demo", EPOCH, "72", 4)}, "the refused receipt")

    def test_health_is_forwarded_and_answered_with_now(self):
        self.publish("wayside/v1/demo/health", {"agent": "demo", "status": "online"})
        agent, answer = wait_until(lambda: self.receipts(), "an answer")[0]
        self.assertEqual(agent, "demo")
        self.assertEqual(answer["backlog_per_s"], 500)
        self.assertLess(abs(datetime.fromisoformat(answer["now"]).timestamp() - datetime.now().timestamp()), 10)
        self.assertIn("demo", [r["key"] for r in self.kafka("agent-health")])

    def test_information_and_its_tombstone(self):
        info = {"station_id": "72", "kind": "bike", "name": "Wells & Wacker", "lat": 41.88, "lon": -87.63}
        self.publish("wayside/v1/demo/72/info", info, "-r")
        self.publish("wayside/v1/demo/72/info", "", "-r")
        records = self.wait_kafka("station-information", 2)
        self.assertEqual([r["key"] for r in records], ["72", "72"])
        self.assertEqual(json.loads(records[0]["payload"]), info)
        self.assertIsNone(records[1]["payload"])
        self.assertEqual(records[1]["headers"]["agent"], "demo")

    def test_the_same_items_from_a_311_device(self):
        subprocess.run([system_program("mosquitto_pub"), "-V", "mqttv311", "-p", str(self.line.mqtt_port), "-q", "1", "-t",
                        "wayside/v1/old/72/bike_status", "-m", json.dumps(reading("72", 1))], check=True, timeout=20)
        wait_until(lambda: ("old", EPOCH, "72", 1) in self.receipted(), "the receipt")

    def test_metrics_are_prometheus_and_say_what_happened(self):
        self.publish("wayside/v1/demo/72/bike_status", [reading("72", 1), reading("72", 2), "no"])
        wait_until(lambda: self.receipted(), "the receipt")
        text = wait_until(lambda: (lambda t: t if 'stream="bike_status"} 2' in t else None)(self.http("/metrics")[1]), "the count")
        self.assertIn('wayside_bridge_dead_letters_total{reason="bad_type"} 1', text)
        self.assertIn("event=dead_letter reason=bad_type", self.line.process["bridge"].log_text())
        self.assertIn("wayside_bridge_messages_received_total 1", text)
        self.assertEqual(self.http("/healthz")[0], 200)
        self.assertEqual(self.http("/nothing")[0], 404)
        subprocess.run([system_program("promtool"), "check", "metrics"], input=text.encode(), check=True, timeout=20)

    def test_a_stop_is_clean_and_leaves_nothing_to_be_sent_again(self):
        self.publish("wayside/v1/demo/72/bike_status", reading("72", 1))
        wait_until(lambda: self.receipted(), "the receipt")
        bridge = self.line.process["bridge"]
        self.assertEqual(bridge.stop(), 0)
        own = [json.loads(r["payload"]) for r in self.kafka("agent-health") if r["key"] == "bridge:wayside-bridge"]
        self.assertEqual(own[-1]["status"], "offline")
        self.assertEqual(own[-1]["received_total"], 1)
        self.publish("wayside/v1/demo/72/bike_status", reading("72", 2))  # queued in the session meanwhile
        bridge.start().wait_ready()
        wait_until(lambda: ("demo", EPOCH, "72", 2) in self.receipted(), "the receipt of what came meanwhile")
        self.assertEqual(len(self.kafka("station-status")), 2)


class Faults(BridgeTestCase):
    def test_killed_at_each_named_point_it_gives_no_receipt_too_early_and_loses_nothing(self):
        self.listen()
        for seq, point in enumerate(("after_produce", "after_delivery", "before_receipt", "after_receipt"), 1):
            with self.subTest(point):
                bridge = self.start_bridge(fault=point)
                self.publish("wayside/v1/demo/72/bike_status", reading("72", seq))
                wait_until(lambda: not bridge.running(), "the bridge to die")
                self.assertEqual(bridge.returncode(), -signal.SIGKILL)
                if point == "after_receipt":
                    wait_until(lambda: ("demo", EPOCH, "72", seq) in self.receipted(), "the receipt of before the death")
                else:
                    self.assertNotIn(("demo", EPOCH, "72", seq), self.receipted())
                self.start_bridge()
                wait_until(lambda: ("demo", EPOCH, "72", seq) in self.receipted(), "the receipt")
                self.assertIn(seq, [json.loads(r["payload"])["seq"] for r in self.kafka("station-status")])

    def test_kill_9_under_a_publisher_without_receipts_loses_nothing(self):
        """The PUBACK is held until Kafka has the message, so the broker's session brings back what was in the bridge."""
        count, kills = 20000, 4
        bridge = self.start_bridge()
        publisher = subprocess.Popen([system_program("mosquitto_pub"), "-p", str(self.line.mqtt_port), "-q", "1", "-l", "-t",
                                      "wayside/v1/thirdparty/gate-1/turnstile"], stdin=subprocess.PIPE)
        self.addCleanup(publisher.kill)
        for number in range(1, count + 1):
            item = {"station_id": "gate-1", "stream": "turnstile", "observed_at": "2026-11-20T08:11:33.120Z",
                    "values": {"entries_total": number, "counter_id": "c"}}
            publisher.stdin.write(json.dumps(item, separators=(",", ":")).encode() + b"\n")
            if number % (count // (kills + 1)) == 0 and number < count:
                publisher.stdin.flush()
                wait_until(lambda: self.taken_since_start(), "the bridge to be at work")
                bridge.kill()
                bridge.start().wait_ready()
        publisher.stdin.close()
        self.assertEqual(publisher.wait(FAR_FROM_DONE_S), 0)
        wanted = set(range(1, count + 1))
        missing = lambda: wanted - {json.loads(r["payload"])["values"]["entries_total"] for r in self.kafka("turnstile")}
        wait_until(lambda: not missing(), "all readings in Kafka", timeout_s=FAR_FROM_DONE_S, pause_s=0.5)

    def test_a_fatal_producer_error_costs_a_reconnect_and_nothing_else(self):
        line = self.line = self.enterContext(Line())
        line.start_broker()
        kafka = line.start_dev_kafka()  # which can be told to fail
        bridge = self.start_bridge()
        self.listen()
        self.publish("wayside/v1/demo/72/bike_status", reading("72", 1))
        wait_until(lambda: ("demo", EPOCH, "72", 1) in self.receipted(), "the receipt before the error")
        kafka.kill(signal.SIGUSR1)
        wait_until(lambda: "event=next_produce_spoiled" in kafka.log_text(), "Kafka to be ready to fail")
        for seq in range(2, 12):
            self.publish("wayside/v1/demo/72/bike_status", reading("72", seq))
        wait_until(lambda: "event=kafka_producer_dropped" in bridge.log_text(), "the fatal error")
        wanted = {("demo", EPOCH, "72", seq) for seq in range(1, 12)}
        wait_until(lambda: wanted <= self.receipted(), "all receipts", timeout_s=FAR_FROM_DONE_S)
        self.assertEqual({json.loads(r["payload"])["seq"] for r in self.kafka("station-status")}, set(range(1, 12)))
        self.assertTrue(bridge.running())

    def taken_since_start(self):
        match = re.search(r"^wayside_bridge_messages_received_total (\d+)", self.http("/metrics")[1], re.M)
        return match and int(match[1]) > 0

    def test_while_kafka_stands_still_nothing_is_acknowledged_and_nothing_lost(self):
        self.start_bridge()
        self.listen()
        self.publish("wayside/v1/demo/72/bike_status", reading("72", 1))
        wait_until(lambda: self.receipted(), "the first receipt")
        kafka, bridge = self.kafka_process, self.line.process["bridge"]
        kafka.kill(signal.SIGSTOP)
        try:
            for seq in range(2, 52):
                self.publish("wayside/v1/demo/72/bike_status", reading("72", seq))  # the broker takes it: the publisher is not held up
            wait_until(lambda: "event=waiting_for_kafka" in bridge.log_text(), "the bridge to say that it waits")
            self.assertEqual(self.http("/healthz")[0], 503)
            self.assertIn("kafka not connected", self.http("/healthz")[1])
            self.assertEqual(self.receipted(), {("demo", EPOCH, "72", 1)})
            bridge.kill()  # what it had read was not acknowledged: the broker still has it
            bridge.start()
        finally:
            kafka.kill(signal.SIGCONT)
        bridge.wait_ready()
        wait_until(lambda: len(self.receipted()) == 51, "all receipts")
        self.assertEqual({json.loads(r["payload"])["seq"] for r in self.kafka("station-status")}, set(range(1, 52)))
        wait_until(lambda: self.http("/healthz")[0] == 200, "health")

    def test_it_goes_on_by_itself_when_kafka_is_back(self):
        bridge = self.start_bridge()
        self.listen()
        kafka = self.kafka_process
        kafka.kill(signal.SIGSTOP)
        try:
            self.publish("wayside/v1/demo/72/bike_status", reading("72", 1))
            wait_until(lambda: "event=waiting_for_kafka" in bridge.log_text(), "the bridge to say that it waits")
        finally:
            kafka.kill(signal.SIGCONT)
        wait_until(lambda: self.receipted(), "the receipt")
        wait_until(lambda: "event=kafka_back" in bridge.log_text(), "word that Kafka is back")

    def test_a_stop_while_kafka_stands_still_ends_in_time_and_acknowledges_nothing(self):
        bridge = self.start_bridge(stop_timeout_s=1)
        self.listen()
        kafka = self.kafka_process
        kafka.kill(signal.SIGSTOP)
        try:
            self.publish("wayside/v1/demo/72/bike_status", reading("72", 1))
            wait_until(lambda: "event=waiting_for_kafka" in bridge.log_text(), "the bridge to say that it waits")
            self.assertEqual(bridge.stop(), 0)
        finally:
            kafka.kill(signal.SIGCONT)
        self.assertEqual(self.receipted(), set())
        bridge.start().wait_ready()
        wait_until(lambda: self.receipted() == {("demo", EPOCH, "72", 1)}, "the receipt after the next start")

    def test_it_comes_back_to_a_broker_that_was_away(self):
        bridge = self.start_bridge()
        broker = self.line.process["mosquitto"]
        broker.stop()
        wait_until(lambda: "event=connection_dropped" in bridge.log_text(), "the bridge to notice")
        broker.start().wait_ready()
        self.listen()
        wait_until(lambda: self.http("/healthz")[0] == 200, "health", timeout_s=60)
        self.publish("wayside/v1/demo/72/bike_status", reading("72", 1))
        wait_until(lambda: self.receipted(), "the receipt")


if __name__ == "__main__":
    unittest.main()
