"""A node that runs on by itself: started, found again and stopped by the process id in its folder."""

import json
import os
import signal
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from kafka_node.jars import held
from kafka_node.node import KafkaNode
from line.ports import is_free
from line.waiting import WaitFailed, wait_until

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0
LOG_TAIL_LINES = 15


@dataclass
class Running:
    """What we started. The start time and the boot make sure that the process id still means that process."""

    pid: int
    start_ticks: int
    boot_id: str
    brokers: str


class BackgroundKafka:
    """The node in `folder`, at most one process at a time."""

    def __init__(self, folder):
        self.folder = Path(folder).resolve()
        self.output = self.folder / "output.log"
        self._file = self.folder / "process.json"

    def running(self):
        """What runs there, or None."""
        try:
            found = Running(**json.loads(self._file.read_text(encoding="ascii")))
        except (FileNotFoundError, ValueError, TypeError):
            return None
        return found if (found.start_ticks, found.boot_id) == (_start_ticks(found.pid), _boot_id()) else None

    def start(self, port=None, flush=False):
        """Starts it and waits until it answers; returns what runs, which may have run before.

        Without a port it takes the one of its last start when that is free, else any. Raises KafkaUnavailable,
        RuntimeError or WaitFailed; then nothing is left running.
        """
        with held(self.folder / "start.lock"):
            found = self.running()
            if found is not None:
                return found
            if port is not None and not is_free(port):
                raise RuntimeError(f"port {port} is in use; without --port a free one is taken")
            node = KafkaNode(self.folder, port or self._last_port(), flush, appender="file")
            command = node.start_command()
            with open(self.output, "wb") as output:
                child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self.folder,
                                         start_new_session=True)
            found = Running(child.pid, _start_ticks(child.pid), _boot_id(), node.brokers)
            self._file.write_text(json.dumps(asdict(found)), encoding="ascii")
            try:
                wait_until(node.answers, "Kafka's answer", START_TIMEOUT_S, pause_s=0.1, watch=lambda: self._check(child))
            except BaseException:
                child.kill()
                child.wait()
                self._file.unlink()
                raise
            return found

    def stop(self):
        """Asks it to stop and waits; True when it did, False when it had to be killed, None when nothing ran."""
        found = self.running()
        if found is None:
            return None
        os.kill(found.pid, signal.SIGTERM)
        try:
            wait_until(lambda: self.running() is None, "Kafka's end", STOP_TIMEOUT_S)
            clean = True
        except WaitFailed:
            os.kill(found.pid, signal.SIGKILL)
            wait_until(lambda: self.running() is None, "Kafka's end after SIGKILL", STOP_TIMEOUT_S)
            clean = False
        self._file.unlink(missing_ok=True)
        return clean

    def tail(self):
        """The last lines of both logs."""
        lines = []
        for path in (self.folder / "server.log", self.output):
            if path.exists():
                lines += [f"--- last lines of {path}", *path.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_TAIL_LINES:]]
        return "\n".join(lines)

    def _check(self, child):
        if child.poll() is not None:
            raise RuntimeError(f"Kafka ended with {child.returncode}\n{self.tail()}")

    def _last_port(self):
        try:
            lines = (self.folder / "server.properties").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return None
        prefix = "advertised.listeners=PLAINTEXT://127.0.0.1:"
        port = next((int(line.removeprefix(prefix)) for line in lines if line.startswith(prefix)), None)
        return port if port is not None and is_free(port) else None


def memory_mb(pid):
    """Resident memory."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) // 1024
    return 0


def _start_ticks(pid):
    """When a process began, in the kernel's clock ticks; None when there is none, or only a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else int(fields[19])


def _boot_id():
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
