"""A durable MQTT session that a broker fills while nobody listens."""

import subprocess

from line.paths import system_program

FILTER = "wayside/v1/+/+/+"


def subscriber(port, client_id):
    """The start of a mosquitto_sub command on the durable session `client_id`."""
    return [system_program("mosquitto_sub"), "-p", str(port), "-i", client_id, "-c", "-q", "1", "-t", FILTER]


def make_session(port, client_id):
    subprocess.run([*subscriber(port, client_id), "-E"], check=True, timeout=30)
