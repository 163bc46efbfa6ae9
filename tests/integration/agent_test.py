"""Proves what the agent promises, with real processes: mosquitto and the agent. agent_ends.py plays the feed
and, with paho-mqtt, the bridge.

The window without receipts, kill -9 of agent and broker, accounts, will, --once, a bad password, a broker that takes only small
messages.
"""

import contextlib
import shutil
import socket
import sqlite3
import subprocess
import time
import unittest

from agent_case import AgentTestCase
from agent_ends import T0, mqtt
from line import Line, wait_until
from line.paths import program


class Delivery(AgentTestCase):
    def polls_more(self, feed, times=3):
        """The agent has been round its loop that often since: what it had to send it has sent."""
        seen = len(feed.polls())
        wait_until(lambda: len(feed.polls()) >= seen + times, f"{times} more polls")

    def test_window_holds_without_receipts_and_receipts_free_it(self):
        bridge, feed = self.bridge(generous=False), self.feed(300)
        self.agent(feed)
        wait_until(lambda: len(bridge.numbers()) >= 256, "a full window")
        self.polls_more(feed)
        self.assertEqual(len(bridge.numbers()), 256)
        bridge.give(10)
        wait_until(lambda: len(bridge.numbers()) == 266, "ten more")
        bridge.generous = True
        bridge.give()
        wait_until(lambda: len(set(bridge.numbers())) == 300, "all")
        wait_until(lambda: (self.accounts(bridge) or [{}])[0].get("receipted") == 300, "an account of 300 receipts")

    def test_kill_9_brings_every_reading_again_under_its_number_and_new_ones_in_a_new_epoch(self):
        bridge, feed = self.bridge(generous=False), self.feed(50)
        agent = self.agent(feed)
        wait_until(lambda: len(bridge.numbers()) == 50, "50 readings")
        first = set(bridge.numbers())
        agent.kill()
        bridge.kept.clear()  # these get no receipt
        bridge.generous = True
        agent.start().wait_ready()
        wait_until(lambda: len(bridge.numbers()) >= 100, "all again")
        self.assertEqual(set(bridge.numbers()), first)
        feed.change("s7", 9, T0 + 60)
        wait_until(lambda: len(set(bridge.numbers())) == 51, "the new one")
        new = (set(bridge.numbers()) - first).pop()
        self.assertEqual((new[0], new[2]), ("s7", 1))
        self.assertNotIn(new[1], {epoch for _, epoch, _ in first})
        wait_until(lambda: sum(a["receipted"] for a in self.accounts(bridge) or []) == 51, "all receipted")
        self.polls_more(feed)
        self.assertEqual(len(set(bridge.numbers())), 51, "an unchanged feed gives no reading after a restart")

    def test_a_clean_stop_goes_on_in_the_epoch_and_says_offline_with_the_accounts(self):
        bridge, feed = self.bridge(), self.feed(3)
        agent = self.agent(feed)
        wait_until(lambda: len(set(bridge.numbers())) == 3, "three readings")
        agent.stop()
        self.assertEqual(agent.returncode(), 0)
        wait_until(lambda: bridge.health()[-1]["status"] == "offline", "the last word")
        self.assertEqual(bridge.health()[-1]["epochs"][0]["accepted"], 3)
        agent.start().wait_ready()
        feed.change("s1", 1, T0 + 60)
        wait_until(lambda: len(set(bridge.numbers())) == 4, "the next reading")
        self.assertEqual(len({epoch for _, epoch, _ in bridge.numbers()}), 1)
        self.assertEqual(max(seq for station, _, seq in bridge.numbers() if station == "s1"), 2)

    def test_broker_killed_and_started_again_loses_nothing(self):
        bridge, feed = self.bridge(generous=False), self.feed(40)
        self.agent(feed)
        wait_until(lambda: len(bridge.numbers()) == 40, "40 readings")
        self.line.process["mosquitto"].kill()
        for n in range(20):
            feed.change(f"s{n}", 1, T0 + 60)
        wait_until(lambda: len(feed.polls()) >= 3, "polls without a broker")
        self.line.process["mosquitto"].start().wait_ready()
        bridge.generous = True
        wait_until(lambda: len(set(bridge.numbers())) == 60, "all of both times")
        bridge.give()
        wait_until(lambda: (self.accounts(bridge) or [{}])[0].get("receipted") == 60, "60 receipts")

    def test_a_new_reading_is_seen_within_3_s_of_a_brokers_start_after_a_long_outage(self):
        bridge, feed = self.bridge(), self.feed(1)
        agent = self.agent(feed)
        wait_until(lambda: len(bridge.numbers()) == 1, "a reading")
        self.line.process["mosquitto"].kill()
        time.sleep(12)  # RetryPause's own test passes hours
        self.line.process["mosquitto"].start().wait_ready()
        started = time.monotonic()
        feed.change("s0", 1, T0 + 60)
        wait_until(lambda: len(bridge.numbers()) >= 2, "the new reading", timeout_s=20)
        self.assertLess(time.monotonic() - started, 3.0)
        agent.check()

    def test_the_will_says_offline_after_kill_9(self):
        bridge, feed = self.bridge(), self.feed(1)
        agent = self.agent(feed)
        wait_until(lambda: any(h["status"] == "online" for h in bridge.health()), "online")
        agent.kill()
        wait_until(lambda: bridge.health()[-1]["status"] == "offline", "the will")
        self.assertEqual(bridge.health()[-1]["agent"], "north")

    def test_information_is_retained_and_comes_before_the_readings(self):
        feed = self.feed(2)
        bridge = self.bridge()
        self.agent(feed)
        wait_until(lambda: len(bridge.numbers()) == 2, "readings")
        kinds = [topic.rsplit("/", 1)[1] for topic, _, _ in bridge.messages if not topic.endswith("/health")]
        self.assertEqual(kinds[:2], ["info", "info"], kinds)
        late = self.bridge(generous=False)
        wait_until(lambda: sum(topic.endswith("/info") and retained for topic, _, retained in late.messages) == 2, "retained")


class Starting(AgentTestCase):
    def test_two_agents_on_one_state_dir(self):
        feed = self.feed(1)
        agent = self.agent(feed)
        code, text = self.run_agent(feed)
        self.assertEqual(code, 2, text)
        self.assertIn(f"another agent uses it (process {agent.child.pid})", text)
        self.assertIn("Try: stop the other agent", text)

    def test_a_start_that_fails_says_why_and_begins_no_epoch(self):
        taken = self.enterContext(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
        post = {"key": "K", "station_id": "post", "name": "Post", "lat": 41.5, "lon": -36.4}
        push = {"name": "posts", "driver": "http_push", "listen": f"127.0.0.1:{taken}", "device": [post]}
        for _ in range(3):
            code, text = self.run_agent(self.feed(), source=[push])
            self.assertEqual(code, 2, text)
            self.assertIn(f"source posts: listening on 127.0.0.1:{taken}", text)
        with contextlib.closing(sqlite3.connect(self.line.folder / "data" / "agents" / "north" / "outbox.db")) as outbox:
            self.assertEqual(outbox.execute("SELECT count(*) FROM epoch").fetchone()[0], 1)

    def test_a_damaged_outbox_that_cannot_be_salvaged_stays_and_the_next_start_tries_again(self):
        folder = self.line.folder / "data" / "agents" / "north"
        (folder / "outbox.db.new" / "in the way").mkdir(parents=True)
        (folder / "outbox.db").write_bytes(b"x" * 4096)
        feed = self.feed(1)
        code, text = self.run_agent(feed)
        self.assertEqual(code, 1, text)  # 2 would be for good
        self.assertIn(f"saving what can be read of the damaged outbox {folder / 'outbox.db'}", text)
        self.assertIn("Try: ", text)
        self.assertEqual((folder / "outbox.db").read_bytes(), b"x" * 4096)
        shutil.rmtree(folder / "outbox.db.new")
        bridge = self.bridge()
        self.agent(feed)
        wait_until(lambda: len(bridge.numbers()) == 1, "a reading")
        kept = [path for path in folder.glob("outbox.db.damaged-*") if path.read_bytes() == b"x" * 4096]
        self.assertEqual(len(kept), 1, list(folder.iterdir()))

    def test_a_wrong_password_is_said_with_what_to_do(self):
        feed = self.feed(1)
        line = self.enterContext(Line(tls=True, users={"north": "right"}))
        line.start_broker()
        wrong = line.folder / "wrong"
        wrong.write_text("wrong\n", encoding="ascii")
        agent = line.start_agent("north", [{"name": "city", "driver": "gbfs", "url": feed.url}],
                                 {"mqtt": {"password_file": str(wrong)}})
        entry = self.logged(agent, "mqtt_offline")
        self.assertIn("the broker refused us", entry)
        self.assertIn("mqtt.password_file", entry)

    def test_a_certificate_of_another_authority_is_said_with_openssls_reason(self):
        line, other = self.enterContext(Line(tls=True, users={"north": "right"})), self.enterContext(Line(tls=True))
        line.start_broker()
        agent = line.start_agent("north", [{"name": "city", "driver": "gbfs", "url": self.feed(1).url}],
                                 {"mqtt": {"ca_file": str(other.certs.ca)}})
        entry = self.logged(agent, "mqtt_offline")
        self.assertIn("certificate verify failed", entry)
        self.assertIn("mqtt.ca_file", entry)

    def test_a_topic_the_acl_denies_is_said_with_what_to_do(self):
        feed = self.feed(1)
        line = self.enterContext(Line(tls=True, users={"south": "secret"}))
        line.start_broker()
        mqtt_of_south = line.agent_settings("south")["mqtt"]
        agent = line.start_agent("north", [{"name": "city", "driver": "gbfs", "url": feed.url}], {"mqtt": mqtt_of_south})
        self.assertIn("ACL file", self.logged(agent, "_refused"))

    def test_once_delivers_and_exits_0(self):
        bridge, feed = self.bridge(), self.feed(5)
        code, text = self.run_agent(feed, "--once")
        self.assertEqual(code, 0, text)
        self.assertEqual(len(set(bridge.numbers())), 5)

    def test_once_without_a_bridge_exits_1_and_keeps_the_readings(self):
        feed = self.feed(5)
        code, text = self.run_agent(feed, "--once", once_timeout_s=2)
        self.assertEqual(code, 1, text)
        self.assertIn("once_timeout", text)
        bridge = self.bridge()
        code, text = self.run_agent(feed, "--once")
        self.assertEqual(code, 0, text)
        self.assertEqual(len(set(bridge.numbers())), 5)

    def test_once_with_a_feed_that_fails_exits_1(self):
        self.bridge()
        feed = self.feed(5)
        feed.fail = lambda path: (500, {}, b"broken")
        code, text = self.run_agent(feed, "--once")
        self.assertEqual(code, 1, text)
        self.assertIn("HTTP 500", text)

    def test_once_of_which_nothing_could_be_read_exits_1(self):
        self.bridge()
        feed = self.feed(1)
        feed.stations = {"s0": {"num_bikes_available": 1}}
        code, text = self.run_agent(feed, "--once")
        self.assertEqual(code, 1, text)
        self.assertIn("none of its stations can be read", text)
        mast = {"name": "mast", "driver": "serial_lines", "port": str(self.line.folder / "no-port"), "station_id": "mast-1",
                "lat": 47.1, "lon": 8.2}
        path = self.line.write_settings("north-mast", self.line.agent_settings("north", [mast], {}))
        done = subprocess.run([program("wayside-agent"), "--config", path, "--once"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 1, done.stdout)

    def test_status_shows_the_running_agent(self):
        feed, bridge = self.feed(4), self.bridge(generous=False)
        self.agent(feed)
        wait_until(lambda: len(bridge.numbers()) == 4, "readings")
        code, text = self.run_agent(feed, "status")
        self.assertEqual(code, 0, text)
        self.assertIn("agent     north", text)
        self.assertIn("online, 4 on the way", text)
        self.assertIn("accepted 4 = receipted 0 + refused 0 + dropped 0 + waiting 4", text)

    def test_status_without_an_agent_says_so(self):
        code, text = self.run_agent(self.feed(), "status")
        self.assertEqual(code, 1)
        self.assertIn("Try: start wayside-agent", text)


class SmallBroker(AgentTestCase):
    def start_broker(self):
        self.line.start_broker(extra=["max_packet_size 4000"])

    def test_what_the_broker_never_takes_is_named_as_a_loss_and_stops_nothing(self):
        bridge, feed = self.bridge(), self.feed(1)
        with feed.lock:
            feed.stations["large"] = {**feed.status("large", 1, T0), "note": "x" * 6000}
        self.agent(feed)
        loss = wait_until(lambda: [r for r in bridge.readings if r["stream"] == "loss"], "the loss statement")[0]
        self.assertEqual(loss["station_id"], "large")
        self.assertEqual((loss["values"]["reason"], loss["values"]["ranges"]), ("unpublishable", [[1, 1]]))
        feed.change("s0", 8, T0 + 9)
        wait_until(lambda: ("s0", 8) in [(r["station_id"], r["values"].get("num_bikes_available")) for r in bridge.readings],
                   "the other station's next reading")
        account = wait_until(lambda: [a for a in self.accounts(bridge) or [] if a["receipted"] == 3], "an account")[0]
        self.assertEqual((account["accepted"], account["dropped"]), (4, 1))
        self.assertEqual(bridge.health()[-1]["unpublishable"]["total"], 1)


if __name__ == "__main__":
    unittest.main()
