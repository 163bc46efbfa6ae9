"""A real Kafka in a line: its process, and what a suite does where none can be had."""

import os
import sys
import unittest

from line.paths import REPO
from line.process import Process

sys.path.append(str(REPO / "deploy"))  # last, and harmless when it is there already: PYTHONPATH=tests shall be enough
from kafka_node import KafkaNode, KafkaUnavailable, ready_jars

STOPPED_BY_SIGTERM = 143


def require_real_kafka():
    """For setUpModule: skips the suite with one line where no real Kafka can be had; with CI=true that is a failure."""
    try:
        ready_jars()
    except KafkaUnavailable as error:
        if os.environ.get("CI") == "true":
            raise
        print(f"Skipped: no real Kafka: {error}", flush=True)
        raise unittest.SkipTest(f"no real Kafka: {error}") from None


def make_node(folder, port=None, flush=False, more_settings=()):
    return KafkaNode(folder, port, flush, more_settings=more_settings)


class Jvm(Process):
    """A JVM ends with 143 when SIGTERM has made it stop in good order: that counts as 0 here."""

    def stop(self, *arguments, **options):
        code = super().stop(*arguments, **options)
        return 0 if code == STOPPED_BY_SIGTERM else code


def make_process(node, log_path):
    return Jvm("kafka", node.start_command, log_path, ready=KafkaNode.READY_LINE, cwd=node.folder)
