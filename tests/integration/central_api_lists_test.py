"""Proves lists of stations with a real central: near a place, by line and by words, in pages, as JSON, CSV, NDJSON and GeoJSON,
compressed, and not sent again to a client that has them. GDAL's ogrinfo reads the GeoJSON.
"""

import csv
import gzip
import io
import json
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request
from pathlib import Path

from central_case import CentralTestCase, info, reading
from line import wait_until
from line.paths import system_program
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka


class Lists(CentralTestCase):
    def setUp(self):
        super().setUp()
        self.start_central()
        self.produce("station-information", [("s1", info("Zürich HB", lat=47.378, lon=8.540, address="Bahnhofplatz 1")),
                                             ("s2", info("Central", lat=47.377, lon=8.544, address='Weg "2", hinten')),
                                             ("s3", info("Far", lat=47.5, lon=8.7)), ("s4", info("Nowhere", lat=None, lon=None) | {"lat": 0, "lon": 0}),
                                             ("r1", {"kind": "rail", "name": "Stop", "lat": 47.3781, "lon": 8.5401, "lines": ["red", "blue"],
                                                     "streams": {"arrival": {"report_interval_s": 60}}})])
        self.readings(reading("s1", 1, {"num_bikes_available": 0, "num_docks_available": 9}), reading("s2", 1, {"num_bikes_available": 4, "num_docks_available": 1}),
                      reading("s3", 1, {"num_bikes_available": 7}))
        wait_until(lambda: len(self.api.stations(state="live")) == 3 and len(self.api.stations()) == 5, "all stations")

    def ids(self, **query):
        return [row["station_id"] for row in self.api.stations(**query)]

    def request(self, path, headers=None):
        """(status, headers, body)"""
        try:
            with urllib.request.urlopen(urllib.request.Request(self.api.base_url + path, headers=headers or {}), timeout=10) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def test_near_words_lines_and_counts(self):
        rows = self.api.stations(near="8.540,47.378", radius_m=1000)
        self.assertEqual([row["station_id"] for row in rows], ["s1", "r1", "s2"])
        self.assertEqual([rows[0]["distance_m"], rows[1]["distance_m"] < 20, 300 < rows[2]["distance_m"] < 340], [0, True, True])
        self.assertEqual(self.ids(near="8.540,47.378", radius_m=1000, limit=1), ["s1", "r1", "s2"])
        self.assertEqual(self.ids(near="8.540,47.378", radius_m=1000, bikes_min=1), ["s2"])
        self.assertEqual(self.ids(docks_min=2), ["s1"])
        self.assertEqual(self.ids(q="zurich"), ["s1"])
        self.assertEqual(self.ids(q="bahnhofpl"), ["s1"])
        self.assertEqual(self.ids(q="c", kind="bike"), ["s2"])
        self.assertEqual(self.ids(line="red"), ["r1"])
        self.assertEqual(self.ids(q="stop", near="8.54,47.38", line="blue"), ["r1"])
        self.produce("station-information", [("s1", info("Neuer Name", lat=47.378, lon=8.540))])
        wait_until(lambda: self.ids(q="neuer") == ["s1"], "the new name")
        self.assertEqual(self.ids(q="zurich"), [])
        for query in ({"near": "8"}, {"near": "8,99"}, {"radius_m": "5"}, {"near": "8,47", "radius_m": "1e9"}, {"bikes_min": "-1"}, {"q": "%"},
                      {"q": "x" * 10_000}, {"format": "xml"}, {"near": "8,47", "cursor": "MQ"}, {"line": "x" * 65}):
            self.assertRegex(self.refused("/api/v1/stations", 400, **query)["detail"], "try|at most")

    def test_the_same_rows_as_csv_and_ndjson(self):
        path = "/api/v1/stations?kind=bike&near=8.54,47.378"
        rows = json.loads(self.request(path)[2])["stations"]
        _, headers, body = self.request(path, {"Accept": "text/csv"})
        self.assertTrue(headers["Content-Type"].startswith("text/csv"))
        table = list(csv.DictReader(io.StringIO(body.decode(), newline="")))
        self.assertEqual([line["station_id"] for line in table], [row["station_id"] for row in rows])
        self.assertEqual([(line["bike_status.num_bikes_available"], line["state"], line["address"]) for line in table],
                         [("0", "live", "Bahnhofplatz 1"), ("4", "live", 'Weg "2", hinten')])
        _, headers, body = self.request(path + "&format=ndjson")
        self.assertEqual(headers["Content-Type"], "application/x-ndjson")
        self.assertEqual([json.loads(line)["station_id"] for line in body.splitlines()], ["s1", "s2"])
        _, headers, body = self.request("/api/v1/stations?format=csv&limit=2")
        link = headers["Link"].split(">")[0].lstrip("<")
        self.assertEqual(len(list(csv.reader(io.StringIO(body.decode(), newline="")))), 1 + 2)
        self.assertEqual(len(self.request(link)[2].splitlines()), 1 + 2)

    def test_what_a_client_has_is_not_sent_again(self):
        for path in ("/api/v1/stations?kind=rail", "/api/v1/stations/r1", "/api/v1/stations.geojson?kind=rail", "/api/v1/stations/s1/readings", "/api/v1/stations?kind=rail&format=csv"):
            status, headers, body = self.request(path)
            self.assertEqual((status, headers["Cache-Control"], bool(body)), (200, "no-cache", True), path)
            status, again, body = self.request(path, {"If-None-Match": headers["ETag"]})
            self.assertEqual((status, again["ETag"], body), (304, headers["ETag"], b""), path)
        _, headers, _ = self.request("/api/v1/stations/s1")
        self.readings(reading("s1", 2, {"num_bikes_available": 1}))
        wait_until(lambda: self.request("/api/v1/stations/s1", {"If-None-Match": headers["ETag"]})[0] == 200, "another ETag")

    def test_large_lists_are_compressed_as_the_client_wishes(self):
        self.produce("station-information", [(f"p{n:03}", info()) for n in range(300)])
        wait_until(lambda: len(self.api.stations()) == 305, "all stations")
        plain = self.request("/api/v1/stations")[2]
        _, headers, body = self.request("/api/v1/stations", {"Accept-Encoding": "gzip"})
        self.assertEqual((headers["Content-Encoding"], headers["Vary"]), ("gzip", "Accept, Accept-Encoding"))
        self.assertEqual(len(json.loads(gzip.decompress(body))["stations"]), 305)
        _, headers, body = self.request("/api/v1/stations", {"Accept-Encoding": "gzip, zstd"})
        self.assertEqual(headers["Content-Encoding"], "zstd")
        unpacked = subprocess.run([system_program("zstd"), "-dc"], input=body, capture_output=True, check=True, timeout=20).stdout
        self.assertEqual(len(json.loads(unpacked)["stations"]), 305)
        self.assertLess(len(body) * 10, len(plain))

    def test_gdal_reads_the_geojson(self):
        _, headers, body = self.request("/api/v1/stations.geojson")
        self.assertEqual(headers["Content-Type"], "application/geo+json")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "stations.geojson"
            path.write_bytes(body)
            judged = subprocess.run([system_program("ogrinfo"), "-ro", "-al", str(path)], capture_output=True, text=True, timeout=60)
        self.assertEqual((judged.returncode, judged.stderr), (0, ""))
        for wanted in ("Feature Count: 5", "Geometry: Point", "POINT (8.54 47.378)", "bike_status.num_bikes_available (Integer) = 4", "name (String) = Zürich HB"):
            self.assertIn(wanted, judged.stdout)
        self.assertEqual(len(json.loads(self.request("/api/v1/stations.geojson?q=central")[2])["features"]), 1)


if __name__ == "__main__":
    unittest.main()
