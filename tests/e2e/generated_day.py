"""A day of GBFS 1.x snapshots of the shape that real feeds have, made from a seed: flags as 1/0, unknown fields, stations
that never reported, stations missing from some snapshots, values that change while last_reported stays."""

import json
import random

BEGIN = 1684281600


def information(stations):
    return {"last_updated": BEGIN, "ttl": 60, "data": {"stations": [
        {"station_id": f"st-{n}", "name": f"Dock {n}", "lat": 52 + n / 1000, "lon": 4 + n / 1000, "capacity": 20}
        for n in range(stations)]}}


def snapshots(stations, count, seed, never=2):
    rng = random.Random(seed)
    status = [_first(n, rng, n < never) for n in range(stations)]
    made = []
    for step in range(count):
        now = BEGIN + step * 600
        for n in range(never, stations):
            if rng.random() < 0.4:
                _change(status[n], now - rng.randrange(300), rng)
        shown = [dict(object_) for object_ in status if rng.random() > 0.03]
        made.append({"last_updated": now, "ttl": 0, "data": {"stations": shown}})
    return made


def _first(n, rng, never):
    bikes = rng.randrange(20)
    return {"station_id": f"st-{n}", "legacy_id": str(n), "num_bikes_available": bikes, "num_docks_available": 19 - bikes,
            "num_bikes_disabled": 1, "num_docks_disabled": 0, "num_ebikes_available": 0, "is_installed": 1, "is_renting": 1,
            "is_returning": 1, "station_status": "active", "last_reported": 86400 if never else BEGIN - 600}


def _change(object_, now, rng):
    if rng.random() < 0.8:
        object_["last_reported"] = now
    object_["num_bikes_available"] = rng.randrange(20)
    object_["num_docks_available"] = 19 - object_["num_bikes_available"]
    if rng.random() < 0.05:
        object_["is_renting"] = 1 - object_["is_renting"]


def write_folder(folder, stations, count, seed):
    """Files as a recorder leaves them; returns (snapshots, information file)."""
    made = snapshots(stations, count, seed)
    for step, snapshot in enumerate(made):
        (folder / f"station_status.20230517T{step:06d}Z.json").write_text(json.dumps(snapshot), encoding="utf-8")
    information_file = folder.parent / "station_information.json"
    information_file.write_text(json.dumps(information(stations)), encoding="utf-8")
    return made, information_file
