"""`./wayside chaos`: kills the real programs under load and compares what is stored with what was accepted."""

import argparse
import random
import sys

from chaos.run import Run
from line.real_kafka import KafkaUnavailable, ready_jars


def parse(arguments=None):
    parser = argparse.ArgumentParser(prog="./wayside chaos", description=__doc__.strip("`"))
    parser.add_argument("--kills", type=int, default=60, help="deaths of processes (default 60)")
    parser.add_argument("--seed", type=int, help="the same faults in the same order (default: a new one, printed)")
    parser.add_argument("--rate", type=float, default=600, help="readings/s of all agents together (default 600)")
    parser.add_argument("--stations", type=int, default=300, help="stations of the gateway agent (default 300)")
    parser.add_argument("--records", type=int, default=20, help="most readings in one request (default 20)")
    parser.add_argument("--folder", help="where data and logs go and stay (default: a temporary one)")
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
    print(f"chaos: {options.kills} kills, seed {options.seed}, {options.rate:g} readings/s", flush=True)
    run = Run(options)
    faults = run.run()
    print(run.table.text())
    print(f"{run.table.deaths()} deaths, {run.system.witness.accepted_total} readings accepted, seed {options.seed}: "
          + (f"{len(faults)} FAULTS" if faults else "none lost, none doubled"))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
