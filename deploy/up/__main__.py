"""Entry of `./wayside up`. Exit code 0 after Ctrl-C, 1 when something could not be started."""

import fcntl
import os
import signal
import sys

signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C while the modules below load ends this quietly

from line.line import Line
from line.process import ProcessFailed
from line.waiting import WaitFailed
from up.options import parse
from up.plan import Plan
from up.supervisor import StopAsked, Supervisor

DEVELOPMENT_KAFKA = ("The development Kafka keeps everything in memory: it is for looking and trying, and outside the guarantee.\n"
                     "--kafka real starts a real one, --kafka HOST:PORT uses one that runs.")


def say(text):
    print(text, flush=True)


def lock(folder):
    """Held until the process ends. Raises RuntimeError when another `up` uses the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    file = open(folder / "up.lock", "a+", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        raise RuntimeError(f"{folder} is in use by another `./wayside up` (process {file.read().strip()}); "
                           "stop it or give this one --data DIR") from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def run(options):
    held = lock(options.data)
    line = Line(options.data)
    supervisor = None
    failed = False
    try:
        say(f"Wayside: data in {options.data}")
        if options.kafka == "dev":
            say(DEVELOPMENT_KAFKA)
        plan = Plan(options, line, say)
        supervisor = Supervisor(plan.parts(), say)
        supervisor.install_signals()
        supervisor.start()
        say(f"\nMap:  {plan.map_address()}\nLogs: {line.folder / 'logs'}\nCtrl-C stops everything.\n")
        supervisor.watch()
    except StopAsked:
        say("\nStopping")
    except (ProcessFailed, WaitFailed, OSError, RuntimeError) as error:
        say(f"Error: {error}")
        failed = True
    finally:
        if supervisor is not None:
            supervisor.stop()
        line.stop()  # what was being started when the stop came
        held.close()
    return 1 if failed else 0


def main():
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        return run(parse(sys.argv[1:]))
    except (OSError, RuntimeError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
