"""What can go wrong here, each a class: `row` is its line in the table, `text` says how to do it again, `do` does it.

do() returns (when all was in order again as time.time(), number of processes that died).
"""

import random
import signal
import time
from dataclasses import dataclass

from line.waiting import WaitFailed, wait_until

POINTS = {
    "agent": ("before_commit", "after_commit", "after_publish", "before_receipt"),
    "bridge": ("after_produce", "after_delivery", "before_receipt", "after_receipt"),
    "central": ("before_commit", "after_commit"),
}
POINT_TIMEOUT_S = 20.0


class NotReached(AssertionError):
    """A process did not come by the named point."""


def start(system, name):
    process = system.process(name)
    process.env = None
    process.start()
    return time.time()


@dataclass
class Kill:
    """kill -9 of processes at once, and their start after a while."""

    names: tuple
    down_s: float

    @property
    def row(self):
        kinds = " + ".join(sorted(name.partition("-")[0] for name in self.names))
        return f"kill {kinds}"

    @property
    def text(self):
        return f"kill {' '.join(self.names)}, down {self.down_s:.2f} s"

    def do(self, system):
        for name in self.names:
            system.process(name).kill()
        time.sleep(self.down_s)
        return max(start(system, name) for name in self.names), len(self.names)


@dataclass
class KillBroker:
    """kill -9 of mosquitto, whose persistence file is kept, gone, an old copy (of the round's begin) or damaged then."""

    file: str
    down_s: float
    seed: int

    names = ("mosquitto",)

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
        began = start(system, "mosquitto")
        if self.file == "damaged":
            began = self.start_without(system, path, began)
        return began, 1

    def damage(self, data):
        """A torn write: zeros in the middle, or the end cut off."""
        rng = random.Random(self.seed)
        if rng.random() < 0.5:
            return data[: rng.randrange(len(data))]
        at = rng.randrange(len(data))
        data[at : at + 4096] = bytes(len(data[at : at + 4096]))
        return data

    @staticmethod
    def start_without(system, path, began):
        """mosquitto ends at the sight of a file that it cannot read; an operator moves it away."""
        process = system.process("mosquitto")
        wait_until(lambda: not process.running() or " running" in process.log_text(), "mosquitto to run or to end")
        if process.running():
            return began
        path.unlink(missing_ok=True)
        return start(system, "mosquitto")


@dataclass
class KillAtPoint:
    """A process that kills itself at the nth pass of a named point. It is started for that, so it dies twice."""

    name: str
    point: str
    nth: int

    @property
    def names(self):
        return (self.name,)

    @property
    def row(self):
        return f"{self.name.partition('-')[0]} dies {self.point}"

    @property
    def text(self):
        return f"{self.name} dies at {self.point}:{self.nth}"

    def do(self, system):
        process = system.process(self.name)
        process.kill()
        process.env = {"WAYSIDE_FAULT": f"{self.point}:{self.nth}"}
        process.start()
        try:
            wait_until(lambda: not process.running(), f"{self.name} to die at {self.point}", POINT_TIMEOUT_S)
        except WaitFailed as error:
            raise NotReached(str(error)) from None
        finally:
            process.kill()
        if process.returncode() != -signal.SIGKILL:
            raise NotReached(f"{self.name} ended with {process.returncode()}\n{process.log_tail()}")
        return start(system, self.name), 2


@dataclass
class Stop:
    """SIGSTOP, and SIGCONT after a while."""

    name: str
    stopped_s: float

    @property
    def names(self):
        return (self.name,)

    @property
    def row(self):
        return f"stop {self.name.partition('-')[0]}"

    @property
    def text(self):
        return f"stop {self.name} for {self.stopped_s:.2f} s"

    def do(self, system):
        system.process(self.name).kill(signal.SIGSTOP)
        time.sleep(self.stopped_s)
        system.process(self.name).kill(signal.SIGCONT)
        return time.time(), 0


@dataclass
class Net:
    """A link is disturbed for a while."""

    link: str
    words: tuple  # said in the beginning
    lasts_s: float
    last_words: tuple = ("pass",)

    names = ()

    @property
    def row(self):
        return f"net {self.words[0].partition(' ')[0]} {self.link}"

    @property
    def text(self):
        return f"net {self.link}: {', '.join(self.words)}; after {self.lasts_s:.2f} s {', '.join(self.last_words)}"

    def do(self, system):
        for word in self.words:
            system.proxy.say(self.link, word)
        time.sleep(self.lasts_s)
        for word in self.last_words:
            system.proxy.say(self.link, word)
        return time.time(), 0


@dataclass
class KillBehindDam:
    """Nothing of the bridge reaches Kafka for a while, so that much is on its way; then processes die, then the link heals.

    Whoever has said "safe" to anybody before Kafka did is found out by this. `broker_file_gone`: mosquitto forgets all.
    """

    names: tuple
    dammed_s: float
    broker_file_gone: bool = False

    @property
    def row(self):
        return f"dam kafka, kill {' + '.join(self.names)}"

    @property
    def text(self):
        return f"bridge-kafka dammed {self.dammed_s:.2f} s, then kill {' '.join(self.names)}"

    def do(self, system):
        system.proxy.say("bridge-kafka", "dam")
        time.sleep(self.dammed_s)
        for name in self.names:
            system.process(name).kill()
        if self.broker_file_gone:
            system.persistence().unlink(missing_ok=True)
        system.proxy.say("bridge-kafka", "reset")
        system.proxy.say("bridge-kafka", "pass")
        return max(start(system, name) for name in self.names), len(self.names)


@dataclass
class CrashLoop:
    """An agent dies again and again while nothing reaches Kafka: many epochs have readings that wait."""

    name: str
    times: int

    row = "agent crash loop, kafka away"

    @property
    def names(self):
        return (self.name,)

    @property
    def text(self):
        return f"{self.name} dies {self.times} times while bridge-kafka is dammed"

    def do(self, system):
        system.proxy.say("bridge-kafka", "dam")
        for _ in range(self.times):
            began = start_again(system, self.name)
            time.sleep(0.3)
        system.proxy.say("bridge-kafka", "reset")
        system.proxy.say("bridge-kafka", "pass")
        return max(began, time.time()), self.times


def start_again(system, name):
    system.process(name).kill()
    return start(system, name)


@dataclass
class Duplicate:
    """The newest record of each partition comes by MQTT once more, byte for byte."""

    row = "duplicated messages"
    text = row
    names = ()

    def do(self, system):
        for agent, station, payload in system.last_records():
            system.publish(f"wayside/v1/{agent}/{station}/weather", payload)
        return time.time(), 0
