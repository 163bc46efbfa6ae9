"""Proves what a GBFS source does with 304, 429, garbage, gzip, careless feeds and every version of GBFS: a real agent, a real
mosquitto, the feed and the bridge played by agent_ends.py.
"""

import shutil
import time
import unittest

from agent_case import AgentTestCase
from agent_ends import T0
from line import wait_until


class Gbfs(AgentTestCase):
    def values(self, bridge, station="s0"):
        with bridge.lock:
            return [r for r in bridge.readings if r["station_id"] == station]

    def test_every_version_becomes_the_same_reading_dated_by_the_feed(self):
        for version in ("1.1", "2.3", "3.0"):
            with self.subTest(version):
                bridge, feed = self.bridge(), self.feed(1, version=version)
                agent = self.agent(feed)
                reading = wait_until(lambda: self.values(bridge), "a reading")[0]
                self.assertEqual(reading["observed_at"], time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(T0)))
                self.assertEqual(reading["values"]["num_bikes_available"], 5)
                self.assertIs(reading["values"]["is_renting"], True)
                agent.stop()
                bridge.close()
                shutil.rmtree(self.line.folder / "data" / "agents" / "north")

    def test_each_change_is_one_reading_and_silence_is_none(self):
        bridge, feed = self.bridge(), self.feed(3)
        feed.stations["never"] = feed.status("never", 0, 86400)
        self.agent(feed)
        wait_until(lambda: len(bridge.numbers()) == 3, "readings")
        for bikes in (1, 2, 3):
            feed.change("s0", bikes, T0 + 60)  # the same time, another number
            wait_until(lambda bikes=bikes: self.values(bridge)[-1]["values"]["num_bikes_available"] == bikes, "the change")
        with feed.lock:
            gone = feed.stations.pop("s1")
        polls = len(feed.polls())
        wait_until(lambda: len(feed.polls()) > polls + 2, "polls without s1")
        with feed.lock:
            feed.stations["s1"] = gone
        wait_until(lambda: len(feed.polls()) > polls + 5, "polls with s1")
        self.assertEqual(len(bridge.numbers()), 6)
        self.assertNotIn("never", {station for station, _, _ in bridge.numbers()})

    def test_never_polls_before_the_ttl(self):
        feed = self.feed(1, ttl=2)
        self.agent(feed, poll_s=0.1)
        wait_until(lambda: len(feed.polls()) >= 3, "three polls")
        times = [at for at, _, _ in feed.polls()]
        for earlier, later in zip(times, times[1:]):
            self.assertGreaterEqual(later - earlier, 1.9)

    def test_asks_with_the_etag_and_takes_304_for_no_news(self):
        bridge, feed = self.bridge(), self.feed(2)
        feed.etags = True
        self.agent(feed)
        wait_until(lambda: len(feed.polls()) >= 4, "polls")
        self.assertIn("If-None-Match", feed.polls()[-1][2])
        feed.change("s0", 9, T0 + 5)
        wait_until(lambda: len(self.values(bridge)) == 2, "the change behind the 304s")
        self.assertEqual(len(bridge.numbers()), 3)

    def test_waits_as_long_as_a_429_says(self):
        feed = self.feed(1)
        self.agent(feed)
        wait_until(lambda: feed.polls(), "a poll")
        feed.fail = lambda path: (429, {"Retry-After": "4"}, b"")
        count = len(feed.polls())
        wait_until(lambda: len(feed.polls()) > count, "the 429")
        at = feed.polls()[-1][0]
        feed.fail = lambda path: None
        count = len(feed.polls())
        wait_until(lambda: len(feed.polls()) > count, "the next poll")
        self.assertGreaterEqual(feed.polls()[count][0] - at, 3.9)

    def test_garbage_for_a_while_stops_nothing(self):
        bridge, feed = self.bridge(), self.feed(1)
        agent = self.agent(feed)
        wait_until(lambda: self.values(bridge), "a reading")
        garbage = iter([b"<html>", b"[" * 1_000_000, b'{"data":{"stations":[7,{"station_id":{}}]}}', b"\xff\xfe", b""])
        feed.fail = lambda path: (200, {}, next(garbage, b"{}"))
        count = len(feed.polls())
        wait_until(lambda: len(feed.polls()) > count + 1, "polls of garbage")
        feed.fail = lambda path: None
        feed.change("s0", 8, T0 + 9)
        wait_until(lambda: len(self.values(bridge)) == 2, "the next reading", timeout_s=60)
        agent.check()

    def test_broken_information_does_not_stop_the_readings(self):
        bridge, feed = self.bridge(), self.feed(1)
        feed.fail = lambda path: (500, {}, b"") if path == "/station_information.json" else None
        self.agent(feed)
        wait_until(lambda: self.values(bridge), "a reading")

    def test_information_that_is_refused_for_long_does_not_hold_the_readings_back(self):
        bridge, feed = self.bridge(), self.feed(1)
        feed.fail = lambda path: (429, {"Retry-After": "600"}, b"") if path == "/station_information.json" else None
        self.agent(feed)
        wait_until(lambda: self.values(bridge), "a reading")
        self.assertEqual(len(feed.polls("/station_information.json")), 1)

    def test_refused_items_are_counted_once_and_a_second_object_of_a_station_is_no_change(self):
        bridge, feed = self.bridge(), self.feed(1)
        with feed.lock:
            feed.stations["again"] = feed.status("s0", 9, T0 + 1)
            feed.stations["long"] = feed.status("x" * 70, 9, T0)
            feed.stations["none"] = {"num_bikes_available": 1}
        self.agent(feed)
        wait_until(lambda: len(feed.polls()) > 8, "polls")
        self.assertEqual([reading["values"]["num_bikes_available"] for reading in self.values(bridge)], [5])
        health = wait_until(lambda: [h for h in bridge.health() if h["drivers"][0]["refused_total"] >= 3], "refusals in health")
        self.assertEqual(health[-1]["drivers"][0]["refused_total"], 3)
        self.assertEqual(health[-1]["drivers"][0]["state"], "ok")

    def test_values_that_do_not_fit_are_counted_in_health(self):
        bridge, feed = self.bridge(), self.feed(1)
        with feed.lock:
            feed.stations["s0"].update(num_bikes_available="7", num_docks_available="many", is_renting="true")
        self.agent(feed)
        reading = wait_until(lambda: self.values(bridge), "a reading")[0]
        self.assertEqual((reading["values"]["num_bikes_available"], reading["values"]["is_renting"]), (7, True))
        self.assertNotIn("num_docks_available", reading["values"])
        wait_until(lambda: bridge.health()[-1]["drivers"][0]["dropped_values_total"] == 1, "the count in health")

    def test_a_station_that_leaves_the_feed_is_retired(self):
        bridge, feed = self.bridge(), self.feed(2)
        self.agent(feed, information_interval_s=1)
        wait_until(lambda: len(bridge.numbers()) == 2, "readings")
        with feed.lock:
            del feed.stations["s1"]
        infos = lambda: [payload for topic, payload, _ in bridge.messages if topic == "wayside/v1/north/s1/info"]
        wait_until(lambda: infos()[-1] == b"", "the empty information", timeout_s=20)
        self.assertEqual(len(infos()), 2)

    def test_one_station_that_the_contract_refuses_does_not_slow_the_others(self):
        bridge, feed = self.bridge(), self.feed(2)
        self.agent(feed)
        wait_until(lambda: len(bridge.numbers()) == 2, "readings")
        with feed.lock:
            feed.stations["s1"] = {**feed.status("s1", 1, T0 + 1), "note": "x" * 20_000}
        polls = len(feed.polls())
        wait_until(lambda: len(feed.polls()) > polls + 4, "polls in step", timeout_s=6)
        feed.change("s0", 8, T0 + 9)
        wait_until(lambda: len(self.values(bridge)) == 2, "the other station", timeout_s=3)


if __name__ == "__main__":
    unittest.main()
