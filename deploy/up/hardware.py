"""The simulated city of `up` and the real agents that read it."""

from pathlib import Path

from line.paths import program
from line.process import Process
from up.options import FEED_PORT
from up.supervisor import Part

SEED = 7
BIKE_REPORT_INTERVAL_S = 300


def bike_agent(line, url):
    """A real agent on a GBFS feed."""
    source = {"name": "bikes", "driver": "gbfs", "url": url}
    return Part("agent-bikes", lambda wait: line.start_agent("bikes", [source], wait=wait), lambda: url)


def city(line, choose_port, options):
    """Bike stations behind a GBFS feed."""
    port = choose_port("simulated bike feed", FEED_PORT)
    step_s = max(0.2, 5.0 / options.speed)
    start = lambda wait: line.start_sim(
        "sim-bikes", "gbfs", "--listen", f"127.0.0.1:{port}", "--seed", SEED, "--stations", options.stations,
        "--change-interval", step_s, "--never", 1, "--silent", 1, "--closed", 1, wait=wait)
    url = f"http://127.0.0.1:{port}/gbfs.json"
    return [Part("sim-bikes", start, lambda: url), bike_agent(line, url)]
