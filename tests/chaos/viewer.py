"""A browser's eye: follows central's event stream through all deaths and checks what it is told."""

import http.client
import threading
import time
from datetime import datetime

from line.api import ApiError, Sse

RETRY_S = 0.05


class Viewer(threading.Thread):
    """`newest[station]` is the newest observed_at (ms) shown; `faults` names what must not be."""

    def __init__(self, api):
        super().__init__(name="viewer", daemon=True)
        self.api = api
        self.newest = {}
        self.faults = []
        self.events = 0
        self.snapshots = 0
        self.resumed = 0
        self.last_id = None
        self.ended = False
        self.stream = None

    def run(self):
        while not self.ended:
            try:
                self.follow()
            except (OSError, ValueError, ApiError, http.client.HTTPException, AttributeError):
                pass  # AttributeError: http.client, when end() closed the connection under it
            if not self.ended:
                time.sleep(RETRY_S)

    def end(self):
        self.ended = True
        if self.stream is not None:
            self.stream.close()
        self.join(5)

    def follow(self):
        with Sse(self.api, self.last_id, timeout_s=5) as stream:
            self.stream = stream
            first = True
            for event, event_id, data in stream:
                self.events += 1
                self.snapshots += event == "snapshot"
                self.resumed += first and event == "delta"
                first = False
                self.check_id(event, event_id)
                self.take(data["stations"])

    def check_id(self, event, event_id):
        if self.last_id is not None and event_id is not None:
            old_name, _, old = self.last_id.rpartition("-")
            name, _, new = event_id.rpartition("-")
            same = event == "snapshot" and int(new) == int(old)  # nothing happened since
            if name != old_name or (int(new) <= int(old) and not same):
                self.faults.append(f"event id {event_id} after {self.last_id}")
        self.last_id = event_id or self.last_id

    def take(self, rows):
        for row in rows:
            for stream, state in row.get("streams", {}).items():
                if state.get("observed_at") is None:
                    continue
                at = to_ms(state["observed_at"])
                station = row["station_id"]
                if at < self.newest.get(station, 0):
                    self.faults.append(f"{station} {stream} went back from {self.newest[station]} to {at}")
                self.newest[station] = at


def to_ms(text):
    return round(datetime.fromisoformat(text).timestamp() * 1000)
