"""S2, CTA "Public Transit Status": its status page's rows, from S2's own records over its own wires.

What S2's programs send (arrivals, one record per person, weather, the CTA's table of stations) goes through agent, broker, bridge and
Kafka. A board is three kinds of requests: the stations of a line (`/api/v1/stations?kind=rail&line=`, `/api/v1/stations/{id}`), their
arrivals (`/readings?stream=arrival`) and their days (`/aggregates?stream=turnstile`).
S2 carries a train's status and never shows it, leaves a train standing where it was once it has gone on, counts everybody anew at
each start, and loses a weather reading when the post fails. Here the status is in the row, a train is at one place, and a death of
central changes nothing.
"""

import csv
import http.client
import json
import time
import unittest

from central_case import CentralTestCase
from line import wait_until
from line.paths import captures
from line.ports import free_port
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka

SAMPLE = """stop_id,direction_id,stop_name,station_name,station_descriptive_name,station_id,order,red,blue,green
1,N,Quay (Mill-bound),Quay,Quay (Blue Line),101,0,FALSE,TRUE,FALSE
2,S,Quay (arrival),Quay,Quay (Blue Line),101,0,FALSE,TRUE,FALSE
3,N,Mill (Park-bound),Mill,Mill (Blue Line),102,1,FALSE,TRUE,FALSE
4,N,Park (end),Park,Park (Blue Line),103,2,FALSE,TRUE,FALSE
5,E,Hill (Park-bound),Hill,Hill (Red Line),201,0,TRUE,FALSE,FALSE
"""
NOTHING = {"a": None, "b": None}


class S2(CentralTestCase):
    maxDiff = 4000

    def start(self, stations_file):
        self.started = int(time.time() * 1000) - 60_000
        self.line.start_broker()
        self.line.start_bridge()
        self.start_central()
        self.port = free_port()
        weather = {"key": "topics/weather", "station_id": "airport", "lat": 41.98, "lon": -87.9}
        self.line.start_agent("cta", [{"name": "cta", "driver": "http_push", "listen": f"127.0.0.1:{self.port}", "device": [weather],
                                       "rail": {"stations_file": str(stations_file)}}])

    def post(self, topic, *values, at_s=0):
        """S2's records, `at_s` seconds after a minute ago."""
        records = [{"key": {"timestamp": self.started + int(at_s * 1000)}, "value": value} for value in values]
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("POST", f"/topics/{topic}", json.dumps({"records": records}),
                           {"Content-Type": "application/vnd.kafka.json.v2+json"})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        self.assertEqual((answer.status, b"error\":\"" in body), (200, False), body)

    def arrive(self, at_s, station, train, direction, status="in_service", before=None):
        self.post("org.chicago.cta.station.arrivals.v1", {"station_id": station, "train_id": train, "direction": direction, "line": "blue", "train_status": status,
                                                          "prev_station_id": before, "prev_direction": before and direction}, at_s=at_s)

    def enter(self, at_s, station, people):
        self.post("org.chicago.cta.turnstile.v1", *[{"station_id": station, "station_name": "S", "line": "blue"}] * people, at_s=at_s)

    def board(self, line):
        """[(place, name, {direction: train and status}, entries)] as S2's page has them, in the line's order."""
        stations = [self.api.station(row["station_id"]) for row in self.api.stations(kind="rail", line=line)]
        latest = {}  # a train is where it was reported last
        for station in stations:
            for arrival in self.api.readings(station["station_id"], "arrival"):
                train = arrival["values"]
                if train and train["route_id"] == line:
                    latest[train["vehicle_id"]] = max(latest.get(train["vehicle_id"], ("",)), (arrival["observed_at"], station["station_id"], train["direction_id"], train["vehicle_status"]))
        rows = []
        for station in sorted(stations, key=lambda each: each["info"]["stop_sequence"][line]):
            trains = dict(NOTHING)
            for train, (_, place, direction, status) in sorted(latest.items(), key=lambda item: item[1]):
                if place == station["station_id"]:
                    trains[direction] = (train, status)
            days = self.api.pages(f"/api/v1/stations/{station['station_id']}/aggregates", "aggregates", stream="turnstile", resolution="day")
            rows.append((station["info"]["stop_sequence"][line], station["name"], trains, sum(day["entries"] or 0 for day in days)))
        return rows

    def wait_board(self, line, rows):
        last = []

        def same():
            last[:] = self.board(line)
            return last == rows

        try:
            wait_until(same, f"the board of line {line}", 20)
        except AssertionError:
            self.assertEqual(last, rows)

    def test_the_board_has_order_trains_with_status_and_counts(self):
        table = self.line.folder / "cta.csv"
        table.write_text(SAMPLE, encoding="utf-8")
        self.start(table)
        wait_until(lambda: len(self.api.stations(kind="rail")) == 4, "the stations")
        self.wait_board("blue", [(0, "Quay", NOTHING, 0), (1, "Mill", NOTHING, 0), (2, "Park", NOTHING, 0)])
        self.arrive(1, 101, "BL001", "a")
        self.arrive(2, 102, "BL001", "a", before=101)
        self.arrive(3, 102, "BL002", "b", "out_of_service", before=103)
        self.arrive(4, 103, "BL003", "a", "broken_down")
        self.enter(5, 101, 7)
        self.enter(6, 102, 2)
        rows = [(0, "Quay", NOTHING, 7), (1, "Mill", {"a": ("BL001", "in_service"), "b": ("BL002", "out_of_service")}, 2),
                (2, "Park", {"a": ("BL003", "broken_down"), "b": None}, 0)]
        self.wait_board("blue", rows)
        self.assertEqual(self.board("red"), [(0, "Hill", NOTHING, 0)])
        self.kill_and_start()
        self.assertEqual(self.board("blue"), rows, "S2 counts everybody anew at each start")
        self.arrive(7, 103, "BL001", "a", before=102)
        self.enter(8, 101, 3)
        rows[0] = (0, "Quay", NOTHING, 10)
        rows[1] = (1, "Mill", {"a": None, "b": ("BL002", "out_of_service")}, 2)
        rows[2] = (2, "Park", {"a": ("BL001", "in_service"), "b": None}, 0)
        self.wait_board("blue", rows)

    def test_the_weather_above_the_board(self):
        table = self.line.folder / "cta.csv"
        table.write_text(SAMPLE, encoding="utf-8")
        self.start(table)
        self.post("weather", {"temperature": 70.0, "status": "sunny"})
        values = self.station("airport", lambda row: row["streams"]["weather"]["values"])["streams"]["weather"]["values"]
        self.assertEqual(values["weather_condition"], "sunny")
        self.assertAlmostEqual(values["air_temperature_C"] * 1.8 + 32, 70, delta=0.02)

    if captures():

        def test_the_three_lines_of_the_cta_in_order(self):
            """Names and order of every row of S2's three boards, as its own table has them."""
            path = captures() / "cta" / "cta_stations.csv"
            with open(path, encoding="utf-8", newline="") as file:
                table = list(csv.DictReader(file))
            self.start(path)
            places = {"blue": {}, "red": {}, "green": {}}
            for line, row in ((line, row) for row in table for line in places if row[line].lower() == "true"):
                places[line].setdefault(row["station_id"], (int(row["order"]), row["station_name"]))  # one row misspells its name
            total = len({station for line in places.values() for station in line})
            wait_until(lambda: len(self.api.stations(kind="rail")) >= total, "the stations", 60)
            for line, wanted in places.items():
                rows = {row["station_id"]: self.api.station(row["station_id"]) for row in self.api.stations(kind="rail", line=line)}
                self.assertEqual({key: (row["info"]["stop_sequence"][line], row["name"]) for key, row in rows.items()}, wanted)
            self.assertEqual([len(line) for line in places.values()], [33, 33, 28])


if __name__ == "__main__":
    unittest.main()
