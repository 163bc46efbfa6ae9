"""S3, Citi Bikes pipeline: station information and status in two topics, bad records told from good ones.

S3 skips a bad record with a warning, and its last version checks nothing at all. Here the same rules (information: a place within the
globe; status: counts of bikes and docks, none below 0) are kept by the real bridge: a bad record goes to dead-letter with its reason
and its bytes, the others pass, and the API lists what was refused.
"""

import json
import unittest

from bridge_case import BridgeTestCase, reading
from line import wait_until
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka

GOOD_INFORMATION = {"kind": "bike", "name": "W 52 St & 11 Ave", "short_name": "6926.01", "external_id": "66db237e", "lat": 40.767, "lon": -73.993, "capacity": 55,
                    "region_id": "71", "station_type": "classic", "has_kiosk": True, "rental_methods": ["KEY", "CREDITCARD"], "rental_uris": {"ios": "https://example.org/i"},
                    "eightd_has_key_dispenser": False, "eightd_station_services": [], "electric_bike_surcharge_waiver": False, "streams": {"bike_status": {"report_interval_s": 60}}}


class S3(BridgeTestCase):
    def test_both_topics_and_the_validation(self):
        self.start_bridge()
        self.line.start_central()
        bad_information = {"lat_out": {**GOOD_INFORMATION, "lat": 91}, "lon_out": {**GOOD_INFORMATION, "lon": -180.5}, "lat_text": {**GOOD_INFORMATION, "lat": "north"}}
        self.publish("wayside/v1/citi/s72/info", GOOD_INFORMATION)
        for station, body in bad_information.items():
            self.publish(f"wayside/v1/citi/{station}/info", body)
        status = {"num_bikes_available": 12, "num_docks_available": 43, "is_installed": True, "is_renting": True}
        bad_status = [{**status, "num_bikes_available": -1}, {**status, "num_docks_available": -3}, {**status, "num_bikes_available": "many"}, {**status, "is_renting": 7}]
        self.publish("wayside/v1/citi/s72/bike_status", [reading("s72", 1, status), *[reading("s72", seq, values) for seq, values in enumerate(bad_status, 2)], reading("s72", 6, status)])

        information = self.wait_kafka("station-information", 1)
        self.assertEqual([(record["key"], json.loads(record["payload"])) for record in information], [("s72", GOOD_INFORMATION)], "every field of S3's passes unchanged")
        passed = self.wait_kafka("station-status", 2)
        self.assertEqual([(record["key"], json.loads(record["payload"])["values"]) for record in passed], [("s72", status)] * 2)
        self.assertEqual(len({record["partition"] for record in passed}), 1, "one station is in one partition, in order")

        letters = [json.loads(record["payload"]) for record in self.wait_kafka("dead-letter", 7)]
        told = {(letter.get("station_id"), letter.get("seq")): letter["reason"] for letter in letters}
        self.assertEqual({station: told[(station, None)] for station in bad_information}, {"lat_out": "out_of_range", "lon_out": "out_of_range", "lat_text": "bad_type"})
        self.assertEqual([told[("s72", seq)] for seq in range(2, 6)], ["out_of_range", "out_of_range", "bad_type", "bad_type"])

        api = self.line.api
        wait_until(lambda: api.get("/api/v1/quarantine")["counts"] == {"bad_type": 3, "out_of_range": 4}, "the list of what was refused")
        row = wait_until(lambda: (lambda found: found if found["ledger"]["received"] == 2 and found["info"] else None)(api.station("s72")), "both good readings")
        self.assertEqual((row["info"], row["streams"]["bike_status"]["values"]), (GOOD_INFORMATION, status))
        self.assertEqual((row["ledger"]["accepted"], row["ledger"]["refused"], row["ledger"]["missing"]), (6, 4, 0))


if __name__ == "__main__":
    unittest.main()
