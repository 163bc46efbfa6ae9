// Proves the GPIO driver on the kernel's 48-byte events, written by hand into a socket in the place of the character device: docks
// by level, pulses, arrivals, rain, what is lost, and what a restart keeps. The ends of gather_ms are called by hand (flush).
#include "edge/drivers/gpio.h"

#include <gtest/gtest.h>
#include <linux/gpio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cstring>
#include <ctime>

#include "edge/drivers/gpio_event.h"
#include "tests/unit/edge/drivers/expect_values.h"
#include "tests/unit/edge/drivers/fake_host.h"
#include "tests/unit/edge/drivers/run_loop.h"

namespace wayside::edge {
namespace {

std::string event_bytes(std::uint32_t id, std::uint32_t offset, std::uint32_t line_seqno, std::uint64_t timestamp_ns = 0) {
  std::string bytes(kGpioEventBytes, '\0');
  const auto put = [&bytes](std::size_t at, auto value) { std::memcpy(bytes.data() + at, &value, sizeof value); };
  put(0, timestamp_ns);
  put(8, id);
  put(12, offset);
  put(16, line_seqno);
  put(20, line_seqno);
  return bytes;
}

TEST(GpioEvent, reads_the_documented_structure) {
  // 1156.013458232 s, rising, line 17, the 5th of the request and the 1st of its line; little-endian as on every Raspberry Pi.
  const std::string bytes("\x38\x83\xc5\x27\x0d\x01\x00\x00\x01\x00\x00\x00\x11\x00\x00\x00\x05\x00\x00\x00\x01\x00\x00\x00",
                          24);
  GpioEventReader reader({17});
  const auto read = reader.read(bytes + std::string(24, '\0'));
  ASSERT_TRUE(std::holds_alternative<GpioEventReader::Read>(read));
  const auto& [event, lost] = std::get<GpioEventReader::Read>(read);
  EXPECT_EQ(event.timestamp_ns, 1'156'013'458'232ULL);
  EXPECT_TRUE(event.rising);
  EXPECT_EQ(event.offset, 17U);
  EXPECT_EQ(lost, 0U);
}

TEST(GpioEvent, says_how_many_are_lost_and_refuses_damage) {
  GpioEventReader reader({17, 18});
  const auto lost = [&](const std::string& bytes) {
    const auto read = reader.read(bytes);
    return std::holds_alternative<GpioEventReader::Read>(read)
               ? static_cast<int>(std::get<GpioEventReader::Read>(read).lost_before)
               : -1;
  };
  const auto reason = [&](const std::string& bytes) {
    const auto read = reader.read(bytes);
    return std::holds_alternative<GpioReason>(read) ? to_text(std::get<GpioReason>(read)) : "";
  };
  EXPECT_EQ(lost(event_bytes(1, 17, 3)), 2);  // the first two went before we looked
  EXPECT_EQ(lost(event_bytes(1, 18, 1)), 0);
  EXPECT_EQ(lost(event_bytes(2, 17, 4)), 0);
  EXPECT_EQ(lost(event_bytes(1, 17, 104)), 99);
  EXPECT_EQ(reason(event_bytes(1, 17, 104)), "backwards");
  EXPECT_EQ(reason(event_bytes(1, 17, 7)), "backwards");
  EXPECT_EQ(reason(event_bytes(3, 17, 105)), "unknown_edge");
  EXPECT_EQ(reason(event_bytes(1, 19, 105)), "unknown_line");
  EXPECT_EQ(reason(event_bytes(1, 17, 105).substr(1)), "bad_length");
  EXPECT_EQ(lost(event_bytes(1, 17, 105)), 0);
  GpioEventReader old({1});
  EXPECT_TRUE(std::holds_alternative<GpioReason>(old.read(event_bytes(1, 1, UINT32_MAX))));  // more than half the way round
}

/// A chip whose other end is in the test's hand.
class FakeChip {
 public:
  std::map<std::uint32_t, bool> levels;
  bool there = true;
  int kernel = -1;

  class Port final : public GpioPort {
   public:
    Port(boost::asio::io_context& loop, FakeChip& chip) : chip_(chip), events_(loop) {}
    Status open(std::function<void(std::string_view)> on_event, std::function<void(const std::string&)> on_lost) override {
      if (!chip_.there) return Error{"opening /dev/gpiochip9: No such file or directory", "gpioinfo lists chips and lines"};
      int ends[2];
      EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
      chip_.kernel = ends[1];
      events_.start(ends[0], std::move(on_event), std::move(on_lost));
      return {};
    }
    Result<std::map<std::uint32_t, bool>> levels() override { return chip_.levels; }
    void close() override { events_.close(); }

   private:
    FakeChip& chip_;
    GpioEventStream events_;
  };

  ~FakeChip() { unplug(); }
  void say(const std::string& bytes) const {
    EXPECT_EQ(::write(kernel, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  void unplug() {
    if (kernel >= 0) ::close(std::exchange(kernel, -1));
  }
};

constexpr const char* kRailSettings = R"(
chip = "/dev/gpiochip9"
[[line]]
offset = 5
station_id = "40830"
role = "entries"
[[line]]
offset = 6
station_id = "40830"
role = "exits"
[[line]]
offset = 7
station_id = "40830"
role = "arrival"
route_id = "blue"
direction_id = "a"
[[station]]
station_id = "40830"
kind = "rail"
lat = 1.0
lon = 2.0
)";

constexpr const char* kDockSettings = R"(
[[line]]
offset = 1
station_id = "72"
active_low = true
bias = "pull-up"
[[line]]
offset = 2
station_id = "72"
[[line]]
offset = 3
station_id = "hill"
role = "rain"
mm_per_pulse = 0.2794
[[station]]
station_id = "72"
kind = "bike"
lat = 1.0
lon = 2.0
capacity = 2
[[station]]
station_id = "hill"
lat = 1.0
lon = 2.0
)";

class GpioTest : public testing::Test {
 protected:
  std::unique_ptr<GpioDriver> start(const std::string& toml) {
    settings_ = std::make_unique<GpioSettings>();
    const Status loaded = load_settings(*settings_, toml, {});
    EXPECT_TRUE(loaded.ok()) << loaded.error().message;
    auto driver = std::make_unique<GpioDriver>(*settings_, host_, std::make_unique<FakeChip::Port>(host_.io, chip_),
                                               BackOff(std::chrono::milliseconds(1), std::chrono::milliseconds(5)));
    EXPECT_TRUE(driver->start().ok());
    return driver;
  }
  void wait_for_edges(const GpioDriver& driver, std::uint64_t edges) {
    run_until(host_.io, [&] { return driver.counts().at("edges") == edges; });
  }
  nlohmann::json last_values() const { return nlohmann::json::parse(host_.observations.back().values); }

  FakeHost host_;
  FakeChip chip_;
  std::unique_ptr<GpioSettings> settings_;
};

TEST_F(GpioTest, reads_docks_at_the_start_and_at_each_change) {
  chip_.levels = {{1, true}, {2, false}, {3, false}};
  const auto driver = start(kDockSettings);
  ASSERT_EQ(host_.observations.size(), 2U);  // the docks, and the rain's total of 0
  EXPECT_EQ(host_.observations[0].stream, Stream::kBikeStatus);
  expect_values(host_.observations[0].values, {{"num_bikes_available", 1.0}, {"num_docks_available", 1.0}});
  chip_.say(event_bytes(1, 2, 1));  // a bike comes
  chip_.say(event_bytes(2, 1, 1));  // another leaves
  chip_.say(event_bytes(1, 1, 2));  // and is back
  wait_for_edges(*driver, 3);
  driver->flush();
  ASSERT_EQ(host_.observations.size(), 3U);
  expect_values(host_.observations[2].values, {{"num_bikes_available", 2.0}, {"num_docks_available", 0.0}});
  driver->flush();
  EXPECT_EQ(host_.observations.size(), 3U);  // nothing changed
  EXPECT_EQ(host_.state, "ok");
  ASSERT_EQ(host_.announced.size(), 2U);
  EXPECT_NE(host_.announced[0].json.find(R"("capacity":2,"streams":{"bike_status":{"report_interval_s":60}})"),
            std::string::npos);
}

TEST_F(GpioTest, asks_the_docks_again_when_their_edges_were_lost) {
  chip_.levels = {{1, false}, {2, false}, {3, false}};
  const auto driver = start(kDockSettings);
  chip_.levels = {{1, true}, {2, true}, {3, false}};
  chip_.say(event_bytes(2, 1, 9));  // the newest known says free, but it is not the newest
  wait_for_edges(*driver, 1);
  EXPECT_EQ(driver->counts().at("lost_edges"), 8U);
  expect_values(host_.observations.back().values, {{"num_bikes_available", 2.0}, {"num_docks_available", 0.0}});
}

TEST_F(GpioTest, counts_tips_of_rain) {
  chip_.levels = {{1, false}, {2, false}, {3, false}};
  const auto driver = start(kDockSettings);
  EXPECT_DOUBLE_EQ(last_values().at("precipitation_total_mm").get<double>(), 0.0);
  for (std::uint32_t i = 1; i <= 3; ++i) chip_.say(event_bytes(1, 3, i));
  wait_for_edges(*driver, 3);
  driver->flush();
  EXPECT_EQ(host_.observations.back().station_id, "hill");
  EXPECT_EQ(host_.observations.back().stream, Stream::kWeather);
  EXPECT_NEAR(last_values().at("precipitation_total_mm").get<double>(), 0.8382, 1e-9);  // 3 * 0.2794
  EXPECT_FALSE(last_values().at("counter_id").get<std::string>().empty());
}

TEST_F(GpioTest, counts_pulses_keeps_them_over_a_restart_and_says_what_was_lost) {
  std::string counter_id;
  {
    const auto driver = start(kRailSettings);
    for (std::uint32_t i = 1; i <= 5; ++i) chip_.say(event_bytes(1, 5, i));
    chip_.say(event_bytes(1, 6, 1));
    wait_for_edges(*driver, 6);
    driver->flush();
    EXPECT_EQ(last_values().at("entries_total"), 5);
    EXPECT_EQ(last_values().at("exits_total"), 1);
    counter_id = last_values().at("counter_id").get<std::string>();
    chip_.say(event_bytes(1, 5, 10));  // 6, 7, 8 and 9 did not fit into the kernel's buffer
    wait_for_edges(*driver, 7);
    EXPECT_EQ(driver->counts().at("lost_edges"), 4U);
    driver->flush();
    EXPECT_EQ(last_values().at("entries_total"), 10);  // the kernel has seen them: only their times are gone
  }
  chip_.unplug();
  const auto driver = start(kRailSettings);
  EXPECT_EQ(last_values().at("entries_total"), 10);
  chip_.say(event_bytes(1, 5, 1));  // the numbers of the new request begin at 1
  wait_for_edges(*driver, 1);
  driver->flush();
  EXPECT_EQ(last_values().at("entries_total"), 11);
  EXPECT_EQ(last_values().at("exits_total"), 1);
  EXPECT_EQ(last_values().at("counter_id"), counter_id);
  EXPECT_EQ(driver->counts().at("lost_edges"), 0U);
}

TEST_F(GpioTest, loses_no_pulse_to_a_commit_that_fails_or_takes_its_time) {
  const auto driver = start(kRailSettings);
  host_.broken = true;
  chip_.say(event_bytes(1, 5, 1));
  wait_for_edges(*driver, 1);
  driver->flush();
  EXPECT_EQ(driver->counts().at("not_stored"), 1U);
  host_.broken = false;
  host_.hold = true;
  chip_.say(event_bytes(1, 5, 2));
  wait_for_edges(*driver, 2);
  driver->flush();
  chip_.say(event_bytes(1, 5, 3));
  wait_for_edges(*driver, 3);
  driver->flush();  // waits for the commit before it
  ASSERT_EQ(host_.held.size(), 1U);
  host_.hold = false;
  host_.held[0]();
  EXPECT_EQ(last_values().at("entries_total"), 3);
}

TEST_F(GpioTest, gives_each_arrival_the_time_of_its_edge) {
  const auto driver = start(kRailSettings);
  const std::size_t before = host_.observations.size();
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const auto now_ns = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
  chip_.say(event_bytes(1, 7, 1, now_ns - 2'000'000'000));
  run_until(host_.io, [&] { return host_.observations.size() == before + 1; });
  const Observation& arrival = host_.observations.back();
  EXPECT_EQ(arrival.stream, Stream::kArrival);
  EXPECT_EQ(arrival.values, R"({"direction_id":"a","route_id":"blue","vehicle_status":"in_service"})");
  ASSERT_TRUE(arrival.observed_at);
  EXPECT_NEAR(static_cast<double>(host_.fake_clock.now.ms - arrival.observed_at->ms), 2000, 1000);
}

TEST_F(GpioTest, says_that_it_is_alive_each_interval) {
  settings_ = nullptr;
  const auto driver = start(kRailSettings);
  const std::size_t before = host_.observations.size();
  host_.fake_clock.now.ms += 61'000;
  run_until(host_.io, [&] { return host_.observations.size() == before + 2; });
  EXPECT_EQ(host_.observations[before].stream, Stream::kTurnstile);
  EXPECT_EQ(host_.observations[before + 1].values, "{}");
  EXPECT_EQ(host_.observations[before + 1].stream, Stream::kArrival);
}

TEST_F(GpioTest, reports_a_chip_that_vanishes_and_opens_it_again) {
  chip_.there = false;
  const auto driver = start(kDockSettings);
  EXPECT_EQ(host_.state, "opening /dev/gpiochip9: No such file or directory (gpioinfo lists chips and lines)");
  chip_.levels = {{1, true}, {2, true}, {3, false}};
  chip_.there = true;
  run_until(host_.io, [&] { return host_.state == "ok"; });
  chip_.unplug();
  chip_.levels[2] = false;
  run_until(host_.io, [&] { return driver->counts().at("opened") == 2; });
  expect_values(host_.observations.back().values, {{"num_bikes_available", 1.0}, {"num_docks_available", 1.0}});
}

TEST_F(GpioTest, takes_events_in_pieces_and_refuses_strange_ones) {
  const auto driver = start(kRailSettings);
  const std::string one = event_bytes(1, 5, 1);
  chip_.say(one.substr(0, 20));
  chip_.say(one.substr(20) + event_bytes(7, 5, 2) + event_bytes(1, 99, 1));
  run_until(host_.io, [&] { return host_.refusals.size() == 2; });
  EXPECT_EQ(host_.refusals[0].reason, "unknown_edge");
  EXPECT_EQ(host_.refusals[1].reason, "unknown_line");
  EXPECT_EQ(driver->counts().at("edges"), 1U);
}

TEST(GpioSettings, say_what_cannot_work) {
  const auto refused = [](const std::string& toml) {
    GpioSettings settings;
    const Status loaded = load_settings(settings, toml, {});
    return loaded.ok() ? "" : loaded.error().message;
  };
  EXPECT_EQ(refused(kRailSettings), "");
  EXPECT_EQ(refused("chip = \"/dev/gpiochip0\"\n"), "line: there is none");
  EXPECT_NE(
      refused(std::string(kRailSettings) + "[[line]]\noffset = 5\nstation_id = \"40830\"\n").find("offset: is there twice"),
      std::string::npos);
  EXPECT_NE(refused("[[line]]\nstation_id = \"nowhere\"\n").find("is in no [[source.station]] (got nowhere)"),
            std::string::npos);
  std::string many = "[[station]]\nstation_id = \"a\"\nlat = 1.0\nlon = 1.0\n";
  for (int i = 0; i < 12; ++i)
    many +=
        "[[line]]\nstation_id = \"a\"\noffset = " + std::to_string(i) + "\ndebounce_us = " + std::to_string(1000 + i) + "\n";
  EXPECT_NE(refused(many).find("over 10 different kinds"), std::string::npos);
}

TEST(GpioPort, says_why_a_chip_cannot_be_opened) {
  boost::asio::io_context loop;
  const auto missing = make_gpio_port(loop, "/dev/gpiochip99", {{5}});
  const Status opened = missing->open([](std::string_view) {}, [](const std::string&) {});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().message, "opening /dev/gpiochip99: No such file or directory");
  const auto other = make_gpio_port(loop, "/dev/null", {{5}});  // no GPIO chip
  EXPECT_FALSE(other->open([](std::string_view) {}, [](const std::string&) {}).ok());
}

}  // namespace
}  // namespace wayside::edge
