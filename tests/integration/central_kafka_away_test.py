"""Proves that a running central notices a Kafka that is killed or hangs, says so, and goes on by itself, losing nothing.

A real Kafka of its own is killed, stopped (SIGSTOP) and comes back; /readyz and the log are the judges.
"""

import signal
import time
import unittest
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from central_case import CentralTestCase, reading
from line import Line, wait_until
from line.ports import free_port
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka

NOTICED_WITHIN_S = 25  # 10 s of silence, and a slow machine


class KafkaAway(CentralTestCase):
    PARTITIONS = 1

    def setUp(self):
        self.line = self.enterContext(Line())
        self.line.start_real_kafka(partitions=self.PARTITIONS)

    def wait_state(self, state, timeout_s):
        return wait_until(lambda: (lambda ready: ready if ready["ingest"] == state else None)(self.ready()), f"state {state}", timeout_s,
                          watch=self.central.check)

    def wait_noticed(self):
        began = time.monotonic()
        told = self.wait_state("waiting_for_kafka", NOTICED_WITHIN_S)
        print(f"noticed after {time.monotonic() - began:.1f} s: {told['reasons']}", flush=True)
        self.assertEqual((told["http"], told["status"]), (503, "not_ready"))
        self.assertTrue(told["reasons"])
        return told

    def test_a_kafka_that_hangs_or_dies_is_noticed_and_central_goes_on_by_itself(self):
        self.start_central()
        self.readings(reading("72", 1))
        self.wait_stored(1)
        self.assertEqual(self.ready()["status"], "ready")
        kafka = self.line.process["kafka"]

        kafka.kill(signal.SIGSTOP)
        self.wait_noticed()
        self.assertIn("event=kafka_waiting", self.central.log_text())
        self.assertIn("check that Kafka runs", self.central.log_text())
        kafka.kill(signal.SIGCONT)
        self.wait_state("ok", 60)
        self.readings(reading("72", 2))
        self.wait_stored(2)

        kafka.kill()
        self.wait_noticed()
        self.line.start_real_kafka(partitions=self.PARTITIONS)
        self.wait_state("ok", 60)
        self.readings(reading("72", 3))
        self.wait_stored(3)
        self.assertEqual(self.api.ledger()["totals"]["missing"], 0)

    def test_it_stops_in_good_time_while_kafka_hangs(self):
        self.start_central()
        self.wait_state("ok", 30)
        self.line.process["kafka"].kill(signal.SIGSTOP)
        self.wait_noticed()
        began = time.monotonic()
        self.assertEqual(self.central.stop(), 0)
        self.assertLess(time.monotonic() - began, 15)


class NoKafka(CentralTestCase):
    def setUp(self):
        self.line = self.enterContext(Line())
        self.line.use_kafka(f"127.0.0.1:{free_port()}")

    def replay(self, _):
        request = urllib.request.Request(self.api.base_url + "/api/v1/quarantine/replay?reason=not_owner", data=b"", method="POST",
                                         headers={"X-Wayside-Operator": "1"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status
        except (urllib.error.URLError, ConnectionError):
            return None  # the connection goes with central

    def test_it_stops_cleanly_while_operators_wait(self):
        self.start_central(http={"operator_actions": True})
        with ThreadPoolExecutor(4) as operators:
            # Kafka is asked for 5 s at a time, and nobody is served meanwhile.
            answers = [operators.submit(self.replay, None) for _ in range(4)]
            wait_until(lambda: self.metric("wayside_central_http_connections") >= 5, "four waiting requests and this one")
            self.assertEqual(self.central.stop(), 0, self.central.log_tail())
            print("answered before the end:", [answer.result() for answer in answers], flush=True)
        self.assertNotIn("Sanitizer", self.central.log_text())

    def metric(self, name):
        _, _, text = self.api.get_bytes("/metrics")
        return next(float(line.split()[1]) for line in text.decode().splitlines() if line.startswith(name + " "))


if __name__ == "__main__":
    unittest.main()
