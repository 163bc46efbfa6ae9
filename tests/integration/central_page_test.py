"""Proves what central serves the map page with, by real processes: its files under a strict policy, the operator's settings for
it, pieces of a base map, and an event stream that is compressed once for all viewers and read by anybody's gzip.
"""

import json
import os
import socket
import subprocess
import unittest
import urllib.error
import urllib.request
import zlib

from central_case import CentralTestCase, info
from line import wait_until
from line.paths import program
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka


class Page(CentralTestCase):
    def ask(self, path, **headers):
        with urllib.request.urlopen(urllib.request.Request(self.api.base_url + path, headers=headers), timeout=20) as response:
            return response.status, response.headers, response.read()

    def refused(self, path, **headers):
        with self.assertRaises(urllib.error.HTTPError) as caught:
            self.ask(path, **headers)
        return caught.exception.code, json.loads(caught.exception.read())

    def test_without_settings_the_page_may_ask_nobody_else(self):
        self.start_central()
        _, headers, _ = self.ask("/")
        self.assertEqual(headers["Content-Security-Policy"],
                         "default-src 'none'; script-src 'self'; worker-src 'self'; manifest-src 'self'; style-src 'self'; img-src 'self' data:; "
                         "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
        self.assertEqual(json.loads(self.ask("/api/v1/page")[2]), {"timezone": "", "geocoder_url": "", "tiles": None})
        self.assertEqual(self.refused("/tiles/base.pmtiles", Range="bytes=0-9")[0], 404)

    def test_settings_name_hosts_and_a_base_map_in_pieces(self):
        tiles = self.line.folder / "base.pmtiles"
        content = os.urandom(50_000)
        tiles.write_bytes(content)
        self.start_central(page={"tiles_file": str(tiles), "tiles_attribution": "Somebody", "timezone": "America/Chicago",
                                 "geocoder_url": "https://geocode.example.org:8443/search?q={q}"})
        _, headers, _ = self.ask("/")
        self.assertIn("connect-src 'self' https://geocode.example.org:8443;", headers["Content-Security-Policy"])
        settings = json.loads(self.ask("/api/v1/page")[2])
        self.assertEqual(settings["tiles"], {"url": "tiles/base.pmtiles", "attribution": "Somebody"})
        self.assertEqual(settings["timezone"], "America/Chicago")

        # Clients that take compression get the piece as it is: its bytes are what they asked for.
        for first, last, length in ((0, 126, 127), (40_000, 49_999, 10_000), (49_990, 60_000, 10)):
            status, headers, body = self.ask("/tiles/base.pmtiles", Range=f"bytes={first}-{last}", **{"Accept-Encoding": "gzip"})
            self.assertEqual((status, body), (206, content[first:last + 1]))
            self.assertEqual(headers["Content-Range"], f"bytes {first}-{min(last, 49_999)}/50000")
            self.assertEqual(len(body), length)
        for bad in ("bytes=50000-", "bytes=9-3", "bytes=-5", "bytes=a-b", "rows=1-2", "bytes=0-1,5-6"):
            self.assertEqual(self.refused("/tiles/base.pmtiles", Range=bad)[0], 416, bad)
        code, told = self.refused("/tiles/base.pmtiles")
        self.assertEqual(code, 416)
        self.assertIn("bytes=FIRST-LAST", told["detail"])

    def test_settings_that_cannot_be_are_refused(self):
        for setting, words in (("page.tiles_url=ftp://x/{z}/{x}/{y}.png", "tiles_url"), ("page.tiles_url=https://x/tiles", "tiles_url"),
                               ("page.geocoder_url=https://x/;script-src *?q={q}", "geocoder_url"), ("page.tiles_file=/nowhere", "tiles_file")):
            ended = subprocess.run([program("wayside-central"), "--set", "database=/tmp/none/x.db", "--set", "kafka.brokers=127.0.0.1:1", "--set", setting],
                                   capture_output=True, text=True, timeout=60)
            self.assertNotEqual(ended.returncode, 0, setting)
            self.assertIn(words, ended.stderr, setting)

    def test_the_event_stream_is_gzip_for_who_takes_it_and_one_stream_over_all_events(self):
        self.start_central()
        self.produce("station-information", [(f"s{n:03}", info(name=f"Station {n}")) for n in range(200)])
        wait_until(lambda: len(self.api.stations()) == 200, "all stations")
        host, port = self.api.base_url.split("//")[1].split(":")
        with socket.create_connection((host, int(port)), timeout=20) as viewer:
            viewer.sendall(b"GET /events HTTP/1.0\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n")
            raw, text = b"", ""

            def read_until(words):
                nonlocal raw, text
                while words not in text:
                    piece = viewer.recv(65536)
                    self.assertTrue(piece, f"closed before {words}")
                    raw += piece
                    if b"\r\n\r\n" in raw:
                        head, _, body = raw.partition(b"\r\n\r\n")
                        self.assertIn(b"content-encoding: gzip", head.lower())
                        text = zlib.decompressobj(31).decompress(body).decode()

            read_until('"Station 199"')
            sent = len(raw)
            self.assertLess(sent * 4, len(text))
            self.produce("station-information", [("s000", info(name="Renamed"))])
            read_until("Renamed")
        self.assertIn("event: snapshot", text)
        self.assertIn("event: delta", text)


if __name__ == "__main__":
    unittest.main()
