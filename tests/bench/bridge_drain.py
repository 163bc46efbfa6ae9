"""How fast the bridge drains a backlog, beside `mosquitto_sub | kcat -P` in the same run.

Each round fills the broker's durable session with the same readings and lets one side drain it into Kafka, from the start
of its process to the last message in Kafka. The bridge checks every reading, holds every PUBACK until Kafka has it and
sends receipts; the pipe does none of that. Medians over the rounds; processor time counts all threads and processes of the
side. Against a real Kafka, because the development one stalls 40 ms now and then: `--kafka real` (a fresh one, where one can
be had), `dev`, or HOST:PORT of one that runs.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import time
import urllib.request

from bench.mqtt_flood import flood, packets, readings
from line import Line, wait_until
from line.paths import system_program
from line.ports import free_port
from line.real_kafka import KafkaUnavailable

FILTER = "wayside/v1/+/+/+"
DRAIN_LIMIT_S = 300


class Round:
    """One drain: messages per second and microseconds of processor time per message."""

    def __init__(self, count, seconds, cpu_s):
        self.per_s = count / seconds
        self.cpu_us = cpu_s / count * 1e6


def drain_by_bridge(line, prepared, settings):
    bridge = line.start_bridge(settings=settings)  # makes the session
    bridge.stop()
    flood(line.mqtt_port, prepared)
    began = time.monotonic()
    bridge.start()
    wait_until(lambda: received(settings["metrics_listen"]) >= len(prepared), "the bridge to drain the backlog", DRAIN_LIMIT_S, watch=bridge.check)
    seconds, cpu_s = time.monotonic() - began, bridge.cpu_s()
    memory_mb = bridge.memory_kb("VmHWM") / 1024
    bridge.stop()
    return Round(len(prepared), seconds, cpu_s), memory_mb


def received(listen):
    with urllib.request.urlopen(f"http://{listen}/metrics", timeout=5) as answer:
        return int(re.search(rb"^wayside_bridge_messages_received_total (\d+)", answer.read(), re.M)[1])


def drain_by_pipe(line, prepared):
    subscribe = [system_program("mosquitto_sub"), "-p", str(line.mqtt_port), "-i", "pipe", "-c", "-q", "1", "-t", FILTER]
    subprocess.run([*subscribe, "-E"], check=True, timeout=30)  # makes the session
    flood(line.mqtt_port, prepared)
    produce = [system_program("kcat"), "-P", "-b", line.brokers, "-t", "station-status"]
    before, began = os.times(), time.monotonic()
    source = subprocess.Popen([*subscribe, "-C", str(len(prepared))], stdout=subprocess.PIPE)
    sink = subprocess.Popen(produce, stdin=source.stdout)
    source.stdout.close()
    ended = (source.wait(DRAIN_LIMIT_S), sink.wait(DRAIN_LIMIT_S))
    seconds, after = time.monotonic() - began, os.times()
    if ended != (0, 0):
        raise RuntimeError(f"mosquitto_sub | kcat ended with {ended}")
    cpu_s = after.children_user - before.children_user + after.children_system - before.children_system
    return Round(len(prepared), seconds, cpu_s)


def with_broker(brokers, drain):
    """Runs one drain with a broker of its own."""
    with Line() as line:
        line.start_broker()
        line.use_kafka(brokers)
        return drain(line)


def measure(count, rounds, brokers, settings):
    """Prints a line per round and the result. Returns the ratio of the medians."""
    prepared = packets(readings(count))
    with_broker(brokers, lambda line: drain_by_pipe(line, prepared))  # not counted: a JVM is slow at first
    with_broker(brokers, lambda line: drain_by_bridge(line, prepared, settings))
    bridge, pipe, memory_mb = [], [], []
    for number in range(1, rounds + 1):
        pipe.append(with_broker(brokers, lambda line: drain_by_pipe(line, prepared)))
        ours, used_mb = with_broker(brokers, lambda line: drain_by_bridge(line, prepared, settings))
        bridge.append(ours)
        memory_mb.append(used_mb)
        print(f"  round {number}: bridge {ours.per_s:9,.0f}/s {ours.cpu_us:5.1f} µs   pipe {pipe[-1].per_s:9,.0f}/s "
              f"{pipe[-1].cpu_us:5.1f} µs", flush=True)
    rate, cpu = (lambda all_: statistics.median(r.per_s for r in all_)), (lambda all_: statistics.median(r.cpu_us for r in all_))
    ratio = rate(bridge) / rate(pipe)
    print(f"bridge drain of {count:,} messages, medians of {rounds}:")
    print(f"  wayside-bridge        {rate(bridge):9,.0f} messages/s  {cpu(bridge):5.1f} µs CPU/message  "
          f"{statistics.median(memory_mb):.0f} MB peak")
    print(f"  mosquitto_sub | kcat  {rate(pipe):9,.0f} messages/s  {cpu(pipe):5.1f} µs CPU/message")
    print(f"  ratio {ratio:.2f} (aim 1.3)")
    return ratio


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--messages", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kafka", default="real", help="real, dev, or HOST:PORT of a Kafka with the contract's topics")
    parser.add_argument("--batch-messages", type=int, help="another batch_messages than the default")
    options = parser.parse_args(arguments)
    settings = {"metrics_listen": f"127.0.0.1:{free_port()}"}
    if options.batch_messages:
        settings["batch_messages"] = options.batch_messages
    with Line() as line:
        print(f"Kafka: {start_kafka(line, options.kafka)}")
        measure(options.messages, options.rounds, line.brokers, settings)
    return 0


def start_kafka(line, wanted):
    """Starts the wanted Kafka; returns what it is in words."""
    if wanted == "real":
        try:
            line.start_real_kafka()
            return "a real one, fresh, single node"
        except KafkaUnavailable as error:
            print(f"no real Kafka ({error}); the development one stalls 40 ms now and then, so do not quote these figures")
            wanted = "dev"
    if wanted == "dev":
        line.start_dev_kafka()
        return "the development one (mock)"
    line.use_kafka(wanted)
    return wanted


if __name__ == "__main__":
    sys.exit(main())
