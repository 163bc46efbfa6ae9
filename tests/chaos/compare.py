"""After a round, when the system has settled: is what central has what the agents accepted, and nothing else, once?

Each check returns a list of faults in words; none is the only good answer.
"""

import contextlib
import json
import sqlite3
import time

from chaos.kafka_log import TOPIC, to_code
from chaos.viewer import to_ms
from line import bronze, silver

SHOWN = 5
LEDGER_LIMIT_S = 10.0


def closing(path):
    """A connection that only reads, as a context manager."""
    return contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20))


def stored_since(database, began_ms):
    """{station: [(observed_ms, code)]} as stored, one entry for each row."""
    rows = {}
    for row in silver.rows(database, stream="weather", since_ms=began_ms):
        rows.setdefault(row.station_id, []).append((row.observed_at, to_code(float(row.cells))))
    return rows


def check_sets(stored, witness, stations):
    """accepted ⊆ stored ⊆ accepted ∪ maybe, none twice, a request of unknown end whole or not at all."""
    faults = []
    for station in stations:
        rows = stored.get(station, [])
        have = set(rows)
        accepted = witness.accepted.get(station, set())
        maybe = witness.maybe.get(station, [])
        report(faults, f"{station}: lost", accepted - have)
        report(faults, f"{station}: from nowhere", have - accepted - set().union(*maybe))
        report(faults, f"{station}: stored twice", doubles(rows) if len(rows) != len(have) else ())
        for request in maybe:
            if request & have and not request <= have:
                report(faults, f"{station}: a request was torn, of {len(request)} are missing", request - have)
    return faults


def check_bronze(config, log):
    """Each record of the log is in bronze, once."""
    kept = {partition: [] for partition in log.next_offset}
    for record in bronze.records(config, "--topic", TOPIC):
        kept[record["partition"]].append(record["offset"])
    return [f"bronze: partition {partition} has {len(offsets)} records, {len(set(offsets))} offsets, of {log.next_offset[partition]}"
            for partition, offsets in kept.items() if sorted(offsets) != list(range(log.next_offset[partition]))]


def check_undated(database, witness, stations):
    """As check_sets, by the codes alone: stored, or refused by name because the agent's clock was ahead, never both."""
    faults = []
    for station in stations:
        stored = [code for _, code in station_rows(database, station)]
        refused = {to_code(json.loads(payload)["values"]["air_temperature_C"]) for payload, in database.execute(
            "SELECT payload FROM quarantine WHERE station_id = ? AND reason = 'future_time'", (station,))}
        have = set(stored) | refused
        accepted = {code for _, code in witness.accepted.get(station, ())}
        maybe = {code for request in witness.maybe.get(station, ()) for _, code in request}
        report(faults, f"{station}: lost", accepted - have)
        report(faults, f"{station}: from nowhere", have - accepted - maybe)
        report(faults, f"{station}: stored twice", doubles(stored))
        report(faults, f"{station}: stored and refused", set(stored) & refused)
    return faults


def station_rows(database, station):
    """All of a station: [(observed_ms, code)]."""
    return [(row.observed_at, to_code(float(row.cells))) for row in silver.rows(database, station, "weather")]


def check_quiet(stored, publisher, broker_lived):
    rows = stored.get(publisher.station, [])
    have = set(rows)
    faults = []
    report(faults, f"{publisher.station}: from nowhere", have - publisher.sent)
    report(faults, f"{publisher.station}: stored twice", doubles(rows) if len(rows) != len(have) else ())
    if broker_lived:
        report(faults, f"{publisher.station}: lost after its PUBACK", publisher.acked - have)
    return faults


def check_database(database, log, whole):
    """Offsets equal what was applied, the stored rows are the log's distinct readings; `whole` adds integrity_check."""
    faults = []
    query = "SELECT partition, next_offset FROM partition_offset WHERE topic = ?"
    offsets = dict(database.execute(query, (TOPIC,)))
    for partition, expected in log.next_offset.items():
        if offsets.get(partition, 0) != expected:
            faults.append(f"offset of {TOPIC} {partition} is {offsets.get(partition)}, the log ends at {expected}")
    rows = len(silver.rows(database, stream="weather"))
    if rows != log.distinct():
        faults.append(f"{rows} rows, the log has {log.distinct()} distinct readings")
    refused = database.execute("SELECT count(*) FROM quarantine WHERE reason = 'future_time'").fetchone()[0]
    others = database.execute("SELECT reason, count(*) FROM quarantine WHERE reason != 'future_time' GROUP BY 1").fetchall()
    if refused != log.refused_count() or others:
        faults.append(f"quarantine holds {refused} readings from the future, the log {log.refused_count()}; others: {others}")
    stale = database.execute("SELECT epoch, waiting FROM agent_epoch WHERE waiting > 0").fetchall()
    if stale:  # a hole in such an epoch would never be called missing
        faults.append(f"last words of {len(stale)} epochs still say that readings wait: {stale[:SHOWN]}")
    if whole:
        found = database.execute("PRAGMA integrity_check").fetchall()
        if found != [("ok",)]:
            faults.append(f"integrity_check: {found[:3]}")
    return faults


def check_ledger(api, log):
    """The parts add up per station and in total, nothing is missing or waiting, repeats are those of the log."""
    ledger = api.ledger()
    deadline = time.monotonic() + LEDGER_LIMIT_S
    while ledger["totals"]["waiting"] and time.monotonic() < deadline:  # the agents' last words are on their way
        time.sleep(0.2)
        ledger = api.ledger()
    totals = ledger["totals"]
    faults = []
    numbered, refused = log.numbered(), log.refused_count()
    expected = {"accepted": numbered, "received": numbered - refused, "refused": refused, "dropped": 0, "waiting": 0, "missing": 0,
                "repeated": log.repeated}
    wrong = {key: totals[key] for key, value in expected.items() if totals[key] != value}
    if wrong:
        faults.append(f"ledger totals {wrong}, the log says {expected}")
    for station in ledger["stations"]:
        parts = sum(station[key] for key in ("received", "refused", "dropped", "missing"))
        if station["accepted"] != parts + station["waiting"]:
            faults.append(f"ledger of {station['station_id']}: accepted {station['accepted']} is not the sum of its parts {parts}")
    return faults


def check_state(api, log):
    """Each station shows what a fold of the log gives: the latest by observed_at, then by offset."""
    faults = []
    shown = {row["station_id"]: row["streams"].get("weather") for row in api.stations()}
    for station, (at, _, code) in log.newest.items():
        state = shown.get(station)
        if state is None or state.get("observed_at") is None:
            faults.append(f"{station} shows nothing, the log has {at}")
        elif (to_ms(state["observed_at"]), to_code(state["values"]["air_temperature_C"])) != (at, code):
            faults.append(f"{station} shows {state['observed_at']} {state['values']}, the log says {at} {code}")
    return faults


def doubles(rows):
    seen, twice = set(), set()
    for row in rows:
        (twice if row in seen else seen).add(row)
    return twice


def report(faults, what, readings):
    if readings:
        faults.append(f"{what} {len(readings)}: {sorted(readings)[:SHOWN]}")
