"""S5, Bikeshare Availability: type an address, get the places near it where a bike is, and two messages when that fails.

An address is found by q= among names and streets, its neighbours by near= and bikes_min=1 (or S5's box by bbox=), each one request.
S5 calls a place available for ever once a bike has ended there; here a silent station, one without bikes and one that does not rent
are no neighbours.
"""

import unittest

from central_case import CentralTestCase, info, reading
from line import wait_until
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka

HERE = (-73.9857, 40.7441)
BOX = 0.007  # degrees each way, about 780 m by 590 m


class S5(CentralTestCase):
    def setUp(self):
        super().setUp()
        self.start_central()
        places = {"park": ("Park Ave Kiosk", "1 Park Avenue", 0, 0), "near": ("E 33 St", "450 Third Avenue", 0.002, 0.001), "empty": ("E 31 St", "", 0.001, 0.001),
                  "closed": ("E 30 St", "", 0.001, -0.001), "silent": ("E 29 St", "", -0.001, 0.001), "far": ("Pier 40", "1 West St", -0.03, -0.015), "edge": ("E 40 St", "", 0, 0.0065)}
        self.produce("station-information", [(key, info(name, address=address, lon=HERE[0] + lon, lat=HERE[1] + lat)) for key, (name, address, lon, lat) in places.items()])
        bikes = {"park": 2, "near": 1, "empty": 0, "closed": 4, "silent": 9, "far": 5, "edge": 3}
        self.readings(*[reading(key, 1, {"num_bikes_available": count, "is_renting": key != "closed"}, age_s=1000 if key == "silent" else 1) for key, count in bikes.items()])
        wait_until(lambda: self.api.get("/api/v1/ledger")["totals"]["received"] == len(bikes), "all stations")

    def neighbours(self, lon, lat, **more):
        return [(row["station_id"], row["streams"]["bike_status"]["values"]["num_bikes_available"]) for row in self.api.stations(near=f"{lon},{lat}", bikes_min=1, **more)]

    def test_an_address_and_its_neighbours_with_a_bike(self):
        for typed in ("1 Park Avenue", "1 park av", "PARK AVENUE 1"):
            place = self.api.stations(q=typed)[0]
            self.assertEqual((place["station_id"], place["lon"], place["lat"]), ("park", *HERE), typed)
        self.assertEqual(self.neighbours(*HERE, radius_m=800), [("park", 2), ("near", 1), ("edge", 3)])
        self.assertEqual(self.neighbours(*HERE, radius_m=300), [("park", 2), ("near", 1)])
        box = f"{HERE[0] - BOX},{HERE[1] - BOX},{HERE[0] + BOX},{HERE[1] + BOX}"
        self.assertEqual([row["station_id"] for row in self.api.stations(bbox=box, bikes_min=1)], ["edge", "near", "park"])

    def test_its_two_messages(self):
        """"Improper Location": 400 that says what a place looks like. "There are no available docks near you": an empty list."""
        for typed in ("somewhere", "40.7", "-73.98,140.7", "1,2,3", "'; DROP TABLE location; --"):
            problem = self.refused("/api/v1/stations", 400, near=typed, bikes_min=1)
            self.assertRegex(problem["detail"], "near: is no place .*lon,lat")
        self.assertEqual(self.api.stations(q="nowhere street 5"), [], "an address that nobody knows")
        self.assertEqual(self.neighbours(0, 0), [])
        self.assertEqual(self.neighbours(HERE[0] + 0.001, HERE[1] + 0.001, radius_m=20), [], "a station without bikes is not one to go to")

    def test_a_bike_that_leaves_takes_its_circle_along(self):
        self.readings(reading("near", 2, {"num_bikes_available": 0, "is_renting": True}))
        wait_until(lambda: self.neighbours(*HERE, radius_m=300) == [("park", 2)], "the last bike to be gone")


if __name__ == "__main__":
    unittest.main()
