"""Which parts `up` runs, in which order, and what ties them together."""

from kafka_node import ready_jars
from line.ports import port_or_free
from line.waiting import WaitFailed, wait_until
from up import hardware
from up.options import BROKER_PORT, KAFKA_PORT
from up.supervisor import Part

CATCH_UP_S = 5.0


class Plan:
    """Makes the parts of one run. `say` tells the person."""

    def __init__(self, options, line, say):
        self.options = options
        self.line = line
        self.say = say
        self.port = self._port("map and API", options.port, options.listen)

    def parts(self):
        """In order of start. Agents come last, so that they stop first and the rest can empty its queues."""
        return [self._broker(), *self._kafka(), self._central(), self._bridge(), *self._hardware()]

    def map_address(self):
        host = "127.0.0.1" if self.options.listen in ("0.0.0.0", "::") else self.options.listen
        return f"http://{host}:{self.port}/"

    def _broker(self):
        port = self._port("MQTT broker", BROKER_PORT)
        return Part("mosquitto", lambda wait: self.line.start_broker(port), lambda: f"127.0.0.1:{port}")

    def _kafka(self):
        if self.options.kafka == "dev":
            # A new one is empty and has another port: the two that speak to it must know.
            return [Part("kafka", lambda wait: self.line.start_dev_kafka(), lambda: self.line.brokers, restart_with=["central", "bridge"])]
        if self.options.kafka == "real":
            ready_jars(self.say)
            port = self._port("Kafka", KAFKA_PORT)
            return [Part("kafka", lambda wait: self.line.start_real_kafka(port, wait=wait), lambda: self.line.brokers)]
        self.line.use_kafka(self.options.kafka)
        self.line.create_topics()
        return []

    def _central(self):
        # A demo on this machine alone: its page may replay refused items and move stations.
        operators = self.options.listen.startswith("127.")
        settings = {"http": {"listen": f"{self.options.listen}:{self.port}", "operator_actions": operators}}
        start = lambda wait: self.line.start_central(port=self.port, settings=settings, wait=wait)
        return Part("central", start, self.map_address, before_stop=self._let_central_catch_up if self.options.kafka == "dev" else None)

    def _bridge(self):
        return Part("bridge", lambda wait: self.line.start_bridge(wait=wait))

    def _hardware(self):
        if self.options.gbfs and "://" in self.options.gbfs:
            return [hardware.bike_agent(self.line, self.options.gbfs)]
        if self.options.gbfs:
            return hardware.feed_of_folder(self.line, self._port, self.options.gbfs)
        return hardware.city(self.line, self._port, self.options)

    def _let_central_catch_up(self):
        """What the development Kafka holds is lost when it ends: central takes the rest of it first."""
        try:
            wait_until(lambda: self.line.api.pipeline()["kafka"]["lag_total"] == 0, "central", CATCH_UP_S)
        except WaitFailed:
            self.say("  central did not catch up; the ledger will show what is missing")

    def _port(self, what, wanted, host="127.0.0.1"):
        port = port_or_free(wanted, host)
        if port != wanted:
            self.say(f"Port {wanted} is in use: {what} takes {port}")
        return port
