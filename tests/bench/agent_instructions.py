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


def singly(hardware, count):
    return all(hardware.send(hardware.make(STATION)) for _ in range(count))


def by_tens(hardware, count):
    return all(all(sent.result() for sent in [hardware.send_later(hardware.make(STATION)) for _ in range(10)])
               for _ in range(count // 10))


def count_run(line, name, bridge, feed, count):
    """Instructions of one agent that takes `count` readings."""
    hardware = Hardware(free_port())
    counts = line.folder / f"{name}.callgrind"
    path = line.write_settings(name, line.agent_settings(name, [hardware.source([STATION])]))
    agent = Process(name, [system_program("valgrind"), "--tool=callgrind", f"--callgrind-out-file={counts}",
                           program("wayside-agent"), "--config", path], line.log_path(name))
    line.process[name] = agent
    already = len(bridge.numbers())
    agent.start().wait_ready(120)
    if not feed(hardware, count):
        raise RuntimeError(f"an upload was refused\n{agent.log_tail()}")
    wait_until(lambda: len(bridge.numbers()) >= already + count, f"{count} readings", 300, watch=agent.check)
    time.sleep(1)  # their receipts
    agent.stop(60)
    return int(re.search(r"^(?:totals|summary): (\d+)", counts.read_text(), re.MULTILINE).group(1))


def cost(line, name, bridge, feed):
    few, many = (count_run(line, f"pi-{feed.__name__}-{n}", bridge, feed, n) for n in (FEW, MANY))
    each = (many - few) / (MANY - FEW)
    print(f"  {name:<28} {each:>9,.0f} instructions a reading   (start and stop {few - FEW * each:,.0f}; aim: under {AIM:,})", flush=True)


def main(_arguments=None):
    with Line() as line:
        line.start_broker()
        bridge = Bridge(line.mqtt_port)
        try:
            cost(line, "one in each commit", bridge, singly)
            cost(line, "ten at the same time", bridge, by_tens)
        finally:
            bridge.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
