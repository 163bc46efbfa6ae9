"""Processes that die and stop, each way a class: `row` is its line in the table, `text` says how to do it again, `names` the
processes that it concerns, `deaths` how many of them die, `do` does it and returns when all was in order again, as time.time().
"""

import random
import signal
import time
from dataclasses import dataclass

from chaos.system import HARDWARE
from line.waiting import WaitFailed, wait_until

POINTS = {
    "agent": ("before_commit", "after_commit", "after_publish", "before_receipt", "mid_receipt"),
    "bridge": ("after_produce", "after_delivery", "before_receipt", "mid_receipt", "after_receipt"),
    "central": ("after_bronze", "before_commit", "after_commit"),
}
POINT_TIMEOUT_S = 20.0


class NotReached(AssertionError):
    """A process did not come by the named point, or did not do what the fault makes it do."""


def kind(name):
    return name.partition("-")[0]


@dataclass
class Kill:
    """kill -9 of processes at once, and their start after a while."""

    names: tuple
    down_s: float

    @property
    def deaths(self):
        return len(self.names)

    @property
    def row(self):
        return f"kill {' + '.join(sorted(kind(name) for name in self.names))}"

    @property
    def text(self):
        return f"kill {' '.join(self.names)}, down {self.down_s:.2f} s"

    def do(self, system):
        for name in self.names:
            system.process(name).kill()
        time.sleep(self.down_s)
        return max(system.start_process(name) for name in self.names)


@dataclass
class KillBroker:
    """kill -9 of mosquitto, whose persistence file is gone, an old copy (of the round's begin) or damaged then."""

    file: str
    down_s: float
    seed: int

    names = ("mosquitto",)
    deaths = 1

    @property
    def row(self):
        return f"kill mosquitto, file {self.file}"

    @property
    def text(self):
        return f"{self.row}, down {self.down_s:.2f} s"

    def do(self, system):
        system.save_persistence()
        system.process("mosquitto").kill()
        path, old = system.persistence(), system.persistence().with_suffix(".old")
        if self.file == "gone":
            path.unlink(missing_ok=True)
        elif self.file == "old" and old.exists():
            path.write_bytes(old.read_bytes())
        elif self.file == "damaged" and path.exists():
            path.write_bytes(self.damage(bytearray(path.read_bytes())))
        time.sleep(self.down_s)
        return system.start_process("mosquitto")

    def damage(self, data):
        """A torn write: zeros in the middle, or the end cut off."""
        rng = random.Random(self.seed)
        if rng.random() < 0.5:
            return data[: rng.randrange(len(data))]
        at = rng.randrange(len(data))
        data[at : at + 4096] = bytes(len(data[at : at + 4096]))
        return data


@dataclass
class KillAtPoint:
    """A process that kills itself at the nth pass of a named point. It is started for that, so it dies twice."""

    name: str
    point: str
    nth: int

    deaths = 2

    @property
    def names(self):
        return (self.name,)

    @property
    def row(self):
        return f"{kind(self.name)} dies {self.point}"

    @property
    def text(self):
        return f"{self.name} dies at {self.point}:{self.nth}"

    def do(self, system):
        process = system.process(self.name)
        process.kill()
        system.start_process(self.name, {"WAYSIDE_FAULT": f"{self.point}:{self.nth}"})
        try:
            wait_until(lambda: not process.running(), f"{self.name} to die at {self.point}", POINT_TIMEOUT_S)
        except WaitFailed as error:
            raise NotReached(str(error)) from None
        finally:
            process.kill()
        if process.returncode() != -signal.SIGKILL:
            raise NotReached(f"{self.name} ended with {process.returncode()}\n{process.log_tail()}")
        return system.start_process(self.name)


@dataclass
class Stop:
    """SIGSTOP, and SIGCONT after a while."""

    name: str
    stopped_s: float

    deaths = 0

    @property
    def names(self):
        return (self.name,)

    @property
    def row(self):
        return f"stop {kind(self.name)}"

    @property
    def text(self):
        return f"stop {self.name} for {self.stopped_s:.2f} s"

    def do(self, system):
        system.process(self.name).kill(signal.SIGSTOP)
        time.sleep(self.stopped_s)
        system.process(self.name).kill(signal.SIGCONT)
        return time.time()


@dataclass
class KillBehindDam:
    """Nothing of the bridge reaches Kafka for a while, so that much is on its way; then processes die, then the link heals.

    Whoever has said "safe" to anybody before Kafka did is found out by this. `broker_file_gone`: mosquitto forgets all.
    `speak`: the hardware that goes on meanwhile. The first batch behind the dam is all that can expose an early answer, so an
    aimed dam must hold readings of those who get that answer.
    """

    names: tuple
    dammed_s: float
    broker_file_gone: bool = False
    speak: tuple = HARDWARE

    @property
    def deaths(self):
        return len(self.names)

    @property
    def row(self):
        return f"dam kafka, kill {' + '.join(self.names)}"

    @property
    def text(self):
        return f"bridge-kafka dammed {self.dammed_s:.2f} s, then kill {' '.join(self.names)}"

    def do(self, system):
        system.let_speak(self.speak)
        system.proxy.say("bridge-kafka", "dam")
        time.sleep(self.dammed_s)
        for name in self.names:
            system.process(name).kill()
        system.let_speak(HARDWARE)
        if self.broker_file_gone:
            system.persistence().unlink(missing_ok=True)
        system.proxy.say("bridge-kafka", "reset")
        system.proxy.say("bridge-kafka", "pass")
        return max(system.start_process(name) for name in self.names)


@dataclass
class CrashLoop:
    """An agent dies again and again while nothing reaches Kafka: many epochs have readings that wait."""

    name: str
    deaths: int

    row = "agent crash loop, kafka away"

    @property
    def names(self):
        return (self.name,)

    @property
    def text(self):
        return f"{self.name} dies {self.deaths} times while bridge-kafka is dammed"

    def do(self, system):
        system.proxy.say("bridge-kafka", "dam")
        for _ in range(self.deaths):
            system.process(self.name).kill()
            system.start_process(self.name)
            time.sleep(0.3)
        system.proxy.say("bridge-kafka", "reset")
        system.proxy.say("bridge-kafka", "pass")
        return time.time()
