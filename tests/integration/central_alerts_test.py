"""Proves central's alerts with real parts: a webhook receiver that fails first, mosquitto_sub on a real broker, a kill.

Stations fall silent by readings that are old, come back by new ones; the receiver, the subscriber, the API and /metrics judge.
"""

import json
import subprocess
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from central_case import CentralTestCase, info, reading
from line import wait_until
from line.paths import system_program
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka


class Receiver:
    """Refuses the first `failures` calls with 503, then keeps what comes."""

    def __init__(self, failures=0):
        self.failures, self.calls, self.notices, self.tokens = failures, 0, [], set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):  # noqa: N802
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.calls += 1
                receiver.tokens.add(self.headers.get("Authorization"))
                fails = receiver.calls <= receiver.failures
                if not fails:
                    receiver.notices += body["notices"]
                self.send_response(503 if fails else 204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/alerts"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def told(self):
        return [(notice["event"], notice["rule"], notice["station_id"]) for notice in self.notices]


class Alerts(CentralTestCase):
    PARTITIONS = 1

    def receiver(self, failures=0):
        receiver = Receiver(failures)
        self.addCleanup(receiver.close)
        return receiver

    def start(self, **alerts):
        base = {"silent_min": 1, "clear_min": 0, "empty_min": 1}
        self.start_central(alerts={**base, **alerts})

    def alerts(self, **query):
        return self.api.get("/api/v1/alerts", **query)["alerts"]

    def wait_alert(self, rule, timeout_s=120, **query):
        return wait_until(lambda: self.alerts(rule=rule, **query), f"an alert {rule}", timeout_s)

    def test_silence_is_told_once_through_a_failing_receiver_a_kill_and_by_mqtt(self):
        self.line.start_broker()
        receiver = self.receiver(failures=2)
        heard = self.line.folder / "heard"
        with open(heard, "wb") as out:
            subscriber = subprocess.Popen([system_program("mosquitto_sub"), "-p", str(self.line.mqtt_port), "-t", "wayside/alerts", "-q", "1",
                                           "-i", "judge", "-c", "-V", "5", "-x", "3600"], stdout=out)
        self.addCleanup(subscriber.wait)
        self.addCleanup(subscriber.kill)
        token = self.line.secret_file("token", "open-sesame")
        self.start(webhook={"url": receiver.url, "token_file": str(token), "retry_s_max": 2},
                   mqtt={"topic": "wayside/alerts", "port": self.line.mqtt_port})
        self.produce("station-information", [("72", info())])
        self.readings(reading("72", 1, age_s=400))
        alert = self.wait_alert("silent")[0]
        self.assertEqual((alert["station_id"], alert["state"], alert["subject"], alert["closed_at"]), ("72", "open", "station", None))
        self.assertEqual(self.api.get("/api/v1/alerts")["counts"]["silent"], 1)
        wait_until(lambda: receiver.told(), "the webhook")
        self.assertEqual(receiver.told(), [("opened", "silent", "72")])
        self.assertGreaterEqual(receiver.calls, 3)
        self.assertEqual(receiver.tokens, {"Bearer open-sesame"})
        wait_until(lambda: heard.read_text(encoding="utf-8").count("\n") >= 1, "mosquitto_sub")

        self.kill_and_start()
        self.readings(reading("72", 2))
        closed = wait_until(lambda: self.alerts(state="closed"), "the alert to close")[0]
        self.assertEqual((closed["alert_id"], closed["closed_because"]), (alert["alert_id"], "it reports again"))
        wait_until(lambda: len(receiver.told()) >= 2, "the second notice")
        wait_until(lambda: heard.read_text(encoding="utf-8").count("\n") >= 2, "mosquitto_sub")
        self.assertEqual(receiver.told(), [("opened", "silent", "72"), ("closed", "silent", "72")])
        published = [json.loads(line) for line in heard.read_text(encoding="utf-8").splitlines()]
        self.assertEqual([(each["event"], each["alert_id"]) for each in published], [("opened", alert["alert_id"]), ("closed", alert["alert_id"])])
        self.assertEqual([self.alerts(), self.alerts(state="all")], [[], [closed]])
        metrics = self.api.get_bytes("/metrics")[2].decode()
        self.assertIn('wayside_central_alerts_closed_total{rule="silent"} 1', metrics)
        self.assertIn('wayside_central_alert_notices_waiting{channel="webhook"} 0', metrics)
        log = open(self.central.log_path, encoding="utf-8").read()
        self.assertEqual((log.count("event=alert_opened"), log.count("event=alert_closed")), (1, 1))

    def test_impossible_values_agents_and_what_the_api_refuses(self):
        self.start(empty_min=0)
        dead = {"reason": "out_of_range", "detail": "num_bikes_available: below 0", "topic": "wayside/v1/demo/72/bike_status", "agent": "demo",
                "station_id": "72", "stream": "bike_status", "epoch": "9f2c41d07a3be815", "received_at": "2026-11-20T08:11:33.120Z",
                "payload_base64": "e30="}
        self.produce("dead-letter", [("72", {**dead, "seq": 3})])
        self.produce("agent-health", [("demo", {"agent": "demo", "status": "online", "version": "1", "clock": "synced", "epochs": [], "drivers": [],
                                                "outbox": {"readings": 9, "bytes": 95, "bytes_max": 100, "hours_left": 1.5, "fault": ""}})])
        alert = self.wait_alert("impossible_value")[0]
        self.assertEqual((alert["station_id"], alert["detail"]), ("72", "refused: num_bikes_available: below 0"))
        alert = self.wait_alert("outbox")[0]
        self.assertEqual((alert["agent"], alert["station_id"], alert["detail"]), ("demo", None, "the outbox is 95 % full"))
        page = self.api.get("/api/v1/alerts", limit=1)
        rest = self.api.get("/api/v1/alerts", limit=1, cursor=page["next_cursor"])
        self.assertEqual({page["alerts"][0]["rule"], rest["alerts"][0]["rule"]}, {"impossible_value", "outbox"})
        self.assertIsNone(rest["next_cursor"])
        self.assertEqual([each["rule"] for each in self.alerts(station="72")], ["impossible_value"])
        for query in ({"state": "new"}, {"rule": "none"}, {"limit": 0}, {"cursor": "x"}):
            self.refused("/api/v1/alerts", 400, **query)

    def test_maintenance_holds_an_alert_back(self):
        self.start(empty_min=0, maintenance=[{"station": "72", "from": "2020-01-01T00:00:00Z", "until": "2099-01-01T00:00:00Z"}])
        self.readings(reading("72", 1, age_s=4000), reading("73", 1, age_s=4000))
        self.wait_alert("silent", station="73")
        self.assertEqual(self.alerts(station="72"), [])


if __name__ == "__main__":
    unittest.main()
