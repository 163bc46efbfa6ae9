"""S4, City Mobility Pulse: its silver and gold tables, from /readings and /aggregates, in JSON and CSV.

S4 sums samples into "usage", so that a station which reports twice as often is used twice as much; it takes plain means of samples,
keeps what is sent twice twice, drops what is over 15 minutes late, reports occupied docks as free ones, has rows without a time in
bike_minute and no route for days. Here each table is held against a plain integration of the same readings over time.
"""

import csv
import io
import unittest
from datetime import datetime, timedelta, timezone

from central_case import CentralTestCase, info, reading
from line import wait_until
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka

DOCKS = 20
NINE = datetime.now(timezone.utc).replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=1)
SLOW = [(0, 10), (10, 0), (14, 2), (30, 8), (45, 20), (60, 5), (75, 5), (90, 6)]  # minute after nine, bikes
END = 90
RAIN = [(0, 20.0, 50, 10, 0.0), (15, 22.0, 50, 20, 0.0), (20, 16.0, 90, 40, 1.5), (40, 15.0, 95, 10, 4.0), (60, 18.0, 80, 0, 4.0), (75, 18.0, 80, 0, 4.2)]


def at(minute):
    return (NINE + timedelta(minutes=minute)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def bikes(minute, count, seq):
    return lambda station: reading(station, seq, {"num_bikes_available": count, "num_docks_available": DOCKS - count}, observed_at=at(minute))


def held(samples, start, end, of=lambda value: value):
    """The mean over time of what holds from each sample to the next, up to the last one."""
    total = covered = 0
    for (begin, value), (until, _) in zip(samples, samples[1:]):
        minutes = max(0, min(until, end) - max(begin, start))
        total, covered = total + minutes * of(value), covered + minutes
    return total / covered


class S4(CentralTestCase):
    maxDiff = 4000

    def setUp(self):
        super().setUp()
        self.start_central(layers={"close_after_minutes": 0})
        every = {"streams": {"bike_status": {"report_interval_s": 900}, "weather": {"report_interval_s": 900}}}
        self.produce("station-information", [("slow", info("Slow", capacity=DOCKS, **every)), ("fast", info("Fast", capacity=DOCKS, **every)), ("post", {**info("Post", **every), "kind": "weather"})])

    def aggregates(self, station, stream, resolution, **query):
        return self.api.pages(f"/api/v1/stations/{station}/aggregates", "aggregates", stream=stream, resolution=resolution, **query)

    def wait_received(self, count):
        wait_until(lambda: self.api.ledger()["totals"]["received"] == count, f"{count} readings")

    def fill_bikes(self):
        """Two stations with the same bikes: one reports when something changes, one each minute."""
        at_minute = {minute: max(value for value in SLOW if value[0] <= minute)[1] for minute in range(END + 1)}
        slow = [bikes(minute, count, seq)("slow") for seq, (minute, count) in enumerate(SLOW, 1)]
        fast = [bikes(minute, count, seq)("fast") for seq, (minute, count) in enumerate(at_minute.items(), 1)]
        late, rest = [slow[2], fast[40]], [each for each in slow + fast if each not in (slow[2], fast[40])]
        self.readings(*rest)
        self.wait_received(len(rest))
        wait_until(lambda: self.database().execute("SELECT count(*) FROM open_day").fetchone()[0] == 0, "the day to be closed")
        self.readings(*late, *slow)  # a day late; and everything of one station once more
        self.wait_received(len(rest) + len(late))

    def test_gold_of_bikes_is_weighted_by_time_and_the_same_for_any_sampling(self):
        self.fill_bikes()
        for station in ("slow", "fast"):
            hours = self.aggregates(station, "bike_status", "hour")
            self.assertEqual([hour["start"] for hour in hours], [at(0), at(60)], station)
            for number, hour in enumerate(hours):
                start, end = 60 * number, min(60 * number + 60, END)
                self.assertAlmostEqual(hour["num_bikes_available_mean"], held(SLOW, start, end), delta=0.001)
                self.assertAlmostEqual(hour["num_docks_available_mean"], DOCKS - held(SLOW, start, end), delta=0.001)
                self.assertAlmostEqual(hour["availability_rate_mean"], held(SLOW, start, end) / DOCKS, delta=0.0001)
                self.assertAlmostEqual(hour["utilization_rate_mean"], 1 - held(SLOW, start, end) / DOCKS, delta=0.0001)
                self.assertEqual(hour["minutes_covered"], end - start)
            self.assertEqual([(hour["num_bikes_available_min"], hour["num_bikes_available_max"], hour["minutes_empty"], hour["minutes_full"],
                               hour["bikes_taken_min"], hour["bikes_returned_min"]) for hour in hours], [(0, 20, 4, 15, 10, 20), (5, 6, 0, 0, 15, 1)])
            day, = self.aggregates(station, "bike_status", "day")
            self.assertAlmostEqual(day["num_bikes_available_mean"], held(SLOW, 0, END), delta=0.001)
            self.assertAlmostEqual(day["availability_rate_mean"], held(SLOW, 0, END) / DOCKS, delta=0.0001)
            self.assertEqual((day["minutes_empty"], day["minutes_full"], day["bikes_taken_min"], day["bikes_returned_min"], day["minutes_covered"]), (4, 15, 25, 21, 90))
        plain = [sum(count for minute, count in SLOW if minute < 60) / 5, sum(count for _, count in SLOW[:5])]
        self.assertNotAlmostEqual(plain[0], held(SLOW, 0, 60), delta=0.5, msg="the mean of samples is another one, so that this test shows something")

    def test_every_minute_has_its_time_and_what_held_then(self):
        self.fill_bikes()
        minutes = self.aggregates("slow", "bike_status", "minute", since=at(8), until=at(16))
        self.assertEqual([(row["start"], row["num_bikes_available_mean"], row["num_docks_available_mean"]) for row in minutes],
                         [(at(minute), count, DOCKS - count) for minute, count in [(8, 10), (9, 10), (10, 0), (11, 0), (12, 0), (13, 0), (14, 2), (15, 2)]])

    def test_silver_is_typed_flagged_and_each_reading_once(self):
        self.fill_bikes()
        rows = self.api.readings("slow", "bike_status", since=at(0), until=at(91))
        self.assertEqual([(row["observed_at"], row["values"], row["quality"]) for row in rows],
                         [(at(minute), {"num_bikes_available": count, "num_docks_available": DOCKS - count}, None) for minute, count in SLOW])
        text = self.api.get_bytes("/api/v1/stations/slow/readings", stream="bike_status", format="csv")[2].decode()
        table = list(csv.DictReader(io.StringIO(text, newline="")))
        self.assertEqual([(row["observed_at"], int(row["num_bikes_available"]), int(row["num_docks_available"])) for row in table],
                         [(at(minute), count, DOCKS - count) for minute, count in SLOW])

    def test_gold_of_weather_by_hour_and_day(self):
        self.readings(*[reading("post", seq, {"air_temperature_C": temperature, "relative_humidity_pct": humidity, "wind_speed_m_s": wind,
                                              "air_pressure_at_mean_sea_level_hPa": 1013.2, "precipitation_total_mm": rain, "counter_id": "c"}, stream="weather", observed_at=at(minute))
                        for seq, (minute, temperature, humidity, wind, rain) in enumerate(RAIN, 1)], topic="weather")
        self.wait_received(len(RAIN))
        temperature, humidity, wind = ([(row[0], row[column]) for row in RAIN] for column in (1, 2, 3))
        hours, days = self.aggregates("post", "weather", "hour"), self.aggregates("post", "weather", "day")
        self.assertEqual([hour["start"] for hour in hours], [at(0), at(60)])
        for row, start, end in (*zip(hours, (0, 60), (60, 75)), (days[0], 0, 75)):
            self.assertAlmostEqual(row["air_temperature_C_mean"], held(temperature, start, end), delta=0.006)
            self.assertAlmostEqual(row["relative_humidity_pct_mean"], held(humidity, start, end), delta=0.06)
            self.assertAlmostEqual(row["wind_speed_m_s_mean"], held(wind, start, end), delta=0.006)
            self.assertAlmostEqual(row["air_pressure_at_mean_sea_level_hPa_mean"], 1013.2, delta=0.006)
        self.assertEqual([row["precipitation_mm"] for row in (*hours, *days)], [4, 0.2, 4.2])


if __name__ == "__main__":
    unittest.main()
