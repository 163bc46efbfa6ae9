"""The simulated city of `up` and the real agents that read it."""

import csv
import json
import re
import subprocess

from line.paths import program
from up.options import FEED_PORT, PUSH_PORT, RAIL_PORT
from up.supervisor import Part

SEED = 7
WEATHER_INTERVAL_S = 15
CITY_POLL_INTERVAL_S = 2  # the feed's ttl, 5 s, is what counts then
NMEA_BAUD = 4800
AUDIT_INTERVAL_S = 30
RAIL_SPEED = 4  # trains and people of four minutes in one: something happens while one looks
PASSKEY = re.compile(r"[0-9A-Fa-f]{32}")  # agents take these from files only


def bike_agent(line, url, poll_interval_s=None):
    """A real agent on a GBFS feed; it polls as often as agents do when nothing else is said."""
    source = {"name": "bikes", "driver": "gbfs", "url": url, "poll_interval_s": poll_interval_s}
    return Part("agent-bikes", lambda wait: line.start_agent("bikes", [source], wait=wait), lambda: url)


def feed_of_folder(line, choose_port, folder):
    """A GBFS server on a folder of files, and the agent that polls it."""
    port = choose_port("bike feed", FEED_PORT)
    url = f"http://127.0.0.1:{port}/gbfs.json"
    start = lambda wait: line.start_sim("feed", "gbfs", "--listen", f"127.0.0.1:{port}", "--folder", folder,
                                        "--shift-to-now", wait=wait)
    return [Part("feed", start, lambda: url), bike_agent(line, url)]


def city(line, choose_port, options):
    """Bike stations behind a GBFS feed, weather posts that push by HTTP, a mast on a serial port, a railway; and their agents."""
    feed_port = choose_port("simulated bike feed", FEED_PORT)
    push_port = choose_port("weather posts' listener", PUSH_PORT)
    url = f"http://127.0.0.1:{feed_port}/gbfs.json"
    mast_port = line.folder / "data" / "mast.port"
    command = ["city", "--seed", SEED, "--stations", options.stations, "--trips-per-hour", options.trips_per_hour,
               "--gbfs-listen", f"127.0.0.1:{feed_port}", "--weather-interval", WEATHER_INTERVAL_S,
               "--http-target", f"http://127.0.0.1:{push_port}", "--serial-link", mast_port]
    sources = weather_sources(line, push_port, mast_port)
    return [
        Part("city", lambda wait: line.start_sim("city", *command, wait=wait), lambda: f"{options.stations} bike stations, weather"),
        bike_agent(line, url, CITY_POLL_INTERVAL_S),
        Part("agent-weather", lambda wait: line.start_agent("weather", sources, wait=wait), lambda: f"127.0.0.1:{push_port}, serial"),
        *railway(line, choose_port),
    ]


def weather_sources(line, push_port, mast_port):
    """The [[source]] tables for the posts and the mast that the simulator says it has."""
    devices = city_devices()
    posts = [post_settings(line, post) for post in devices["posts"]]
    mast = {key: value for key, value in devices["mast"].items() if key != "dialect"}
    return [
        {"name": "posts", "driver": "http_push", "listen": f"127.0.0.1:{push_port}", "device": posts},
        {"name": "mast", "driver": "serial_lines", "port": str(mast_port), "baud": NMEA_BAUD, **mast},
    ]


def railway(line, choose_port):
    """Train sensors and turnstiles that post by HTTP, a bank of turnstiles on a serial port, and the agent of both."""
    port = choose_port("rail stations' listener", RAIL_PORT)
    link = line.folder / "data" / "gates.port"
    command = ["rail", "--seed", SEED, "--target", f"http://127.0.0.1:{port}", "--serial-link", link, "--speed", RAIL_SPEED,
               "--audit-interval", AUDIT_INTERVAL_S]
    sources = rail_sources(line, port, link)
    return [
        Part("railway", lambda wait: line.start_sim("railway", *command, wait=wait), lambda: "3 lines"),
        Part("agent-rail", lambda wait: line.start_agent("rail", sources, wait=wait), lambda: f"127.0.0.1:{port}, serial"),
    ]


def rail_sources(line, port, link):
    """The [[source]] tables for the stations that the simulator says it has, and for the bank, which stands at the first one."""
    stations = line.folder / "config" / "rail_stations.csv"
    stations.write_bytes(ask_simulator("rail", "--seed", str(SEED), "--stations-csv"))
    first = next(csv.DictReader(stations.read_text(encoding="utf-8").splitlines()))
    rail = {"stations_file": str(stations), "station_prefix": "rail-", "report_interval_s": 120}
    return [
        {"name": "rail", "driver": "http_push", "listen": f"127.0.0.1:{port}", "rail": rail},
        {"name": "gates", "driver": "turnstile_lines", "port": str(link), "station_id": "gates-1", "name": f"{first['name']} gates",
         "lat": float(first["lat"]) + 0.0004, "lon": float(first["lon"]), "lines": [first["line"]],
         "devices": [f"A002/R051/02-00-{n:02}" for n in range(4)], "people_per_minute_max": 1000,
         "report_interval_s": 2 * AUDIT_INTERVAL_S},
    ]


def ask_simulator(*arguments):
    return subprocess.run([program("wayside-sim"), *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=True).stdout


def city_devices():
    return json.loads(ask_simulator("city", "--devices", "--weather-interval", str(WEATHER_INTERVAL_S)))


def post_settings(line, post):
    settings = {key: value for key, value in post.items() if key != "dialect"}
    if PASSKEY.fullmatch(post["key"]):
        del settings["key"]
        settings["key_file"] = str(line.secret_file(post["station_id"] + ".passkey", post["key"]))
    return settings
