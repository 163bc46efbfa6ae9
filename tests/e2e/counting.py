"""Independent counts over GBFS snapshots, written from the files alone: nothing here comes from the programs.

The rule is the gbfs source's contract: one reading whenever a station's object differs in any field from the last one
sent, none otherwise; a last_reported below 1450155600 means that the station has never reported.
"""

import json
import sqlite3
import tarfile
from datetime import datetime, timedelta, timezone

from line import silver

FIRST_SECOND = 1450155600
FLAGS = ("is_installed", "is_renting", "is_returning")


def snapshots_of_archive(archive):
    """Parsed snapshots of a tar.xz of station_status files, in the order of their names, which are times."""
    with tarfile.open(archive) as tar:
        members = sorted((member for member in tar.getmembers() if member.isfile()), key=lambda member: member.name)
        return [json.load(tar.extractfile(member)) for member in members]


def expected_readings(snapshots):
    """{station_id: [object, …]}: each object must have become one reading, in this order."""
    sent = {}
    for snapshot in snapshots:
        for station in snapshot["data"]["stations"]:
            if station.get("last_reported", 0) < FIRST_SECOND:
                continue
            objects = sent.setdefault(station["station_id"], [])
            if not objects or objects[-1] != station:
                objects.append(station)
    return sent


def expected_rows(snapshots, shift_s):
    """{station_id: sorted [(observed_at, canonical values), …]} as they must lie in central's database."""
    rows = {}
    for station_id, objects in expected_readings(snapshots).items():
        rows[station_id] = sorted((rfc3339(object_["last_reported"] + shift_s), canonical(object_)) for object_ in objects)
    return rows


def canonical(object_):
    """The values of a status object in the contract's form, as text that compares."""
    values = {key: value for key, value in object_.items() if key not in ("station_id", "last_reported") and value is not None}
    for flag in FLAGS:
        if flag in values:
            values[flag] = bool(values[flag])
    return json.dumps(values, sort_keys=True)


def rfc3339(seconds):
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def rows_in_database(database):
    """The same from central's SQLite file, by Python's own sqlite3: one entry for each row, so doubles show."""
    rows = {}
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        for row in silver.rows(connection, stream="bike_status"):
            at = datetime.fromtimestamp(row.observed_at / 1000, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            rows.setdefault(row.station_id, []).append((at, json.dumps(json.loads(row.object()), sort_keys=True)))
        if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise AssertionError("integrity_check of central's database fails")
    finally:
        connection.close()
    for entries in rows.values():
        entries.sort()
    return rows
