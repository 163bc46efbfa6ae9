"""How much memory an idle agent takes: anonymous (its own) and resident in all, with each source. Medians of 5 starts.

Idle: connected to the broker, sources ready, nothing to read. Shared libraries count in the total but not as anonymous: their
pages belong to every process that uses them.
"""

import os
import statistics
import sys
import time
from pathlib import Path

from line import Line
from line.ports import free_port
from line.waiting import wait_until

STARTS = 5
SETTLE_S = 2.0  # a start's last allocations are over by then
AIM_MB = 5


def sources(line):
    """{what it is: [[source]] tables}."""
    feed = line.start_sim("feed", "gbfs", "--listen", "127.0.0.1:0", "--stations", 60, "--change-interval", 3600)
    post = {"key": "KBENCH1", "station_id": "post", "name": "Post", "lat": 41.5, "lon": -36.4}
    push = {"name": "posts", "driver": "http_push", "listen": f"127.0.0.1:{free_port()}", "device": [post]}
    master, slave = os.openpty()
    mast = {"name": "mast", "driver": "serial_lines", "port": os.ttyname(slave), "baud": 4800, "station_id": "mast", "lat": 41.5,
            "lon": -36.4}
    os.set_inheritable(master, False)
    gbfs = {"name": "city", "driver": "gbfs", "url": feed.log_field("ready", "details").removeprefix("gbfs="),
            "poll_interval_s": 3600}
    return {"serial_lines": [mast], "http_push": [push], "gbfs, 60 stations": [gbfs], "all three": [mast, push, gbfs]}


def memory_mb(line, name, tables):
    """(anonymous, resident) of one fresh agent when idle."""
    agent = line.start_agent(name, tables)
    try:
        wait_until(lambda: f"as {name} " in Path(line.log_path("mosquitto")).read_text(encoding="utf-8"), "the agent at the broker")
        time.sleep(SETTLE_S)
        return agent.memory_kb("RssAnon") / 1024, agent.memory_kb("VmRSS") / 1024
    finally:
        agent.stop()


def main(_arguments=None):
    with Line() as line:
        line.start_broker()
        print(f"  {'sources':<18} {'anonymous':>10} {'in all':>8}   (aim: under {AIM_MB} MB anonymous)")
        for what, tables in sources(line).items():
            runs = [memory_mb(line, f"idle{abs(hash(what)) % 1000}-{number}", tables) for number in range(STARTS)]
            anonymous, total = (statistics.median(run[i] for run in runs) for i in (0, 1))
            print(f"  {what:<18} {anonymous:7.1f} MB {total:5.1f} MB", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
