"""Proves that the page works against the real central: the browser tests of tests/browser on a running line, and that an item the
bridge has refused, a station's ledger and yesterday are shown as they are.

(Those that need their own server are for the stub and do not run here; the suite browser_map runs them.)
"""

import json
import os
import subprocess
import unittest
from datetime import datetime, timedelta, timezone

from line import Line
from line.paths import REPO, system_program
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka


def reading(station, seq):
    now = datetime.now(timezone.utc)
    return {"station_id": station, "stream": "bike_status", "epoch": "9f2c41d07a3be815", "seq": seq, "clock": "synced",
            "observed_at": now.replace(microsecond=seq * 1000).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "values": {"num_bikes_available": seq}}


def utc(local):
    return local.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def yesterday():
    """What stations p1 and p2 sent: p1 each minute from 07:30 to 08:10, 12 bikes and from 08:05 on 5; p2 from 08:30 on; p1 once today."""
    eight = (datetime.now() - timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)
    sent = [("p1", eight + timedelta(minutes=minute), 12 if minute < 5 else 5) for minute in range(-30, 11)]
    sent += [("p2", eight + timedelta(minutes=minute), 1) for minute in range(30, 40)] + [("p1", datetime.now(), 3)]
    items = [{"station_id": station, "stream": "bike_status", "epoch": "9f2c41d07a3be815", "seq": seq, "clock": "synced", "observed_at": utc(at),
              "values": {"num_bikes_available": bikes, "num_docks_available": 20 - bikes, "is_installed": True, "is_renting": True, "is_returning": True}}
             for seq, (station, at, bikes) in enumerate(sent, 1)]
    return utc(eight), {station: [item for item in items if item["station_id"] == station] for station in ("p1", "p2")}


class Page(unittest.TestCase):
    def test_the_page_shows_the_line_and_its_changes(self):
        with Line() as line:
            line.start_broker()
            line.start_kafka()
            line.start_bridge()
            line.start_central()
            sim = line.start_sim("sim", "gbfs", "--listen", "127.0.0.1:0", "--stations", 40, "--ttl", 1, "--change-interval", 1,
                                 "--trips-per-hour", 120)
            url = sim.log_field("ready", "details").removeprefix("gbfs=")
            line.start_agent("page", [{"name": "city", "driver": "gbfs", "url": url, "poll_interval_s": 1}])
            line.api.wait_for(lambda api: len(api.stations()) == 40, "40 stations", watch=line.check)
            passed = self.browse(line, "map.test.mjs")
            self.assertGreaterEqual(passed, 5)

    def test_the_page_shows_what_was_refused_a_stations_ledger_and_yesterday(self):
        with Line() as line:
            line.start_broker()
            line.start_kafka()
            line.start_bridge()
            line.start_central(settings={"layers": {"close_after_minutes": 0}})
            publish = [system_program("mosquitto_pub"), "-V", "mqttv5", "-p", str(line.mqtt_port), "-q", "1", "-t"]
            eight, history = yesterday()
            for station, items in history.items():
                place = {"station_id": station, "kind": "bike", "name": station, "lat": 41.9, "lon": -87.6, "capacity": 20, "streams": {"bike_status": {"report_interval_s": 60}}}
                subprocess.run([*publish, f"wayside/v1/demo/{station}/info", "-m", json.dumps(place)], check=True, timeout=20)
                subprocess.run([*publish, f"wayside/v1/demo/{station}/bike_status", "-m", json.dumps(items)], check=True, timeout=20)
            bad = '{"station_id":"72","bad'
            bodies = [json.dumps(reading("72", seq)) for seq in (1, 2, 3)]
            for body in (*bodies, bodies[-1], bad):  # one comes again
                subprocess.run([*publish, "wayside/v1/demo/72/bike_status", "-m", body], check=True, timeout=20)
            line.api.wait_for(lambda api: api.quarantine() and api.stations() and api.station("72")["ledger"]["repeated"],
                              "an item refused and a repeat", watch=line.check)
            self.assertEqual(line.api.station("72")["ledger"]["received"], 3)
            line.api.wait_for(lambda api: [api.station(station)["ledger"]["received"] for station in history] == [42, 10],
                              "yesterday's readings", watch=line.check)
            self.assertEqual(self.browse(line, "real_line.test.mjs", WAYSIDE_STATION="72", WAYSIDE_BAD_REASON="bad_json", WAYSIDE_BAD_BYTES=bad,
                                         WAYSIDE_EIGHT=eight, WAYSIDE_LEDGER_LINE="3 of 3 today, 0 missing, 1 repeats dropped"), 3)

    def browse(self, line, name, **env):
        """Runs a browser test on the line; returns how many passed."""
        done = subprocess.run([system_program("node"), "--test", name], cwd=REPO / "tests" / "browser",
                              env={**os.environ, **env, "WAYSIDE_CENTRAL_URL": line.api.base_url}, capture_output=True, text=True,
                              timeout=300, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return int(next(text for text in done.stdout.splitlines() if text.startswith("# pass ")).split()[2])


if __name__ == "__main__":
    unittest.main(verbosity=2)
