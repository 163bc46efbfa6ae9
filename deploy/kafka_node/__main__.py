"""`./wayside kafka start|stop|status`. Exit codes: 0 done or running, 1 failed, 3 (status) not running."""

import argparse
import os
import sys
import time
from pathlib import Path

from kafka_node.answer import answers
from kafka_node.background import BackgroundKafka, memory_mb
from kafka_node.jars import KAFKA, JarsUnavailable
from kafka_node.node import KafkaNode, ready_jars
from line.waiting import WaitFailed

NOT_RUNNING = 3


def say(text):
    print(text, flush=True)


def default_data_folder():
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "wayside" / "kafka"


def parse(arguments):
    parser = argparse.ArgumentParser(prog="./wayside kafka", description=f"A real Apache Kafka {KAFKA.version()} on this machine: one node, "
                                     "loopback only, in the background. Its topics are made by `wayside-bridge topics`.")
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("start", help="starts it and waits until it answers; the first time it is fetched by Maven")
    start.add_argument("--port", type=int, help="its port; without it that of the last start, or a free one")
    start.add_argument("--flush", action="store_true", help="each record is on the disk before it is acknowledged (power cuts); slower")
    stop = commands.add_parser("stop", help="stops it; the data stay")
    status = commands.add_parser("status", help=f"says whether it runs and answers; exit code {NOT_RUNNING} when it does not run")
    commands.add_parser("fetch", help="only fetches it")
    for command in (start, stop, status):
        command.add_argument("--data", type=Path, default=default_data_folder(), metavar="DIR", help="its folder (%(default)s)")
    return parser.parse_args(arguments)


def start(options):
    kafka = BackgroundKafka(options.data)
    ready_jars(say)
    began = time.monotonic()
    before = kafka.running()
    running = kafka.start(options.port, options.flush)
    what = "runs already" if before else f"ready in {time.monotonic() - began:.1f} s"
    say(f"Kafka {KAFKA.version()} on {running.brokers}, process {running.pid}, {what}")
    show_places(options.data)
    if before and (options.port or options.flush):
        say("--port and --flush hold from the next start: ./wayside kafka stop first")
    return 0


def stop(options):
    began = time.monotonic()
    clean = BackgroundKafka(options.data).stop()
    if clean is None:
        say(f"No Kafka runs in {options.data}")
        return 0
    say(f"Kafka stopped in {time.monotonic() - began:.1f} s" + ("" if clean else "; it had to be killed"))
    return 0 if clean else 1


def status(options):
    running = BackgroundKafka(options.data).running()
    if running is None:
        say(f"No Kafka runs in {options.data}")
        return NOT_RUNNING
    healthy = answers(running.brokers)
    say(f"Kafka {KAFKA.version()} on {running.brokers}, process {running.pid}, {memory_mb(running.pid)} MB, "
        + ("answers" if healthy else "does not answer"))
    show_places(options.data)
    return 0 if healthy else 1


def show_places(folder):
    node = KafkaNode(folder)
    say(f"  cluster {node.cluster_id()}\n  data    {node.records}\n  log     {node.log_path}")


def fetch(_options):
    say(f"Kafka {KAFKA.version()} is in {ready_jars(say)}")
    return 0


def main():
    options = parse(sys.argv[1:])
    try:
        return {"start": start, "stop": stop, "status": status, "fetch": fetch}[options.command](options)
    except (JarsUnavailable, WaitFailed, OSError, RuntimeError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
