"""Proves the forecast end to end with a real central: a station whose bikes go one an hour is forecast to have one less in an hour, with a
score that a plain computation gives; in 30 minutes "same as now" is as good, so nothing is shown; every other reason is said where it holds;
it is kept over a kill, and made anew when its file is gone.
"""

import unittest
from datetime import datetime, timedelta, timezone

from central_case import CentralTestCase, info, reading, utc
from line import wait_until
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka

DAYS = 15
SLOW = {"bike_status": {"report_interval_s": 600}}


def bikes(at):
    """One less each hour, full again at midnight; another level each day, so that yesterday says nothing."""
    return 24 - at.hour + at.timetuple().tm_yday % 3 * 3


class Forecast(CentralTestCase):
    def history(self, station, now, until_min=0):
        rows = []
        for step in range(DAYS * 144, until_min // 10 - 1, -1):
            at = now - timedelta(minutes=10 * step)
            rows.append(reading(station, len(rows) + 1, {"num_bikes_available": bikes(at), "num_docks_available": 40 - bikes(at)},
                                observed_at=at.isoformat(timespec="milliseconds").replace("+00:00", "Z")))
        self.readings(*rows)
        return len(rows)

    def forecast(self, station):
        answer = self.api.get(f"/api/v1/stations/{station}/forecast")
        return answer, {(row["field"].split("_")[1], row["minutes"]): row for row in answer["forecasts"]}

    def why_not(self, station):
        return [row["why_not"] for row in self.forecast(station)[0]["forecasts"]]

    def start_with_lost_file(self):
        self.central.stop()
        for path in (self.line.folder / "data" / "central").glob("central.db.forecast*"):
            path.unlink()
        self.central.start().wait_ready()
        wait_until(lambda: all(self.forecast(station)[0]["made_at"] for station in ("72", "73", "quiet")), "the forecasts", 60)

    def test_a_forecast_is_made_kept_and_explained(self):
        self.start_central()
        now = datetime.now(timezone.utc)
        self.produce("station-information", [("72", info(streams=SLOW)), ("73", info()), ("quiet", info(streams=SLOW)), ("w1", {"kind": "weather", "streams": {"weather": {}}})])
        count = self.history("72", now) + self.history("quiet", now, until_min=120)
        self.readings(*(reading("73", seq, age_s=300 - 60 * seq) for seq in range(1, 5)))
        wait_until(lambda: self.api.ledger()["totals"]["received"] == count + 4, f"{count + 4} readings")
        self.start_with_lost_file()

        answer, found = self.forecast("72")
        self.assertIn(answer["days"], (DAYS - 1, DAYS), "the first one is known from now on")
        self.assertEqual((found["bikes", 60]["count"], found["docks", 60]["count"]), (bikes(now) - 1, 40 - bikes(now) + 1))
        self.assertEqual(found["bikes", 60]["why_not"], None)
        score = found["bikes", 60]["score"]
        # The hour before midnight goes wrong, all others right; same as now is wrong by one.
        self.assertGreater(score["samples"], 216)
        self.assertAlmostEqual(score["same_as_now"] - score["mean_absolute_error"], 1 - 2 / 24, delta=0.1)
        self.assertGreater(score["same_time_yesterday"], 3)
        self.assertEqual([found[field, 30]["count"] for field in ("bikes", "docks")], [None, None])
        self.assertEqual([found[field, 30]["why_not"] for field in ("bikes", "docks")], ["same_as_now_is_better"] * 2)

        self.assertEqual(self.why_not("73"), ["too_little_history"] * 4)
        self.assertEqual(self.why_not("quiet"), ["same_as_now_is_better", "not_live"] * 2)
        self.assertEqual(self.why_not("w1"), ["not_bikes"] * 4)
        self.refused("/api/v1/stations/nobody/forecast", 404)
        self.assertIn("wayside_central_forecasts_made_total 3", self.api.get_bytes("/metrics")[2].decode())

        made_at = answer["made_at"]
        self.kill_and_start()
        self.assertEqual(self.forecast("72")[0]["made_at"], made_at, "it is kept")
        # A new station waits for its turn.
        self.produce("station-information", [("new", info())])
        self.readings(reading("new", 1))
        self.station("new", lambda row: row["age_s"] is not None)
        self.assertEqual(self.why_not("new"), ["not_made_yet"] * 4)


if __name__ == "__main__":
    unittest.main()
