"""Publishers without receipts: small devices with QoS 1 and unnumbered readings. What has its PUBACK must be stored as long
as the broker lived; what has none may be."""

import collections
import json
import random
import threading
import time
from datetime import datetime, timezone

import paho.mqtt.client as mqtt

AGENT = "quiet"
WAITING_MAX = 200


class QuietPublisher(threading.Thread):
    def __init__(self, station, port, rate, seed):
        super().__init__(name=station, daemon=True)
        self.station = station
        self.rate = rate
        self.random = random.Random(f"{seed}/{station}")
        self.lock = threading.Lock()
        self.acked, self.sent = set(), set()
        self.waiting = {}  # message id: reading
        self.pubacks = collections.deque()
        self.newest = 0
        self.counter = 0
        self.running = threading.Event()
        self.ended = False
        self.client = mqtt.Client(client_id=station, clean_session=False)
        self.client.max_inflight_messages_set(WAITING_MAX)
        self.client.reconnect_delay_set(0.2, 1)
        self.client.on_publish = self.published
        self.client.connect_async("127.0.0.1", port)
        self.client.loop_start()

    def published(self, _client, _data, message_id):
        self.pubacks.append(message_id)  # no lock: paho holds its own here, which publish() wants

    def take_pubacks(self):
        with self.lock:
            while self.pubacks:
                reading = self.waiting.pop(self.pubacks.popleft(), None)
                if reading is not None:
                    self.acked.add(reading)

    def next_round(self):
        with self.lock:
            self.acked, self.sent, self.waiting = set(), set(), {}

    def settle(self, timeout_s):
        """Waits until nothing is without its PUBACK; returns whether that came."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            self.take_pubacks()
            if not self.waiting:
                return True
            time.sleep(0.05)
        return False

    def end(self):
        self.ended = True
        self.running.set()
        self.join()
        self.client.loop_stop()

    def run(self):
        while not self.ended:
            self.running.wait()
            time.sleep(1 / self.rate)
            if self.running.is_set() and len(self.waiting) < WAITING_MAX and self.client.is_connected():
                self.publish()
            self.take_pubacks()

    def publish(self):
        self.newest = max(self.newest + 2, int(time.time() * 1000) & ~1)
        self.counter += 1
        reading = (self.newest, self.counter % 600_000)
        moment = datetime.fromtimestamp(self.newest / 1000, timezone.utc)
        payload = {"station_id": self.station, "stream": "weather", "clock": "synced",
                   "observed_at": moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{self.newest % 1000:03}Z",
                   "values": {"air_temperature_C": reading[1] / 1e4}}
        with self.lock:
            self.sent.add(reading)
            info = self.client.publish(f"wayside/v1/{AGENT}/{self.station}/weather", json.dumps(payload), qos=1)
            if info.rc in (mqtt.MQTT_ERR_SUCCESS, mqtt.MQTT_ERR_NO_CONN):
                self.waiting[info.mid] = reading
