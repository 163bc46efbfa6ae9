// Proves the OMNI driver on the protocol document's frames and in conversation with a lock over TCP: what is counted, what is
// acknowledged and when, and what is refused.
#include "edge/drivers/omni.h"

#include <gtest/gtest.h>

#include "edge/drivers/omni_frame.h"
#include "tests/unit/edge/drivers/expect_values.h"
#include "tests/unit/edge/drivers/fake_host.h"
#include "tests/unit/edge/drivers/run_loop.h"
#include "tests/unit/edge/drivers/tcp_client.h"

namespace wayside::edge {
namespace {

constexpr const char* kHead = "*CMDR,OM,863725031194523,230615103045,";

OmniFrame frame(const std::string& command) {
  const auto decoded = decode_omni(kHead + command + "#");
  if (std::holds_alternative<OmniFrame>(decoded)) return std::get<OmniFrame>(decoded);
  ADD_FAILURE() << command << ": " << to_text(std::get<OmniReason>(decoded));
  return {};
}

std::string_view reason(const std::string& bytes) {
  const auto decoded = decode_omni(bytes);
  return std::holds_alternative<OmniReason>(decoded) ? to_text(std::get<OmniReason>(decoded)) : "";
}

TEST(OmniFrame, reads_the_documented_commands) {
  const OmniFrame heartbeat = frame("H0,1,380,24");
  EXPECT_EQ(heartbeat.imei, "863725031194523");
  EXPECT_EQ(heartbeat.command, "H0");
  EXPECT_EQ(heartbeat.locked, true);
  EXPECT_EQ(heartbeat.volts, 3.80);
  EXPECT_FALSE(heartbeat.wants_answer);
  EXPECT_EQ(frame("H0,0,412,30").locked, false);
  EXPECT_EQ(frame("Q0,412").volts, 4.12);
  EXPECT_FALSE(frame("Q0,412").locked);
  EXPECT_EQ(frame("L0,0,1234,1686825045").locked, false);
  EXPECT_FALSE(frame("L0,1,1234,1686825045").locked);  // could not be opened
  EXPECT_EQ(frame("L1,1234,1686825045,3").locked, true);
  EXPECT_EQ(frame("W0,2").alarm, 2);
  for (const char* command : {"L0,0", "L1", "W0,1", "D0,0,033724.00,V,,,,,,,120517,,,N"})
    EXPECT_TRUE(frame(command).wants_answer) << command;
  EXPECT_EQ(frame("S5,410,31,0,1,0").command, "S5");
  EXPECT_EQ(std::get<OmniFrame>(decode_omni("*CMDR,OM,863725031194523,000000000000,Q0,412#")).volts, 4.12);  // clock not set
}

TEST(OmniFrame, refuses_damage_by_its_kind) {
  EXPECT_EQ(reason(""), "not_omni");
  EXPECT_EQ(reason("*SCOR,OM,863725031194523,230615103045,H0,1,380,24#"), "not_omni");
  EXPECT_EQ(reason("*CMDR,OM,863725031194523,230615103045#"), "not_omni");
  EXPECT_EQ(reason("*CMDR,OM,863725031194523,230615103045,H0,1,380,24"), "not_omni");
  EXPECT_EQ(reason("*CMDR,OM,86372503119452,230615103045,H0,1,380,24#"), "bad_imei");
  EXPECT_EQ(reason("*CMDR,OM,86372503119452x,230615103045,H0,1,380,24#"), "bad_imei");
  for (const char* command :
       {"H0", "H0,2,380,24", "H0,1", "H0,1,x,24", "H0,1,99999999999,2", "Q0,", "Q0,-4", "L0", "L0,x", "W0,,"}) {
    EXPECT_EQ(reason(std::string(kHead) + command + "#"), "bad_field") << command;
  }
}

TEST(OmniFrame, writes_the_documented_answer) {
  EXPECT_EQ(omni_answer("863725031194523", "L1", UtcTime::from_seconds(1'686'825'046)),
            "\xff\xff*CMDS,OM,863725031194523,230615103046,Re,L1#\n");
  EXPECT_EQ(omni_answer("863725031194523", "W0", std::nullopt), "\xff\xff*CMDS,OM,863725031194523,000000000000,Re,W0#\n");
}

TEST(OmniSplitter, cuts_frames_out_of_a_stream) {
  OmniSplitter splitter(20);
  std::string seen;
  const auto keep = [&](std::string_view bytes) { seen += std::string(bytes) + "|"; };
  splitter.feed("rubbish\xff\xff*a,", keep);
  splitter.feed("b#\n*c#*cut *d#\n*012345678901234567890123456789#*e#", keep);
  EXPECT_EQ(seen, "*a,b#|*c#|*d#|*01234567890123456789|*e#|");
}

constexpr const char* kSettings = R"(
listen = "127.0.0.1:0"
[[lock]]
imei = "863725031194523"
station_id = "hub"
[[lock]]
imei = "863725031194524"
station_id = "hub"
[[station]]
station_id = "hub"
kind = "bike"
lat = 1.0
lon = 2.0
capacity = 5
report_interval_s = 3600
)";

class OmniTest : public testing::Test {
 protected:
  OmniTest() {
    const Status loaded = load_settings(settings_, kSettings, {});
    EXPECT_TRUE(loaded.ok()) << loaded.error().message;
    driver_ = std::make_unique<OmniDriver>(settings_, host_);
    EXPECT_TRUE(driver_->start().ok());
  }
  static std::string said(const std::string& last_digit, const std::string& command) {
    return "*CMDR,OM,86372503119452" + last_digit + ",230615103045," + command + "#\n";
  }
  void wait_for_frames(std::uint64_t count) {
    run_until(host_.io, [&] { return driver_->counts().at("frames") == count; });
  }

  FakeHost host_;
  OmniSettings settings_;
  std::unique_ptr<OmniDriver> driver_;
};

TEST_F(OmniTest, counts_closed_locks_as_bikes) {
  TcpClient lock(host_.io, driver_->port());
  lock.send(said("3", "Q0,412"));
  lock.send(said("3", "H0,1,380,24") + said("3", "H0,1,381,24"));
  wait_for_frames(3);
  ASSERT_EQ(host_.observations.size(), 1U);  // the second heartbeat says nothing new
  EXPECT_EQ(host_.observations[0].station_id, "hub");
  EXPECT_EQ(host_.observations[0].stream, Stream::kBikeStatus);
  expect_values(host_.observations[0].values,
                {{"num_bikes_available", 1.0}, {"num_bikes_disabled", 0.0}, {"num_docks_available", 4.0}});
  TcpClient other(host_.io, driver_->port());
  other.send(said("4", "H0,1,340,24"));  // its battery is low
  wait_for_frames(4);
  expect_values(host_.observations.back().values,
                {{"num_bikes_available", 1.0}, {"num_bikes_disabled", 1.0}, {"num_docks_available", 3.0}});
  lock.send(said("3", "L0,0,1234,1686825045"));
  wait_for_frames(5);
  expect_values(host_.observations.back().values,
                {{"num_bikes_available", 0.0}, {"num_bikes_disabled", 1.0}, {"num_docks_available", 4.0}});
  EXPECT_EQ(host_.announced.at(0).json.find(R"({"station_id":"hub","kind":"bike")"), 0U);
}

TEST_F(OmniTest, acknowledges_a_lock_only_when_its_word_is_committed) {
  host_.hold = true;
  TcpClient lock(host_.io, driver_->port());
  lock.send(said("3", "L1,1234,1686825045,3"));
  wait_for_frames(1);
  EXPECT_FALSE(lock.answered());
  host_.hold = false;
  host_.held.at(0)();
  run_until(host_.io, [&] { return lock.answered(); });
  lock.send(said("3", "W0,1"));
  wait_for_frames(2);
  EXPECT_EQ(driver_->counts().at("alarms"), 1U);
  host_.broken = true;
  lock.send(said("3", "L0,0,1234,1686825046"));
  wait_for_frames(3);
  host_.broken = false;
  lock.send(said("3", "L0,0,1234,1686825046"));  // said again, as the first was not acknowledged
  wait_for_frames(4);
  lock.send("*CMDR,OM,863725031194529,230615103045,Q0,412#\n");  // a stranger: ends the connection
  EXPECT_EQ(lock.receive(),
            "\xff\xff*CMDS,OM,863725031194523,261022080000,Re,L1#\n\xff\xff*CMDS,OM,863725031194523,261022080000,Re,W0#\n"
            "\xff\xff*CMDS,OM,863725031194523,261022080000,Re,L0#\n");
}

TEST_F(OmniTest, refuses_strangers_and_damage_and_closes_silent_connections) {
  TcpClient stranger(host_.io, driver_->port());
  stranger.send("GET / HTTP/1.1\r\n\r\n*CMDR,OM,863725031194523,230615103045,H0,7#" + std::string("*") + std::string(400, 'x'));
  stranger.send("*CMDR,OM,863725031194529,230615103045,Q0,412#");
  EXPECT_EQ(stranger.receive(), "");
  std::vector<std::string> reasons;
  for (const RefusedFrame& refused : host_.refusals) reasons.push_back(refused.reason);
  EXPECT_EQ(reasons, (std::vector<std::string>{"bad_field", "too_long", "unknown_lock"}));
  ASSERT_EQ(host_.unknown.size(), 1U);
  EXPECT_EQ(host_.unknown[0].hint, "[[source.lock]]\nimei = \"863725031194529\"\nstation_id = \"\"\n");

  TcpClient lock(host_.io, driver_->port());
  lock.send(said("3", "H0,1,380,24"));
  wait_for_frames(1);
  EXPECT_EQ(driver_->counts().at("silent_locks"), 1U);
  host_.fake_clock.now.ms += 901'000;
  EXPECT_EQ(lock.receive(), "");
  EXPECT_EQ(driver_->counts().at("silent_locks"), 2U);
  EXPECT_EQ(driver_->counts().at("connections"), 0U);
  expect_values(host_.observations.back().values,
                {{"num_bikes_available", 0.0}, {"num_bikes_disabled", 1.0}, {"num_docks_available", 4.0}});
}

TEST_F(OmniTest, takes_no_more_connections_than_it_may) {
  settings_.connections_max = 1;
  TcpClient first(host_.io, driver_->port());
  first.send(said("3", "Q0,412"));
  wait_for_frames(1);
  TcpClient second(host_.io, driver_->port());
  EXPECT_EQ(second.receive(), "");
  EXPECT_EQ(driver_->counts().at("refused_connections"), 1U);
}

TEST(OmniSettings, say_what_cannot_work) {
  const auto refused = [](std::string toml, const std::string& from, const std::string& to) {
    toml.replace(toml.find(from), from.size(), to);
    OmniSettings settings;
    const Status loaded = load_settings(settings, toml, {});
    return loaded.ok() ? "" : loaded.error().message;
  };
  EXPECT_NE(refused(kSettings, "127.0.0.1:0", "localhost").find("listen: is no address and port"), std::string::npos);
  EXPECT_NE(refused(kSettings, "194524", "194523").find("imei: is there twice"), std::string::npos);
  EXPECT_NE(refused(kSettings, "194524", "19452").find("imei: is not 15 digits"), std::string::npos);
  EXPECT_NE(refused(kSettings, "station_id = \"hub\"", "station_id = \"pub\"").find("is in no [[source.station]] (got pub)"),
            std::string::npos);
}

}  // namespace
}  // namespace wayside::edge
