"""Proves that weather hardware which can only do HTTP, or only a serial line, reaches central with the right values.

The captured uploads of WAYSIDE_CAPTURES/weather are sent over TCP as the devices sent them, to a real agent; what central
then answers must equal values worked out by hand from the captured text, in the contract's units. The same runs always
on hand-written uploads of the same shapes.

Conversions used by hand: °C = (°F - 32) * 5 / 9; 1 inHg = 33.8639 hPa; 1 mph = 0.44704 m/s; 1 in = 25.4 mm; 1 hPa = 100 Pa.
"""

import json
import socket
import subprocess
import unittest
import urllib.parse

from line import Line
from line.paths import captures, program
from line.ports import free_port
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka

WU = "/weatherstation/updateweatherstation.php"
PASSKEY = "0123456789ABCDEF0123456789ABCDEF"


def get(query, path=WU, version="HTTP/1.0"):
    return [f"GET {path}?{query} {version}\r\nHost: posts\r\n\r\n"]


def post(body, content_type="application/x-www-form-urlencoded", path="/data/report/", extra=""):
    return [f"POST {path} HTTP/1.1\r\nHost: posts\r\nConnection: close\r\nContent-Type: {content_type}\r\n{extra}"
            f"Content-Length: {len(body.encode())}\r\n\r\n{body}"]


class Upload:
    """What is sent (in segments), by which device, and what central must say then."""

    def __init__(self, name, key, segments, values, observed_at=None):
        self.name = name
        self.key = key
        self.segments = segments
        self.values = values
        self.observed_at = observed_at


def hand_written():
    """Uploads of each dialect, one device each."""
    ecowitt = (f"PASSKEY={PASSKEY}&stationtype=GW2000A_V2.1.5&dateutc=2024-05-06+07:08:09&tempf=87.08&humidity=34"
               "&baromrelin=27.885&baromabsin=27.885&winddir=289&windspeedmph=2.91&windgustmph=3.13&yearlyrainin=1.250")
    airrohr = json.dumps({"esp8266id": "77", "sensordatavalues": [
        {"value_type": "SDS_P1", "value": "3.40"}, {"value_type": "BME280_temperature", "value": "20.47"},
        {"value_type": "BME280_pressure", "value": "100613.25"}, {"value_type": "BME280_humidity", "value": "69.02"}]})
    rest = json.dumps({"key_schema": "{}", "value_schema": "{}", "records": [
        {"key": {"timestamp": 1714979289000}, "value": {"temperature": 70.0, "status": "partly_cloudy"}}]})
    acurite = ("dateutc=now&action=updateraw&realtime=1&id=24C86E000001&mt=5N1x31&sensor=00002179&windspeedmph=5&winddir=113"
               "&humidity=51&tempf=71.5&baromin=29.29&battery=normal&rssi=2")
    line = f"GET /weatherstation/updateweatherstation?{acurite} HTTP/1.1\r\nHost: hub\r\nUser-Agent: Hub/224\r\nConnection: close\r\n\r\n"
    return [
        Upload("wu", "KPOST1", get("ID=KPOST1&PASSWORD=secret-1&tempf=43.3&humidity=045&winddir=129&windspeedmph=10.00&baromin=29.05"
                                   "&dailyrainin=0.04&yearlyrainin=0.91&dateutc=2024-1-4%2021:2:35&action=updateraw"),
               {"air_temperature_C": 6.2778, "relative_humidity_pct": 45, "wind_speed_m_s": 4.4704,
                "wind_from_direction_deg": 129, "air_pressure_at_mean_sea_level_hPa": 983.746,
                "precipitation_total_mm": 23.114}, "2024-01-04T21:02:35.000Z"),
        Upload("ecowitt", PASSKEY, post(ecowitt),
               {"air_temperature_C": 30.6, "relative_humidity_pct": 34, "wind_speed_m_s": 1.3009,
                "wind_speed_of_gust_m_s": 1.3992, "wind_from_direction_deg": 289, "precipitation_total_mm": 31.75},
               "2024-05-06T07:08:09.000Z"),
        Upload("airrohr", "esp8266-77", post(airrohr, "application/json", "/data.php", "X-Sensor: esp8266-77\r\nAuthorization: Basic \r\n"),
               {"pm10_ug_m3": 3.4, "air_temperature_C": 20.47, "surface_air_pressure_hPa": 1006.1325, "relative_humidity_pct": 69.02}),
        Upload("rest", "topics/weather", post(rest, "application/vnd.kafka.avro.v2+json", "/topics/weather"),
               {"air_temperature_C": 21.1111, "weather_condition": "partly_cloudy"}, "2024-05-06T07:08:09.000Z"),
        Upload("acurite", "24C86E000001", [line[at:at + 60] for at in range(0, len(line), 60)],
               {"air_temperature_C": 21.9444, "relative_humidity_pct": 51, "wind_speed_m_s": 2.2352, "wind_from_direction_deg": 113}),
    ]


def captured():
    """The recorded uploads; each ID or PASSKEY is masked by who published it, so each upload gets its own."""
    weather = captures() / "weather"
    observer = [part for part in (weather / "wunderground" / "observer-query-strings.txt").read_text().splitlines() if part]
    uploads = [_observer(n, observer[n], values, at) for n, (values, at) in enumerate(OBSERVER)]
    for name, (values, at) in ECOWITT.items():
        form = json.loads((weather / "ecowitt" / f"payload_{name}.json").read_text())
        key = f"{len(uploads):032X}"
        form["PASSKEY"] = key
        uploads.append(Upload(name, key, post(urllib.parse.urlencode(form)), values, at))
    request = (weather / "sensor-community" / "airrohr-post-nrz-2020-129.http").read_bytes().decode()
    uploads.append(Upload("airrohr", "esp8266-12331981", [request], {
        "pm10_ug_m3": 0.4, "pm2p5_ug_m3": 0.2, "air_temperature_C": 20.47, "surface_air_pressure_hPa": 1006.1325,
        "relative_humidity_pct": 69.02}))
    connections = json.loads((weather / "acurite-bridge-http" / "tcp-segments.derived.json").read_text())
    bridge = next(c for c in connections if "5N1x31" in "".join(s["data"] for s in c["segments"]))
    uploads.append(Upload("acurite", "24C86E06B15C", [segment["data"] for segment in bridge["segments"]], {
        "air_temperature_C": 21.9444, "dew_point_temperature_C": 11.6667, "relative_humidity_pct": 51, "wind_speed_m_s": 0,
        "wind_from_direction_deg": 113, "precipitation_total_mm": 5.08}))
    return uploads


def _observer(number, text, values, at):
    query = text.split("?", 1)[1].split(" HTTP/")[0] if text.startswith("GET ") else text
    pairs = [(key, f"OBS{number}" if key.upper() == "ID" else value) for key, value in urllib.parse.parse_qsl(query, True)]
    path = WU.replace(".php", ".asp") if "outtemp" in query else WU
    return Upload(f"observer-{number}", f"OBS{number}", get(urllib.parse.urlencode(pairs), path), values, at)


# By hand, in the order of the file.
OBSERVER = [
    ({"air_temperature_C": 6.2778, "relative_humidity_pct": 98, "dew_point_temperature_C": 6.0,
      "air_pressure_at_mean_sea_level_hPa": 983.746, "wind_from_direction_deg": 129, "precipitation_total_mm": 23.114},
     "2016-01-04T21:02:35.000Z"),
    ({"air_temperature_C": 1.4, "relative_humidity_pct": 98, "air_pressure_at_mean_sea_level_hPa": 1033.4,
      "surface_air_pressure_hPa": 1009.5, "wind_from_direction_deg": 193, "precipitation_total_mm": 10.5}, "2016-04-19T04:42:35.000Z"),
    ({"air_temperature_C": 10.1, "relative_humidity_pct": 57, "air_pressure_at_mean_sea_level_hPa": 1034.0,
      "surface_air_pressure_hPa": 1010.1, "wind_from_direction_deg": 212, "illuminance_lx": 31892}, "2016-04-19T07:54:04.000Z"),
    ({"air_temperature_C": 6.3, "relative_humidity_pct": 80, "surface_air_pressure_hPa": 1018.3, "wind_from_direction_deg": 197},
     "2016-04-30T21:05:01.000Z"),
    ({"air_pressure_at_mean_sea_level_hPa": 1013.8849, "air_temperature_C": None, "wind_speed_m_s": None},
     "2016-05-10T02:34:15.000Z"),
]
ECOWITT = {
    "gw2000a_1": ({"air_temperature_C": 23.6111, "relative_humidity_pct": 47, "wind_speed_m_s": 0.599,
                   "surface_air_pressure_hPa": 964.3081}, "2022-05-18T18:17:37.000Z"),
    "gw2000a_2": ({"air_temperature_C": 15.3889, "pm2p5_ug_m3": 21, "precipitation_total_mm": 99.2886,
                   "wind_from_direction_deg": 327}, "2022-04-20T19:14:47.000Z"),
    "gw1000bpro": ({"air_temperature_C": 34.0, "wind_speed_m_s": 9.3387, "precipitation_total_mm": 112.8014,
                    "surface_air_pressure_hPa": 837.7926}, "2022-05-27T19:08:10.000Z"),
    "ws2900": ({"air_temperature_C": -5.5556, "air_pressure_at_mean_sea_level_hPa": 1010.126, "wind_speed_m_s": 3.0846,
                "precipitation_total_mm": 378.206}, "2021-08-17T00:15:59.000Z"),
    "ambweather": ({"air_temperature_C": 12.1111, "surface_air_pressure_hPa": 835.7269, "wind_speed_of_gust_m_s": 3.0846,
                    "precipitation_total_mm": 1239.7994}, "2022-11-26T22:25:29.000Z"),
}


def send(port, segments):
    """Sends each segment by itself; returns the whole answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for segment in segments:
            connection.sendall(segment.encode())
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode("utf-8", "replace")


class Weather(unittest.TestCase):
    def run_line(self, line, uploads):
        line.start_broker()
        line.start_kafka()
        line.start_bridge()
        line.start_central()
        self.port = free_port()
        devices = [self.device(line, n, upload) for n, upload in enumerate(uploads)]
        line.start_agent("posts", [{"name": "posts", "driver": "http_push", "listen": f"127.0.0.1:{self.port}", "device": devices}])

    def device(self, line, number, upload):
        settings = {"station_id": f"post-{number}", "name": upload.name, "lat": 52.0 + number / 100, "lon": 4.0}
        if len(upload.key) != 32:
            return settings | {"key": upload.key}
        key_file = line.folder / "config" / f"post-{number}.key"  # a PASSKEY is a secret
        key_file.write_text(upload.key + "\n")
        return settings | {"key_file": str(key_file)}

    def check(self, uploads):
        with Line() as line:
            self.run_line(line, uploads)
            for upload in uploads:
                answer = send(self.port, upload.segments)
                self.assertRegex(answer.split("\r\n")[0], "^HTTP/1.[01] 200 ", f"{upload.name}: {answer}")
            for number, upload in enumerate(uploads):
                rows = line.api.wait_for(lambda api, n=number: api.readings(f"post-{n}", "weather"), upload.name, watch=line.check)
                self.assertEqual(len(rows), 1, upload.name)
                if upload.observed_at:
                    self.assertEqual(rows[0]["observed_at"], upload.observed_at, upload.name)
                self.compare(upload, rows[0]["values"])
            totals = line.api.ledger()["totals"]
            self.assertEqual((totals["received"], totals["missing"], totals["refused"]), (len(uploads), 0, 0))
            self.no_secret_anywhere(line, uploads)

    def compare(self, upload, values):
        for field, expected in upload.values.items():
            if expected is None:
                self.assertNotIn(field, values, upload.name)
            elif isinstance(expected, str):
                self.assertEqual(values.get(field), expected, f"{upload.name}: {field}")
            else:
                self.assertIsNotNone(values.get(field), f"{upload.name}: {field} in {values}")
                self.assertAlmostEqual(values[field], expected, 3, f"{upload.name}: {field}")

    def no_secret_anywhere(self, line, uploads):
        """PASSWORD and PASSKEY are in no log, no outbox and no database."""
        secrets = [upload.key for upload in uploads if len(upload.key) == 32] + ["secret-1"]
        for folder in ("logs", "data"):
            for path in (line.folder / folder).rglob("*"):
                if not path.is_file():
                    continue
                content = path.read_bytes()
                for secret in secrets:
                    self.assertNotIn(secret.encode(), content, path)

    def test_each_dialect_arrives_with_its_values(self):
        self.check(hand_written())

    def test_strangers_are_refused_in_their_dialect_and_listed_ready_to_paste(self):
        with Line() as line:
            self.run_line(line, hand_written())
            answer = send(self.port, get("ID=STRANGER&PASSWORD=hidden&tempf=50&dateutc=now&action=updateraw"))
            self.assertIn("INVALIDPASSWORDID", answer)
            garbage = send(self.port, ["POST /data/report/ HTTP/1.1\r\nContent-Length: 9999999\r\n\r\nx"])
            self.assertRegex(garbage.split("\r\n")[0], "413")
            status = subprocess.run([program("wayside-agent"), "status", "--config", line.folder / "config" / "agent-posts.toml"],
                                    capture_output=True, text=True, timeout=30, check=True).stdout
            self.assertIn("[[source.device]]", status)
            self.assertNotIn("hidden", status)
            self.assertNotIn("STRANGER", status)
            self.assertEqual(line.api.ledger()["totals"]["received"], 0)

    def test_a_serial_mast_arrives_with_its_values(self):
        with Line() as line:
            line.start_broker()
            line.start_kafka()
            line.start_bridge()
            line.start_central()
            port = line.folder / "mast"
            line.start_sim("mast", "serial", "--link", port, "--seed", 3)
            line.start_agent("mast", [{"name": "mast", "driver": "serial_lines", "port": str(port), "station_id": "mast-1",
                                       "lat": 52.0, "lon": 4.0, "report_interval_s": 2}])
            rows = line.api.wait_for(lambda api: api.readings("mast-1", "weather"), "a reading of the mast", 60, watch=line.check)
            values = rows[0]["values"]
            self.assertTrue({"wind_speed_m_s", "wind_from_direction_deg"} <= values.keys(), values)

    if captures():

        def test_each_captured_upload_arrives_with_the_values_worked_out_by_hand(self):
            self.check(captured())

    else:
        print("captures: WAYSIDE_CAPTURES names no folder, the captured uploads are not registered")


if __name__ == "__main__":
    unittest.main(verbosity=2)
