"""One node in one folder: its settings, its first formatting and the command that runs it."""

import base64
import shutil
import subprocess
import uuid
from pathlib import Path
from string import Template

from kafka_node import archive, jars
from kafka_node.answer import answers
from line.ports import free_port

HEAP_MB = 512
HEAP_MB_FIRST = 64
NO_FLUSH = 2**63 - 1  # Kafka's own default: the kernel writes when it likes
FORMAT_TIMEOUT_S = 60.0


class KafkaNode:
    """Kafka in `folder`; the cluster id made at the first start stays. It runs when somebody runs `start_command()`.

    `more_settings` are further lines of server.properties, which win; $port and the like are filled in there too.
    `port` None takes a free one. `flush=True` writes each record to the disk before it is acknowledged. `appender` is
    `console` or `file` (server.log in the folder).
    """

    MAIN_CLASS = "kafka.Kafka"
    READY_LINE = "Kafka Server started"

    def __init__(self, folder, port=None, flush=False, appender="console", heap_mb=HEAP_MB, more_settings=()):
        self.folder = Path(folder).resolve()
        self.port = port or free_port()
        self.controller_port = free_port()
        self.flush = flush
        self.appender = appender
        self.heap_mb = heap_mb
        self.more_settings = more_settings
        self.jars = None
        self.records = self.folder / "records"
        self.log_path = self.folder / "server.log"
        self.settings_path = self.folder / "server.properties"
        self._temporary = self.folder / "tmp"

    @property
    def brokers(self):
        return f"127.0.0.1:{self.port}"

    def answers(self):
        return answers(self.brokers)

    def cluster_id(self):
        """None before the first start."""
        try:
            lines = (self.records / "meta.properties").read_text(encoding="ascii").splitlines()
        except FileNotFoundError:
            return None
        return next(line.removeprefix("cluster.id=") for line in lines if line.startswith("cluster.id="))

    def start_command(self):
        """Makes jars and folder ready and returns the command; call it for each start. Raises KafkaUnavailable."""
        if self.jars is None:
            self.jars = ready_jars()
        self.prepare()
        return self.java(self.MAIN_CLASS, self.settings_path)

    def prepare(self):
        """Writes the settings, and formats a new folder. Takes 1 or 2 s then."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write_settings()
        # Kafka unpacks its native libraries there, and leaves them behind when it is killed.
        shutil.rmtree(self._temporary, ignore_errors=True)
        self._temporary.mkdir()
        if self.cluster_id() is None:
            self._format()

    def java(self, main_class, *arguments, options=()):
        """The command that runs a class of Kafka's jars."""
        shared = archive.path_for(self.jars)
        if not options and shared.exists():
            options = [f"-XX:SharedArchiveFile={shared}"]
        class_path = ":".join(str(path) for path in sorted(self.jars.glob("*.jar")))
        return [jars.system_java(), f"-Xms{min(HEAP_MB_FIRST, self.heap_mb)}m", f"-Xmx{self.heap_mb}m", "-XX:+UseSerialGC",
                "-XX:-UsePerfData", "-XX:+ExitOnOutOfMemoryError", *options, f"-Djava.io.tmpdir={self._temporary}",
                f"-Dlog4j.configuration=file:{jars.SOURCES / 'log4j.properties'}", f"-Dwayside.appender={self.appender}",
                f"-Dwayside.log={self.log_path}", "-cp", class_path, main_class, *(str(part) for part in arguments)]

    def _write_settings(self):
        shipped = (jars.SOURCES / "server.properties").read_text(encoding="ascii")
        template = Template("\n".join((shipped, *self.more_settings, "")))
        text = template.substitute(port=self.port, controller_port=self.controller_port, records=self.records,
                                   flush_interval_messages=1 if self.flush else NO_FLUSH)
        self.settings_path.write_text(text, encoding="utf-8")

    def _format(self):
        command = self.java("kafka.tools.StorageTool", "format", "--cluster-id", _new_cluster_id(), "--config", self.settings_path,
                            "--ignore-formatted")
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=FORMAT_TIMEOUT_S, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"formatting {self.records} for Kafka: {(done.stdout + done.stderr).strip()[-500:]}")


def ready_jars(say=lambda text: None):
    """The folder with checked jars and, beside them, what makes the start faster. Raises KafkaUnavailable."""
    folder = jars.KAFKA.fetch(say)
    archive.make(folder, KafkaNode)
    return folder


def _new_cluster_id():
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode("ascii").rstrip("=")
        if not text.startswith("-"):  # it would be taken for an option
            return text
