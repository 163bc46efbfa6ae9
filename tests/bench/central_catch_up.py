"""How fast central takes a backlog out of Kafka, with its history and without, beside kcat that only reads it.

One Kafka is filled with bike readings of 400 stations; then a central with an empty database starts and the time runs until it has
folded all. The rate counts from its start, the processor time all its threads. Medians over the rounds.
"""

import argparse
import statistics
import subprocess
import sys
import time

from confluent_kafka import Producer

from bench.kafka_choice import start_kafka
from bench.mqtt_flood import readings
from line import Line, wait_until
from line.paths import system_program

TOPIC = "station-status"
LIMIT_S = 300


def fill(brokers, count):
    producer = Producer({"bootstrap.servers": brokers, "linger.ms": 50, "partitioner": "murmur2",
                         "queue.buffering.max.messages": count + 1})
    headers = [("agent", b"bench"), ("stream", b"bike_status"), ("schema", b"1")]
    for topic, payload in readings(count):
        producer.produce(TOPIC, payload, topic.split("/")[3], headers=headers)
        producer.poll(0)
    if producer.flush(LIMIT_S):
        raise RuntimeError("Kafka did not take the backlog")


def catch_up(brokers, count, settings):
    """(readings per second, readings per second of processor time, bytes of the database per reading)."""
    with Line() as line:
        line.use_kafka(brokers)
        began = time.monotonic()
        central = line.start_central(settings=settings)
        wait_until(lambda: line.api.ledger()["totals"]["received"] >= count, "central to catch up", LIMIT_S, pause_s=0.05, watch=line.check)
        seconds, cpu_s = time.monotonic() - began, central.cpu_s()
        memory_mb = central.memory_kb("VmHWM") / 1024
        central.stop()
        size = sum(path.stat().st_size for path in (line.folder / "data" / "central").iterdir())
        return count / seconds, count / cpu_s, size / count, memory_mb


def read_only(brokers, count):
    began = time.monotonic()
    subprocess.run([system_program("kcat"), "-C", "-b", brokers, "-t", TOPIC, "-o", "beginning", "-e", "-q"], check=True,
                   stdout=subprocess.DEVNULL, timeout=LIMIT_S)
    return count / (time.monotonic() - began)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--readings", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    with Line() as line:
        print(f"Kafka: {start_kafka(line)}")
        fill(line.brokers, options.readings)
        kcat = statistics.median(read_only(line.brokers, options.readings) for _ in range(options.rounds))
        for name, settings, aim in WAYS:
            rounds = [catch_up(line.brokers, options.readings, settings) for _ in range(options.rounds)]
            rate, per_cpu, size, memory_mb = (statistics.median(column) for column in zip(*rounds, strict=True))
            print(f"central, {name:<12} {rate:9,.0f} readings/s (aim {aim:,}), {per_cpu:9,.0f} per processor second, "
                  f"{size:.0f} bytes a reading, {memory_mb:.0f} MB peak; {rate / kcat:.2f} of kcat only reading ({kcat:,.0f}/s)", flush=True)
    return 0


WAYS = [("with history", {}, 50_000), ("state only", {"keep_readings": False}, 150_000)]

if __name__ == "__main__":
    sys.exit(main())
