"""S1, divvy-kafka: a dot per station with availability ratio and colour, from one request: /api/v1/stations?kind=bike&format=csv.

S1 takes bikes over capacity (0 where capacity is 0): blue up to .33, green from .34 to .67, else red, so that a station that is a third
full is painted "nearly full". Here the borders are thirds without a hole, and a station that has been silent for months is not one of
the live dots.
"""

import csv
import io
import json
import unittest

from central_case import CentralTestCase, info, reading
from line import wait_until
from line.paths import captures
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka

BLUE, GREEN, RED = "few bikes", "even", "nearly full"


def ratio(bikes, capacity):
    return bikes / capacity if capacity else 0


def colour_of_s1(share):
    return BLUE if share <= .33 else GREEN if .34 <= share <= .67 else RED


def colour(share):
    return BLUE if share <= 1 / 3 else GREEN if share <= 2 / 3 else RED


class S1(CentralTestCase):
    def dots(self):
        """[(station, lat, lon, ratio, colour, state)] of one answer: what S1 writes into station_status_updated.json."""
        _, _, text = self.api.get_bytes("/api/v1/stations", kind="bike", format="csv")
        dots = {}
        for row in csv.DictReader(io.StringIO(text.decode(), newline="")):
            bikes = row["bike_status.num_bikes_available"]
            share = ratio(int(bikes or 0), float(row["capacity"] or 0))
            dots[row["station_id"]] = (float(row["lat"]), float(row["lon"]), share, colour(share) if bikes else None, row["state"])
        return dots

    def fill(self, stations):
        """[(id, capacity, bikes, age_s)] through Kafka."""
        self.start_central()
        self.produce("station-information", [(key, info(f"Station {key}", capacity=capacity)) for key, capacity, _, _ in stations])
        self.readings(*[reading(key, 1, {"num_bikes_available": bikes, "is_renting": True}, age_s=age_s) for key, _, bikes, age_s in stations])
        total = len(stations)
        wait_until(lambda: self.api.get("/api/v1/ledger")["totals"]["received"] == total and len(self.api.stations()) == total, "all stations")

    def test_the_colour_has_no_hole_and_old_dots_are_not_live(self):
        cases = [("third", 15, 5, GREEN), ("a", 300, 100, BLUE), ("b", 200, 67, GREEN), ("c", 3, 2, GREEN), ("d", 100, 67, RED), ("e", 10, 10, RED), ("f", 0, 4, BLUE), ("g", 9, 0, BLUE)]
        cases[0] = ("third", 15, 5, BLUE)
        self.fill([(key, capacity, bikes, 1) for key, capacity, bikes, _ in cases] + [("old", 10, 9, 92 * 86_400)])
        dots = self.dots()
        self.assertEqual({key: dots[key][3] for key, *_ in cases}, {key: wanted for key, _, _, wanted in cases})
        self.assertEqual([dots[key][2] for key in ("c", "f", "g")], [2 / 3, 0, 0])
        self.assertEqual(colour_of_s1(dots["third"][2]), RED, "the hole of S1, so that this test shows what is mended")
        self.assertEqual(dots["old"][4], "silent")
        live = {row["station_id"] for row in self.api.stations(state="live")}
        self.assertEqual(live, {key for key, *_ in cases})

    if captures():

        def test_the_whole_of_divvy(self):
            """The 384 rows that S1's author committed: 181 of them are months old, and 9 of his 35 red dots are a third full."""
            rows = json.loads((captures() / "gbfs" / "divvy-2025" / "station_status_updated.enriched.json").read_text(encoding="utf-8"))
            newest = max(row["last_reported"] for row in rows)
            self.fill([(row["station_id"], row["capacity"], row["num_bikes_available"], newest - row["last_reported"]) for row in rows])
            dots = self.dots()
            self.assertEqual(len(dots), 384)
            for row in rows:
                self.assertEqual(dots[row["station_id"]][2], ratio(row["num_bikes_available"], row["capacity"]), row["station_id"])
            red_of_s1 = {key for key, dot in dots.items() if colour_of_s1(dot[2]) == RED}
            red = {key for key, dot in dots.items() if dot[3] == RED}
            self.assertEqual((len(red_of_s1), len(red), red - red_of_s1), (35, 26, set()))
            self.assertEqual(sum(1 for dot in dots.values() if dot[4] == "silent"), 181)


if __name__ == "__main__":
    unittest.main()
