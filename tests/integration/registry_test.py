"""Proves the station registries: a CSV file and a real PostgreSQL become retained station information, kept up to date.

PostgreSQL runs as another user where this one is root, which it refuses, in a temporary folder on a socket of its own. The
readers are mosquitto and a plain MQTT client.
"""

import json
import os
import pwd
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from agent_case import AgentTestCase
from agent_ends import mqtt
from line import wait_until
from line.paths import captures
from line.ports import free_port

HEADER = "stop_id,direction_id,stop_name,station_name,station_descriptive_name,station_id,order,red,blue,green"
CTA = [(30074, "E", "Clark/Lake (Outer Loop)", "Clark/Lake", "Clark/Lake (Blue, Brown Lines)", 40380, 14, False, False, True),
       (30375, "S", "Clark/Lake (Forest Pk-bound)", "Clark/Lake", "Clark/Lake (Blue, Brown Lines)", 40380, 16, False, True, False),
       (30381, "S", "Addison (Loop-bound)", "Addison", "Addison (Brown Line)", 41440, 8, False, False, False)]
CLARK = {"station_id": "cta-40380", "kind": "rail", "name": "Clark/Lake", "lines": ["green", "blue"],
         "stop_sequence": {"blue": 16, "green": 14}}


class Postgres:
    """A PostgreSQL server of Debian's package in a folder of its own, reached by a socket in it."""

    def __init__(self, test):
        bins = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        if not bins:
            raise unittest.SkipTest("postgresql is not installed")
        self.bin = bins[-1]
        self.folder = Path(tempfile.mkdtemp(prefix="wayside-pg-"))
        test.addCleanup(shutil.rmtree, self.folder, True)
        self.user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self.port = free_port()
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        self._run("initdb", "-D", str(self.folder / "data"), "-A", "trust", "-U", "wayside", "--no-sync", "-E", "UTF8")
        test.addCleanup(self.stop)
        self.start()

    def start(self):
        options = f"-c listen_addresses= -c unix_socket_directories={self.folder} -p {self.port} -c fsync=off"
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-w", "-o", options, "start")

    def stop(self):
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop", check=False)

    def connection(self):
        return f"host={self.folder} port={self.port} user=wayside dbname=postgres"

    def execute(self, sql):
        command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder), "-p", str(self.port), "-U", "wayside", "postgres"]
        done = subprocess.run(command, input=sql, text=True, capture_output=True, timeout=30, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"psql: {done.stderr}")

    def _run(self, name, *arguments, check=True):
        command = [str(self.bin / name), *arguments]
        become = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        subprocess.run(command, check=check, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, cwd="/",
                       timeout=60, **become)


class Informed:
    """What is retained in the broker as station information, as any client sees it."""

    def __init__(self, port):
        self.stations = {}
        self.client = mqtt.Client("registry-test")
        self.client.on_message = self._on_message
        self.client.on_connect = lambda client, *_: client.subscribe("wayside/v1/+/+/info", 1)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def _on_message(self, _client, _data, message):
        station = message.topic.split("/")[3]
        if message.payload:
            self.stations[station] = json.loads(message.payload)
        else:
            self.stations.pop(station, None)

    def close(self):
        self.client.loop_stop()
        self.client.disconnect()


class Registry(AgentTestCase):
    maxDiff = 2000

    def setUp(self):
        super().setUp()
        self.seen = Informed(self.line.mqtt_port)
        self.addCleanup(self.seen.close)
        self.bridge()

    def registry(self, **source):
        return self.line.start_agent("register", [{"name": "stations", "poll_interval_s": 0.2, **source}])

    def wait_stations(self, ids, what="station information"):
        wait_until(lambda: set(self.seen.stations) == set(ids), f"{what}: {sorted(ids)}", 30, watch=self.line.check)

    def test_a_csv_file_is_announced_and_its_changes_too(self):
        path = self.line.folder / "stations.csv"
        path.write_text("\n".join([HEADER] + [",".join(f'"{field}"' for field in row) for row in CTA]), encoding="utf-8")
        agent = self.registry(driver="registry_csv", file=str(path), station_prefix="cta-", streams=["arrival"], report_interval_s=60)
        self.wait_stations(["cta-40380", "cta-41440"])
        self.assertEqual(self.seen.stations["cta-40380"], CLARK | {"streams": {"arrival": {"report_interval_s": 60}}})
        self.assertNotIn("lines", self.seen.stations["cta-41440"])
        path.write_text("station_id,name,lat,lon\n40380,Clark and Lake,41.8857,-87.6309\n9,Harbour,41,-87\nx,Bad,91,0\n", encoding="utf-8")
        self.wait_stations(["cta-40380", "cta-9"], "after the change")
        wait_until(lambda: self.seen.stations["cta-40380"]["name"] == "Clark and Lake", "the new name")
        path.unlink()
        wait_until(lambda: "registry_not_read" in agent.log_text(), "the fault")
        self.wait_stations(["cta-40380", "cta-9"], "a file that is gone retires nobody")

    def test_a_postgresql_table_is_announced_incrementally(self):
        postgres = Postgres(self)
        postgres.execute('CREATE TABLE stations (stop_id int PRIMARY KEY, direction_id text, stop_name text, station_name text, '
                         'station_descriptive_name text, station_id int, "order" int, red bool, blue bool, green bool);')
        self.insert(postgres, CTA[:2])
        agent = self.registry(driver="registry_postgres", connection=postgres.connection(), table="public.stations",
                              increment_by="stop_id", station_prefix="cta-")
        self.wait_stations(["cta-40380"])
        self.assertEqual(self.seen.stations["cta-40380"], CLARK)
        self.insert(postgres, CTA[2:])
        self.wait_stations(["cta-40380", "cta-41440"], "a row that was added")
        postgres.stop()
        wait_until(lambda: "registry_not_read" in agent.log_text(), "the fault", 30)
        postgres.start()
        self.insert(postgres, [(30900, "N", "Harbour", "Harbour", "Harbour", 49999, 1, True, False, False)])
        self.wait_stations(["cta-40380", "cta-41440", "cta-49999"], "after the database was away")

    def test_a_postgresql_query_is_announced_whole_and_what_leaves_it_is_retired(self):
        postgres = Postgres(self)
        postgres.execute("CREATE TABLE docks (id text, place text, north float8, east float8, size int);"
                         "INSERT INTO docks VALUES ('7', 'Quay', 41.5, -36.4, 20), ('8', 'Mole', 41.6, NULL, NULL);")
        query = "SELECT id AS station_id, place AS name, north AS lat, east AS lon, size AS capacity FROM docks"
        self.registry(driver="registry_postgres", connection=postgres.connection(), query=query, kind="bike")
        self.wait_stations(["7", "8"])
        self.assertEqual(self.seen.stations["7"], {"station_id": "7", "kind": "bike", "name": "Quay", "lat": 41.5, "lon": -36.4,
                                                   "capacity": 20})
        self.assertNotIn("lat", self.seen.stations["8"])
        postgres.execute("DELETE FROM docks WHERE id = '8'; UPDATE docks SET place = 'Old Quay';")
        self.wait_stations(["7"], "after the deletion")
        wait_until(lambda: self.seen.stations["7"]["name"] == "Old Quay", "the new name")

    if captures():

        def test_the_ctas_whole_table_is_announced_from_postgresql(self):
            postgres = Postgres(self)
            postgres.execute('CREATE TABLE stations (stop_id int PRIMARY KEY, direction_id text, stop_name text, station_name text, '
                             'station_descriptive_name text, station_id int, "order" int, red bool, blue bool, green bool);\n'
                             "COPY stations FROM STDIN WITH (FORMAT csv, HEADER true);\n" +
                             (captures() / "cta" / "cta_stations.csv").read_text(encoding="utf-8").rstrip() + "\n\\.\n")
            self.registry(driver="registry_postgres", connection=postgres.connection(), table="stations", increment_by="stop_id")
            wait_until(lambda: len(self.seen.stations) == 111, "111 stations", 30, watch=self.line.check)
            lines = [line for station in self.seen.stations.values() for line in station.get("lines", [])]
            self.assertEqual({line: lines.count(line) for line in lines}, {"red": 33, "blue": 33, "green": 28})
            self.assertEqual(self.seen.stations["40380"]["stop_sequence"], {"green": 14, "blue": 16})

    else:
        print("captures: WAYSIDE_CAPTURES names no folder, the CTA's table is not registered")

    def insert(self, postgres, rows):
        values = ", ".join("(" + ", ".join(f"'{field}'" for field in row) + ")" for row in rows)
        postgres.execute(f"INSERT INTO stations VALUES {values};")


if __name__ == "__main__":
    unittest.main(verbosity=2)
