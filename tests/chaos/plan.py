"""The list of faults of a run, made from a seed alone: the same seed and number give the same list on any machine."""

import random

from chaos.faults import POINTS, CrashLoop, Kill, KillAtPoint, KillBehindDam, KillBroker, Stop
from chaos.ills import AgentDisk, CentralDisk, ClockJump
from chaos.links import Duplicate, LoseReceipts, Net
from chaos.system import LINKS

AGENTS = ("agent-gate", "agent-north", "agent-south")
OFTEN = ("agent-gate", "agent-gate", "agent-north", "agent-south", "agent-drift", "bridge", "bridge", "central", "central",
         "mosquitto")
SERVERS = ("mosquitto", "kafka", "bridge", "central")
BROKER_FILES = ("gone", "old", "damaged")
DISKS = ("full", "dying", "sync")
CLOCKS = ("1970", "+3 days", "-1 hour")
WITH_KAFKA = (("kafka",), ("kafka",), ("bridge", "kafka"), ("central", "kafka"), ("agent-gate", "kafka"))
KILLS_A_ROUND = 18
FOLLOWS_SHARE = 0.25  # of the faults: without waiting for recovery from the one before
LAST_WORDS = {"tear": ("reset", "pass"), "mute": ("reset", "pass")}


class Round:
    def __init__(self, steps):
        self.steps = steps  # [(pause before in s, fault, whether recovery is waited for)]
        self.broker_lives = not any(kills_broker(fault) for _, fault, _ in steps)


def kills_broker(fault):
    return "mosquitto" in fault.names and fault.deaths > 0


def make_plan(kills, seed):
    """Rounds with `kills` deaths in total or a few more. Each kind of fault comes first, as far as the kills suffice."""
    rng = random.Random(seed)
    musts = each_kind(rng)
    rng.shuffle(musts)
    while sum(fault.deaths for fault in musts) > kills:
        musts.remove(max(musts, key=lambda fault: fault.deaths))
    rounds, dead, broker_dies = [], 0, True
    while dead < kills or musts:
        broker_dies = not broker_dies
        steps, in_round = [], 0
        while in_round < KILLS_A_ROUND and (dead < kills or musts):
            fault = next_fault(rng, musts, broker_dies, kills - dead)
            if fault is None:
                break
            steps.append((rng.uniform(0.1, 0.6), fault, rng.random() >= FOLLOWS_SHARE))
            in_round += fault.deaths
            dead += fault.deaths
        if steps:
            rounds.append(Round(steps))
    return rounds


def next_fault(rng, musts, broker_dies, kills_left):
    """None: only faults that kill mosquitto are left, which this round must not."""
    fit = [fault for fault in musts if broker_dies or not kills_broker(fault)]
    need_all = sum(fault.deaths for fault in musts) >= kills_left
    if fit and (need_all or rng.random() < 0.5):
        musts.remove(fit[0])
        return fit[0]
    if need_all:
        return None
    while True:
        fault = random_fault(rng)
        if broker_dies or not kills_broker(fault):
            return fault


def each_kind(rng):
    """What the issue names, once each: points, the second half of what exposes each mutant, files, disks, clocks, links."""
    musts = [KillAtPoint(one_of(rng, program), point, rng.randint(1, 4)) for program, points in POINTS.items()
             for point in points]
    musts += [KillBehindDam(("bridge",), 0.7), KillBehindDam(("bridge", "mosquitto"), 0.7, True)]
    musts += [KillBroker(file, rng.uniform(0, 0.3), rng.randrange(1 << 30)) for file in BROKER_FILES]
    musts += [Kill((name,), 0.0) for name in (*SERVERS, rng.choice(AGENTS))]
    musts += [two_at_once(rng), Kill(rng.choice(WITH_KAFKA[2:]), 0.2)]
    musts += [Stop(name, rng.uniform(0.5, 1.2)) for name in (*SERVERS, rng.choice(AGENTS))]
    musts += [AgentDisk(rng.choice(AGENTS), how, 0.3) for how in DISKS] + [AgentDisk(rng.choice(AGENTS), "sync", 0.2, True)]
    musts += [CentralDisk("full", 0.3), CentralDisk("dying", 0.2, True), CentralDisk("sync", 0.3)]
    musts += [ClockJump(to, 0.5, killed) for to, killed in zip(CLOCKS, (True, False, False))]
    musts += [net(word, rng.choice(LINKS), rng) for word in ("stall", "delay", "reorder", "refuse", "mute")]
    musts += [net("tear", link, rng) for link in ("agent-broker", "bridge-broker")]
    return musts + [LoseReceipts(1), Duplicate()]


def random_fault(rng):
    makers = (
        (28, lambda: Kill((rng.choice(OFTEN),), rng.choice((0.0, 0.0, rng.uniform(0, 1.5))))),
        (12, lambda: random_point(rng)),
        (12, lambda: two_at_once(rng)),
        (3, lambda: Kill(rng.choice(WITH_KAFKA), rng.uniform(0, 0.5))),
        (3, lambda: random_dam(rng)),
        (5, lambda: KillBroker(rng.choice(BROKER_FILES), rng.uniform(0, 0.5), rng.randrange(1 << 30))),
        (10, lambda: Stop(rng.choice((*SERVERS, *AGENTS)), rng.uniform(0.05, 2))),
        (12, lambda: net(rng.choice(("stall", "delay", "reorder", "refuse", "mute", "tear")), rng.choice(LINKS), rng)),
        (4, lambda: AgentDisk(rng.choice(AGENTS), rng.choice(DISKS), rng.uniform(0.1, 1), rng.random() < 0.5)),
        (3, lambda: CentralDisk(rng.choice(DISKS), rng.uniform(0.1, 1), rng.random() < 0.5)),
        (3, lambda: ClockJump(rng.choice(CLOCKS), rng.uniform(0.1, 1), rng.random() < 0.3)),
        (2, lambda: LoseReceipts(rng.randint(1, 2))),
        (1, Duplicate),
        (1, lambda: CrashLoop(rng.choice(AGENTS), rng.randint(9, 12))),  # health names 8 epochs of which nothing waits
    )
    weights, choices = zip(*makers)
    return rng.choices(choices, weights)[0]()


def one_of(rng, program):
    return rng.choice(AGENTS) if program == "agent" else program


def random_point(rng):
    program = rng.choice(tuple(POINTS))
    return KillAtPoint(one_of(rng, program), rng.choice(POINTS[program]), rng.randint(1, 12))


def two_at_once(rng):
    return Kill(tuple(sorted(rng.sample(("agent-gate", "agent-north", "bridge", "central", "mosquitto"), 2))), rng.uniform(0, 0.5))


def random_dam(rng):
    names = rng.choice((("bridge",), ("bridge", "mosquitto"), ("mosquitto",)))
    return KillBehindDam(names, rng.uniform(0.3, 1), "mosquitto" in names and rng.random() < 0.5)


def net(word, link, rng):
    said = {"delay": "delay 0.03", "reorder": "reorder 0.1"}.get(word, word)
    last = LAST_WORDS.get(word, ("reset", "pass") if word == "stall" and rng.random() < 0.5 else ("pass",))
    return Net(link, (said,), rng.uniform(0.1, 1.2), last)


# What must expose each mutant (common/base/mutant.h), as a list of one fault that is repeated.
MUTANTS = {
    "receipt_before_delivery": KillBehindDam(("bridge", "mosquitto"), 1.0, True, ("agents",)),
    "trim_on_puback": KillBehindDam(("bridge", "mosquitto"), 1.0, True, ("agents",)),
    "puback_not_held": KillBehindDam(("bridge",), 1.0, speak=("quiet",)),
    "offsets_before_rows": KillAtPoint("central", "before_commit", 3),
    "repeats_not_recognised": KillAtPoint("bridge", "before_receipt", 3),
}
KILLS_A_MUTANT = 5


def mutant_plan(name):
    """Rounds of one directed fault each."""
    return [Round([(1.0, MUTANTS[name], True)]) for _ in range(KILLS_A_MUTANT)]
