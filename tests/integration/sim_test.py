"""Proves what the simulators promise, by programs that know nothing of them: urllib as a GBFS client, a bare socket as a
weather server, and the pseudo terminal as a serial reader.

Every simulator starts on a free port with a seed. With WAYSIDE_CAPTURES set, the recorded Bay Wheels day is played too.
"""

import gzip
import http.client
import json
import os
import re
import select
import shutil
import socket
import tempfile
import termios
import threading
import time
import tty
import unittest
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import parse_qs

from line import Process, wait_until
from line.paths import captures, program

FIRST_TIME = 1450155600


def fetch(url, **headers):
    """(status, headers, body) of one GET; 304 and errors included."""
    request = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


class SimTestCase(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="wayside-sim-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def start(self, *arguments):
        process = Process("sim", [program("wayside-sim"), *arguments], self.folder / "sim.log")
        process.start()
        self.addCleanup(process.stop)
        process.wait_ready()
        return process

    def start_gbfs(self, *arguments):
        """(process, base address)."""
        process = self.start("gbfs", "--listen", "127.0.0.1:0", *arguments)
        return process, process.log_field("ready", "details").removeprefix("gbfs=").removesuffix("/gbfs.json")

    def write(self, name, document):
        path = self.folder / name
        path.write_text(json.dumps(document), encoding="utf-8")
        return path


class GeneratedCityTest(SimTestCase):
    def feeds(self, base):
        data = json.loads(fetch(base + "/gbfs.json")[2])["data"]
        return {feed["name"]: feed["url"] for feed in (data.get("feeds") or data["en"]["feeds"])}

    def test_every_version_has_all_stations_in_its_own_shape(self):
        for version, flag, bikes in (("1.1", 1, "num_bikes_available"), ("2.3", True, "num_bikes_available"),
                                     ("3.0", True, "num_vehicles_available")):
            with self.subTest(version):
                process, base = self.start_gbfs("--stations", 25, "--version", version)
                feeds = self.feeds(base)
                information = json.loads(fetch(feeds["station_information"])[2])
                status = json.loads(fetch(feeds["station_status"])[2])
                self.assertEqual(status["version"], version)
                ids = {station["station_id"] for station in information["data"]["stations"]}
                self.assertEqual(len(ids), 25)
                self.assertEqual(ids, {station["station_id"] for station in status["data"]["stations"]})
                station = status["data"]["stations"][0]
                self.assertIs(type(station["is_renting"]), type(flag))
                self.assertIn(bikes, station)
                self.assertIs(type(station["last_reported"]), str if version == "3.0" else int)
                process.stop()

    def test_answers_gzip_and_304(self):
        _, base = self.start_gbfs("--stations", 25, "--change-interval", 3600)
        status, headers, plain = fetch(base + "/station_status.json")
        self.assertEqual(status, 200)
        packed = fetch(base + "/station_status.json", Accept_Encoding="gzip")
        self.assertEqual(packed[1]["Content-Encoding"], "gzip")
        self.assertEqual(gzip.decompress(packed[2]), plain)
        self.assertEqual(fetch(base + "/station_status.json", If_None_Match=headers["ETag"])[0], 304)
        self.assertEqual(fetch(base + "/station_status.json", If_None_Match='"other"')[0], 200)
        self.assertEqual(fetch(base + "/nothing.json")[0], 404)

    def test_the_city_moves_and_keeps_its_bikes(self):
        _, base = self.start_gbfs("--stations", 25, "--change-interval", 0.05, "--trips-per-hour", 3600)
        first = json.loads(fetch(base + "/sim/status")[2])
        later = wait_until(lambda: (now := json.loads(fetch(base + "/sim/status")[2]))["revision"] > first["revision"] + 10
                           and now, "the city to move")
        self.assertEqual(later["bikes_total"], first["bikes_total"])

    def test_faults_are_the_same_for_a_seed(self):
        def outcomes():
            process, base = self.start_gbfs("--seed", 5, "--fault", "drop=0.2", "--fault", "corrupt=0.2", "--fault", "busy=0.2")
            seen = []
            for _ in range(40):
                try:
                    status, headers, body = fetch(base + "/station_status.json")
                    json.loads(body)
                    seen.append(status)
                except (http.client.HTTPException, urllib.error.URLError, ConnectionError):
                    seen.append("dropped")
                except ValueError:
                    seen.append("busy" if status == 429 else "cut")
                    self.assertTrue(status == 200 or headers["Retry-After"])
            self.assertEqual(process.stop(), 0)
            return seen

        seen = outcomes()
        self.assertEqual(set(seen), {200, "dropped", "busy", "cut"})
        self.assertEqual(outcomes(), seen)


class ReplayTest(SimTestCase):
    def snapshot(self, number, minutes):
        updated = 1684283180 + 60 * minutes
        return {"data": {"stations": [
            {"is_renting": 1, "last_reported": updated - 40, "num_bikes_available": number, "station_id": "a", "valet": {"x": 1}},
            {"is_renting": 1, "last_reported": 86400, "num_bikes_available": 0, "station_id": "b"}]},
            "last_updated": updated, "ttl": 5}

    def replay(self, base, recorded):
        """Takes all snapshots as a lockstep client does; each must be the recorded one but for one shift of its times."""
        tag, shift = None, None
        for number, original in enumerate(recorded, 1):
            for _ in range(2):  # a client that was killed before it kept the snapshot gets it again
                status, headers, body = fetch(base + "/station_status.json", **({"If_None_Match": tag} if tag else {}))
                self.assertEqual(status, 200)
                served = json.loads(body)
                shift = served["last_updated"] - original["last_updated"] if shift is None else shift
                self.assertEqual(served, self.shifted(original, shift), f"snapshot {number}")
            tag = headers["ETag"]
        self.assertLess(abs(time.time() - served["last_updated"]), 120)
        for _ in range(2):
            self.assertEqual(fetch(base + "/station_status.json", If_None_Match=tag)[0], 304)
        state = json.loads(fetch(base + "/sim/status")[2])
        self.assertEqual((state["snapshot"], state["finished"], state["shift_s"]), (len(recorded), True, shift))

    def shifted(self, document, shift):
        document = json.loads(json.dumps(document))
        document["last_updated"] += shift
        for station in document["data"]["stations"]:
            if station["last_reported"] >= FIRST_TIME:
                station["last_reported"] += shift
        return document

    def test_lockstep_serves_each_snapshot_until_it_was_taken(self):
        recorded = [self.snapshot(n, 10 * n) for n in range(5)]
        for number, document in enumerate(recorded):
            self.write(f"station_status.{number}.json", document)
        self.write("station_information.json", {"last_updated": 1684283180, "ttl": 5, "data": {"stations": []}})
        process, base = self.start_gbfs("--replay", self.folder)
        self.replay(base, recorded)
        self.assertEqual(process.stop(), 0)
        self.assertIn("event=replay_finished", process.log_text())

    if captures():

        def test_the_recorded_day_comes_whole_out_of_its_archive(self):
            archive = captures() / "gbfs/baywheels-2023/station_status_2023-05-17.tar.xz"
            shutil.unpack_archive(archive, self.folder)
            recorded = [json.loads(path.read_bytes()) for path in sorted(self.folder.glob("**/station_status*.json"))]
            self.assertEqual(len(recorded), 135)
            _, base = self.start_gbfs("--replay", archive, "--information", archive.parent / "station_information.json")
            self.replay(base, recorded)

    else:
        print("captures: WAYSIDE_CAPTURES names no folder, the recorded day's archive is not registered")


class WeatherServer:
    """A server that says yes and keeps what came: (number of TCP reads, head, body)."""

    def __init__(self, answer=b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsuccess\n"):
        self.answer = answer
        self.requests = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = "http://127.0.0.1:%d" % self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                received, reads = b"", 0
                while not self._whole(received):
                    chunk = connection.recv(65536)
                    if not chunk:
                        break
                    received, reads = received + chunk, reads + 1
                head, _, body = received.partition(b"\r\n\r\n")
                self.requests.append((reads, head.decode(), body.decode()))
                connection.sendall(self.answer)

    @staticmethod
    def _whole(received):
        head, end, body = received.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head.lower())
        return bool(end) and len(body) >= int(length[1] if length else 0)


class WeatherTest(SimTestCase):
    def upload(self, dialect, *arguments, count=2, server=None):
        """Requests and witness lines of one device; it has ended by itself."""
        server = server or WeatherServer()
        self.addCleanup(server.socket.close)
        witness = self.folder / "witness.jsonl"
        witness.unlink(missing_ok=True)
        process = self.start("weather", "--target", server.address, "--dialect", dialect, "--count", count, "--interval", "0.02",
                             "--witness", witness, *arguments)
        wait_until(lambda: process.returncode() is not None, "the device to finish")
        self.assertEqual(process.returncode(), 0)
        lines = [json.loads(line) for line in witness.read_text().splitlines()] if witness.exists() else []
        return server.requests, lines

    def test_the_witness_says_in_contract_units_what_was_on_the_wire(self):
        requests, lines = self.upload("wu")
        self.assertEqual((len(requests), len(lines)), (2, 2))
        for (_, head, _), line in zip(requests, lines):
            query = {name: values[0] for name, values in parse_qs(head.split()[1].split("?")[1]).items()}
            said = line["values"]
            self.assertAlmostEqual(said["air_temperature_C"], (float(query["tempf"]) - 32) / 1.8)
            self.assertAlmostEqual(said["wind_speed_m_s"], float(query["windspeedmph"]) * 0.44704)
            self.assertAlmostEqual(said["precipitation_total_mm"], float(query["yearlyrainin"]) * 25.4)
            self.assertAlmostEqual(said["air_pressure_at_mean_sea_level_hPa"], float(query["baromin"]) * 33.8639, delta=0.01)
            self.assertTrue(line["observed_at"].endswith("Z"))

    def test_each_dialect_sends_a_whole_request(self):
        for dialect, start in (("wu-metric", "GET /weatherstation/updateweatherstation.asp?"), ("ecowitt", "POST /data/report/ "),
                               ("airrohr", "POST /data.php "), ("kafka-rest", "POST /topics/weather "),
                               ("kafka-rest-avro", "POST /topics/weather ")):
            with self.subTest(dialect):
                requests, lines = self.upload(dialect, count=1)
                self.assertTrue(requests[0][1].startswith(start), requests[0][1])
                length = re.search(r"Content-Length: (\d+)", requests[0][1])
                self.assertEqual(len(requests[0][2]), int(length[1]) if length else 0)
                self.assertEqual(len(lines), 1)

    def test_acurite_comes_in_many_segments(self):
        requests, _ = self.upload("acurite", count=1)
        self.assertGreaterEqual(requests[0][0], 5)

    def test_a_refused_upload_has_no_witness_and_only_ecowitt_tries_again(self):
        def no():
            return WeatherServer(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")

        self.assertEqual(tuple(len(part) for part in self.upload("wu", count=1, server=no())), (1, 0))
        self.assertEqual(tuple(len(part) for part in self.upload("ecowitt", count=1, server=no())), (3, 0))

    def test_duplicates_and_a_dead_clock(self):
        requests, lines = self.upload("ecowitt", "--fault", "duplicate=1", "--fault", "clock-zero", count=1)
        self.assertEqual(requests[0][2], requests[1][2])
        self.assertEqual(len(lines), 2)
        self.assertIn("dateutc=1970-01-01+00:00:0", requests[0][2])


class SerialTest(SimTestCase):
    def read_lines(self, link, count, timeout_s=20):
        """Lines as they come, without waiting for a whole buffer."""
        fd = os.open(link, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        self.addCleanup(os.close, fd)
        tty.setraw(fd, termios.TCSANOW)  # the default would throw away what waits
        received, deadline = b"", time.monotonic() + timeout_s
        while received.count(b"\r\n") < count and time.monotonic() < deadline:
            if select.select([fd], [], [], 0.2)[0]:
                received += os.read(fd, 4096)
        return received.decode().split("\r\n")[:count]

    @staticmethod
    def checks(line):
        match = re.fullmatch(r"\$([^*]+)\*([0-9A-F]{2})", line)
        if not match:
            return False
        total = 0
        for byte in match[1].encode():
            total ^= byte
        return total == int(match[2], 16)

    def test_a_mast_speaks_nmea_and_its_first_line_is_cut(self):
        link = self.folder / "mast"
        self.start("serial", "--link", link, "--rate", 10)
        lines = self.read_lines(link, 12)
        self.assertFalse(lines[0].startswith("$"))
        self.assertTrue(all(self.checks(line) for line in lines[1:]), lines)
        kinds = {line[1:6] for line in lines[1:]}
        self.assertEqual(kinds, {"WIMWV", "WIMDA", "YXXDR"})

    def test_damaged_lines_fail_their_checksum(self):
        link = self.folder / "mast"
        process = self.start("serial", "--link", link, "--rate", 50, "--fault", "corrupt=0.5", "--seed", 3)
        lines = self.read_lines(link, 30)[1:]
        bad = sum(not self.checks(line) for line in lines)
        self.assertGreater(bad, 5)
        self.assertLess(bad, 25)
        self.assertEqual(process.stop(), 0)
        self.assertFalse(link.is_symlink())

    def test_a_recorded_log_is_played_as_it_was(self):
        log = self.folder / "log"
        log.write_text("WIMWV,224.8,R,0.3,N,A*2C\r\n13:01:35.407: <- $WIMWV,224.8,R,0.3,N,A*2C\r\n", encoding="ascii")
        self.start("serial", "--link", self.folder / "mast", "--rate", 50, "--replay", log)
        self.assertEqual(self.read_lines(self.folder / "mast", 2), ["WIMWV,224.8,R,0.3,N,A*2C", "$WIMWV,224.8,R,0.3,N,A*2C"])


class CityTest(SimTestCase):
    def test_one_process_plays_all_hardware(self):
        server = WeatherServer()
        self.addCleanup(server.socket.close)
        process = self.start("city", "--gbfs-listen", "127.0.0.1:0", "--http-target", server.address, "--serial-link",
                             self.folder / "mast", "--weather-interval", 1, "--stations", 30)
        base = re.search(r"gbfs=(\S+)/gbfs.json", process.log_text())[1]
        self.assertEqual(len(json.loads(fetch(base + "/station_status.json")[2])["data"]["stations"]), 30)
        wait_until(lambda: len({head.split("?")[0].split(" HTTP")[0] for _, head, _ in server.requests}) >= 6, "all six posts")
        self.assertTrue(os.readlink(self.folder / "mast").startswith("/dev/pts/"))
        self.assertEqual(process.stop(), 0)

    def test_the_devices_are_listed_for_the_agents_settings(self):
        process = Process("devices", [program("wayside-sim"), "city", "--devices"], self.folder / "devices.log")
        process.start()
        wait_until(lambda: process.returncode() is not None, "the list")
        devices = json.loads(process.log_text())
        self.assertEqual([post["dialect"] for post in devices["posts"]],
                         ["wu", "wu-metric", "acurite", "ecowitt", "airrohr", "kafka-rest"])
        self.assertEqual(devices["mast"]["station_id"], "mast-1")


if __name__ == "__main__":
    unittest.main(verbosity=2)
