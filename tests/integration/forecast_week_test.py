"""Says how good the forecast is, on a recorded week of a real system: mean absolute errors of the model in central/forecast_model.* beside
"same as now" and "same time yesterday", weekday on weekday, and with the history of 15 to 19 May 2023 on 20 and 21 May, a weekend. Each
station counts alike. Both baselines are computed a second time here, from the files alone.

The recorded week needs WAYSIDE_CAPTURES; a generated city always runs: stations of commuters, who stay at home on weekends, must be shown
on weekdays and win; stations where nothing can be known must not be shown; and no weekend is told by weekdays.
"""

import os
import random
import subprocess
import unittest
from collections import defaultdict
from datetime import date

from e2e import counting
from line.paths import build_dir, captures

SEED = int(os.environ.get("WAYSIDE_TEST_SEED", random.randrange(1 << 30)))
MOMENT_S, DAY = 600, 144
GAP_S = 1500
KINDS = ("weekday", "weekend")
FIELDS = ("num_bikes_available", "num_docks_available")
MONDAY = (date(2023, 5, 15) - date(1970, 1, 1)).days
SAN_FRANCISCO = -122.4


def kind_of(moment, lon):
    """Monday to Friday by the sun of the place."""
    return KINDS[((moment + round(lon / 15) * 6) // DAY + 3) % 7 >= 5]


class Replay:
    """Readings {station: [(at_s, bikes, docks), …]} put through the model."""

    def __init__(self, readings, days, lon):
        self.readings, self.first, self.end, self.lon = readings, MONDAY, MONDAY + days, lon
        self.levels = {station: self.levels_of(rows) for station, rows in readings.items()}
        self.text = "".join(f"{station} {at} {bikes} {docks}\n" for station, rows in readings.items() for at, bikes, docks in rows)

    def levels_of(self, rows):
        """Bikes and docks at each moment by the plainest means: the newest reading that is not older than the gap."""
        known, at = [], -1
        for moment in range(self.first * DAY, self.end * DAY):
            while at + 1 < len(rows) and rows[at + 1][0] <= moment * MOMENT_S:
                at += 1
            known.append(rows[at][1:] if at >= 0 and moment * MOMENT_S - rows[at][0] <= GAP_S else None)
        return known

    def baselines(self, station, day, kind, field, steps):
        """Samples and sums of both baselines where yesterday, now and then are known."""
        known, samples, now_sum, yesterday_sum = self.levels[station], 0, 0, 0
        for moment in range((day - self.first) * DAY, (day - self.first + 1) * DAY):
            then = moment + steps
            if kind_of(self.first * DAY + moment, self.lon) != kind or then >= len(known) or None in (known[moment], known[then], known[then - DAY]):
                continue
            samples += 1
            now_sum += abs(known[moment][field] - known[then][field])
            yesterday_sum += abs(known[then - DAY][field] - known[then][field])
        return samples, now_sum, yesterday_sum

    def trials(self, *trials):
        """For each (until, day) the rows (station, kind, field, minutes, shown, samples, error, as now, as yesterday) of a forecast on May `day`
        with what came before May `until`."""
        ran = subprocess.run([build_dir() / "tests/integration/forecast_replay", str(self.first), str(self.end), str(self.lon),
                              *(f"{MONDAY + until - 15}:{MONDAY + day - 15}" for until, day in trials)],
                             input=self.text, capture_output=True, text=True, check=True, timeout=200)
        rows = {trial: [] for trial in trials}
        for line in ran.stdout.splitlines():
            station, kind, field, minutes, until, day, shown, *numbers = line.split()
            day = int(day)
            rows[int(until) - MONDAY + 15, day - MONDAY + 15].append((station, kind, field, int(minutes), shown == "shown", *map(int, numbers)))
            if numbers[0] != "0" and kind == "weekday":  # of weekends a few hours are known at most
                expected = self.baselines(station, day, kind, FIELDS.index(field), int(minutes) // 10)
                if (int(numbers[0]), *map(int, numbers[2:])) != expected:
                    raise AssertionError(f"{line}: the files say {expected}")
        return rows


def table(name, rows):
    """Prints, and returns by (kind, field, minutes, whether only shown ones): stations and the three means, each station alike."""
    print(f"{name}: mean absolute error, each station alike")
    print(f"  {'day':8} {'field':20} {'min':>3} {'stations':>10} {'forecast':>9} {'same as now':>12} {'yesterday':>10}")
    means = {}
    for kind in KINDS:
        for field in FIELDS:
            for minutes in (30, 60):
                for shown in (False, True):
                    found = [row[5:] for row in rows if row[1:4] == (kind, field, minutes) and row[5] and (row[4] or not shown)]
                    if not found:
                        continue
                    error, now, yesterday = (sum(row[i] / row[0] for row in found) / len(found) for i in (1, 2, 3))
                    means[kind, field, minutes, shown] = (len(found), error, now, yesterday)
                    print(f"  {kind:8} {field:20} {minutes:3} {len(found):4} {'shown' if shown else 'all':5}{error:9.4f} {now:12.4f} {yesterday:10.4f}  {100 * (error / now - 1):+.1f} %")
    return means


class Week(unittest.TestCase):
    def test_commuters_are_shown_and_win_and_what_cannot_be_known_is_not_shown(self):
        print(f"seed {SEED} (WAYSIDE_TEST_SEED takes another)")
        chance = random.Random(SEED)
        readings = {}
        for station in range(24):
            commuters, bikes, rows = station < 12, 10, []
            for moment in range(MONDAY * DAY, (MONDAY + 12) * DAY):
                hour = moment % DAY / 6
                rides = commuters and kind_of(moment, 0) == "weekday" and chance.random() < 0.5
                # Elsewhere people come and go by chance: what there is now is the best that can be said.
                walk = chance.choice((-1, 1)) if chance.random() < (0.02 if commuters else 0.15) else 0
                bikes += walk - (rides and 7 <= hour < 9.5) + (rides and 16 <= hour < 18.5)
                bikes = min(20, max(0, bikes))
                rows.append((moment * MOMENT_S + chance.randrange(300), bikes, 20 - bikes))
            readings[f"{'commuters' if commuters else 'chance'}-{station}"] = rows
        replay = Replay(readings, 12, 0)
        trials = replay.trials((26, 26), (20, 20))
        rows = trials[26, 26]
        means = table("a generated city, its second Friday", rows)
        for field in FIELDS:
            _, error, now, yesterday = means["weekday", field, 60, True]
            self.assertLess(error, 0.9 * now)
            self.assertLess(error, 0.9 * yesterday)
        shown = defaultdict(int)
        for row in rows:
            shown[row[0].split("-")[0], row[1], row[4]] += 1
        self.assertGreater(shown["commuters", "weekday", True], 4 * shown["commuters", "weekday", False], dict(shown))
        self.assertGreater(shown["chance", "weekday", False], 4 * shown["chance", "weekday", True], dict(shown))
        saturday = trials[20, 20]
        self.assertEqual([row for row in saturday if row[4] and row[1] == "weekend" or row[5]], [], "no weekend has been yet")

    if captures():

        def test_the_recorded_week(self):
            readings = defaultdict(dict)
            for snapshot in counting.snapshots_of_archive(captures() / "gbfs/baywheels-2023/station_status_week_2023-05-15_21.tar.xz"):
                for station in snapshot["data"]["stations"]:
                    if station["last_reported"] >= counting.FIRST_SECOND:
                        readings[station["station_id"]][station["last_reported"]] = (station["num_bikes_available"], station["num_docks_available"])
            replay = Replay({station: [(at, *rows[at]) for at in sorted(rows)] for station, rows in readings.items()}, 7, SAN_FRANCISCO)
            trials = replay.trials((18, 18), (19, 19), (20, 20), (20, 21))
            for day in (18, 19):
                means = table(f"history before {day} May, on {day} May", trials[day, day])
                for field in FIELDS:
                    for minutes in (30, 60):
                        for shown in (False, True):
                            count, error, now, yesterday = means["weekday", field, minutes, shown]
                            self.assertGreater(count, 20)
                            self.assertLess(error, now)
                            self.assertLess(error, yesterday)
            # 20 May of UTC begins with Friday's evening there. Of the weekend itself weekdays say nothing, and the only weekend before
            # is Sunday's evening on 15 May, so nothing is shown.
            for day in (20, 21):
                rows = trials[20, day]
                means = table(f"history of 15 to 19 May, on {day} May", rows)
                self.assertEqual([row for row in rows if row[1] == "weekend" and row[4]], [])
                self.assertEqual([key for key in means if key[0] == "weekday"] != [], day == 20)

    else:
        print("captures: WAYSIDE_CAPTURES names no folder, the recorded week is not registered")


if __name__ == "__main__":
    unittest.main(verbosity=2)
