"""Holds central against its OpenAPI document: a linter accepts the document, every answer of a list of requests is documented and
valid by its schema (no field is left out of it), what lies outside a parameter's bounds is refused, and abuse is answered
quickly with what to change. Which routes there are is compared in tests/unit/central/openapi_test.cc.
"""

import json
import re
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

from central_case import EPOCH, CentralTestCase, info, reading, utc
from line import wait_until
from line.node import run_node
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka


class Description(CentralTestCase):
    def setUp(self):
        super().setUp()
        self.start_central(http={"operator_actions": True}, gbfs={"feed_contact_email": "feeds@example.org"})
        self.document = self.api.get("/api/v1/openapi.json")

    def ask(self, method, path, headers=None):
        """The answer as tests/node/answers.mjs takes it, and the seconds it took."""
        request = urllib.request.Request(self.api.base_url + path, data=b"" if method == "POST" else None, method=method,
                                         headers={"X-Wayside-Operator": "me", **(headers or {})})
        began = time.monotonic()
        try:
            answer = urllib.request.urlopen(request, timeout=10)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            media, text = (answer.headers["Content-Type"] or "").split(";")[0], answer.read()
            body = json.loads(text) if re.search(r"[/+]json$", media) and text else text.decode()
        return {"method": method, "path": path.split("?")[0], "status": answer.status, "type": media, "body": body}, time.monotonic() - began

    def fill(self):
        self.produce("station-information", [("72", info(address="Main St 1")), ("r1", {"kind": "rail", "name": "Stop", "lines": ["red"], "stop_sequence": {"red": 4}, "streams": {"arrival": {}}}),
                                             ("w1", {"kind": "weather", "lat": 41, "lon": -87, "streams": {"weather": {"report_interval_s": 60}}})])
        self.readings(reading("72", 1, {"num_bikes_available": 1, "num_docks_available": 2}), reading("72", 5, {"num_bikes_available": 3, "extra": {"a": [None]}}),
                      reading("72", 6, age_s=-400), reading("72", None, {"num_bikes_available": 3}, age_s=1))
        self.readings(reading("72", 1), agent="thief")
        self.readings(reading("w1", 1, {"air_temperature_C": 7.5, "weather_condition": "rain"}, stream="weather"), topic="weather")
        health = {"agent": "demo", "status": "online", "version": "0.1.0", "at": utc(), "clock": "synced", "drivers": [],
                  "epochs": [{"epoch": EPOCH, "accepted": 9, "receipted": 6, "refused": 0, "dropped": 0, "waiting": 3}]}
        self.produce("agent-health", [("demo", health)])
        self.station("72", lambda row: row["ledger"]["received"] == 2)
        wait_until(lambda: len(self.api.quarantine()) == 2 and self.api.pipeline()["agents"] and self.api.station("w1")["age_s"] is not None, "all of it")

    def test_a_linter_accepts_the_document(self):
        path = self.line.folder / "openapi.json"
        path.write_text(json.dumps(self.document), encoding="utf-8")
        judged = run_node("node_modules/@redocly/cli/bin/cli.js", "lint", "--max-problems=20", path)
        self.assertEqual(judged.returncode, 0, judged.stdout + judged.stderr)

    def test_every_answer_is_as_described(self):
        self.fill()
        items = [item["id"] for item in self.api.quarantine()]
        self.assertEqual(self.api.station("r1")["stop_sequence"], {"red": 4})
        asked = [f"/api/v1/picture?at={utc(0)}", f"/api/v1/picture?at={utc(1e6)}&kind=bike&bbox=-88,41,-87,42", "/api/v1/picture", f"/api/v1/picture?at={utc(-60)}", "/api/v1/stations", "/api/v1/stations?near=-87.5,41.5", "/api/v1/stations?limit=1", "/api/v1/stations?format=csv", "/api/v1/stations?format=ndjson",
                 "/api/v1/stations?kind=tram", "/api/v1/stations.geojson", "/api/v1/stations.geojson?near=-87.5,41.5", "/api/v1/stations/72", "/api/v1/stations/r1", "/api/v1/stations/nobody",
                 "/api/v1/stations/72/readings", "/api/v1/stations/72/readings?stream=weather", "/api/v1/stations/72/readings?format=csv", "/api/v1/stations/72/readings?format=ndjson",
                 "/api/v1/stations/72/aggregates?stream=bike_status", "/api/v1/stations/72/aggregates?stream=bike_status&resolution=minute&limit=1", "/api/v1/stations/nobody/aggregates?stream=weather",
                 "/api/v1/stations/72/aggregates?stream=bike_status&format=csv", "/api/v1/stations/72/aggregates?stream=bike_status&format=ndjson", "/api/v1/weather-and-use?station=72&format=csv", "/api/v1/weather-and-use?station=72&format=ndjson",
                 "/api/v1/stations/72/forecast", "/api/v1/stations/w1/forecast", "/api/v1/stations/nobody/forecast",
                 "/api/v1/weather-and-use?station=72", "/api/v1/weather-and-use?station=nobody", "/api/v1/alerts", "/api/v1/alerts?state=all&limit=1",
                 "/api/v1/stations/nobody/readings", "/api/v1/ledger", "/api/v1/ledger?limit=1", "/api/v1/ledger?day=2020-01-01", "/api/v1/pipeline", "/api/v1/quarantine?state=all",
                 "/api/v1/quarantine?limit=1", "/api/v1/openapi.json", "/api/v1/page", "/tiles/base.pmtiles", "/metrics", "/healthz", "/readyz", "/gbfs/2.3/gbfs.json", "/gbfs/3.0/manifest.json", "/gbfs/2.3/nothing.json"]
        answers = [self.ask("GET", path)[0] for path in asked]
        etag = urllib.request.urlopen(self.api.base_url + "/api/v1/stations?kind=rail", timeout=5).headers["ETag"]
        unchanged, _ = self.ask("GET", "/api/v1/stations?kind=rail", {"If-None-Match": etag})
        self.assertEqual(unchanged["status"], 304)
        answers += [self.ask("POST", path)[0] for path in (f"/api/v1/quarantine/{items[0]}/replay", "/api/v1/quarantine/999999/replay", "/api/v1/quarantine/replay?reason=not_owner",
                                                          "/api/v1/quarantine/replay", "/api/v1/stations/72/move?agent=heir", "/api/v1/stations/nobody/move?agent=heir", "/api/v1/stations/72/move")]
        answers.append(self.ask("POST", "/api/v1/stations/72/move?agent=heir", {"Origin": "http://evil.example"})[0])
        self.assertEqual({answer["status"] for answer in answers}, {200, 400, 403, 404})
        judged = run_node("answers.mjs", text=json.dumps({"document": self.document, "answers": answers}))
        self.assertEqual(judged.returncode, 0, judged.stdout + judged.stderr)
        self.assertIn(f"{len(answers)} answers, 0 wrong", judged.stdout)
        # The judge is one: a field that is not described, or a missing one, does not pass.
        spoiled = [{**answers[4], "body": {**answers[4]["body"], "undocumented": 1}}, {**answers[12], "body": {key: value for key, value in answers[12]["body"].items() if key != "ledger"}},
                   {**answers[4], "status": 201}]
        self.assertIn("3 answers, 3 wrong", run_node("answers.mjs", text=json.dumps({"document": self.document, "answers": spoiled})).stdout)

    def outside(self, schema):
        """Values that the schema does not take, each as text."""
        if "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].split("/")[-1]]
        values = []
        if "minimum" in schema:
            values += [schema["minimum"] - 1, "x", "1.5", "9" * 30]
        if "maximum" in schema:
            values.append(schema["maximum"] + 1)
        if "enum" in schema:
            values += ["nothing_of_it", "x" * 10_000]
        if "maxLength" in schema:
            values.append("x" * (schema["maxLength"] + 1))
        if schema.get("format") in ("date", "date-time"):
            values += ["yesterday", "2026-13-01", "x" * 10_000]
        if "pattern" in schema:
            values += [value for value in ("?!", "%00", "a b") if not re.search(schema["pattern"], value)]
        return values

    def test_what_is_outside_a_parameters_bounds_is_refused(self):
        self.produce("station-information", [("72", info())])
        self.station("72")
        asked = 0
        for pattern, item in self.document["paths"].items():
            path = pattern.replace("{id}", "72").replace("{file}", "gbfs.json")
            for method, operation in item.items():
                for parameter in operation.get("parameters", []):
                    if "$ref" in parameter:
                        parameter = self.document["components"]["parameters"][parameter["$ref"].split("/")[-1]]
                    if parameter["in"] != "query":
                        continue
                    name = parameter["name"]
                    # What a parameter needs beside it to count.
                    examples = {"station": "72", "reason": "not_owner", "stream": "bike_status", "at": utc()}
                    beside = "".join(f"&{other['name']}={examples[other['name']]}" for other in operation["parameters"]
                                     if other.get("required") and other["in"] == "query" and other["name"] != name)
                    beside += "&near=0,0" if name == "radius_m" else ""
                    for value in self.outside(parameter["schema"]):
                        answer, seconds = self.ask(method.upper(), f"{path}?{name}={urllib.parse.quote(str(value), safe='')}{beside}")
                        where = f"{method} {path} {name}={str(value)[:40]}"
                        self.assertEqual((answer["status"], answer["type"]), (400, "application/problem+json"), where)
                        self.assertIn(name, answer["body"]["detail"], where)
                        self.assertIn("try ", answer["body"]["detail"], where)
                        self.assertLess(len(answer["body"]["detail"]), 400, where)
                        self.assertLess(seconds, 2, where)
                        asked += 1
                    self.assertTrue(self.outside(parameter["schema"]), f"{path} {name} has no bounds")
        self.assertGreater(asked, 100)

    def test_abuse_is_answered_quickly_with_what_to_change(self):
        for method, path, status in (("GET", "/api/v1/stations/" + "x" * 10_000, 404), ("GET", "/api/v1/stations/%00%ff/readings", 404), ("GET", "/api/v1/stations?" + "&".join(["limit=1"] * 1000), 200),
                                     ("GET", "/api/v1/" + "a/" * 5000, 404), ("GET", f"/api/v1/stations/72/readings?since={utc(0)}&until={utc(60)}", 400), ("DELETE", "/api/v1/stations", 405),
                                     ("GET", "/api/v1/stations?cursor=" + "A" * 500, 400), ("GET", "/api/v1/ledger?cursor=AAAA", 400), ("GET", "/api/v1/quarantine?cursor=AAAA", 400),
                                     ("GET", "/gbfs/2.3/..%2f..%2fetc%2fpasswd", 404), ("GET", "/gbfs/4.0/gbfs.json", 404), ("POST", "/api/v1/quarantine/x/replay", 404)):
            answer, seconds = self.ask(method, path)
            self.assertEqual(answer["status"], status, path[:80])
            self.assertLess(seconds, 2, path[:80])
            if status >= 400:
                self.assertEqual(answer["type"], "application/problem+json", path[:80])
                self.assertTrue(0 < len(answer["body"]["detail"]) < 400, answer["body"])


class Standards(CentralTestCase):
    def serve(self, **gbfs):
        self.start_central(gbfs=gbfs)
        self.produce("station-information", [("72", info("Harrison St", address="Harrison St 2")), ("73", info("Silent")), ("new", info("Never reported")),
                                             ("w1", {"kind": "weather", "lat": 1, "lon": 2}), ("off", info("Off the map") | {"lat": 0, "lon": 0})])
        self.readings(reading("72", 1, {"num_bikes_available": 5, "num_ebikes_available": 2, "num_docks_available": 9, "num_bikes_disabled": 1, "num_docks_disabled": 0,
                                        "is_installed": True, "is_renting": True, "is_returning": True}),
                      reading("73", 1, {"num_bikes_available": 3, "num_docks_available": 1, "is_installed": True, "is_renting": True, "is_returning": True}, age_s=1000),
                      reading("off", 1, {"num_bikes_available": 0, "is_renting": False}))
        self.station("off", lambda row: row["age_s"] is not None)

    def judge(self, version):
        judged = run_node("gbfs.mjs", version, f"{self.api.base_url}/gbfs/{version}/gbfs.json")
        self.assertEqual(judged.returncode, 0, judged.stdout + judged.stderr)
        return json.loads(judged.stdout.splitlines()[-1])

    def test_validators_accept_the_feeds(self):
        self.serve(system_id="wayside_test", name="Wayside Test", language="en", timezone="America/Chicago", feed_contact_email="feeds@example.org", ebike_range_m=60_000, ttl_s=10)
        self.assertEqual(self.judge("2.3"), {"files": ["gbfs", "gbfs_versions", "station_information", "station_status", "system_information", "vehicle_types"], "stations": 3, "problems": 0})
        self.assertEqual(self.judge("3.0"), {"files": ["gbfs", "gbfs_versions", "manifest", "station_information", "station_status", "system_information", "vehicle_types"], "stations": 3, "problems": 0})
        status = {row["station_id"]: row for row in self.api.get("/gbfs/2.3/station_status.json")["data"]["stations"]}
        rows = {row["station_id"]: row for row in self.api.stations(kind="bike")}
        self.assertEqual(sorted(status), ["72", "73", "off"], "a station that never reported has no count to tell")
        self.assertEqual(status["72"]["vehicle_types_available"], [{"vehicle_type_id": "bike", "count": 3}, {"vehicle_type_id": "ebike", "count": 2}])
        self.assertEqual([status["72"][key] for key in ("num_bikes_available", "num_docks_available", "num_bikes_disabled", "num_docks_disabled", "is_renting")], [5, 9, 1, 0, True])
        # Silence is told: the last count and its time stay, but nobody is sent there.
        self.assertEqual([status["73"][key] for key in ("num_bikes_available", "is_installed", "is_renting", "is_returning")], [3, True, False, False])
        self.assertEqual(rows["73"]["state"], "silent")
        new = {row["station_id"]: row for row in self.api.get("/gbfs/3.0/station_status.json")["data"]["stations"]}
        self.assertEqual({key: row["last_reported"] for key, row in new.items()}, {key: rows[key]["streams"]["bike_status"]["observed_at"] for key in new})
        self.assertEqual(new["72"]["num_vehicles_available"], 5)
        self.assertEqual(self.api.get("/gbfs/3.0/station_information.json")["data"]["stations"][0]["name"], [{"text": "Harrison St", "language": "en"}])

    def test_what_is_not_known_is_not_served(self):
        self.serve()
        self.assertEqual(self.judge("2.3")["files"], ["gbfs", "gbfs_versions", "station_information", "station_status", "system_information"])
        self.assertEqual([version["version"] for version in self.api.get("/gbfs/2.3/gbfs_versions.json")["data"]["versions"]], ["2.3"])
        self.assertIn("gbfs.feed_contact_email", self.refused("/gbfs/3.0/gbfs.json", 404)["detail"])
        self.refused("/gbfs/2.3/vehicle_types.json", 404)


if __name__ == "__main__":
    unittest.main()
