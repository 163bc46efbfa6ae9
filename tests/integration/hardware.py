"""Weather hardware that uploads to an agent over HTTP, as the tests of whole lines need it."""

import concurrent.futures
import http.client
import json


class Hardware:
    """Devices that upload over HTTP; each reading is one of a kind by its temperature."""

    def __init__(self, port):
        self.port = port
        self.code = 0
        self.pool = concurrent.futures.ThreadPoolExecutor(64)

    def source(self, stations):
        """The [[source]] table that listens to it."""
        devices = [{"key": "topics/" + station, "station_id": station, "name": station, "lat": 41.5, "lon": -36.4} for station in stations]
        return {"name": "posts", "driver": "http_push", "listen": f"127.0.0.1:{self.port}", "device": devices,
                "connections_per_address_max": 256, "requests_per_minute_max": 1_000_000, "uploads_per_minute_max": 1_000_000}

    def make(self, station):
        """A new reading that has not been sent: (station, temperature)."""
        self.code += 1
        return station, self.code / 10

    def send(self, reading):
        """True when the agent answered success, False when it died before it answered."""
        station, temperature = reading
        body = json.dumps({"records": [{"value": {"temperature": round(temperature * 1.8 + 32, 4)}}]})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("POST", "/topics/" + station, body, {"Content-Type": "application/vnd.kafka.json.v2+json"})
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def send_later(self, reading):
        return self.pool.submit(self.send, reading)
