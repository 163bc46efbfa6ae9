"""Proves that `wayside-sim trips` reads its history from a file, a web server and an S3-compatible store that verifies signatures: all of it
each time, tried again while the server is not there, with an error that says what to change otherwise.
"""

import functools
import http.server
import os
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from line import Line
from line.api import Api
from line.paths import program
from line.process import Process
from line.s3_store import S3Store, require_s3_store

setUpModule = require_s3_store

HEADER = "ride_id,rideable_type,started_at,ended_at,start_station_name,start_station_id,end_station_name,end_station_id,start_lat,start_lng,end_lat,end_lng,member_casual\n"
RIDES = 20_000
FILE = "JC 2021=02.csv"


class Server(http.server.SimpleHTTPRequestHandler):
    """Answers 503 to the first two requests; /moved leads to the file."""

    asked = 0

    def do_GET(self):
        Server.asked += 1
        if Server.asked <= 2:
            self.send_error(503)
        elif self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/" + FILE.replace(" ", "%20"))
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, *_):
        pass


class TripSources(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.path = self.folder / FILE
        self.path.write_text(HEADER + "".join(
            f"R{n},classic,2021-02-03 {n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02},2021-02-04 10:00:00,Dock,D{n % 9},Dock,D{n % 7},40.7,-74,40.7,-74,m\n"
            for n in range(RIDES)) + "cut,in the mid\n", encoding="utf-8")
        self.line = self.enterContext(Line())

    def status(self, source, env=None):
        command = [program("wayside-sim"), "trips", str(source), "--listen", "127.0.0.1:0"]
        sim = self.line.process["trips"] = Process("trips", command, self.line.log_path("trips"), env)
        sim.start().wait_ready()
        feed = sim.log_field("ready", "details").removeprefix("gbfs=")
        said = Api(feed.rsplit("/", 1)[0]).get("/sim/status")
        sim.stop()
        return said["rides"], said["damaged"]

    def refused(self, source, env=None):
        done = subprocess.run([program("wayside-sim"), "trips", source], env=os.environ | (env or {}), capture_output=True, text=True, timeout=60, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertNotIn(S3Store.SECRET, done.stderr)
        self.assertIn("Try: ", done.stderr)
        return done.stderr

    def test_a_file_and_a_web_server(self):
        self.assertEqual(self.status(self.path), (RIDES, {"fields": 1}))
        server = self.enterContext(http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Server, directory=self.folder)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        address = f"http://127.0.0.1:{server.server_port}"
        self.assertEqual(self.status(f"{address}/{FILE.replace(' ', '%20')}?key=hidden"), (RIDES, {"fields": 1}))
        self.assertEqual(Server.asked, 3, "503 is tried again")
        retried = [line for line in self.line.log_path("trips").read_text(encoding="utf-8").splitlines() if "event=transfer_retried" in line]
        self.assertEqual(len(retried), 2)
        self.assertNotIn("hidden", retried[0])
        self.assertEqual(self.status(f"{address}/moved"), (RIDES, {"fields": 1}))
        said = self.refused(f"{address.replace('//', '//user:geheim@')}/none.csv")
        self.assertIn("HTTP 404", said)
        self.assertNotIn("geheim", said)

    def test_an_s3_store(self):
        store = S3Store(self.line.folder / "data" / "s3", self.line.log_path("s3"))
        self.line.process["s3"] = store.process
        store.process.start().wait_ready()
        store.make_bucket("tripdata")
        (store.folder / "tripdata" / "old").mkdir()
        (store.folder / "tripdata" / "old" / FILE).write_bytes(self.path.read_bytes())
        self.assertEqual(self.status(f"s3://tripdata/old/{FILE}", env=store.environment()), (RIDES, {"fields": 1}))
        self.assertIn("HTTP 403 SignatureDoesNotMatch", self.refused(f"s3://tripdata/old/{FILE}", store.environment(AWS_SECRET_ACCESS_KEY="x")))
        self.assertIn("NoSuchKey", self.refused("s3://tripdata/none", store.environment()))
        self.assertIn("NoSuchBucket", self.refused("s3://nowhere/none", store.environment()))
        self.assertIn("no object is named", self.refused("s3://tripdata/"))
        self.assertIn("no bucket is named", self.refused("s3://"))


if __name__ == "__main__":
    unittest.main()
