"""Proves with a real agent and broker that drivers stand for themselves: a good one goes on beside a bad one, a program of
`exec` runs while the agent runs and ends with it, also when the agent is killed."""

import json
import os
import subprocess
import sys
import threading
import unittest
from pathlib import Path

from agent_case import AgentTestCase
from agent_ends import mqtt
from line import wait_until
from line.paths import program
from line.ports import free_port

try:
    from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
    from pymodbus.server import ServerStop, StartTcpServer
except ImportError:
    StartTcpServer = None

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


    @unittest.skipIf(StartTcpServer is None, "python3-pymodbus is not installed")
    def test_a_modbus_sensor_of_another_maker_is_read(self):
        # The documented registers of an Ecowitt WN90LP, from 0x0165; zero_mode: addresses as on the wire.
        values = [0x06e7, 0x000d, 0x0296, 0x003c, 0, 0, 0x0096, 0, 0x271a, 0x0012]
        slave = ModbusSlaveContext(hr=ModbusSequentialDataBlock(0x0165, values), zero_mode=True)
        port = free_port()
        context = ModbusServerContext(slaves={0x90: slave}, single=False)
        server = threading.Thread(target=StartTcpServer, kwargs={"context": context, "address": ("127.0.0.1", port)}, daemon=True)
        server.start()
        self.addCleanup(ServerStop)
        bridge = self.bridge()
        device = {"unit": 0x90, "map": "wn90lp", "station_id": "field", "lat": 41.5, "lon": -36.4, "report_interval_s": 1}
        self.line.start_agent("north", [{"name": "bus", "driver": "modbus", "port": f"tcp://127.0.0.1:{port}", "device": [device]}])
        wait_until(lambda: len(bridge.readings) >= 2, "readings")
        values = bridge.readings[0]["values"]
        self.assertTrue(values.pop("counter_id").startswith("register/"))
        self.assertEqual(values, {"illuminance_lx": 17670, "ultraviolet_index": 1.3, "air_temperature_C": 26.2, "relative_humidity_pct": 60,
                                  "wind_speed_m_s": 0, "wind_speed_of_gust_m_s": 0, "wind_from_direction_deg": 150,
                                  "surface_air_pressure_hPa": 1001.0, "precipitation_total_mm": 0})

    def test_devices_of_other_makers_on_a_broker_are_read(self):
        bridge = self.bridge()
        devices = mqtt.Client("devices")
        devices.connect("127.0.0.1", self.line.mqtt_port)
        devices.loop_start()
        self.addCleanup(devices.loop_stop)
        old = json.dumps({"AHT1X-0x38": {"Temperature": -40}})
        devices.publish("tele/roof/SENSOR", old, 1, True).wait_for_publish()
        topic = {"filter": "tele/+/SENSOR", "station_id": "roof", "lat": 41.5, "lon": -36.4,
                 "value": [{"field": "air_temperature_C", "pointer": "/AHT1X-0x38/Temperature"}]}
        source = {"name": "house", "driver": "mqtt_in", "broker": {"port": self.line.mqtt_port}, "topic": [topic]}
        self.line.start_agent("north", [source], {"mqtt": {"health_interval_s": 1}})

        def source_state():
            said = [health for health in bridge.health() if health.get("drivers")]
            return said[-1]["drivers"][0] if said else {}
        wait_until(lambda: source_state().get("state") == "ok", "the subscription")
        devices.publish("tele/roof/SENSOR", json.dumps({"Time": "2026-11-20T08:11:33", "AHT1X-0x38": {"Temperature": 24.7}}), 1)
        wait_until(lambda: bridge.readings, "a reading")
        self.assertEqual([reading["values"] for reading in bridge.readings], [{"air_temperature_C": 24.7}])
        wait_until(lambda: source_state().get("counts", {}).get("retained") == 1, "the retained message to be counted")

    def check(self, *sources):
        path = self.line.write_settings("check", self.line.agent_settings("north", sources, {"check_timeout_s": 8}))
        done = subprocess.run([program("wayside-agent"), "--config", path, "check"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, timeout=60, check=False)
        return done.returncode, done.stdout

    def test_check_says_at_the_station_what_works(self):
        bad, good = self.exec_sources()
        listens = {"name": "posts", "driver": "http_push", "listen": f"127.0.0.1:{free_port()}",
                   "device": [{"key": "A", "station_id": "quay", "lat": 41.5, "lon": -36.4}]}
        code, said = self.check(good, listens)
        self.assertEqual(code, 0, said)
        self.assertIn('good: roof weather {"air_temperature_C":1}', said)
        self.assertIn("posts: listens; nothing came within 8 s", said)
        self.assertIn("2 of 2 sources work", said)
        code, said = self.check(bad, good)
        self.assertEqual(code, 1, said)
        self.assertIn("bad: FAULT /nowhere/program: cannot be started: No such file or directory", said)
        self.assertIn("1 of 2 sources work", said)
        self.assertFalse(alive(self.pid()), "the program of the check lives on")


if __name__ == "__main__":
    unittest.main()
