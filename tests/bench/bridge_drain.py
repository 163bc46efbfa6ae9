"""How fast the bridge drains a backlog, beside `mosquitto_sub | kcat -P` and beside a bridge of paho and confluent-kafka.

Each round fills the broker's durable session with the same readings and lets each side drain it into Kafka, from the start
of its process to the last message in Kafka. The bridge checks every reading, holds every PUBACK until Kafka has it and
sends receipts; the others do none of that. Medians over the rounds; processor time counts all threads and processes of the
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

from bench import python_bridge
from bench.kafka_choice import start_kafka
from bench.mqtt_flood import flood, packets, readings
from bench.mqtt_session import make_session, subscriber
from line import Line, wait_until
from line.paths import system_program
from line.ports import free_port

DRAIN_LIMIT_S = 300


class Round:
    """One drain: messages per second, microseconds of processor time per message, peak memory where it is known."""

    def __init__(self, count, seconds, cpu_s, memory_mb=0.0):
        self.per_s = count / seconds
        self.cpu_us = cpu_s / count * 1e6
        self.memory_mb = memory_mb


def drain_by_bridge(line, prepared, settings):
    bridge = line.start_bridge(settings=settings)  # makes the session
    bridge.stop()
    flood(line.mqtt_port, prepared)
    began = time.monotonic()
    bridge.start()
    wait_until(lambda: received(settings["metrics_listen"]) >= len(prepared), "the bridge to drain the backlog", DRAIN_LIMIT_S, watch=bridge.check)
    drained = Round(len(prepared), time.monotonic() - began, bridge.cpu_s(), bridge.memory_kb("VmHWM") / 1024)
    bridge.stop()
    return drained


def received(listen):
    with urllib.request.urlopen(f"http://{listen}/metrics", timeout=5) as answer:
        return int(re.search(rb"^wayside_bridge_messages_received_total (\d+)", answer.read(), re.M)[1])


def timed(count, run):
    """Runs other people's programs, as children of this process."""
    before, began = os.times(), time.monotonic()
    run()
    seconds, after = time.monotonic() - began, os.times()
    cpu_s = after.children_user - before.children_user + after.children_system - before.children_system
    return Round(count, seconds, cpu_s)


def drain_by_pipe(line, prepared):
    make_session(line.mqtt_port, "pipe")
    flood(line.mqtt_port, prepared)

    def run():
        source = subprocess.Popen([*subscriber(line.mqtt_port, "pipe"), "-C", str(len(prepared))], stdout=subprocess.PIPE)
        sink = subprocess.Popen([system_program("kcat"), "-P", "-b", line.brokers, "-t", "station-status"], stdin=source.stdout)
        source.stdout.close()
        ended = (source.wait(DRAIN_LIMIT_S), sink.wait(DRAIN_LIMIT_S))
        if ended != (0, 0):
            raise RuntimeError(f"mosquitto_sub | kcat ended with {ended}")

    return timed(len(prepared), run)


def drain_by_python(line, prepared):
    make_session(line.mqtt_port, python_bridge.CLIENT_ID)
    flood(line.mqtt_port, prepared)
    command = [sys.executable, "-m", python_bridge.__name__, str(line.mqtt_port), line.brokers, str(len(prepared))]
    return timed(len(prepared), lambda: subprocess.run(command, check=True, timeout=DRAIN_LIMIT_S))


def with_broker(brokers, drain):
    """Runs one drain with a broker of its own."""
    with Line() as line:
        line.start_broker()
        line.use_kafka(brokers)
        return drain(line)


def measure(options, brokers, settings):
    """Prints a line per round and the result."""
    prepared = packets(readings(options.messages))
    python_prepared = prepared[: options.messages // 5]  # it is slow
    sides = {"wayside-bridge": lambda line: drain_by_bridge(line, prepared, settings),
             "mosquitto_sub | kcat": lambda line: drain_by_pipe(line, prepared),
             "paho + confluent-kafka": lambda line: drain_by_python(line, python_prepared)}
    rounds = {name: [] for name in sides}
    for number in range(options.rounds + 1):
        for name, drain in sides.items():
            done = with_broker(brokers, drain)
            if number > 0:  # the first is not counted: a JVM is slow at first
                rounds[name].append(done)
        if number > 0:
            print(f"  round {number}: " + "   ".join(f"{name} {all_[-1].per_s:,.0f}/s {all_[-1].cpu_us:.1f} µs" for name, all_ in rounds.items()), flush=True)
    median = lambda name, field: statistics.median(getattr(done, field) for done in rounds[name])
    print(f"drain of {options.messages:,} messages, medians of {options.rounds}:")
    for name in sides:
        print(f"  {name:<23} {median(name, 'per_s'):9,.0f} messages/s  {median(name, 'cpu_us'):5.1f} µs CPU/message")
    ours = median("wayside-bridge", "per_s")
    print(f"  wayside-bridge's peak memory {median('wayside-bridge', 'memory_mb'):.0f} MB (aim 20)")
    print(f"  ratio to mosquitto_sub | kcat    {ours / median('mosquitto_sub | kcat', 'per_s'):.2f} (aim 1.3)")
    print(f"  ratio to paho + confluent-kafka  {ours / median('paho + confluent-kafka', 'per_s'):.2f} (aim 1.7)")


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
        measure(options, line.brokers, settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())
