"""`./wayside chaos`: kills the real programs under load and compares what is stored with what was accepted."""

import argparse
import os
import random
import sys
import time

from chaos.plan import MUTANTS, mutant_plan
from chaos.run import Run
from chaos.storm import Storm
from line.real_kafka import KafkaUnavailable, ready_jars


def parse(arguments=None):
    parser = argparse.ArgumentParser(prog="./wayside chaos", description=__doc__.strip("`"))
    parser.add_argument("--kills", type=int, default=60, help="deaths of processes (default 60)")
    parser.add_argument("--seed", type=int, help="the same faults in the same order (default: a new one, printed)")
    parser.add_argument("--rate", type=float, default=1500, help="readings/s of all agents together (default 1500)")
    parser.add_argument("--stations", type=int, default=300, help="stations of the gateway agent (default 300)")
    parser.add_argument("--records", type=int, default=40, help="most readings in one request (default 40)")
    parser.add_argument("--storm", type=int, metavar="N", help="instead: N agents lose their broker and come back at once")
    parser.add_argument("--folder", help="where data and logs go and stay (default: a temporary one)")
    parser.add_argument("--mutant", choices=sorted(MUTANTS), help="switches a known mistake on and must find it (builds with "
                        "WAYSIDE_MUTANTS)")
    parser.add_argument("--go-on", action="store_true", help="goes on after a failed comparison")
    options = parser.parse_args(arguments)
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1 << 31)
    return options


def main(arguments=None):
    options = parse(arguments)
    try:
        ready_jars()
    except KafkaUnavailable as error:
        print(f"Skipped: no real Kafka: {error}", flush=True)
        return 1
    if options.mutant:
        return hunt(options)
    if options.storm:
        return storm(options)
    print(f"chaos: {options.kills} kills, seed {options.seed}, {options.rate:g} readings/s", flush=True)
    run = Run(options)
    faults = run.run()
    print(run.table.text())
    print(run.verdict())
    return 1 if faults else 0


def storm(options):
    began = time.monotonic()
    faults = Storm(options.storm, lambda text: print(f"{time.monotonic() - began:7.1f} {text}", flush=True)).run()
    print(f"storm of {options.storm} agents: " + ("; ".join(faults) if faults else "none lost, none doubled, live first"))
    return 1 if faults else 0


def hunt(options):
    """0 when the mutant is caught within its directed kills."""
    print(f"chaos: mutant {options.mutant}, {MUTANTS[options.mutant].text}", flush=True)
    os.environ["WAYSIDE_MUTANT"] = options.mutant
    try:
        run = Run(options, mutant_plan(options.mutant))
        run.run()
    finally:
        del os.environ["WAYSIDE_MUTANT"]
    rows = run.table.rows.values()
    rounds = sum(row.count for row in rows)
    caught = run.differences > 0 and not any(row.failed for row in rows)  # a program that ends for another reason is no proof
    print(f"mutant {options.mutant}: " + (f"caught at directed kill {rounds}" if caught else f"NOT CAUGHT in {rounds}"), flush=True)
    return 0 if caught else 1


if __name__ == "__main__":
    sys.exit(main())
