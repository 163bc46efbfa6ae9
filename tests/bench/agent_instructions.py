"""Instructions that the agent spends on one reading, from the sensor's bytes to PUBLISH and through its receipt, by callgrind.

Each run of the agent is counted whole, with few readings and with many: the difference is what the readings cost, start and stop
left out. The receipts come from a bridge that this program plays. Counted is the agent's own process, kernel left out. The sensor is a
weather station that uploads by HTTP with a connection for each reading: of the drivers' ways in, the one that costs most.
"""

import re
import sys
import time

from integration.agent_ends import Bridge
from integration.hardware import Hardware
from line import Line
from line.paths import program, system_program
from line.ports import free_port
from line.process import Process
from line.waiting import wait_until

FEW, MANY = 100, 500
AIM = 150_000
STATION = "post"


def count_run(line, name, bridge, source, feed, count):
    """Instructions of one agent that takes `count` readings."""
    counts = line.folder / f"{name}.callgrind"
    path = line.write_settings(name, line.agent_settings(name, [source]))
    agent = Process(name, [system_program("valgrind"), "--tool=callgrind", f"--callgrind-out-file={counts}",
                           program("wayside-agent"), "--config", path], line.log_path(name))
    line.process[name] = agent
    already = len(bridge.numbers())
    agent.start().wait_ready(120)
    feed(count)
    wait_until(lambda: len(bridge.numbers()) >= already + count, f"{count} readings", 300, watch=agent.check)
    time.sleep(1)  # their receipts
    agent.stop(60)
    return int(re.search(r"^(?:totals|summary): (\d+)", counts.read_text(), re.MULTILINE).group(1))


def cost(line, name, bridge, source, feed):
    few, many = (count_run(line, f"pi-{feed.__name__}-{n}", bridge, source, feed, n) for n in (FEW, MANY))
    each = (many - few) / (MANY - FEW)
    print(f"  {name:<28} {each:>9,.0f} instructions a reading   (start and stop {few - FEW * each:,.0f}; aim: under {AIM:,})", flush=True)


def main(_arguments=None):
    with Line() as line:
        line.start_broker()
        bridge = Bridge(line.mqtt_port)
        hardware = Hardware(free_port())

        def singly(count):
            if not all(hardware.send(hardware.make(STATION)) for _ in range(count)):
                raise RuntimeError("an upload was refused")

        def by_tens(count):
            for _ in range(count // 10):
                if not all(sent.result() for sent in [hardware.send_later(hardware.make(STATION)) for _ in range(10)]):
                    raise RuntimeError("an upload was refused")

        try:
            cost(line, "one in each commit", bridge, hardware.source([STATION]), singly)
            cost(line, "ten stations at the same time", bridge, hardware.source([STATION]), by_tens)
        finally:
            bridge.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
