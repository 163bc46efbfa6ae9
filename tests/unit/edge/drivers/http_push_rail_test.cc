// Proves the rail gateway as its hardware sees it, over real TCP: arrivals and persons become readings of known stations,
// persons a cumulative count that survives restarts and failed commits, strangers are listed ready to paste.
#include <gtest/gtest.h>

#include "edge/drivers/http_push.h"
#include "tests/unit/edge/drivers/expect_values.h"
#include "tests/unit/edge/drivers/fake_host.h"
#include "tests/unit/edge/drivers/tcp_client.h"

namespace wayside::edge {
namespace {

using nlohmann::json;

constexpr const char* kJson = "application/vnd.kafka.json.v2+json";
constexpr std::int64_t kNowMs = 1'792'656'000'000;  // the FakeHost's

std::string people(int count, std::int64_t at_ms, int station = 20) {
  json records = json::array();
  for (int i = 0; i < count; ++i) {
    records.push_back(
        {{"key", {{"timestamp", at_ms}}}, {"value", {{"station_id", station}, {"station_name", "Mill"}, {"line", "blue"}}}});
  }
  return json{{"records", records}}.dump();
}

class HttpPushRailTest : public testing::Test {
 protected:
  HttpPushRailTest() {
    settings_.listen = "127.0.0.1:0";
    add("10", "r-quay", 3);
    add("20", "r-mill", 4);
    EXPECT_TRUE(driver_.start().ok());
  }

  void add(const std::string& key, const std::string& station_id, int order) {
    settings_.rail.stations.push_back(std::make_unique<RailStationSettings>());
    RailStationSettings& station = *settings_.rail.stations.back();
    station.key = key;
    station.station_id = station_id;
    station.lines = {"blue"};
    station.stop_sequence = order;
  }

  std::string exchange(const std::string& topic, const std::string& body) {
    TcpClient client(host_.io, driver_.port());
    client.send(post("/topics/" + topic, kJson, body));
    return client.receive();
  }

  json last_values() const { return json::parse(host_.observations.back().values); }

  FakeHost host_;
  HttpPushSettings settings_;
  HttpPushDriver driver_{settings_, host_};
};

TEST_F(HttpPushRailTest, announces_stations_with_lines_and_order) {
  ASSERT_EQ(host_.announced.size(), 2U);
  EXPECT_EQ(host_.announced[0].json,
            R"({"station_id":"r-quay","kind":"rail","name":"r-quay","lines":["blue"],"stop_sequence":{"blue":3},)"
            R"("streams":{"arrival":{"report_interval_s":300},"turnstile":{"report_interval_s":300}}})");
}

TEST_F(HttpPushRailTest, makes_an_arrival_of_each_train) {
  const std::string answer = exchange(
      "org.chicago.cta.station.arrivals.v1",
      R"({"records":[{"key":{"timestamp":1792655990000},"value":{"station_id":20,"train_id":"BL003","direction":"a","line":"blue",
      "train_status":"in_service","prev_station_id":10,"prev_direction":"a"}}]})");
  EXPECT_EQ(status_of(answer), "200");
  ASSERT_EQ(host_.observations.size(), 1U);
  const Observation& arrival = host_.observations[0];
  EXPECT_EQ(arrival.station_id, "r-mill");
  EXPECT_EQ(arrival.stream, Stream::kArrival);
  EXPECT_EQ(arrival.observed_at->ms, 1'792'655'990'000);
  EXPECT_EQ(json::parse(arrival.values), json::parse(R"({"vehicle_id":"BL003","route_id":"blue","direction_id":"a",
    "vehicle_status":"in_service","prev_station_id":"r-quay","prev_direction_id":"a","stop_sequence":4})"));
}

TEST_F(HttpPushRailTest, a_request_that_is_sent_again_brings_no_second_arrival) {
  const std::string body =
      R"({"records":[{"key":{"timestamp":1792655990000},"value":{"station_id":20,"train_id":"BL003","direction":"a"}}]})";
  host_.broken = true;
  EXPECT_EQ(status_of(exchange("arrivals", body)), "503");
  host_.broken = false;
  EXPECT_EQ(status_of(exchange("arrivals", body)), "200");
  EXPECT_EQ(status_of(exchange("arrivals", body)), "200");
  EXPECT_EQ(host_.observations.size(), 1U);
  HttpPushDriver restarted(settings_, host_);
  ASSERT_TRUE(restarted.start().ok());
  TcpClient client(host_.io, restarted.port());
  client.send(post("/topics/arrivals", kJson, body));
  EXPECT_EQ(status_of(client.receive()), "200");
  EXPECT_EQ(host_.observations.size(), 1U) << "known over the restart";
}

TEST_F(HttpPushRailTest, counts_persons_into_one_cumulative_reading_a_second) {
  EXPECT_EQ(status_of(exchange("turnstile", people(3, kNowMs))), "200");
  ASSERT_EQ(host_.observations.size(), 2U);  // a new life begins with zero
  EXPECT_EQ(host_.observations[0].stream, Stream::kTurnstile);
  EXPECT_EQ(host_.observations[0].observed_at->ms, kNowMs);
  EXPECT_EQ(json::parse(host_.observations[0].values)["entries_total"], 0);
  EXPECT_EQ(host_.observations[1].observed_at->ms, kNowMs + 1);
  const json first = last_values();
  EXPECT_EQ(first["entries_total"], 3);
  EXPECT_EQ(status_of(exchange("turnstile", people(2, kNowMs + 1000))), "200");
  EXPECT_EQ(last_values(), (json{{"entries_total", 5}, {"counter_id", first["counter_id"]}}));
}

TEST_F(HttpPushRailTest, goes_on_counting_after_a_restart_and_after_a_commit_that_failed) {
  exchange("turnstile", people(3, kNowMs));
  const json first = last_values();
  host_.broken = true;
  EXPECT_EQ(status_of(exchange("turnstile", people(7, kNowMs))), "503");
  host_.broken = false;
  HttpPushDriver restarted(settings_, host_);
  ASSERT_TRUE(restarted.start().ok());
  TcpClient client(host_.io, restarted.port());
  client.send(post("/topics/turnstile", kJson, people(1, kNowMs)));
  EXPECT_EQ(status_of(client.receive()), "200");
  EXPECT_EQ(last_values(), (json{{"entries_total", 4}, {"counter_id", first["counter_id"]}}));
  exchange("turnstile", people(1, kNowMs, 10));
  EXPECT_EQ(last_values()["entries_total"], 1) << "each station counts for itself";
}

TEST_F(HttpPushRailTest, a_count_waits_for_the_commit_of_the_one_before) {
  host_.hold = true;
  TcpClient first(host_.io, driver_.port());
  TcpClient second(host_.io, driver_.port());
  first.send(post("/topics/turnstile", kJson, people(3, kNowMs)));
  second.send(post("/topics/turnstile", kJson, people(4, kNowMs)));
  for (int i = 0; i < 100; ++i) {
    host_.io.restart();
    host_.io.run_one_for(std::chrono::milliseconds(1));
  }
  ASSERT_EQ(host_.held.size(), 1U);
  host_.broken = true;  // the first is not kept: its three must not be in the second's total
  host_.held[0]();
  EXPECT_EQ(status_of(first.receive()), "503");
  ASSERT_EQ(host_.held.size(), 2U);
  host_.broken = false;
  host_.held[1]();
  EXPECT_EQ(status_of(second.receive()), "200");
  EXPECT_EQ(last_values()["entries_total"], 4);
}

TEST_F(HttpPushRailTest, unknown_stations_are_refused_record_by_record_and_listed_ready_to_paste) {
  const std::string answer = exchange(
      "turnstile",
      R"({"records":[{"value":{"station_id":99,"station_name":"New \"Quay\"","line":"red"}},{"value":{"station_id":10}}]})");
  EXPECT_EQ(status_of(answer), "200");
  const json offsets = json::parse(body_of(answer))["offsets"];
  EXPECT_EQ(offsets[0]["error"], "unknown_station: station 99");
  EXPECT_EQ(offsets[1]["error_code"], nullptr);
  ASSERT_EQ(host_.unknown.size(), 1U);
  EXPECT_EQ(
      host_.unknown[0].hint,
      "[[source.rail.station]]\nkey = \"99\"\nname = \"New \\\"Quay\\\"\"\nlat = 0.0  # where it stands; without both it is on "
      "no map\nlon = 0.0\nlines = [\"red\"]\nstop_sequence = 0  # its place along the line\n");
  EXPECT_EQ(driver_.counters().refused[static_cast<std::size_t>(FrameReason::kUnknownStation)], 1U);
  EXPECT_EQ(host_.observations.size(), 2U);
}

TEST_F(HttpPushRailTest, a_dated_request_that_is_sent_again_counts_nobody_twice) {
  EXPECT_EQ(status_of(exchange("turnstile", people(3, kNowMs))), "200");
  EXPECT_EQ(status_of(exchange("turnstile", people(3, kNowMs))), "200");
  EXPECT_EQ(last_values()["entries_total"], 3);
  HttpPushDriver restarted(settings_, host_);
  ASSERT_TRUE(restarted.start().ok());
  TcpClient client(host_.io, restarted.port());
  client.send(post("/topics/turnstile", kJson, people(3, kNowMs)));
  EXPECT_EQ(status_of(client.receive()), "200");
  EXPECT_EQ(last_values()["entries_total"], 3) << "known over the restart";
  const std::string undated = R"({"records":[{"value":{"station_id":20}}]})";
  exchange("turnstile", undated);
  exchange("turnstile", undated);
  EXPECT_EQ(last_values()["entries_total"], 5) << "who sends no times may have sent two people";
}

TEST_F(HttpPushRailTest, leaves_out_a_station_before_that_it_does_not_know) {
  exchange("arrivals", R"({"records":[{"value":{"station_id":20,"train_id":"7","direction":"a","prev_station_id":98}}]})");
  EXPECT_EQ(last_values(), (json{{"vehicle_id", "7"}, {"direction_id", "a"}}));
  EXPECT_EQ(host_.dropped_values, 1);
}

TEST_F(HttpPushRailTest, quiet_stations_are_reported_alive_while_the_hardware_speaks) {
  settings_.rail.report_interval_s = 1;
  HttpPushDriver quick(settings_, host_);
  ASSERT_TRUE(quick.start().ok());
  TcpClient client(host_.io, quick.port());
  client.send(post("/topics/turnstile", kJson, people(1, kNowMs)));
  client.receive();
  const auto alive = [this] {
    return std::count_if(host_.observations.begin(), host_.observations.end(),
                         [](const auto& one) { return one.values == "{}"; });
  };
  for (int i = 0; i < 300 && alive() < 3; ++i) {
    host_.io.restart();
    host_.io.run_one_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(alive(), 3) << "two stations with two streams, of which one has spoken";
  host_.fake_clock.now.ms += 2000;  // the hardware is silent for longer than an interval
  for (int i = 0; i < 80; ++i) {
    host_.io.restart();
    host_.io.run_one_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(alive(), 3);
}

}  // namespace
}  // namespace wayside::edge
