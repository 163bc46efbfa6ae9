"""One real Kafka for all tests of a process: it takes seconds to start, and fresh topics half a second."""

import atexit
import shutil
import tempfile
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from line.real_kafka import make_node, make_process
from line.waiting import wait_until

_TIMEOUT_S = 30


class SharedKafka:
    """Started at first use, stopped at the end of this process. Its log stays where a test has failed to stop it."""

    _only = None

    @classmethod
    def get(cls):
        if cls._only is None:
            cls._only = cls()
        return cls._only

    def __init__(self):
        folder = Path(tempfile.mkdtemp(prefix="wayside-kafka-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        node = make_node(folder / "data")
        self.brokers = node.brokers
        self.process = make_process(node, folder / "kafka.log")
        atexit.register(self.process.kill)
        self.process.start().wait_ready()
        self._admin = AdminClient({"bootstrap.servers": self.brokers, "log_level": 0})

    def delete_topics(self):
        """Every topic goes, and is gone when this returns."""
        self.process.check()
        for future in self._admin.delete_topics(self._topics(), operation_timeout=_TIMEOUT_S).values() if self._topics() else ():
            future.result(_TIMEOUT_S)
        wait_until(lambda: not self._topics(), "Kafka to delete the last test's topics", _TIMEOUT_S, watch=self.process.check)

    def _topics(self):
        try:
            return [name for name in self._admin.list_topics(timeout=_TIMEOUT_S).topics if not name.startswith("__")]
        except KafkaException as error:
            raise RuntimeError(f"Kafka at {self.brokers}: {error}") from error
