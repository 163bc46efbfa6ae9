"""Proves that a station's history and its aggregates come out whole in each format and of any length, with a real central: columns, fields that the
contract does not know, limits, and the memory that a long export needs.
"""

import csv
import gzip
import io
import json
import unittest
import urllib.request

from central_case import CentralTestCase, info, reading
from line import wait_until
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka


class Exports(CentralTestCase):
    def open(self, path, headers=None):
        return urllib.request.urlopen(urllib.request.Request(self.api.base_url + path, headers=headers or {}), timeout=60)

    def test_the_same_history_in_each_format(self):
        self.start_central()
        self.produce("station-information", [("72", info())])
        self.readings(reading("72", 1, {"num_bikes_available": 1, "is_renting": True, "odd": [1, "a,b"]}, age_s=30),
                      reading("72", 2, {"num_bikes_available": 2, "operator": 'say "hi"'}, age_s=20), reading("72", None, {}, age_s=10))
        self.readings(reading("72", 3, {"air_temperature_C": 7.5}, stream="weather", age_s=5), topic="weather")
        wait_until(lambda: len(self.api.readings("72", None)) == 4, "four readings")
        path = "/api/v1/stations/72/readings?format="
        with self.open(path + "ndjson") as answer:
            self.assertEqual(answer.headers["Content-Type"], "application/x-ndjson")
            lines = [json.loads(line) for line in answer]
        rows = self.api.readings("72", None)
        self.assertEqual(lines, [{"station_id": "72", **row} for row in rows])
        with self.open(path + "csv&stream=bike_status") as answer:
            table = list(csv.DictReader(io.StringIO(answer.read().decode(), newline="")))
        self.assertEqual([line["num_bikes_available"] for line in table], ["1", "2", ""])
        self.assertEqual([line["seq"] for line in table], ["1", "2", ""])
        self.assertEqual([line["is_renting"] for line in table], ["true", "", ""])
        self.assertEqual([json.loads(line["other"] or "null") for line in table], [{"odd": [1, "a,b"]}, {"operator": 'say "hi"'}, None])
        self.assertEqual([line["observed_at"] for line in table], [row["observed_at"] for row in rows if row["stream"] == "bike_status"])
        with self.open(path + "csv&stream=weather&since=" + rows[-1]["observed_at"]) as answer:
            self.assertEqual(next(csv.DictReader(io.StringIO(answer.read().decode())))["air_temperature_C"], "7.5")
        with self.open(path + "ndjson&limit=2") as answer:
            self.assertEqual(len(answer.readlines()), 2)
        self.assertIn("stream", self.refused("/api/v1/stations/72/readings", 400, format="csv")["detail"])

    def lines(self, path, accept):
        with self.open(path, {"Accept": accept}) as answer:
            self.assertEqual(answer.headers["Content-Type"].split(";")[0], accept)
            text = answer.read().decode()
        return list(csv.DictReader(io.StringIO(text, newline=""))) if accept == "text/csv" else [json.loads(line) for line in text.splitlines()]

    def same_rows(self, table, rows):
        """CSV beside JSON: what is null is an empty cell."""
        self.assertEqual(table, [{name: "" if value is None else str(value) for name, value in row.items()} for row in rows])

    def test_the_same_aggregates_in_each_format(self):
        self.start_central()
        self.produce("station-information", [("72", info())])
        # Two days and a bit by the minute: more than a part.
        minutes = 3000
        self.readings(*(reading("72", n + 1, {"num_bikes_available": n % 9}, age_s=60 * (minutes - n)) for n in range(minutes)))
        self.readings(*(reading("w1", n + 1, {"air_temperature_C": n / 8}, stream="weather", age_s=600 * (300 - n)) for n in range(300)), topic="weather")
        self.readings(*(reading("r1", n + 1, {"vehicle_id": "T", "route_id": "red, blue", "direction_id": "ab"[n % 2], "vehicle_status": "in_service"},
                                stream="arrival", age_s=60 * (400 - n)) for n in range(400)), topic="arrivals")
        self.produce("station-information", [("w1", {**info(lat=41.51), "kind": "weather"})])
        self.wait_stored(minutes + 700)
        for station, stream, resolution, least in (("72", "bike_status", "minute", 2999), ("72", "bike_status", "hour", 50), ("w1", "weather", "minute", 299),
                                                   ("r1", "arrival", "hour", 12)):
            path = f"/api/v1/stations/{station}/aggregates"
            query = f"{path}?stream={stream}&resolution={resolution}"
            rows = self.api.pages(path, "aggregates", stream=stream, resolution=resolution, limit=700)
            self.assertGreaterEqual(len(rows), least)
            self.assertEqual(self.lines(query, "application/x-ndjson"), [{"station_id": station, "stream": stream, "resolution": resolution, **row} for row in rows])
            self.same_rows(self.lines(query, "text/csv"), [{"station_id": station, **row} for row in rows])
            self.assertEqual(self.lines(query + "&limit=5", "application/x-ndjson"), [{"station_id": station, "stream": stream, "resolution": resolution, **row} for row in rows[:5]])
        self.assertEqual({row["route_id"] for row in rows}, {"red, blue"})

        use = self.api.get("/api/v1/weather-and-use", station="72")
        self.assertGreater(len(use["hours"]), 48)
        context = {name: use[name] for name in ("station_id", "use", "weather_station_id")}
        self.assertEqual(self.lines("/api/v1/weather-and-use?station=72", "application/x-ndjson"), [{**context, **hour} for hour in use["hours"]])
        self.same_rows(self.lines("/api/v1/weather-and-use?station=72", "text/csv"), [{**context, **hour} for hour in use["hours"]])
        self.refused("/api/v1/weather-and-use", 400, station="72", format="xml")
        self.refused("/api/v1/stations/72/aggregates", 400, stream="bike_status", format="xml")

    def test_a_long_export_needs_no_memory(self):
        self.start_central()
        self.central.stop()
        # The sanitizer keeps freed memory back, which is not what is measured.
        self.central.env = {"ASAN_OPTIONS": "quarantine_size_mb=1"}
        self.central.start().wait_ready()
        count = 120_000
        for first in range(1, count, 20_000):
            self.readings(*[reading("72", seq, {"num_bikes_available": seq % 40}, age_s=count - seq) for seq in range(first, first + 20_000)])
        wait_until(lambda: self.api.get("/api/v1/ledger")["totals"]["received"] >= count, "all readings", 120)
        before = self.central.memory_kb("VmRSS")
        with self.open("/api/v1/stations/72/readings?format=ndjson", {"Accept-Encoding": "gzip"}) as answer:
            self.assertEqual(answer.headers["Content-Encoding"], "gzip")
            seqs, size = [], 0
            for line in gzip.open(answer):
                seqs.append(json.loads(line)["seq"])
                size += len(line)
                if len(seqs) % 10_000 == 0:
                    self.assertLess(self.central.memory_kb("VmRSS") - before, 16 * 1024, "more than 16 MB for an export of 28")
        self.assertEqual(seqs, list(range(1, count + 1)))
        self.assertGreater(size, 27_000_000)
        pages = self.api.readings("72", "bike_status", limit=10_000)
        self.assertEqual([row["seq"] for row in pages], seqs)
        metrics = self.api.get_bytes("/metrics")[2]
        self.assertRegex(metrics, rb"wayside_central_exports_total [1-9]")


if __name__ == "__main__":
    unittest.main()
