"""Proves central's HTTP interface with real processes: what kcat put into the development Kafka comes out of the API and the
event stream, errors say what to change, promtool accepts the metrics.
"""

import gzip
import json
import resource
import socket
import subprocess
import unittest
import urllib.error
import urllib.request

from central_case import EPOCH, CentralTestCase, info, reading, utc
from line import wait_until
from line.paths import system_program
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka


class Answers(CentralTestCase):
    def setUp(self):
        super().setUp()
        self.start_central(http={"operator_actions": True})

    def test_a_station_its_history_and_its_ledger(self):
        self.produce("station-information", [("72", info(address="Main St"))])
        for seq in range(1, 6):
            self.readings(reading("72", seq, {"num_bikes_available": seq, "is_renting": True}, age_s=10 - seq))
        row = self.station("72", lambda row: row["ledger"]["received"] == 5 and row["info"])
        self.assertEqual((row["name"], row["lat"], row["lon"], row["capacity"], row["agent"], row["kind"]), ("Here", 41.5, -87.5, 31, "demo", "bike"))
        self.assertEqual(row["info"]["address"], "Main St")
        stream = row["streams"]["bike_status"]
        self.assertEqual(stream["values"], {"num_bikes_available": 5, "is_renting": True})
        self.assertEqual((row["state"], stream["state"], stream["report_interval_s"], stream["clock"]), ("live", "live", 60, "synced"))
        self.assertLess(row["age_s"], 30)
        self.assertGreaterEqual(row["stored_at"], row["received_at"])

        whole = self.api.readings("72", "bike_status")
        self.assertEqual([item["seq"] for item in whole], [1, 2, 3, 4, 5])
        self.assertEqual(self.api.readings("72", None, limit=2), whole)
        middle = self.api.readings("72", "bike_status", since=whole[1]["observed_at"], until=whole[3]["observed_at"])
        self.assertEqual([item["values"]["num_bikes_available"] for item in middle], [2, 3])
        ledger = self.api.ledger()
        self.assertEqual(ledger["stations"][0]["accounts"][0]["epoch"], EPOCH)
        self.assertEqual(ledger["agents"][0]["epochs"][0]["received"], 5)

    def test_pages_filters_and_errors(self):
        self.produce("station-information", [(f"p{n:02}", info(lon=float(n))) for n in range(30)])
        self.produce("station-information", [("w%2F1", {"kind": "weather", "streams": {"weather": {}}})])
        wait_until(lambda: len(self.api.stations()) == 30 + 1, "all stations")
        self.assertEqual(len(self.api.stations(limit=7)), 31)
        self.assertEqual(len(self.api.stations(kind="bike", limit=7)), 30)
        self.assertEqual(len(self.api.stations(state="never")), 31)
        self.assertEqual(len(self.api.stations(bbox="9.5,40,12.5,42")), 3)
        self.assertEqual(self.api.station("w%2F1")["station_id"], "w%2F1")
        for query in ({"kind": "tram"}, {"state": "dead"}, {"limit": "0"}, {"limit": "999999"}, {"limit": "x"}, {"bbox": "1,2,3"},
                      {"bbox": "1,9,3,2"}, {"bbox": "nan,1,2,3"}, {"cursor": "?!"}, {"kind": "x" * 9000}):
            self.refused("/api/v1/stations", 400, **query)
        history = "/api/v1/stations/p01/readings"
        for query in ({"stream": "smell"}, {"since": "yesterday"}, {"since": utc(0), "until": utc(60)}, {"limit": "-1"}, {"cursor": "AAAA"}):
            self.refused(history, 400, **query)
        self.refused("/api/v1/stations/nobody", 404)
        self.refused("/api/v1/stations/nobody/readings", 404)
        self.refused("/api/v1/nothing", 404)
        self.refused("/api/v1/quarantine", 400, reason="bad_mood")
        for path, code in (("/api/v1/stations", 405), ("/", 405), ("/api/v1/nothing", 404), ("/nothing", 404)):
            request = urllib.request.Request(self.api.base_url + path, data=b"x", method="POST")
            with self.assertRaises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(request, timeout=5)
            self.assertEqual(caught.exception.code, code, path)
        with socket.create_connection(("127.0.0.1", self.line.central_port), timeout=5) as client:
            client.sendall(b"GET http://elsewhere.example/api/v1/stations/p01 HTTP/1.0\r\n\r\n")
            self.assertIn(b" 200 ", client.recv(1000).splitlines()[0])

    def test_a_large_answer_is_compressed(self):
        self.produce("station-information", [(f"p{n:03}", info()) for n in range(300)])
        wait_until(lambda: len(self.api.stations()) == 300, "all stations")
        request = urllib.request.Request(self.api.base_url + "/api/v1/stations", headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request, timeout=5) as answer:
            self.assertEqual(answer.headers["Content-Encoding"], "gzip")
            body = answer.read()
        self.assertEqual(len(json.loads(gzip.decompress(body))["stations"]), 300)

    def test_refused_items_are_in_one_list_with_reason_and_bytes(self):
        self.produce("station-information", [("72", info())])
        self.station("72", lambda row: row["info"])
        self.readings(reading("72", 1), agent="thief")
        self.readings(reading("72", 1, age_s=-400), reading("72", 2), reading("72", 2, {"num_bikes_available": 33}))
        letter = {"reason": "out_of_range", "detail": "too many", "topic": "wayside/v1/demo/72/bike_status", "agent": "demo", "station_id": "72",
                  "stream": "bike_status", "epoch": EPOCH, "seq": 3, "received_at": utc(), "payload_base64": "eyJiYWQiOjF9"}
        self.produce("dead-letter", [("72", letter)])
        items = wait_until(lambda: (lambda found: found if len(found) == 4 else None)(self.api.quarantine()), "four items")
        self.assertEqual({item["reason"]: item["source"] for item in items},
                         {"not_owner": "central", "future_time": "central", "seq_reused": "central", "out_of_range": "bridge"})
        self.assertEqual([item for item in items if item["seq"] == 3][0]["payload_text"], '{"bad":1}')
        self.assertEqual(len(self.api.quarantine(limit=1)), 4)
        self.assertEqual(len(self.api.quarantine(reason="not_owner")), 1)
        accounts = {account["agent"]: account for account in self.api.station("72")["ledger"]["accounts"]}
        self.assertEqual([accounts["demo"][key] for key in ("accepted", "received", "refused", "missing")], [3, 1, 2, 0])
        self.assertEqual([accounts["thief"][key] for key in ("accepted", "received", "refused")], [1, 0, 1])
        self.assertEqual(self.api.pipeline()["quarantine"]["by_reason"], {"future_time": 1, "not_owner": 1, "out_of_range": 1, "seq_reused": 1})
        self.assertIn("event=quarantined reason=not_owner", self.central.log_text())

    def post(self, path, status=200, headers=None):
        request = urllib.request.Request(self.api.base_url + path, data=b"", method="POST", headers={"X-Wayside-Operator": "1"} if headers is None else headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                self.assertEqual(answer.status, status)
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            self.assertEqual(error.code, status, error.read())
            return json.loads(error.read() or b"{}")

    def test_a_moved_stations_refused_readings_are_replayed_once(self):
        self.produce("station-information", [("72", info())])
        self.readings(reading("72", 1))
        self.station("72", lambda row: row["ledger"]["received"] == 1)
        self.readings(*[reading("72", seq, age_s=-seq) for seq in range(1, 6)], agent="heir")
        self.readings(reading("72", 6, {"num_bikes_available": "many"}), agent="heir")
        items = wait_until(lambda: (lambda found: found if len(found) == 6 else None)(self.api.quarantine()), "six items")
        one = f"/api/v1/quarantine/{min(item['id'] for item in items)}/replay"
        self.post(one, 403, headers={})
        self.post(one, 403, headers={"X-Wayside-Operator": "1", "Origin": "http://evil.example"})
        self.post(one, 403, headers={"X-Wayside-Operator": "1", "X-Forwarded-For": "9.9.9.9"})
        self.refused(one, 405)
        self.assertEqual(self.post(one)["items"][0]["reason"], "not_owner")
        self.post("/api/v1/stations/nobody/move?agent=heir", 404)
        self.post("/api/v1/stations/72/move?agent=heir/", 400)
        self.post("/api/v1/quarantine/999999/replay", 404)
        self.assertEqual(self.post("/api/v1/stations/72/move?agent=heir")["agent"], "heir")
        self.assertEqual(self.post(one)["replayed"], 1)
        self.assertEqual(self.post(one)["items"][0]["outcome"], "already_replayed")
        first = self.post("/api/v1/quarantine/replay?reason=not_owner&limit=3")
        self.assertEqual((first["replayed"], bool(first["next_cursor"])), (3, True))
        last = self.post(f"/api/v1/quarantine/replay?reason=not_owner&limit=3&cursor={first['next_cursor']}")
        self.assertEqual((last["replayed"], last["next_cursor"]), (1, None))
        row = self.api.station("72")
        accounts = {account["agent"]: account for account in row["ledger"]["accounts"]}
        self.assertEqual([accounts["heir"][key] for key in ("accepted", "received", "refused", "missing")], [6, 5, 1, 0])
        self.assertEqual((row["agent"], row["ledger"]["received"]), ("heir", 6))
        self.assertEqual([item["reason"] for item in self.api.quarantine()], ["bad_type"])
        self.assertEqual(len(self.api.quarantine(state="replayed")), 5)
        self.assertEqual(self.api.get("/api/v1/quarantine")["counts"], {"bad_type": 1})

    def test_agents_and_bridges_say_how_they_are(self):
        health = {"agent": "demo", "status": "online", "version": "0.1.0", "at": utc(), "started_at": utc(), "clock": "synced", "drivers": [],
                  "outbox": {"readings": 3, "bytes": 900, "bytes_max": 9000, "hours_left": None},
                  "epochs": [{"epoch": EPOCH, "accepted": 5, "receipted": 2, "refused": 0, "dropped": 0, "waiting": 3}]}
        bridge = {"bridge": "wayside-bridge", "status": "online", "version": "0.1.0", "at": utc(), "received_total": 7, "warnings": []}
        self.produce("agent-health", [("demo", health)])
        self.produce("agent-health", [("bridge:wayside-bridge", bridge)], agent="bridge:wayside-bridge")
        self.readings(reading("72", 1, age_s=1), reading("72", 2))
        self.station("72", lambda row: row["ledger"]["received"] == 2)
        pipeline = wait_until(lambda: (lambda p: p if p["agents"] and p["bridges"] else None)(self.api.pipeline()), "health")
        self.assertEqual(pipeline["agents"][0]["outbox"]["readings"], 3)
        self.assertLess(pipeline["agents"][0]["age_s"], 30)
        self.assertEqual(pipeline["bridges"][0]["received_total"], 7)
        self.assertEqual(pipeline["kafka"]["state"], "ok")
        self.assertEqual(len(pipeline["kafka"]["partitions"]), 8 * 4)
        totals = self.api.ledger()["totals"]
        self.assertEqual((totals["accepted"], totals["received"], totals["waiting"]), (5, 2, 3))

    def test_metrics_are_clean_and_the_page_is_safe(self):
        self.readings(reading("72", 1))
        self.station("72")
        _, headers, metrics = self.api.get_bytes("/metrics")
        self.assertIn("version=0.0.4", headers["Content-Type"])
        judged = subprocess.run([system_program("promtool"), "check", "metrics"], input=metrics, capture_output=True, timeout=20)
        self.assertEqual(judged.returncode, 0, judged.stdout + judged.stderr)
        self.assertIn(b'wayside_central_readings_total{stream="bike_status"} 1', metrics)
        self.assertEqual(self.api.get("/healthz"), {"status": "ok"})
        self.assertEqual(self.ready()["status"], "ready")
        _, headers, page = self.api.get_bytes("/")
        self.assertIn(b"<html", page.lower())
        self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        again = urllib.request.Request(self.api.base_url + "/", headers={"If-None-Match": headers["ETag"]})
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(again, timeout=5)
        self.assertEqual(caught.exception.code, 304)

    def test_a_retired_station_leaves_and_its_history_stays(self):
        self.produce("station-information", [("72", info())])
        self.readings(reading("72", 1))
        self.station("72", lambda row: row["info"] and row["age_s"] is not None)
        self.produce("station-information", [("72", None)])
        wait_until(lambda: not self.api.stations(), "the station to leave")
        self.assertEqual(len(self.api.readings("72", None)), 1)


class Safety(CentralTestCase):
    def test_nobody_may_change_anything_until_a_setting_says_so(self):
        self.start_central()
        request = urllib.request.Request(self.api.base_url + "/api/v1/stations/72/move?agent=heir", data=b"", method="POST",
                                         headers={"X-Wayside-Operator": "1"})
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request, timeout=5)
        self.assertEqual(caught.exception.code, 403)
        self.assertIn("http.operator_actions", json.loads(caught.exception.read())["detail"])

    def test_the_limit_of_open_files_is_raised(self):
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))  # central inherits it
        try:
            self.start_central()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
        self.assertEqual(resource.prlimit(self.central.child.pid, resource.RLIMIT_NOFILE), (before[1], before[1]))


class Events(CentralTestCase):
    def test_snapshot_deltas_and_resume(self):
        self.start_central()
        self.produce("station-information", [("72", info())])
        self.station("72", lambda row: row["info"])
        with self.api.events() as stream:
            events = iter(stream)
            kind, first_id, data = next(events)
            self.assertEqual((kind, [row["station_id"] for row in data["stations"]]), ("snapshot", ["72"]))
            self.readings(reading("72", 1))
            kind, second_id, data = next(events)
            self.assertEqual((kind, data["stations"][0]["streams"]["bike_status"]["values"]), ("delta", {"num_bikes_available": 1}))
        self.readings(reading("72", 2))
        self.produce("station-information", [("72", None)])
        wait_until(lambda: not self.api.stations(), "the station to leave")
        with self.api.events(last_event_id=second_id) as stream:
            seen = []
            for kind, event_id, data in stream:
                seen.append((kind, event_id))
                if data["removed"] == ["72"]:
                    break
        self.assertTrue(all(kind == "delta" for kind, _ in seen))
        numbers = [int(event_id.rsplit("-", 1)[1]) for event_id in (first_id, second_id, *(event_id for _, event_id in seen))]
        self.assertEqual(numbers, sorted(set(numbers)))
        self.kill_and_start()
        with self.api.events(last_event_id=seen[-1][1]) as stream:
            kind, event_id, data = next(iter(stream))
        self.assertEqual((kind, data["stations"]), ("snapshot", []))
        self.assertGreater(int(event_id.rsplit("-", 1)[1]), numbers[-1])  # the numbers grow over restarts too

    def test_age_alone_is_told(self):
        """The interval leaves time for a slow kcat: `observed_at` is made before it starts."""
        self.start_central()
        self.produce("station-information", [("72", info(streams={"bike_status": {"report_interval_s": 3}}))])
        self.station("72", lambda row: row["info"])
        with self.api.events() as stream:
            events = iter(stream)
            next(events)
            self.readings(reading("72", 1))
            states = []
            for _, _, data in events:
                states += [row["state"] for row in data["stations"]]
                if states[-1] == "silent":
                    break
        self.assertEqual(list(dict.fromkeys(states)), ["live", "late", "silent"])


if __name__ == "__main__":
    unittest.main()
