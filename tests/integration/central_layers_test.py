"""Proves that the layers behind the fold survive what the fold survives: a central that is killed while it closes days answers, after
its next start, with every reading once and with aggregates that a plain computation makes of them.
"""

import json
import unittest
from datetime import datetime, timedelta, timezone

from central_case import CentralTestCase, info, reading
from line import silver, wait_until
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka

STATIONS = 8
CLOSE_AT_ONCE = {"close_after_minutes": 0}
NOON = datetime.now(timezone.utc).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)


def at(minute):
    return (NOON + timedelta(minutes=minute)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def bikes(station, minute):
    return (minute * 7 + station * 3) % 5


class Layers(CentralTestCase):
    def send(self, minutes):
        """Yesterday's readings of all stations at these minutes after noon."""
        minutes = list(minutes)
        self.readings(*(reading(f"s{station}", minute + 1, {"num_bikes_available": bikes(station, minute)}, observed_at=at(minute))
                        for station in range(STATIONS) for minute in minutes))

    def wait_closed(self):
        database = self.database()
        wait_until(lambda: database.execute("SELECT count(*) FROM open_day").fetchone()[0] == 0, "all days to be closed")
        self.assertEqual(database.execute("SELECT count(*) FROM reading").fetchone()[0], 0)

    def aggregates(self, station, **query):
        return self.api.pages(f"/api/v1/stations/s{station}/aggregates", "aggregates", stream="bike_status", **query)

    def compare(self, minutes):
        """Readings as a set, and each hour's mean: every reading holds for its minute, the last one for none."""
        rows = sorted((row.station_id, row.seq, row.observed_at, row.object()) for row in silver.rows(self.database()))
        self.assertEqual(rows, sorted(
            (f"s{station}", minute + 1, int((NOON + timedelta(minutes=minute)).timestamp() * 1000),
             json.dumps({"num_bikes_available": bikes(station, minute)})) for station in range(STATIONS) for minute in range(minutes)))
        for station in range(STATIONS):
            stored = [(item["seq"], item["observed_at"], item["values"]["num_bikes_available"])
                      for item in self.api.readings(f"s{station}", "bike_status")]
            self.assertEqual(stored, [(minute + 1, at(minute), bikes(station, minute)) for minute in range(minutes)])
            hours = self.aggregates(station, resolution="hour")
            self.assertEqual([hour["start"] for hour in hours], [at(60 * hour) for hour in range(-(-minutes // 60))])
            for number, hour in enumerate(hours):
                held = [bikes(station, minute) for minute in range(60 * number, min(60 * number + 60, minutes - 1))]
                self.assertEqual(hour["minutes_covered"], len(held))
                self.assertAlmostEqual(hour["num_bikes_available_mean"], sum(held) / len(held), delta=0.0006)
                self.assertEqual(hour["minutes_empty"], held.count(0))
            day, = self.aggregates(station, resolution="day")
            self.assertEqual((day["minutes_covered"], day["readings"]), (minutes - 1, minutes))
            self.assertEqual(len(self.aggregates(station, resolution="minute", limit=50)), minutes)

    def test_kills_while_days_are_closed_change_no_answer(self):
        self.start_central(layers=CLOSE_AT_ONCE)
        self.produce("station-information", [(f"s{station}", info()) for station in range(STATIONS)])
        self.central.kill()
        for part, fault in enumerate(("before_close_commit:1", "after_close_commit:1", "before_close_commit:1")):
            self.central.env = {"WAYSIDE_FAULT": fault}
            self.send(range(part * 50, part * 50 + 50))
            self.central.start()
            wait_until(lambda: not self.central.running(), f"the death at {fault}")
        self.kill_and_start()
        self.wait_stored_by_ledger(STATIONS * 150)
        self.wait_closed()
        self.compare(150)

    def wait_stored_by_ledger(self, count):
        wait_until(lambda: self.api.ledger()["totals"]["received"] >= count, f"{count} readings")

    def test_late_readings_change_what_has_been_closed(self):
        self.start_central(layers=CLOSE_AT_ONCE)
        self.produce("station-information", [(f"s{station}", info()) for station in range(STATIONS)])
        late = [20, 21, 40, 59, 60]
        self.send(minute for minute in range(90) if minute not in late)
        self.wait_stored_by_ledger(STATIONS * 85)
        self.wait_closed()
        self.send(late)
        self.wait_stored_by_ledger(STATIONS * 90)
        self.compare(90)
        self.wait_closed()
        self.compare(90)

    def test_use_stands_beside_the_nearest_weather(self):
        self.start_central()
        self.produce("station-information", [("s0", info()), ("far", {**info(lat=43.0), "kind": "weather"}), ("near", {**info(lat=41.51), "kind": "weather"})])
        minutes = range(121)
        self.readings(*(reading("s0", minute + 1, {"num_bikes_available": 200 - minute}, observed_at=at(minute)) for minute in minutes))
        self.readings(*(reading(station, minute + 1, {"air_temperature_C": warm, "wind_speed_m_s": 3, "precipitation_total_mm": max(0, minute - 60)},
                                stream="weather", observed_at=at(minute)) for station, warm in (("far", 30), ("near", 12)) for minute in minutes),
                      topic="weather")
        self.wait_stored(363)
        answer = self.api.get("/api/v1/weather-and-use", station="s0", since=at(0), until=at(120))
        self.assertEqual((answer["weather_station_id"], answer["use"]), ("near", "bike_status"))
        self.assertAlmostEqual(answer["distance_m"], 1112, delta=2)
        self.assertEqual([(hour["taken"], hour["air_temperature_C_mean"], hour["precipitation_mm"], hour["wind_speed_m_s_mean"])
                          for hour in answer["hours"]], [(59, 12, 0, 3), (60, 12, 59, 3)])
        self.assertEqual(answer["summary"], {
            "rain": [{"rain": False, "hours": 1, "taken_mean": 59}, {"rain": True, "hours": 1, "taken_mean": 60}],
            "temperature_C": [{"from": 10, "to": 15, "hours": 2, "taken_mean": 59.5}],
            "wind_m_s": [{"from": 2, "to": 4, "hours": 2, "taken_mean": 59.5}]})
        for query in ({}, {"station": "s0", "since": "then"}, {"station": "s0", "since": at(0), "until": at(-1)},
                      {"station": "s0", "since": "1999-01-01T00:00:00Z"}, {"station": "x" * 10_000}):
            self.refused("/api/v1/weather-and-use", 400, **query)
        self.refused("/api/v1/weather-and-use", 404, station="nobody")

    def test_bad_questions_are_told_what_to_change(self):
        self.start_central()
        self.produce("station-information", [("s0", info())])
        self.station("s0")
        path = "/api/v1/stations/s0/aggregates"
        for query in ({}, {"stream": "loss"}, {"stream": "smell"}, {"stream": "weather", "resolution": "week"},
                      {"stream": "weather", "since": "then"}, {"stream": "weather", "since": at(9), "until": at(3)},
                      {"stream": "weather", "limit": 99999}, {"stream": "weather", "cursor": "AAAA"}, {"stream": "x" * 10_000}):
            self.refused(path, 400, **query)
        self.refused("/api/v1/stations/nobody/aggregates", 404, stream="weather")
        self.assertEqual(self.aggregates(0), [])


if __name__ == "__main__":
    unittest.main()
