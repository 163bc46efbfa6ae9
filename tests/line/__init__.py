"""Starts the line with the real programs: broker, Kafka, bridge, central, agents, simulators.

Used by `./wayside up`, `./wayside smoke` and the tests. Standard library only.

    with Line() as line:
        line.start_broker()
        line.start_dev_kafka()  # or start_real_kafka(); in a test start_kafka(), the real one that all tests share
        line.start_bridge()
        line.start_central()
        line.start_agent("demo", sources=[{"name": "city", "driver": "gbfs", "url": url}])
        line.api.wait_for(lambda api: api.stations(), "a station at central")
"""

from line.api import Api, Sse
from line.line import Line
from line.process import Process, ProcessFailed
from line.waiting import WaitFailed, wait_until

__all__ = ["Api", "Line", "Process", "ProcessFailed", "Sse", "WaitFailed", "wait_until"]
