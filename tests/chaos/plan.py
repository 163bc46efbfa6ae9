"""The list of faults of a run, made from a seed alone: the same seed and number give the same list on any machine."""

import random

from chaos.faults import POINTS, CrashLoop, Duplicate, Kill, KillAtPoint, KillBehindDam, KillBroker, Net, Stop
from chaos.system import LINKS

AGENTS = ("agent-gate", "agent-north", "agent-south")
OFTEN = ("agent-gate", "agent-gate", "agent-north", "agent-south", "bridge", "bridge", "central", "central")
BROKER_FILES = ("kept", "gone", "old", "damaged")
KILLS_A_ROUND = 12


class Round:
    def __init__(self, steps):
        self.steps = steps  # [(pause before in s, fault, whether recovery is waited for)]
        self.broker_lives = not any("mosquitto" in fault.names and not isinstance(fault, Stop) for _, fault, _ in steps)


def make_plan(kills, seed):
    """Rounds with `kills` deaths in total or a few more; the first ones visit each named point and what exposes each mutant."""
    rng = random.Random(seed)
    directed = [KillAtPoint(rng.choice(AGENTS) if program == "agent" else program, point, rng.randint(1, 12))
                for program, points in POINTS.items() for point in points]
    directed += [KillBehindDam(("bridge",), 1.0), KillBehindDam(("bridge", "mosquitto"), 1.0, True)]
    rng.shuffle(directed)
    rounds, dead, kafka_rounds = [], 0, 0
    while dead < kills:
        broker_dies = len(rounds) % 2 == 1
        steps, in_round = [], 0
        kafka_dies = len(rounds) % 3 == 1
        while in_round < KILLS_A_ROUND and dead < kills:
            fit = [fault for fault in directed if broker_dies or "mosquitto" not in fault.names]
            if fit and (rng.random() < 0.4 or kills - dead <= 3 * len(directed)):
                fault, deaths = fit[0], 2 if isinstance(fit[0], KillAtPoint) else len(fit[0].names)
                directed.remove(fault)
            elif kafka_dies:
                names = rng.choice((("kafka",), ("kafka",), ("bridge", "kafka"), ("central", "kafka"), ("agent-gate", "kafka")))
                fault, deaths, kafka_dies = Kill(names, rng.uniform(0, 0.5)), len(names), False
            else:
                fault, deaths = random_fault(rng, broker_dies)
            steps.append((rng.uniform(0.1, 0.8), fault, rng.random() < 0.75))
            in_round += deaths
            dead += deaths
        rounds.append(Round(steps))
    return rounds


def random_fault(rng, broker_dies):
    """(fault, number of deaths)."""
    dice = rng.random()
    if dice < 0.28:
        return Kill((rng.choice(OFTEN),), rng.choice((0.0, 0.0, rng.uniform(0, 1.5)))), 1
    if dice < 0.40:
        program = rng.choice(tuple(POINTS))
        name = rng.choice(AGENTS) if program == "agent" else program
        return KillAtPoint(name, rng.choice(POINTS[program]), rng.randint(1, 20)), 2
    if dice < 0.52:
        choices = ["agent-gate", "agent-north", "bridge", "central"] + ["mosquitto"] * broker_dies
        return Kill(tuple(sorted(rng.sample(choices, 2))), rng.uniform(0, 0.5)), 2
    if dice < 0.55:
        names = rng.choice((("bridge",), ("bridge", "mosquitto"), ("mosquitto",))) if broker_dies else ("bridge",)
        return KillBehindDam(names, rng.uniform(0.3, 1), "mosquitto" in names and rng.random() < 0.5), len(names)
    if dice < 0.64 and broker_dies:
        return KillBroker(rng.choice(BROKER_FILES), rng.uniform(0, 0.5), rng.randrange(1 << 30)), 1
    if dice < 0.78:
        return Stop(rng.choice(("mosquitto", "kafka", "bridge", "central", *AGENTS)), rng.uniform(0.05, 2)), 0
    if dice < 0.94:
        return random_net(rng), 0
    if dice < 0.95:
        times = rng.randint(9, 12)  # health names 8 epochs of which nothing waits
        return CrashLoop(rng.choice(AGENTS), times), times
    return Duplicate(), 0


def random_net(rng):
    link = rng.choice(LINKS)
    return rng.choice((
        Net(link, ("stall",), rng.uniform(0.1, 2)),
        Net(link, ("stall",), rng.uniform(0.1, 2), ("reset", "pass")),
        Net(link, ("delay 0.03",), rng.uniform(0.5, 2)),
        Net(link, ("refuse",), rng.uniform(0.1, 1)),
        Net(link, ("mute",), rng.uniform(0.1, 1), ("reset", "pass")),
    ))


# What must expose each mutant (common/base/mutant.h), as a list of one fault that is repeated.
MUTANTS = {
    "receipt_before_delivery": KillBehindDam(("bridge", "mosquitto"), 1.0, True),
    "trim_on_puback": KillBehindDam(("bridge", "mosquitto"), 1.0, True),
    "puback_not_held": KillBehindDam(("bridge",), 1.0),
    "offsets_before_rows": KillAtPoint("central", "before_commit", 3),
    "repeats_not_recognised": KillAtPoint("bridge", "before_receipt", 3),
}
KILLS_A_MUTANT = 5


def mutant_plan(name):
    """Rounds of one directed fault each."""
    return [Round([(1.0, MUTANTS[name], True)]) for _ in range(KILLS_A_MUTANT)]
