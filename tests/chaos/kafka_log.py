"""Kafka's log of the topic `weather`, read by kcat and folded independently of central: what state, ledger and offsets must be."""

import json
import subprocess

from chaos.viewer import to_ms
from line.paths import system_program

TOPIC = "weather"
READ_TIMEOUT_S = 120
AHEAD_MS_MAX = 300_000  # DESIGN 4: central refuses what is further ahead of its record


class KafkaLog:
    """The fold of the log so far; update() reads what has come since."""

    def __init__(self, brokers, partitions):
        self.brokers = brokers
        self.next_offset = dict.fromkeys(range(partitions), 0)
        self.seen = {}  # (station, epoch): {seq}
        self.refused = {}  # those of them that central must refuse: station: [code]
        self.unnumbered = set()
        self.repeated = 0
        self.records = 0
        self.newest = {}  # station: (observed_ms, offset, code)

    def update(self):
        children = {partition: subprocess.Popen(self.kcat(partition), stdout=subprocess.PIPE) for partition in self.next_offset}
        for partition, child in children.items():
            out, _ = child.communicate(timeout=READ_TIMEOUT_S)
            if child.returncode != 0:
                raise RuntimeError(f"kcat on {TOPIC} {partition} ended with {child.returncode}")
            for line in out.splitlines():
                offset, received, payload = line.split(b"\t", 2)
                self.take(partition, int(offset), int(received), payload)

    def kcat(self, partition):
        return [system_program("kcat"), "-b", self.brokers, "-C", "-t", TOPIC, "-p", str(partition), "-o",
                str(self.next_offset[partition]), "-e", "-q", "-f", "%o\t%T\t%s\n"]

    def take(self, partition, offset, received_ms, payload):
        self.next_offset[partition] = offset + 1
        self.records += 1
        reading = json.loads(payload)
        station, at = reading["station_id"], to_ms(reading["observed_at"])
        code = to_code(reading["values"]["air_temperature_C"])
        if "seq" in reading:
            known = self.seen.setdefault((station, reading["epoch"]), set())
            item = reading["seq"]
        else:
            known, item = self.unnumbered, (station, at, code)
        ahead = at > received_ms + AHEAD_MS_MAX
        if item in known:
            self.repeated += not ahead
            return
        known.add(item)
        if ahead:
            self.refused.setdefault(station, []).append(code)
            return
        if station not in self.newest or at >= self.newest[station][0]:
            self.newest[station] = (at, offset, code)

    def numbered(self):
        return sum(len(seqs) for seqs in self.seen.values())

    def refused_count(self):
        return sum(len(codes) for codes in self.refused.values())

    def distinct(self):
        return self.numbered() + len(self.unnumbered) - self.refused_count()


def to_code(celsius):
    return round(celsius * 10_000)
