"""Proves that the line works with TLS, users and the shipped ACL file, and that these confine an agent.

Real broker with the shipped settings and ACL, a throw-away certificate authority, real agent, bridge and central (with
certificate and key). Kafka over TLS is kafka_tls_test's.
"""

import subprocess
import unittest

from line import Line
from line.paths import system_program
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka

AGENT = "harbour"
THIEF = "thief"  # a stolen Pi: right password of its own
THIEF_PASSWORD = "thief-secret"
NOT_AUTHORIZED = "Not authorized"
TIMED_OUT = 27  # exit code of mosquitto_sub -W


class TlsAndRights(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.line = cls.enterClassContext(Line(tls=True, users={AGENT: "harbour-secret", THIEF: THIEF_PASSWORD}))
        line = cls.line
        line.start_broker()
        line.start_kafka()
        line.start_bridge()
        line.start_central(settings={"http": {"cert_file": str(line.certs.server_cert), "key_file": str(line.certs.server_key)}})
        sim = line.start_sim("sim", "gbfs", "--listen", "127.0.0.1:0", "--stations", 5, "--ttl", 1, "--change-interval", 1,
                             "--trips-per-hour", 600)
        cls.source = {"name": "city", "driver": "gbfs", "url": sim.log_field("ready", "details").removeprefix("gbfs=")}
        line.start_agent(AGENT, [cls.source])
        line.api.wait_for(lambda api: len(live_stations(api)) == 5, "5 live stations over TLS", watch=line.check)

    # ---- helpers ----

    def mosquitto(self, program, user, password, *arguments, ca=True):
        """mosquitto_pub or mosquitto_sub over TLS; the password is of this test alone."""
        line = self.line
        command = [system_program(program), "-V", "5", "-h", "127.0.0.1", "-p", line.mqtt_tls_port, "-u", user, "-P", password,
                   "-q", "1", *arguments]
        if ca:
            command += ["--cafile", line.certs.ca]
        return subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=30, check=False)

    def publish_as_thief(self, topic, payload):
        return self.mosquitto("mosquitto_pub", THIEF, THIEF_PASSWORD, "-t", topic, "-m", payload)

    def curl(self, *arguments):
        command = ["curl", "--silent", "--show-error", "--max-time", "10", *(str(part) for part in arguments)]
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    # ---- TLS ----

    def test_central_serves_https_that_curl_trusts_with_our_authority(self):
        url = f"https://localhost:{self.line.central_port}/healthz"
        trusted = self.curl("--cacert", self.line.certs.ca, "--fail", url)
        self.assertEqual(trusted.returncode, 0, trusted.stderr)
        self.assertNotEqual(self.curl(url).returncode, 0)

    def test_central_speaks_no_plain_http_on_its_tls_port(self):
        plain = self.curl("--fail", f"http://localhost:{self.line.central_port}/healthz")
        self.assertNotEqual(plain.returncode, 0)

    def test_an_agent_that_does_not_know_the_authority_does_not_connect(self):
        stranger = self.line.agent_settings("stranger", [self.source], {"mqtt": {"username": AGENT, "ca_file": ""}})
        stranger["mqtt"]["password_file"] = str(self.line.folder / "config" / f"{AGENT}.password")
        process = self.line.start_agent("stranger", [self.source], {"mqtt": stranger["mqtt"]}, wait=False)
        self.addCleanup(process.kill)
        self.line.api.wait_for(lambda _: "TLS error" in process.log_text(), "the agent's word on TLS")
        self.assertNotIn("stranger", (self.line.log_path("mosquitto")).read_text(encoding="utf-8"))

    def test_passwords_are_in_no_log(self):
        for path in (self.line.folder / "logs").iterdir():
            text = path.read_text(encoding="utf-8", errors="replace")
            for secret in self.line.users.values():
                self.assertNotIn(secret, text, path)

    # ---- rights ----

    def test_a_wrong_password_is_refused(self):
        answer = self.mosquitto("mosquitto_pub", THIEF, "guessed", "-t", f"wayside/v1/{THIEF}/health", "-m", "{}")
        self.assertNotEqual(answer.returncode, 0)

    def test_an_agent_cannot_speak_for_another(self):
        station = live_stations(self.line.api)[0]["station_id"]
        for topic in (f"wayside/v1/{AGENT}/{station}/bike_status", f"wayside/v1/{AGENT}/ghost/info", f"wayside/v1/{AGENT}/health",
                      f"wayside/v1/{AGENT}/receipts", f"wayside/v1/{THIEF}/receipts", "wayside/v1/x", "$SYS/broker/uptime"):
            with self.subTest(topic):
                self.assertIn(NOT_AUTHORIZED, self.publish_as_thief(topic, "{}").stderr)

    def test_an_agent_can_speak_for_itself_and_what_it_forged_has_not_arrived(self):
        forged = '{"station_id":"ghost","kind":"weather","name":"Ghost","lat":41.5,"lon":-36.4}'
        own = forged.replace("ghost", "own").replace("Ghost", "Own")
        self.publish_as_thief(f"wayside/v1/{AGENT}/ghost/info", forged)
        self.assertEqual(self.publish_as_thief(f"wayside/v1/{THIEF}/own/info", own).stderr, "")
        self.line.api.wait_for(lambda api: "own" in ids(api.stations()), "the thief's own station")
        self.assertNotIn("ghost", ids(self.line.api.stations()))
        self.assertEqual(self.line.api.station("own")["agent"], THIEF)

    def test_an_agent_hears_no_other_agents_readings_health_or_receipts(self):
        # In these 3 s the agent under watch publishes readings and gets receipts: the stations change every second.
        before = receipted(self.line.api)
        heard = self.mosquitto("mosquitto_sub", THIEF, THIEF_PASSWORD, "-t", "wayside/#", "-t", f"wayside/v1/{AGENT}/receipts",
                               "-W", "3")
        self.assertEqual((heard.returncode, heard.stdout), (TIMED_OUT, ""))
        self.line.api.wait_for(lambda api: receipted(api) > before, "readings of the watched agent meanwhile")

    def test_a_real_agent_with_another_agents_name_reaches_nobody(self):
        account = {"username": THIEF, "password_file": str(self.line.folder / "config" / f"{THIEF}.password")}
        source = {**self.source, "station_prefix": "forged-"}
        process = self.line.start_agent("impostor", [source], {"mqtt": self.line.agent_settings(THIEF)["mqtt"] | account}, wait=False)
        self.addCleanup(process.kill)
        self.line.api.wait_for(lambda _: "uthoriz" in process.log_text(), "the impostor's word that it may not")
        self.assertEqual([name for name in ids(self.line.api.stations()) if name.startswith("forged-")], [])


def live_stations(api):
    return [row for row in api.stations() if row["state"] == "live"]


def ids(rows):
    return [row["station_id"] for row in rows]


def receipted(api):
    return api.ledger()["totals"]["received"]


if __name__ == "__main__":
    unittest.main()
