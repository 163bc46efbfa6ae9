"""A real Kafka in a line: its process, its topics, and what a suite does where none can be had."""

import os
import subprocess
import unittest

from kafka_node import KafkaNode, KafkaUnavailable, ready_jars
from line.paths import program
from line.process import Process

TOPICS_TIMEOUT_S = 60.0


def require_real_kafka():
    """For setUpModule: skips the suite with one line where no real Kafka can be had; with CI=true that is a failure."""
    try:
        ready_jars()
    except KafkaUnavailable as error:
        if os.environ.get("CI") == "true":
            raise
        print(f"Skipped: no real Kafka: {error}", flush=True)
        raise unittest.SkipTest(f"no real Kafka: {error}") from None


def make_process(node: KafkaNode, log_path):
    return Process("kafka", node.start_command, log_path, ready=KafkaNode.READY_LINE, cwd=node.folder)


def create_topics(settings_path, brokers):
    """`wayside-bridge topics` with a settings file that names the Kafka. Raises RuntimeError with its words."""
    command = [program("wayside-bridge"), "--config", str(settings_path), "topics"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TOPICS_TIMEOUT_S, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"Kafka at {brokers}: {done.stderr.strip() or done.stdout.strip()}")
