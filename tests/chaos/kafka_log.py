"""Kafka's log of the topic `weather`, read by kcat and folded independently of central: what state, ledger and offsets must be."""

import json
import subprocess

from chaos.viewer import to_ms
from line.paths import system_program

TOPIC = "weather"
READ_TIMEOUT_S = 120


class KafkaLog:
    """The fold of the log so far; update() reads what has come since."""

    def __init__(self, brokers, partitions):
        self.brokers = brokers
        self.next_offset = dict.fromkeys(range(partitions), 0)
        self.seen = {}  # (station, epoch): {seq}
        self.unnumbered = set()
        self.repeated = 0
        self.records = 0
        self.newest = {}  # station: (observed_ms, offset, code)
        self.last_payload = {}  # partition: bytes, for messages that come twice

    def update(self):
        children = {partition: subprocess.Popen(self.kcat(partition), stdout=subprocess.PIPE) for partition in self.next_offset}
        for partition, child in children.items():
            out, _ = child.communicate(timeout=READ_TIMEOUT_S)
            if child.returncode != 0:
                raise RuntimeError(f"kcat on {TOPIC} {partition} ended with {child.returncode}")
            for line in out.splitlines():
                offset, _, payload = line.partition(b"\t")
                self.take(partition, int(offset), payload)

    def kcat(self, partition):
        return [system_program("kcat"), "-b", self.brokers, "-C", "-t", TOPIC, "-p", str(partition), "-o",
                str(self.next_offset[partition]), "-e", "-q", "-f", "%o\t%s\n"]

    def take(self, partition, offset, payload):
        self.next_offset[partition] = offset + 1
        self.records += 1
        self.last_payload[partition] = payload
        reading = json.loads(payload)
        station, at = reading["station_id"], to_ms(reading["observed_at"])
        code = to_code(reading["values"]["air_temperature_C"])
        if "seq" in reading:
            known = self.seen.setdefault((station, reading["epoch"]), set())
            item = reading["seq"]
        else:
            known, item = self.unnumbered, (station, at, code)
        if item in known:
            self.repeated += 1
            return
        known.add(item)
        if station not in self.newest or at >= self.newest[station][0]:
            self.newest[station] = (at, offset, code)

    def distinct(self):
        return sum(len(seqs) for seqs in self.seen.values()) + len(self.unnumbered)


def to_code(celsius):
    return round(celsius * 10_000)
