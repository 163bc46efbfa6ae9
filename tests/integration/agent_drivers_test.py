"""Proves with a real agent and broker that drivers stand for themselves: a good one goes on beside a bad one, a program of
`exec` runs while the agent runs and ends with it, also when the agent is killed."""

import os
import sys
import unittest
from pathlib import Path

from agent_case import AgentTestCase
from line import wait_until

PROGRAM = """
import json, os, sys, time
open(sys.argv[1], "w").write(str(os.getpid()))
count = 0
while True:
    count += 1
    print(json.dumps({"values": {"air_temperature_C": count % 50}}), flush=True)
    time.sleep(0.1)
"""


def station(station_id, **more):
    return {"station_id": station_id, "lat": 41.5, "lon": -36.4, "streams": ["weather"], **more}


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" != Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]


class AgentDrivers(AgentTestCase):
    def exec_sources(self):
        program = self.line.folder / "program.py"
        program.write_text(PROGRAM, encoding="utf-8")
        self.pid_file = self.line.folder / "program.pid"
        good = {"name": "good", "driver": "exec", "command": [sys.executable, str(program), str(self.pid_file)], "station": [station("roof")]}
        bad = {"name": "bad", "driver": "exec", "command": ["/nowhere/program"], "station": [station("cellar")]}
        return [bad, good]

    def pid(self):
        return int(wait_until(lambda: self.pid_file.exists() and self.pid_file.read_text(encoding="utf-8"), "the program's pid"))

    def test_a_bad_driver_marks_itself_and_never_stops_the_good_one(self):
        bridge = self.bridge()
        self.line.start_agent("north", self.exec_sources(), {"mqtt": {"health_interval_s": 1}})
        wait_until(lambda: len(bridge.readings) >= 20, "readings of the good one")
        self.assertEqual({reading["station_id"] for reading in bridge.readings}, {"roof"})

        def states():
            said = [health for health in bridge.health() if health.get("drivers")]
            return {driver["source"]: driver for driver in said[-1]["drivers"]} if said else {}
        wait_until(lambda: states().get("good", {}).get("state") == "ok" and states()["bad"]["state"] == "fault", "both in health")
        self.assertEqual(states()["bad"]["last_error"], "/nowhere/program: cannot be started: No such file or directory")

    def test_the_program_ends_with_the_agent_and_with_its_death(self):
        bridge = self.bridge()
        agent = self.line.start_agent("north", self.exec_sources())
        first = self.pid()
        wait_until(lambda: len(bridge.readings) >= 3, "readings")
        agent.stop()
        self.assertFalse(alive(first))
        self.pid_file.unlink()
        agent = self.line.start_agent("north", self.exec_sources())
        second = self.pid()
        agent.kill()
        wait_until(lambda: not alive(second), "the program to end with the killed agent")
        numbers = bridge.numbers()
        self.assertEqual(len(numbers), len(set(numbers)))


if __name__ == "__main__":
    unittest.main()
