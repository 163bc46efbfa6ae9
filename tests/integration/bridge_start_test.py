"""Proves how the bridge starts, who may come in, and that the minimal client of bridge/README.md works: real mosquitto,
real Kafka, other people's clients.
"""

import json
import os
import re
import subprocess
import sys
import unittest

from bridge_case import LINE_BUFFERED, BridgeTestCase, reading
from line import Line, Process, wait_until
from line.paths import REPO, program, system_program
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka


def python_with_paho():
    """An interpreter that has Debian's python3-paho-mqtt."""
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import paho.mqtt.client"], capture_output=True).returncode == 0:
            return python
    raise FileNotFoundError("python3-paho-mqtt is not installed: ./wayside test installs what the tests need")


class Start(unittest.TestCase):
    def test_missing_topics_end_the_start_with_the_command_that_makes_them(self):
        line = self.enterContext(Line())
        line.start_broker()
        mock = subprocess.Popen([system_program("kcat"), "-b", "none:1", "-X", "test.mock.num.brokers=1", "-X", "debug=mock", "-P",
                                 "-t", "unused"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(mock.wait)
        self.addCleanup(mock.stderr.close)
        self.addCleanup(mock.stdin.close)
        line.use_kafka(re.search(r"bootstrap\.servers=(\S+)", mock.stderr.readline())[1])
        bridge = line.start_bridge(wait=False)
        wait_until(lambda: not bridge.running(), "the bridge to end")
        self.assertEqual(bridge.returncode(), 2)
        self.assertIn("Error: Kafka has no topic station-information", bridge.log_text())
        self.assertIn("Try: wayside-bridge topics", bridge.log_text())

    def test_bad_settings_end_the_start(self):
        for setting, words in (("batch_messages=0", "batch_messages: is out of bounds (got 0)"), ("mqtt.clientid=x", "did you mean mqtt.client_id"),
                               ("mqtt.client_id=''", "mqtt.client_id: must not be empty"), ("metrics_listen=here", "metrics_listen")):
            with self.subTest(setting):
                ended = subprocess.run([program("wayside-bridge"), "--set", setting], capture_output=True, text=True, timeout=30)
                self.assertEqual(ended.returncode, 2)
                self.assertIn(words, ended.stderr)

    def test_topics_that_are_there_are_left_alone_and_another_count_is_an_error(self):
        line = self.enterContext(Line())
        line.start_kafka(partitions=3)
        command = [program("wayside-bridge"), "topics", "--set", f"kafka.brokers='{line.brokers}'", "--set"]
        same = subprocess.run([*command, "kafka.partitions=3"], capture_output=True, text=True, timeout=60)
        self.assertEqual(same.returncode, 0, same.stderr)
        self.assertEqual(same.stdout.count("was there"), 9)
        other = subprocess.run([*command, "kafka.partitions=4"], capture_output=True, text=True, timeout=60)
        self.assertEqual(other.returncode, 1)
        self.assertIn("the count is fixed for life", other.stderr)


class AccessList(unittest.TestCase):
    def test_it_works_over_tls_with_users_under_the_shipped_access_list(self):
        line = self.enterContext(Line(tls=True, users={"demo": "demo-secret", "mallory": "mallory-secret"}))
        line.start_broker()
        line.start_kafka()
        bridge = line.start_bridge(settings={"mqtt": {"port": line.mqtt_tls_port, "tls": True, "ca_file": str(line.certs.ca)}})
        self.assertNotIn("bridge-secret", bridge.log_text())
        login = ["-p", line.mqtt_tls_port, "--cafile", line.certs.ca, "-u", "demo", "-P", "demo-secret", "-V", "mqttv5", "-q", "1"]
        listener = Process("receipts", [*LINE_BUFFERED, system_program("mosquitto_sub"), *login, "-t", "wayside/v1/demo/receipts", "-d"],
                           line.log_path("receipts"), ready="Subscribed (mid")
        line.process["receipts"] = listener
        listener.start().wait_ready()
        publish = [system_program("mosquitto_pub"), *map(str, login), "-m", json.dumps(reading("72", 1)), "-t"]
        subprocess.run([*publish, "wayside/v1/mallory/72/bike_status"], timeout=20, capture_output=True)  # not its name: denied
        subprocess.run([*publish, "wayside/v1/demo/72/bike_status"], check=True, timeout=20)
        wait_until(lambda: '"72":[[1,1]]' in listener.log_text(), "the receipt over TLS")
        out = subprocess.run([system_program("kcat"), "-b", line.brokers, "-C", "-t", "station-status", "-e", "-q", "-f", "%h\n"],
                             check=True, capture_output=True, text=True, timeout=60).stdout
        self.assertEqual(out.count("agent=demo"), 1)
        self.assertNotIn("mallory", out)


class MinimalClient(BridgeTestCase):
    def test_the_readmes_client_delivers_and_leaves(self):
        python = python_with_paho()
        text = (REPO / "bridge" / "README.md").read_text(encoding="utf-8")
        script = self.line.folder / "mini.py"
        script.write_text(re.search(r"```python\n(.*?)```", text, re.S)[1], encoding="utf-8")
        self.start_bridge()
        ended = subprocess.run([python, script], input="4.5\n4.6\n-90.5\n4.7\n", text=True, capture_output=True, timeout=60,
                               env={**os.environ, "MQTT_PORT": str(self.line.mqtt_port)})
        self.assertEqual(ended.returncode, 0, ended.stderr)
        values = {json.loads(r["payload"])["values"]["air_temperature_C"] for r in self.kafka("weather")}
        self.assertEqual(values, {4.5, 4.6, 4.7})
        self.assertEqual(json.loads(self.kafka("dead-letter")[0]["payload"])["reason"], "out_of_range")
        self.assertEqual(self.kafka("station-information")[0]["key"], "mini-1")


if __name__ == "__main__":
    unittest.main()
