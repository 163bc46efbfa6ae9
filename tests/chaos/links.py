"""What goes wrong between processes: disturbed links, lost receipts, messages that come twice."""

import time
from dataclasses import dataclass

from chaos.faults import NotReached
from line.waiting import WaitFailed, wait_until

LOST_LIMIT_S = 20.0


@dataclass
class Net:
    """A link is disturbed for a while."""

    link: str
    words: tuple  # said in the beginning
    lasts_s: float
    last_words: tuple = ("pass",)

    names = ()
    deaths = 0

    @property
    def row(self):
        return f"link {self.words[0].partition(' ')[0]}{', reset' * ('reset' in self.last_words)}"

    @property
    def text(self):
        return f"net {self.link}: {', '.join(self.words)}; after {self.lasts_s:.2f} s {', '.join(self.last_words)}"

    def do(self, system):
        for word in self.words:
            system.proxy.say(self.link, word)
        time.sleep(self.lasts_s)
        for word in self.last_words:
            system.proxy.say(self.link, word)
        return time.time()


@dataclass
class LoseReceipts:
    """Receipts vanish, the connection stays: nobody tells the agent that something is missing."""

    count: int

    row = "receipts lost"
    names = ()
    deaths = 0

    @property
    def text(self):
        return f"the next {self.count} receipts get lost"

    def do(self, system):
        system.proxy.say("agent-broker", f"lose {self.count}")
        try:
            wait_until(lambda: system.proxy.say("agent-broker", "lost"), "receipts to get lost", LOST_LIMIT_S)
        except WaitFailed as error:
            raise NotReached(str(error)) from None
        return time.time()


@dataclass
class Duplicate:
    """The newest record of each partition comes by MQTT once more, byte for byte."""

    row = "duplicated messages"
    text = row
    names = ()
    deaths = 0

    def do(self, system):
        for agent, station, payload in system.last_records():
            system.publish(f"wayside/v1/{agent}/{station}/weather", payload)
        return time.time()
