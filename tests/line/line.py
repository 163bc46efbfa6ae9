"""The whole line in one folder: each part can be started singly, killed and started again."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from line import certs as certificates
from line import mosquitto
from line.api import Api
from line.paths import program
from line.ports import free_port
from line.process import Process
from line.toml_text import merge, to_toml

BRIDGE_USER = "wayside-bridge"


class Line:
    """Processes, settings, data and logs of one line.

    `folder` keeps the data; without it a temporary one is used and removed at the end, unless something failed or
    WAYSIDE_KEEP is set. `tls=True` makes a certificate authority and lets agents in only over TLS with user and password
    under the shipped ACL file, `users` adding to the bridge's. Use as a context manager, in the main thread.
    """

    def __init__(self, folder=None, tls=False, users=None):
        self.temporary = folder is None
        self.folder = Path(tempfile.mkdtemp(prefix="wayside-") if self.temporary else folder).resolve()
        for name in ("config", "logs", "data"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.process = {}  # by name, in the order of their first start
        self.mqtt_port = None
        self.mqtt_tls_port = None
        self.brokers = None
        self.kafka_node = None  # the real one
        self.central_port = None
        self.central_tls = False
        self.certs = None
        self.users = None
        if tls:
            self.certs = certificates.make_certs(self.folder / "config")
            self.users = {BRIDGE_USER: "bridge-secret", **(users or {})}

    # ---- parts ----

    def start_broker(self, port=None, extra=()):
        """mosquitto with the shipped settings, persistence included."""
        self.mqtt_port = port or self.mqtt_port or free_port()
        conf, data = self.folder / "config" / "mosquitto.conf", self._data("mosquitto")
        passwords = None
        if self.users is not None:
            self.mqtt_tls_port = self.mqtt_tls_port or free_port()
            passwords = self.folder / "config" / "passwords"
            mosquitto.write_passwords(passwords, self.users)
            for user, password in self.users.items():
                self.secret_file(f"{user}.password", password)
        mosquitto.write_conf(conf, data, self.mqtt_port, self.mqtt_tls_port, self.certs, passwords, extra=extra)
        return self._start(mosquitto.make_process(conf, self.log_path("mosquitto")))

    def start_kafka(self, partitions=12):
        """The real Kafka that all tests of this process share, with the contract's topics made anew and empty.

        It runs on when this line ends. A test that kills it takes one of its own by start_real_kafka. A suite that uses it
        says `setUpModule = require_real_kafka`.
        """
        from line.shared_kafka import SharedKafka  # not above: it needs Debian's confluent_kafka, which `up` does not

        shared = SharedKafka.get()
        shared.delete_topics()
        self.brokers = shared.brokers
        self.create_topics(partitions)
        return shared.process

    def start_dev_kafka(self, partitions=12):
        """The development Kafka. A new start is a new, empty cluster on another port."""
        port_file = self.folder / "data" / "kafka.port"
        command = [program("wayside-devkafka"), "--port-file", port_file, "--partitions", partitions]
        process = self._start(Process("kafka", command, self.log_path("kafka")))
        self.brokers = port_file.read_text(encoding="ascii").strip()
        return process

    def start_real_kafka(self, port=None, partitions=12, flush=False, wait=True, more_settings=()):
        """A real Kafka on this line's data, with the contract's topics. A new start has the same data and the same port.

        `flush` writes each record to the disk before it is acknowledged. `more_settings` are lines of its server.properties. Without `wait` it must have its topics already.
        Raises KafkaUnavailable where none can be had (require_real_kafka skips a suite then).
        """
        from line import real_kafka  # not above: it needs kafka_node, which needs this package

        if self.kafka_node is None:
            self.kafka_node = real_kafka.make_node(self._data("kafka"), port, flush, more_settings)
        self.brokers = self.kafka_node.brokers
        process = self._start(real_kafka.make_process(self.kafka_node, self.log_path("kafka")), wait)
        if wait:
            self.create_topics(partitions)
        return process

    def create_topics(self, partitions=12):
        """Makes the contract's topics that are missing, by `wayside-bridge topics`. Not for the development Kafka."""
        path = self.write_settings("topics", {"kafka": {"brokers": self.brokers, "partitions": partitions}})
        command = [program("wayside-bridge"), "--config", str(path), "topics"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"Kafka at {self.brokers}: {done.stderr.strip() or done.stdout.strip()}")

    def use_kafka(self, brokers):
        """A Kafka that runs already, as host:port."""
        self.brokers = brokers

    def start_bridge(self, name="bridge", settings=None, wait=True):
        base = {"mqtt": self._mqtt(BRIDGE_USER), "kafka": {"brokers": self.brokers}, "metrics_listen": f"127.0.0.1:{free_port()}"}
        return self._start_program("wayside-bridge", name, merge(base, settings), wait)

    def start_central(self, name="central", port=None, settings=None, wait=True, env=None):
        self.central_port = port or self.central_port or free_port()
        base = {"database": str(self._data("central") / "central.db"), "kafka": {"brokers": self.brokers},
                "http": {"listen": f"127.0.0.1:{self.central_port}"}}
        merged = merge(base, settings)
        self.central_tls = bool(merged["http"].get("cert_file"))
        return self._start_program("wayside-central", name, merged, wait, env)

    def agent_settings(self, agent, sources=(), settings=None):
        base = {"agent": agent, "state_dir": str(self._data("agents") / agent), "clock": "trust", "mqtt": self._mqtt(agent),
                "source": list(sources)}
        (self._data("agents") / agent).mkdir(exist_ok=True)
        return merge(base, settings)

    def start_agent(self, agent, sources=(), settings=None, wait=True, env=None):
        """A real agent; `sources` are the [[source]] tables."""
        return self._start_program("wayside-agent", "agent-" + agent, self.agent_settings(agent, sources, settings), wait, env)

    def start_sim(self, name, *arguments, wait=True):
        """`wayside-sim` with a subcommand and its options."""
        process = Process(name, [program("wayside-sim"), *arguments], self.log_path(name))
        return self._start(process, wait)

    # ---- access ----

    @property
    def api(self):
        scheme = "https" if self.central_tls else "http"
        ca_file = str(self.certs.ca) if scheme == "https" else None
        return Api(f"{scheme}://127.0.0.1:{self.central_port}", ca_file)

    def log_path(self, name):
        return self.folder / "logs" / f"{name}.log"

    def check(self):
        """Raises ProcessFailed when a part has ended that was started and not stopped."""
        for process in self.process.values():
            process.check()

    def write_settings(self, name, settings):
        """Writes a settings file; returns its path."""
        path = self.folder / "config" / f"{name}.toml"
        path.write_text(to_toml(settings), encoding="utf-8")
        return path

    def secret_file(self, name, secret):
        """Writes a secret where only this user can read it; returns the path."""
        path = self.folder / "config" / name
        path.touch(mode=0o600)
        path.write_text(secret + "\n", encoding="utf-8")
        return path

    def stop(self):
        """Stops all parts, hardware first and broker last. Raises ProcessFailed when one did not stop by itself."""
        failure = None
        for process in reversed(list(self.process.values())):
            try:
                process.stop()
            except Exception as error:  # the others must still be stopped
                failure = error
        self.process.clear()
        if failure:
            raise failure

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        failed = kind is not None
        try:
            self.stop()
        except Exception as stop_error:
            failed = True
            if kind is None:
                raise
            print(f"also: {stop_error}", file=sys.stderr)
        finally:
            if self.temporary:
                self._clean_up(failed)

    # ---- inside ----

    def _clean_up(self, failed):
        if failed or os.environ.get("WAYSIDE_KEEP"):
            print(f"logs and data are kept in {self.folder}", file=sys.stderr)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _data(self, name):
        path = self.folder / "data" / name
        path.mkdir(exist_ok=True)
        return path

    def _mqtt(self, user):
        if self.users is None:
            return {"host": "127.0.0.1", "port": self.mqtt_port}
        secret = str(self.folder / "config" / f"{user}.password")
        account = {"host": "127.0.0.1", "username": user, "password_file": secret}
        if user == BRIDGE_USER:  # beside the broker
            return account | {"port": self.mqtt_port}
        return account | {"port": self.mqtt_tls_port, "tls": True, "ca_file": str(self.certs.ca)}

    def _start_program(self, program_name, name, settings, wait, env=None):
        path = self.write_settings(name, settings)
        return self._start(Process(name, [program(program_name), "--config", path], self.log_path(name), env), wait)

    def _start(self, process, wait=True):
        old = self.process.get(process.name)
        if old is not None:
            old.stop()
        self.process[process.name] = process
        process.start()
        return process.wait_ready() if wait else process
