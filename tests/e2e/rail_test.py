"""Proves that rail goes through the whole line: wayside-sim rail -> agent -> mosquitto -> bridge -> Kafka -> central.

The simulator's witness says what its hardware was told was taken. Central must have exactly those arrivals, and as many
people, counted as any reader of the contract does: differences of totals within one counter_id. The bank of turnstiles on a
serial line rolls over, counts down, is reset and misses audits meanwhile. Runs on the invented network always, on the CTA's
where WAYSIDE_CAPTURES names the captures.
"""

import json
import os
import subprocess
import unittest
from collections import Counter

from line import Line, wait_until
from line.paths import captures, program
from line.ports import free_port
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka

SEED = os.environ.get("WAYSIDE_TEST_SEED", "20261120")
PREFIX = "r-"
BANK = "bank"
DEVICES = [f"A002/R051/02-00-{n:02}" for n in range(4)]
RUN_S = 20
FIRST_AUDIT_S = 3  # the agent opens the port a second after the simulator has made it


def people(readings, field):
    """Differences within one counter_id, in the order of time."""
    rows = [row["values"] for row in sorted(readings, key=lambda row: row["observed_at"]) if row["values"]]
    pairs = zip(rows, rows[1:])
    return sum(after[field] - before[field] for before, after in pairs if after["counter_id"] == before["counter_id"])


def arrival_of(said):
    values = dict(said["values"])
    if "prev_station_id" in values:
        values["prev_station_id"] = PREFIX + values["prev_station_id"]
    return PREFIX + said["device"], said["observed_at"], json.dumps(values, sort_keys=True)


class Rail(unittest.TestCase):
    maxDiff = 2000

    def play(self, *options, restart=True):
        print(f"seed {SEED} (WAYSIDE_TEST_SEED takes another)")
        with Line() as line:
            line.start_broker()
            line.start_kafka()
            line.start_bridge()
            line.start_central()
            port, witness, link = free_port(), line.folder / "said.jsonl", line.folder / "gates"
            sources = self.sources(line, port, link, options)
            agent = line.start_agent("rail", sources, {"mqtt": {"health_interval_s": 2}})
            sim = line.start_sim("rail-sim", "rail", "--seed", SEED, "--target", f"http://127.0.0.1:{port}", "--witness", witness,
                                 "--begin", "2026-11-20T08:00:00Z", "--duration", RUN_S, "--serial-link", link,
                                 "--audit-interval", FIRST_AUDIT_S, "--reset", 0.2, "--missed", 0.2, *options)
            wait_until(lambda: "serial_port_opened" in agent.log_text(), "the open port", FIRST_AUDIT_S, watch=line.check)
            self.assertNotIn("mta-audit", witness.read_text(encoding="utf-8"), "audits began before the port was open")
            if restart:
                wait_until(lambda: witness.read_text(encoding="utf-8").count("kafka-rest-turnstile") > 50, "people", 60, watch=line.check)
                agent.restart()  # totals and counter ids must go on
            wait_until(lambda: "event=rail_finished" in sim.log_text(), "the end of the run", RUN_S * 6, watch=line.check)
            self.assertEqual((sim.log_field("rail_finished", "refused"), sim.log_field("rail_finished", "dropped")), ("0", "0"))
            said = [json.loads(row) for row in witness.read_text(encoding="utf-8").splitlines()]
            self.compare(line, said)

    def sources(self, line, port, link, options):
        stations = line.folder / "stations.csv"
        if "--cta" in options:
            stations = options[options.index("--cta") + 1] / "cta_stations.csv"
        else:
            command = [program("wayside-sim"), "rail", "--seed", SEED, "--stations-csv"]
            stations.write_bytes(subprocess.run(command, capture_output=True, check=True, timeout=30).stdout)
        rail = {"stations_file": str(stations), "station_prefix": PREFIX, "report_interval_s": 60}
        return [{"name": "rail", "driver": "http_push", "listen": f"127.0.0.1:{port}", "rail": rail},
                {"name": "gates", "driver": "turnstile_lines", "port": str(link), "station_id": BANK, "devices": DEVICES,
                 "people_per_minute_max": 1000}]

    def compare(self, line, said):
        arrivals = Counter(arrival_of(one) for one in said if one["dialect"] == "kafka-rest-arrival")
        persons = Counter(PREFIX + one["device"] for one in said if one["dialect"] == "kafka-rest-turnstile")
        audits = [one["values"] for one in said if one["dialect"] == "mta-audit"]
        self.assertGreater(len(arrivals), 20)
        self.assertGreater(sum(persons.values()), 100)
        self.assertGreater(len(audits), 8)

        def settled(api):
            ledger = api.ledger()["totals"]
            return ledger["accepted"] > 0 and ledger["received"] == ledger["accepted"] and ledger["missing"] == 0 and \
                self.persons_in(api, persons) == persons

        try:
            line.api.wait_for(settled, "all readings in central", 60, watch=line.check)
        finally:
            self.assertEqual(self.persons_in(line.api, persons), persons)
        api = line.api
        stations = {row["station_id"]: row for row in api.stations(kind="rail")}
        self.assertTrue(set(persons) <= set(stations))
        found = Counter()
        for station in stations:
            for row in api.readings(station, "arrival"):
                if row["values"]:
                    found[(station, row["observed_at"], json.dumps(row["values"], sort_keys=True))] += 1
        self.assertEqual(found, arrivals)
        bank = api.readings(BANK, "turnstile")
        self.assertGreater(len({row["values"]["counter_id"] for row in bank}), 1, "no roll-over, no reset: nothing was proved")
        for field in ("entries", "exits"):
            self.assertEqual(people(bank, field + "_total"), sum(values[field] for values in audits), field)
        print(f"{len(arrivals)} arrivals, {sum(persons.values())} persons, {len(audits)} audits, "
              f"{len({row['values']['counter_id'] for row in bank})} lives of the bank's counter")

    def persons_in(self, api, stations):
        return Counter({station: people(api.readings(station, "turnstile"), "entries_total") for station in stations})

    def test_the_invented_network_is_in_central_as_its_hardware_was_told(self):
        self.play("--speed", 60, "--people", 0.2)

    if captures():

        def test_the_ctas_three_lines_are_in_central_as_their_hardware_was_told(self):
            self.play("--speed", 60, "--people", 0.05, "--avro", "--cta", captures() / "cta")

    else:
        print("captures: WAYSIDE_CAPTURES names no folder, the CTA's network is not registered")


if __name__ == "__main__":
    unittest.main(verbosity=2)
