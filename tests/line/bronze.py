"""What central keeps of Kafka's records as they came, as `wayside-central bronze` prints it."""

import json
import subprocess

from line.paths import program

TIMEOUT_S = 120


def records(config, *options):
    """The records in the order in which they were kept; `config` is central's settings file."""
    command = [program("wayside-central"), "--config", str(config), "bronze", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]
