"""Proves the rail wires with a real agent and a real mosquitto: what hardware posts by http.client or writes into a pseudo
terminal comes out as the contract's readings, totals go on over a restart, strangers are listed ready to paste.
"""

import http.client
import json
import os
import subprocess
import time
import tty
import unittest

from agent_case import AgentTestCase
from line import wait_until
from line.paths import program
from line.ports import free_port


class Rail(AgentTestCase):
    maxDiff = 2000

    def start(self, *sources):
        self.sources = list(sources)
        self.agent_ = self.line.start_agent("rail", self.sources, {"mqtt": {"health_interval_s": 1}})
        return self.agent_

    def gateway(self):
        self.port = free_port()
        stations = [{"key": "101", "station_id": "quay", "name": "Quay", "lat": 41.5, "lon": -36.4, "lines": ["blue"], "stop_sequence": 0},
                    {"key": "102", "station_id": "mill", "lines": ["blue"], "stop_sequence": 1}]
        return {"name": "rail", "driver": "http_push", "listen": f"127.0.0.1:{self.port}", "rail": {"station": stations}}

    def post(self, topic, *values):
        records = [{"key": {"timestamp": int(time.time() * 1000)}, "value": value} for value in values]
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("POST", f"/topics/{topic}", json.dumps({"records": records}),
                           {"Content-Type": "application/vnd.kafka.json.v2+json"})
        answer = connection.getresponse()
        body = json.loads(answer.read())
        connection.close()
        return answer.status, body

    def of(self, bridge, station, stream):
        with bridge.lock:
            once = {(r["epoch"], r["seq"]): r["values"] for r in bridge.readings if (r["station_id"], r["stream"]) == (station, stream)}
        return list(once.values())  # what had no receipt yet comes again

    def test_trains_and_people_that_are_posted_become_readings(self):
        bridge = self.bridge()
        self.start(self.gateway())
        train = {"station_id": 102, "train_id": "BL001", "direction": "a", "line": "blue", "train_status": "in_service",
                 "prev_station_id": 101, "prev_direction": "a"}
        self.assertEqual(self.post("org.chicago.cta.station.arrivals.v1", train)[0], 200)
        self.assertEqual(self.post("org.chicago.cta.turnstile.v1", *[{"station_id": 101, "station_name": "Quay", "line": "blue"}] * 3)[0], 200)
        arrival = wait_until(lambda: self.of(bridge, "mill", "arrival"), "the arrival")[0]
        self.assertEqual(arrival, {"vehicle_id": "BL001", "route_id": "blue", "direction_id": "a", "vehicle_status": "in_service",
                                   "prev_station_id": "quay", "prev_direction_id": "a", "stop_sequence": 1})
        people = wait_until(lambda: len(self.of(bridge, "quay", "turnstile")) == 2 and self.of(bridge, "quay", "turnstile"), "the people")
        self.assertEqual([row["entries_total"] for row in people], [0, 3])

        self.agent_.kill()  # the totals are in the commit
        self.agent_.start().wait_ready()
        self.assertEqual(self.post("turnstile", {"station_id": 101, "line": "blue"})[0], 200)
        people = wait_until(lambda: len(self.of(bridge, "quay", "turnstile")) == 3 and self.of(bridge, "quay", "turnstile"), "one more")
        self.assertEqual(people[2], {"entries_total": 4, "counter_id": people[0]["counter_id"]})

    def test_an_unknown_station_is_refused_and_listed_ready_to_paste(self):
        self.bridge()
        self.start(self.gateway())
        status, body = self.post("turnstile", {"station_id": 999, "station_name": "New", "line": "red"})
        self.assertEqual((status, body["offsets"][0]["error"]), (200, "unknown_station: station 999"))
        shown = subprocess.run([program("wayside-agent"), "status", "--config", self.line.folder / "config" / "agent-rail.toml"],
                               capture_output=True, text=True, timeout=30, check=True).stdout
        for text in ("[[source.rail.station]]", 'key = "999"', 'name = "New"', 'lines = ["red"]', "unknown_station"):
            self.assertIn(text, shown)

    def test_registers_on_a_serial_line_become_people(self):
        bridge = self.bridge()
        master, slave = os.openpty()
        self.addCleanup(os.close, master)
        self.addCleanup(os.close, slave)
        tty.setraw(slave)
        self.start({"name": "gates", "driver": "turnstile_lines", "port": os.ttyname(slave), "station_id": "gates",
                    "devices": ["A002/R051/02-00-00"]})
        wait_until(lambda: "serial_port_opened" in self.agent_.log_text(), "the open port")
        say = lambda minute, entries: os.write(master, f"A002,R051,02-00-00,05-21-11,00:{minute:02}:00,REGULAR,{entries:09},001097585\r\n".encode())
        say(0, 999_999_990)
        say(5, 7)  # through its end: 10 up to it, 7 behind it
        people = wait_until(lambda: len(self.of(bridge, "gates", "turnstile")) == 4 and self.of(bridge, "gates", "turnstile"), "four readings")
        self.assertEqual([row["entries_total"] for row in people], [0, 10, 0, 7])
        self.assertEqual(people[0]["counter_id"], people[1]["counter_id"])
        self.assertEqual(people[2]["counter_id"], people[3]["counter_id"])
        self.assertNotEqual(people[1]["counter_id"], people[2]["counter_id"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
