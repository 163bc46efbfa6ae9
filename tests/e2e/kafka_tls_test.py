"""Proves that the whole line works where every connection wants TLS, a client certificate and a password: agent to mosquitto,
bridge and central to a real Kafka (SASL_SSL); and that each side says clearly what is wrong without them.
"""

import unittest

from line import Line, wait_until
from line.ports import free_port
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka

AGENT = "harbour"
KAFKA_PASSWORD = "kafka-secret"


def secure_listener(port, folder, certs):
    """Settings of a Kafka that has a second listener: TLS, certificates on both sides, user and password."""
    keystore = folder / "kafka.pem"
    keystore.write_text(certs.server_key.read_text(encoding="ascii") + certs.server_cert.read_text(encoding="ascii"), encoding="ascii")
    plain = "org.apache.kafka.common.security.plain.PlainLoginModule"
    return (f"listeners=PLAINTEXT://127.0.0.1:$port,SECURE://127.0.0.1:{port},CONTROLLER://127.0.0.1:$controller_port",
            f"advertised.listeners=PLAINTEXT://127.0.0.1:$port,SECURE://127.0.0.1:{port}",
            "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL",
            "sasl.enabled.mechanisms=PLAIN",
            f'listener.name.secure.plain.sasl.jaas.config={plain} required user_wayside="{KAFKA_PASSWORD}";',
            "listener.name.secure.ssl.client.auth=required",
            "ssl.keystore.type=PEM", f"ssl.keystore.location={keystore}",
            "ssl.truststore.type=PEM", f"ssl.truststore.location={certs.ca}")


class EverythingOverTls(unittest.TestCase):
    def setUp(self):
        self.line = line = self.enterContext(Line(tls=True, users={AGENT: "harbour-secret"}))
        port = free_port()
        line.start_broker(extra=("require_certificate true",))  # of the listener named last, the one with TLS
        line.start_real_kafka(more_settings=secure_listener(port, line.folder / "config", line.certs))
        client = {"ca_file": str(line.certs.ca), "cert_file": str(line.certs.client_cert), "key_file": str(line.certs.client_key)}
        self.kafka = {"brokers": f"127.0.0.1:{port}", "security_protocol": "sasl_ssl", "sasl_mechanism": "PLAIN",
                      "username": "wayside", "password_file": line.secret_file("kafka.password", KAFKA_PASSWORD).as_posix(), **client}
        self.certificate = {"cert_file": client["cert_file"], "key_file": client["key_file"]}
        sim = line.start_sim("sim", "gbfs", "--listen", "127.0.0.1:0", "--stations", 5, "--ttl", 1)
        self.source = {"name": "city", "driver": "gbfs", "url": sim.log_field("ready", "details").removeprefix("gbfs=")}

    def test_readings_arrive_and_no_secret_is_logged(self):
        line = self.line
        line.start_bridge(settings={"kafka": self.kafka})
        line.start_central(settings={"kafka": self.kafka})
        line.start_agent(AGENT, [self.source], settings={"mqtt": self.certificate})
        line.api.wait_for(lambda api: len(api.stations(state="live")) == 5, "5 live stations", 60, watch=line.check)
        for name in ("bridge", "central", "agent-" + AGENT):
            log = line.process[name].log_text()
            self.assertNotIn(KAFKA_PASSWORD, log)
            self.assertNotIn("harbour-secret", log)

    def test_what_is_missing_or_wrong_is_said(self):
        line = self.line
        wrong = self.kafka | {"password_file": line.secret_file("wrong.password", "wrong").as_posix()}
        bridge = line.start_bridge(settings={"kafka": wrong}, wait=False)
        wait_until(lambda: "uthentication" in bridge.log_text(), "the bridge to say that Kafka does not know it", 30)
        agent = line.start_agent(AGENT, [self.source], wait=False)  # without its certificate
        wait_until(lambda: "event=mqtt_offline" in agent.log_text(), "the agent to say that it is not let in", 30)


if __name__ == "__main__":
    unittest.main()
