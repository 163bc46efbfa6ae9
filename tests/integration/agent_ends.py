"""The two ends of an agent, played by a test: a GBFS system over HTTP, and a bridge written with paho-mqtt as a third party's
word on what is on the wire."""

import gzip
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

sys.path.append("/usr/lib/python3/dist-packages")  # Debian's python3-paho-mqtt, whichever python runs this

try:
    import paho.mqtt.client as mqtt
except ImportError:
    mqtt = None

T0 = 1763625600


class Feed:
    """A GBFS system over HTTP. `stations` maps id to status object; `fail` is called with the path before each answer and
    may return (status, headers, body) instead."""

    def __init__(self, count=0, ttl=0, version="2.3"):
        self.version, self.ttl = version, ttl
        self.stations = {f"s{n}": self.status(f"s{n}", 5, T0) for n in range(count)}
        self.requests = []  # (time, path, headers)
        self.fail = lambda path: None
        self.etags = False
        self.lock = threading.Lock()
        feed = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                feed.answer(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/gbfs.json"

    def status(self, station_id, bikes, last_reported):
        if self.version.startswith("3"):
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(last_reported))
            return {"station_id": station_id, "num_vehicles_available": bikes, "is_renting": True, "last_reported": at}
        flag = 1 if self.version.startswith("1") else True
        return {"station_id": station_id, "num_bikes_available": bikes, "is_renting": flag, "last_reported": last_reported}

    def change(self, station_id, bikes, last_reported):
        with self.lock:
            self.stations[station_id] = self.status(station_id, bikes, last_reported)

    def document(self, path):
        base = self.url.rsplit("/", 1)[0]
        feeds = [{"name": name, "url": f"{base}/{name}.json"} for name in ("station_information", "station_status")]
        if path == "/gbfs.json":
            data = {"feeds": feeds} if self.version.startswith("3") else {"en": {"feeds": feeds}}
        elif path == "/station_information.json":
            data = {"stations": [{"station_id": i, "name": i, "lat": 37.5, "lon": -122.25} for i in self.stations]}
        else:
            data = {"stations": list(self.stations.values())}
        return {"last_updated": T0, "ttl": self.ttl, "version": self.version, "data": data}

    def answer(self, request):
        with self.lock:
            self.requests.append((time.monotonic(), request.path, dict(request.headers)))
            failure = self.fail(request.path)
            body = json.dumps(self.document(request.path)).encode()
        status, headers = 200, {}
        if failure is not None:
            status, headers, body = failure
        elif self.etags and request.path == "/station_status.json":
            headers["ETag"] = f'"{hash(body)}"'
            if request.headers.get("If-None-Match") == headers["ETag"]:
                status, body = 304, b""
        if status == 200 and "gzip" in request.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"], body = "gzip", gzip.compress(body)
        request.send_response(status)
        for key, value in headers.items():
            request.send_header(key, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def polls(self, path="/station_status.json"):
        with self.lock:
            return [entry for entry in self.requests if entry[1] == path]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Bridge:
    """What the agent sees of a bridge. Receipts are given for everything while `generous`, else by give()."""

    def __init__(self, port, generous=True):
        self.generous = generous
        self.lock = threading.Lock()
        self.readings, self.messages, self.kept = [], [], []
        self.client = mqtt.Client("test-bridge", clean_session=False)
        self.client.on_connect = lambda client, *_: client.subscribe([("wayside/v1/+/+/+", 1), ("wayside/v1/+/health", 1)])
        self.client.on_message = self.take
        self.client.reconnect_delay_set(0.1, 0.2)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def take(self, _, __, message):
        agent, last = message.topic.split("/")[2], message.topic.rsplit("/", 1)[1]
        with self.lock:
            self.messages.append((message.topic, message.payload, message.retain))
            if last in ("health", "info"):
                if last == "health" and json.loads(message.payload).get("status") == "online" and self.generous:
                    self.client.publish(f"wayside/v1/{agent}/receipts", json.dumps({"now": "2026-11-20T08:00:00Z"}))
                return
            reading = json.loads(message.payload)
            self.readings.append(reading)
            self.kept.append((agent, reading))
        if self.generous:
            self.give()

    def give(self, count=None):
        with self.lock:
            now, self.kept = self.kept[:count], [] if count is None else self.kept[count:]
        for agent, reading in now:
            seq = reading["seq"]
            receipt = {"epoch": reading["epoch"], "stations": {reading["station_id"]: [[seq, seq]]}}
            self.client.publish(f"wayside/v1/{agent}/receipts", json.dumps(receipt))

    def numbers(self):
        with self.lock:
            return [(r["station_id"], r["epoch"], r["seq"]) for r in self.readings]

    def health(self):
        with self.lock:
            return [json.loads(payload) for topic, payload, _ in self.messages if topic.endswith("/health")]

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()
