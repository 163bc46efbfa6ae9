"""The line as chaos runs it: every link goes through the proxy, agents and central run on machines that can be made sick, and
central sits on a real Kafka."""

import shutil
import signal
import subprocess
import time

from chaos.machine import Machine
from chaos.proxy import Proxy
from chaos.quiet import AGENT as QUIET_AGENT
from chaos.quiet import QuietPublisher
from chaos.source import Source, Witness
from chaos.viewer import Viewer
from line.api import Api
from line.paths import system_program
from line.ports import free_port

LINKS = ("agent-broker", "bridge-broker", "bridge-kafka", "central-kafka", "viewer-central")
KAFKA_LISTENERS = {"BRIDGE": "bridge-kafka", "CENTRAL": "central-kafka"}
SMALL_AGENTS = ("north", "south")
GATEWAY = "gate"
DRIFT = "drift"  # its hardware knows no time, so that its own clock counts
SHARES = {GATEWAY: 0.8, "north": 0.09, "south": 0.09, DRIFT: 0.02}  # of the readings
PERSISTENCE = "mosquitto.db"
QUIET_PER_S = 20
HARDWARE = ("agents", "quiet")  # whose readings get receipts, and whose get PUBACKs only
SAVING_S = 0.2


def chaos_node(folder, proxied):
    """A Kafka node with a listener of its own for each of {listener name: proxy port}, which it advertises; `inner` has their ports."""
    from kafka_node import KafkaNode

    inner = {name: free_port() for name in proxied}
    places = lambda ports: "".join(f",{name}://127.0.0.1:{port}" for name, port in ports.items())
    node = KafkaNode(folder, more_settings=(
        "listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller_port" + places(inner),
        "advertised.listeners=PLAINTEXT://127.0.0.1:$port" + places(proxied),
        "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT" + "".join(f",{name}:PLAINTEXT" for name in proxied)))
    node.inner = inner
    return node


class System:
    """All parts, started. `line` is a line.Line that stops them."""

    def __init__(self, line, options):
        self.line = line
        self.options = options
        self.ports = {link: free_port() for link in LINKS}
        self.agents = {}  # name: its stations
        self.machines = {}  # process: its machine
        self.sources = {}
        self.quiet = []
        self.witness = Witness(line.folder / "witness.log")
        self.proxy = None
        self.viewer = None

    # ---- start and end ----

    def start(self):
        line, ports = self.line, self.ports
        line.kafka_node = chaos_node(line.folder / "data" / "kafka", {name: ports[link] for name, link in KAFKA_LISTENERS.items()})
        inner = line.kafka_node.inner
        line.mqtt_port, line.central_port = free_port(), free_port()
        self.proxy = Proxy({"agent-broker": (ports["agent-broker"], line.mqtt_port),
                            "bridge-broker": (ports["bridge-broker"], line.mqtt_port),
                            "bridge-kafka": (ports["bridge-kafka"], inner["BRIDGE"]),
                            "central-kafka": (ports["central-kafka"], inner["CENTRAL"]),
                            "viewer-central": (ports["viewer-central"], line.central_port)})
        self.proxy.__enter__()
        line.start_real_kafka()
        line.start_broker()
        line.start_bridge(settings={"mqtt": {"port": ports["bridge-broker"]}, "backlog_per_s": 100_000,
                                    "kafka": {"brokers": f"127.0.0.1:{ports['bridge-kafka']}"}})
        line.start_central(settings={"kafka": {"brokers": f"127.0.0.1:{ports['central-kafka']}"},
                                     "bronze": {"dir": str(line.folder / "data" / "central" / "bronze")}},
                           env=self.machine("central", line.folder / "data" / "central").env)
        self.start_agents()
        for number in (1, 2):
            self.quiet.append(QuietPublisher(f"quiet-{number}", ports["agent-broker"], QUIET_PER_S / 2, self.options.seed))
        self.announce_quiet()
        self.viewer = Viewer(Api(f"http://127.0.0.1:{ports['viewer-central']}"))
        for thread in (*self.sources.values(), *self.quiet, self.viewer):
            thread.start()

    def start_agents(self):
        stations = self.options.stations
        self.agents = {GATEWAY: [f"{GATEWAY}-{n}" for n in range(stations)]}
        self.agents |= {name: [f"{name}-{n}" for n in range(3)] for name in (*SMALL_AGENTS, DRIFT)}
        for agent, own in self.agents.items():
            port = free_port()
            devices = [{"key": f"topics/{station}", "station_id": station, "lat": 41.0 + n % 20 / 100, "lon": 2.0 + n // 20 / 100,
                        "report_interval_s": 60} for n, station in enumerate(own)]
            source = {"name": "hardware", "driver": "http_push", "listen": f"127.0.0.1:{port}", "device": devices,
                      "connections_per_address_max": 256, "requests_per_minute_max": 1_000_000,
                      "uploads_per_minute_max": 1_000_000}
            machine = self.machine("agent-" + agent, self.line.folder / "data" / "agents" / agent)
            self.line.start_agent(agent, [source], {"mqtt": {"port": self.ports["agent-broker"], "health_interval_s": 1,
                                                             "backlog_per_s": 100_000}}, env=machine.env)
            self.sources[agent] = Source(agent, port, own, self.options.rate * SHARES[agent], self.options.records,
                                         self.options.seed, self.witness, agent != DRIFT)

    def machine(self, process, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.machines[process] = Machine(self.line.folder / "data" / f"{process}.machine", folder)
        return self.machines[process]

    def announce_quiet(self):
        for publisher in self.quiet:
            info = f'{{"station_id":"{publisher.station}","kind":"weather","name":"Q","lat":41.5,"lon":2.5}}'
            self.publish(f"wayside/v1/{QUIET_AGENT}/{publisher.station}/info", info.encode(), "-r")

    def end(self):
        for thread in (*self.sources.values(), *self.quiet):
            if thread.is_alive():
                thread.end()
        if self.viewer is not None:
            self.viewer.end()
        if self.proxy is not None and self.proxy.child is not None:
            self.proxy.__exit__()
        self.witness.close()

    # ---- load ----

    def begin_round(self):
        """Returns the round's begin in ms: all its readings were observed from then on."""
        began = max([int(time.time() * 1000)] + [at for source in self.sources.values() for at in source.newest.values()])
        began = (began + 2) & ~1
        self.witness.next_round(self.undated_stations())
        for publisher in self.quiet:
            publisher.next_round()
            publisher.newest = max(publisher.newest, began)
        for source in self.sources.values():
            source.begin_round(began)
        self.let_speak(HARDWARE)
        return began

    def let_speak(self, hardware):
        """Those of HARDWARE go on, the others pause. Returns when they do."""
        for publisher in self.quiet:
            speak = publisher.running.set if "quiet" in hardware else publisher.running.clear
            speak()
        for source in self.sources.values():
            speak = source.resume if "agents" in hardware else source.pause
            speak()
            if not source.is_alive():
                raise RuntimeError(f"{source.name} has ended; see above")

    def pause(self):
        self.let_speak(())

    # ---- parts ----

    def processes(self):
        return ["mosquitto", "kafka", "bridge", "central", *("agent-" + name for name in self.agents)]

    def process(self, name):
        return self.line.process[name]

    def start_process(self, name, extra_env=None):
        """Starts a part that has died, on its machine. Returns time.time() then."""
        process = self.process(name)
        process.env = {**(self.machines[name].env if name in self.machines else {}), **(extra_env or {})}
        process.start()
        return time.time()

    def database(self):
        return self.line.folder / "data" / "central" / "central.db"

    def persistence(self):
        return self.line.folder / "data" / "mosquitto" / PERSISTENCE

    def stations(self):
        """Those whose readings are dated by the source."""
        return [station for agent, own in self.agents.items() if agent != DRIFT for station in own]

    def undated_stations(self):
        return self.agents[DRIFT]

    def publish(self, topic, payload, *options):
        subprocess.run([system_program("mosquitto_pub"), "-p", str(self.line.mqtt_port), "-q", "1", "-t", topic, "-s", *options],
                       input=payload, check=False, timeout=20, capture_output=True)

    def last_records(self, partitions=12):
        """The newest record of each partition of `weather`: [(agent, payload)]."""
        found = []
        for partition in range(partitions):
            done = subprocess.run([system_program("kcat"), "-b", self.line.brokers, "-C", "-t", "weather", "-p", str(partition),
                                   "-o", "-1", "-c", "1", "-e", "-q", "-f", "%h\t%k\t%s"], capture_output=True, timeout=30,
                                  check=False)
            headers, _, rest = done.stdout.partition(b"\t")
            station, _, payload = rest.partition(b"\t")
            pairs = dict(pair.split("=", 1) for pair in headers.decode().split(",") if "=" in pair)
            if payload:
                found.append((pairs["agent"], station.decode(), payload))
        return found

    def save_persistence(self):
        """Lets mosquitto write its file now; by itself it does so every 30 s, which a killed one seldom lives to see."""
        self.process("mosquitto").kill(signal.SIGUSR1)
        time.sleep(SAVING_S)

    def keep_old_persistence(self):
        """A copy of the broker's file as it is now, for a later start with an old one."""
        self.save_persistence()
        if self.persistence().exists():
            shutil.copy(self.persistence(), self.persistence().with_suffix(".old"))
