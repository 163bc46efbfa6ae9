"""The command line of `./wayside up`."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

CENTRAL_PORT = 8080
BROKER_PORT = 18830  # not 1883: Debian starts its own mosquitto there
PUSH_PORT = 8085
FEED_PORT = 8086
RAIL_PORT = 8087
KAFKA_PORT = 19092


@dataclass
class Options:
    data: Path
    listen: str
    port: int
    kafka: str  # dev, real, or host:port of one that runs already
    gbfs: str | None  # URL or folder of a real feed; None: the simulated city
    stations: int
    trips_per_hour: float


def default_data_folder():
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "wayside"


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="./wayside up", description="Starts broker, Kafka, bridge, central, a simulated city and the agents that read it. "
        "Ctrl-C stops all. A second start goes on with the data of the first.")
    parser.add_argument("--data", type=Path, default=default_data_folder(), metavar="DIR",
                        help="where data, settings and logs are kept (%(default)s)")
    parser.add_argument("--listen", default="127.0.0.1", metavar="ADDRESS",
                        help="address of the map and the API; 0.0.0.0 lets other machines in (%(default)s)")
    parser.add_argument("--port", type=_port, default=CENTRAL_PORT,
                        help="port of the map and the API; another is taken when it is in use (%(default)s)")
    parser.add_argument("--kafka", default="dev", metavar="dev|real|HOST:PORT",
                        help="dev: in memory only, ready at once; real: Apache Kafka, fetched by Maven, run here on data of its own; "
                             "or one that runs already (%(default)s)")
    parser.add_argument("--gbfs", metavar="URL-or-folder",
                        help="a real bike feed instead of the simulated city: the URL of its gbfs.json, or a folder with its files")
    parser.add_argument("--stations", type=_count, default=60, help="bike stations of the simulated city (%(default)s)")
    parser.add_argument("--trips-per-hour", type=float, default=20.0, metavar="N",
                        help="how many trips begin at each simulated station in an hour (%(default)s)")
    options = Options(**vars(parser.parse_args(arguments)))
    if options.kafka not in ("dev", "real") and ":" not in options.kafka:
        parser.error(f"--kafka: dev, real, or host and port are needed (got {options.kafka}); try {options.kafka}:9092")
    if options.gbfs and "://" not in options.gbfs and not Path(options.gbfs).is_dir():
        parser.error(f"--gbfs: neither a URL nor a folder (got {options.gbfs}); try https://…/gbfs.json")
    options.data = options.data.resolve()
    return options


def _port(text):
    port = int(text)
    if not 1 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"no port (got {text})")
    return port


def _count(text):
    count = int(text)
    if not 1 <= count <= 10000:
        raise argparse.ArgumentTypeError(f"1 to 10000 (got {text})")
    return count
