"""What goes wrong with the machine under a process (machine.py): disks that are full or dying, clocks that jump."""

import json
import time
from dataclasses import dataclass

from chaos.compare import closing
from chaos.faults import NotReached
from line.api import ApiError
from line.waiting import WaitFailed, wait_until

NOTICE_S = 20.0  # so long a sick disk may stay unnoticed
ROOM_BYTES = 20_000  # of a disk that fills up: some commits fit


def make_sick(machine, how):
    {"full": lambda: machine.disk_full(ROOM_BYTES), "dying": machine.disk_dying, "sync": machine.syncs_fail}[how]()


@dataclass
class AgentDisk:
    """An agent's disk: nothing may be accepted while it cannot be committed. `killed`: the agent dies before it is well."""

    name: str
    how: str  # full, dying, sync
    lasts_s: float
    killed: bool = False

    @property
    def names(self):
        return (self.name,)

    @property
    def deaths(self):
        return int(self.killed)

    @property
    def row(self):
        return f"agent disk {self.how}{', killed' if self.killed else ''}"

    @property
    def text(self):
        return f"disk of {self.name} {self.how} for {self.lasts_s:.2f} s{', then killed' if self.killed else ''}"

    def do(self, system):
        source, machine = system.sources[self.name.partition("-")[2]], system.machines[self.name]
        # What was refused after its bytes were written may come back from the dead with the process, as a whole.
        source.refusal_is_doubt = self.killed
        refused = source.refused
        make_sick(machine, self.how)
        try:
            self.expect_refusals(source, refused)
            if self.killed:
                system.process(self.name).kill()
        finally:
            machine.disk_well()
        if self.killed:
            source.wait_turn()
            source.refusal_is_doubt = False
            return system.start_process(self.name)
        return time.time()

    def expect_refusals(self, source, refused):
        try:
            wait_until(lambda: source.refused > refused, f"a refusal by {self.name}", NOTICE_S)
        except WaitFailed as error:
            raise NotReached(f"{error}: it says success without a disk") from None
        accepted = source.accepted
        time.sleep(self.lasts_s)
        if source.accepted != accepted:
            raise NotReached(f"{self.name} accepted {source.accepted - accepted} readings without a disk")


@dataclass
class CentralDisk:
    """Central's disk: it must stop committing, say so in /readyz, and go on from its place."""

    how: str  # full, dying, sync: without fsync at each commit that one is noticed by checkpoints only
    lasts_s: float
    killed: bool = False

    names = ("central",)

    @property
    def deaths(self):
        return int(self.killed)

    @property
    def row(self):
        return f"central disk {self.how}{', killed' if self.killed else ''}"

    @property
    def text(self):
        return f"disk of central {self.how} for {self.lasts_s:.2f} s{', then killed' if self.killed else ''}"

    def do(self, system):
        machine = system.machines["central"]
        make_sick(machine, self.how)
        try:
            if self.how != "sync":
                self.expect_halt(system)
            time.sleep(self.lasts_s)
            if self.killed:
                system.process("central").kill()
        finally:
            machine.disk_well()
        return system.start_process("central") if self.killed else time.time()

    def expect_halt(self, system):
        try:
            wait_until(lambda: ingest_state(system) == "database_error", "central to say that its disk fails", NOTICE_S)
        except WaitFailed as error:
            raise NotReached(str(error)) from None
        places = stored_places(system)
        time.sleep(0.3)
        if stored_places(system) != places:
            raise NotReached("central commits without a disk")


def ingest_state(system):
    try:
        return system.line.api.get("/readyz")["ingest"]
    except ApiError as error:  # 503 is the answer that we want
        return json.loads(error.body)["ingest"]


def stored_places(system):
    with closing(system.database()) as database:
        return database.execute("SELECT topic, partition, next_offset FROM partition_offset ORDER BY 1, 2").fetchall()


@dataclass
class ClockJump:
    """The wall clock of the agent whose hardware has none is wrong for a while. `killed`: it starts with the wrong clock."""

    to: str  # 1970, +3 days, -1 hour
    lasts_s: float
    killed: bool = False

    names = ("agent-drift",)

    @property
    def deaths(self):
        return int(self.killed)

    @property
    def row(self):
        return f"agent clock {self.to}"

    @property
    def text(self):
        return f"clock of agent-drift {self.to} for {self.lasts_s:.2f} s{', from its start' if self.killed else ''}"

    def offset_ms(self):
        hour = 3_600_000
        return {"1970": hour - int(time.time() * 1000), "+3 days": 72 * hour, "-1 hour": -hour}[self.to]

    def do(self, system):
        machine = system.machines["agent-drift"]
        if self.killed:
            system.process("agent-drift").kill()
        machine.shift_clock(self.offset_ms())
        if self.killed:
            system.start_process("agent-drift")
        source = system.sources["drift"]
        accepted = source.accepted
        try:
            wait_until(lambda: source.accepted > accepted, "a reading accepted under a wrong clock", NOTICE_S)
            time.sleep(self.lasts_s)
        except WaitFailed as error:
            raise NotReached(str(error)) from None
        finally:
            machine.shift_clock(0)
        return time.time()
