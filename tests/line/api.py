"""Central's HTTP interface as a client sees it: JSON requests and the event stream."""

import http.client
import json
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request

from line.waiting import wait_until


class ApiError(OSError):
    """An answer other than 2xx; carries status and problem document."""

    def __init__(self, status, body):
        super().__init__(f"HTTP {status}: {body[:300]}")
        self.status = status
        self.body = body


class Api:
    def __init__(self, base_url, ca_file=None):
        self.base_url = base_url.rstrip("/")
        self.tls = ssl.create_default_context(cafile=ca_file) if ca_file else None

    def get_bytes(self, path, timeout_s=10.0, **query):
        """(status, headers, body) of a 2xx answer; ApiError for any other."""
        url = self.base_url + path
        query = {key: value for key, value in query.items() if value is not None}
        if query:
            url += "?" + urllib.parse.urlencode(query)
        try:
            with urllib.request.urlopen(url, timeout=timeout_s, context=self.tls) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            raise ApiError(error.code, error.read().decode("utf-8", "replace")) from None

    def get(self, path, **query):
        """The JSON of a path."""
        return json.loads(self.get_bytes(path, **query)[2])

    def pages(self, path, key, **query):
        """All items of a list that comes in pages with next_cursor."""
        items, cursor = [], None
        while True:
            page = self.get(path, **query, cursor=cursor)
            items += page[key]
            cursor = page.get("next_cursor")
            if not cursor:
                return items

    def stations(self, **query):
        return self.pages("/api/v1/stations", "stations", **query)

    def station(self, station_id):
        return self.get("/api/v1/stations/" + urllib.parse.quote(station_id, safe=""))

    def readings(self, station_id, stream, **query):
        path = f"/api/v1/stations/{urllib.parse.quote(station_id, safe='')}/readings"
        return self.pages(path, "readings", stream=stream, **query)

    def ledger(self):
        """The whole ledger: totals of the first page, agents and stations of all pages."""
        whole = self.get("/api/v1/ledger")
        cursor = whole.get("next_cursor")
        while cursor:
            page = self.get("/api/v1/ledger", cursor=cursor)
            whole["stations"] += page["stations"]
            known = {agent["agent"]: agent for agent in whole["agents"]}
            for agent in page["agents"]:
                if agent["agent"] in known:
                    known[agent["agent"]]["epochs"] += agent["epochs"]
                else:
                    whole["agents"].append(agent)
            cursor = page.get("next_cursor")
        return whole

    def pipeline(self):
        return self.get("/api/v1/pipeline")

    def quarantine(self, **query):
        return self.pages("/api/v1/quarantine", "items", **query)

    def wait_for(self, condition, what, timeout_s=30.0, pause_s=0.05, watch=None):
        """Calls `condition(self)` until it is true and returns that; a central that does not answer yet is waited for."""
        return wait_until(lambda: condition(self), what, timeout_s, pause_s, watch)

    def events(self, last_event_id=None, timeout_s=30.0):
        return Sse(self, last_event_id, timeout_s)


class Sse:
    """The event stream `/events`. Iterating gives (event, id, data); a stream that says nothing for timeout_s raises.

    Use as a context manager. `received_at` is time.time() when the newest event was complete.
    """

    def __init__(self, api, last_event_id=None, timeout_s=30.0):
        parts = urllib.parse.urlsplit(api.base_url)
        if parts.scheme == "https":
            self.connection = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=timeout_s, context=api.tls)
        else:
            self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout_s)
        headers = {"Accept": "text/event-stream"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = last_event_id
        self.connection.request("GET", "/events", headers=headers)
        self.answer = self.connection.getresponse()
        self.received_at = 0.0
        if self.answer.status != 200:
            raise ApiError(self.answer.status, self.answer.read().decode("utf-8", "replace"))

    def __iter__(self):
        event, event_id, data = "message", None, []
        while True:
            line = self.answer.readline()
            if not line:
                return
            line = line.decode("utf-8").rstrip("\r\n")
            if not line:
                if data:
                    self.received_at = time.time()
                    yield event, event_id, json.loads("\n".join(data))
                event, data = "message", []
                continue
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "event":
                event = value
            elif field == "id":
                event_id = value
            elif field == "data":
                data.append(value)

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
