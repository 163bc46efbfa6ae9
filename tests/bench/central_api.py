"""What central's API costs at 10,000 stations: list, search, a day of one station, resident memory, and the event stream's fan-out.

A central is filled through Kafka: 10,000 bike stations with a reading each, one with a day of a reading a minute. Each question is asked
200 times on one kept connection by one client (p50, p99, bytes). Then 2,000 viewers listen while 200 stations change each second; the
delay is from the produce to the arrival at 20 of the viewers, the others only read.
"""

import argparse
import http.client
import json
import os
import selectors
import socket
import statistics
import sys
import threading
import time
from datetime import datetime, timedelta, timezone

from confluent_kafka import Producer

from bench.kafka_choice import start_kafka
from line import Line, wait_until

EPOCH = "9f2c41d07a3be815"
STREETS = ("Market", "Harrison", "Valencia", "Folsom", "Mission", "Bryant", "Howard", "Castro", "Sanchez", "Guerrero", "Ocean", "Geneva")


def utc(age_s=0.0):
    return (datetime.now(timezone.utc) - timedelta(seconds=age_s)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def values(n):
    return {"num_bikes_available": n % 20, "num_docks_available": 20 - n % 20, "num_bikes_disabled": n % 2, "num_docks_disabled": 0, "num_ebikes_available": n % 5,
            "is_installed": True, "is_renting": True, "is_returning": True}


def reading(station, seq, age_s=0.0):
    return {"station_id": station, "stream": "bike_status", "epoch": EPOCH, "seq": seq, "observed_at": utc(age_s), "clock": "synced", "values": values(seq * 7)}


def station_id(n):
    return f"a3a6ed98-a135-11e9-9cda-{n:012x}"


class Source:
    def __init__(self, brokers):
        self.producer = Producer({"bootstrap.servers": brokers, "linger.ms": 5, "partitioner": "murmur2", "queue.buffering.max.messages": 1_000_000})

    def put(self, topic, key, body):
        self.producer.produce(topic, json.dumps(body), key, headers=[("agent", b"bench"), ("stream", b"bike_status"), ("schema", b"1")])
        self.producer.poll(0)

    def fill(self, stations):
        for n in range(stations):
            name = f"{STREETS[n % 12]} St at {STREETS[n // 12 % 12]} Ave {n}"
            self.put("station-information", station_id(n), {"kind": "bike", "name": name, "address": f"{n} {STREETS[n // 7 % 12]} Street", "lat": 37.6 + n % 100 / 500,
                                                            "lon": -122.5 + n // 100 / 500, "capacity": 20, "streams": {"bike_status": {"report_interval_s": 3600}}})
            self.put("station-status", station_id(n), reading(station_id(n), 1, 1800 + n % 600))
        for seq in range(2, 1442):
            self.put("station-status", station_id(0), reading(station_id(0), seq, (1442 - seq) * 60))
        self.producer.flush(60)


def ask(port, path, rounds, headers):
    """(p50 ms, p99 ms, bytes) of the same question on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    times, size = [], 0
    for _ in range(rounds + 3):
        began = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        size = len(answer.read())
        times.append((time.perf_counter() - began) * 1000)
        if answer.status != 200:
            raise RuntimeError(f"{path}: HTTP {answer.status}")
    times = sorted(times[3:])  # warm
    return statistics.median(times), times[int(len(times) * 0.99) - 1], size


class Viewers(threading.Thread):
    """So many event streams. The first `judged` are read for the marks of changes, the others only drained."""

    def __init__(self, port, count, judged=20):
        super().__init__(daemon=True)
        self.selector = selectors.DefaultSelector()
        self.sent_at = {}  # mark -> when it was produced
        self.delays = []
        self.gone = 0
        self.stopping = False
        for n in range(count):
            sock = socket.create_connection(("127.0.0.1", port), timeout=30)
            sock.sendall(b"GET /events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n")
            sock.setblocking(False)
            self.selector.register(sock, selectors.EVENT_READ, bytearray() if n < judged else None)

    def run(self):
        while not self.stopping:
            for key, _ in self.selector.select(0.2):
                try:
                    got = key.fileobj.recv(1 << 18)
                except BlockingIOError:
                    continue
                if not got:
                    self.gone += 1
                    self.selector.unregister(key.fileobj)
                elif key.data is not None:
                    self.judge(key.data, got)

    def judge(self, kept, got):
        now = time.time()
        kept += got
        end = kept.rfind(b"\n\n")
        if end < 0:
            return
        for part in bytes(kept[:end]).split(b'"bench_mark":')[1:]:
            mark = int(part[: part.index(b"}")])
            if mark in self.sent_at:
                self.delays.append(now - self.sent_at[mark])
        del kept[: end + 2]


def fan_out(line, source, viewers_count, changes_per_s, seconds, stations):
    central = line.process["central"]
    viewers = Viewers(line.central_port, viewers_count)
    viewers.start()
    wait_until(lambda: line.api.pipeline()["viewers"] >= viewers_count, "all viewers", 60)
    time.sleep(5)  # the snapshots go out: what follows is the measurement, not a wait for anything
    memory_before, cpu_before, began = central.memory_kb("VmRSS"), central.cpu_s(), time.monotonic()
    for n in range(changes_per_s * seconds):
        body = reading(station_id(1 + n % (stations - 1)), 2 + n // (stations - 1))
        body["values"]["bench_mark"] = n
        viewers.sent_at[n] = time.time()
        source.put("station-status", body["station_id"], body)
        time.sleep(max(0.0, began + (n + 1) / changes_per_s - time.monotonic()))
    source.producer.flush(30)
    spent = time.monotonic() - began
    cpu = (central.cpu_s() - cpu_before) / spent
    wait_until(lambda: len(viewers.delays) >= 0.99 * 20 * changes_per_s * seconds or viewers.gone, "the last changes", 60)
    memory = central.memory_kb("VmRSS")
    viewers.stopping = True
    delays = sorted(viewers.delays)
    print(f"events: {viewers_count} viewers, {changes_per_s} changes/s: p50 {delays[len(delays) // 2] * 1000:.0f} ms, p99 {delays[int(len(delays) * 0.99)] * 1000:.0f} ms "
          f"(aim 250), {cpu:.2f} cores, resident {memory_before / 1024:.0f} -> {memory / 1024:.0f} MB, {viewers.gone} dropped", flush=True)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--stations", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--viewers", type=int, default=2000)
    parser.add_argument("--changes", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=30)
    options = parser.parse_args(arguments)
    print(f"load of this machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with Line() as line:
        print(f"Kafka: {start_kafka(line)}")
        source = Source(line.brokers)
        source.fill(options.stations)
        central = line.start_central(settings={"http": {"viewers_max": 5000, "connections_max": 6000}})
        wait_until(lambda: line.api.get("/api/v1/ledger", limit=1)["totals"]["received"] >= options.stations + 1440, "central to fold all", 300, watch=line.check)
        print(f"resident at {options.stations} stations: {central.memory_kb('VmRSS') / 1024:.0f} MB (aim 64), peak {central.memory_kb('VmHWM') / 1024:.0f} MB")
        day = f"/api/v1/stations/{station_id(0)}/readings?stream=bike_status&since={utc(86_400).replace('+', '%2B')}&limit=10000"
        for name, path, headers, aim in (("list, gzip", "/api/v1/stations", {"Accept-Encoding": "gzip"}, "20 ms, 400 kB"), ("list, zstd", "/api/v1/stations", {"Accept-Encoding": "zstd"}, "20 ms"),
                                         ("near 1 km", "/api/v1/stations?near=-122.4,37.7&radius_m=1000&bikes_min=1", {}, "-"), ("search, a word", "/api/v1/stations?q=valencia+ma&limit=10", {}, "5 ms"),
                                         ("search, a letter", "/api/v1/stations?q=v&limit=10", {}, "5 ms"), ("a station's day", day, {}, "5 ms"), ("GBFS status", "/gbfs/2.3/station_status.json", {"Accept-Encoding": "gzip"}, "-")):
            middle, worst, size = ask(line.central_port, path, options.rounds, headers)
            print(f"{name:<18} p50 {middle:7.2f} ms, p99 {worst:7.2f} ms, {size / 1000:8.1f} kB (aim {aim})", flush=True)
        print(f"resident after the questions: {central.memory_kb('VmRSS') / 1024:.0f} MB")
        fan_out(line, source, options.viewers, options.changes, options.seconds, options.stations)
    return 0


if __name__ == "__main__":
    sys.exit(main())
