// Proves the serial driver on a real pseudo terminal: reading, faults, the port's loss, and one reading per window. The
// end of a report interval is called by hand (flush), so that no test waits for it.
#include "edge/drivers/serial_lines.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <chrono>

#include "tests/unit/edge/drivers/expect_values.h"
#include "tests/unit/edge/drivers/fake_host.h"

namespace wayside::edge {
namespace {

/// The instrument's end of the line.
class Instrument {
 public:
  Instrument() : fd_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    EXPECT_EQ(::grantpt(fd_), 0);
    EXPECT_EQ(::unlockpt(fd_), 0);
    char name[64] = "";
    EXPECT_EQ(::ptsname_r(fd_, name, sizeof name), 0);
    port_ = name;
  }
  ~Instrument() { unplug(); }
  Instrument(const Instrument&) = delete;
  Instrument& operator=(const Instrument&) = delete;

  const std::string& port() const { return port_; }
  void say(const std::string& bytes) {
    EXPECT_EQ(::write(fd_, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  void unplug() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
  std::string port_;
};

class SerialLinesTest : public testing::Test {
 protected:
  SerialLinesTest() {
    settings_.port = instrument_.port();
    settings_.station.station_id = "mast-1";
    settings_.station.report_interval_s = 3600;
  }

  template <class Condition>
  void run_until(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition() && std::chrono::steady_clock::now() < deadline) {
      host_.io.restart();
      host_.io.run_one_for(std::chrono::milliseconds(10));
    }
    ASSERT_TRUE(condition());
  }
  std::unique_ptr<SerialLinesDriver> start() {
    auto driver = std::make_unique<SerialLinesDriver>(
        settings_, host_, make_serial_port(host_.io, settings_.port, static_cast<int>(settings_.baud)));
    EXPECT_TRUE(driver->start().ok());
    return driver;
  }
  static std::uint64_t refused(const SerialLinesDriver& driver, LineReason reason) {
    return driver.counters().refused[static_cast<std::size_t>(reason)];
  }

  FakeHost host_;
  Instrument instrument_;
  SerialLinesSettings settings_;
};

TEST_F(SerialLinesTest, makes_one_reading_of_a_window) {
  const auto driver = start();
  ASSERT_EQ(host_.announced.size(), 1U);
  instrument_.say(
      "WIMWV,224.8,R,0.3,N,A*2C\r\n$WIMWV,270.5,R,0.2,N,A*21\r\n$WIMDA,29.5654,I,1.0012,B,20.7,C,,,54.2,,11.1,C,,,,,,,,*"
      "7F\r\n");
  instrument_.say("$PAMTT,POST,0,0,0,0,0,,0,0,0,,,,,,,0,,,,,WX*7B\r\n$WIMWV,270.5,R,0.3,N,A*20\r\n");
  run_until([&] { return driver->counters().used == 3; });
  EXPECT_TRUE(host_.observations.empty());
  driver->flush();
  ASSERT_EQ(host_.observations.size(), 1U);
  EXPECT_EQ(host_.observations[0].station_id, "mast-1");
  EXPECT_FALSE(host_.observations[0].observed_at);
  expect_values(host_.observations[0].values, {{"surface_air_pressure_hPa", 1001.2},
                                               {"air_temperature_C", 20.7},
                                               {"relative_humidity_pct", 54.2},
                                               {"dew_point_temperature_C", 11.1},
                                               {"wind_speed_m_s", 0.1286},  // 0.25 * 1852 / 3600
                                               {"wind_from_direction_deg", 270.5}});
  EXPECT_EQ(driver->counters().cut_lines, 1U);
  EXPECT_EQ(driver->counters().ignored, 1U);
  EXPECT_TRUE(host_.refusals.empty());
  EXPECT_EQ(host_.state, "ok");
  driver->flush();
  EXPECT_EQ(host_.observations.size(), 1U);  // an empty window says nothing: the station grows old by itself
  host_.broken = true;
  instrument_.say("$WIMWV,270.5,R,0.3,N,A*20\r\n");
  run_until([&] { return driver->counters().used == 4; });
  driver->flush();
  EXPECT_EQ(driver->counts().at("not_stored"), 1U);
}

TEST_F(SerialLinesTest, hands_over_at_the_end_of_the_interval_by_itself) {
  settings_.station.report_interval_s = 1;
  const auto driver = start();
  instrument_.say("$WIMWV,270.5,R,0.2,N,A*21\r\n");
  run_until([&] { return host_.observations.size() == 1; });
}

TEST_F(SerialLinesTest, takes_a_whole_first_line) {
  const auto driver = start();
  instrument_.say("$WIMWV,270.5,R,0.2,N,A*21\r\n");
  run_until([&] { return driver->counters().used == 1; });
  EXPECT_EQ(driver->counters().cut_lines, 0U);
}

TEST_F(SerialLinesTest, takes_sentences_in_pieces_and_refuses_each_kind_of_damage) {
  const auto driver = start();
  for (const char* piece :
       {"$WIMWV,270", ".5,R,0.2,N,A*2", "1\r", "\n$WIMWV,270.5,R,0.9,N,A*21\r\n$WIMWV,270.5,R,0.2,N,V*36\r\n",
        "Weather Station model 110WX\r\n$PAMTT,Weather Station\r\n"}) {
    instrument_.say(piece);
  }
  instrument_.say(std::string(500, 'x') + "\r\n");
  run_until([&] { return refused(*driver, LineReason::kTooLong) == 1; });
  EXPECT_EQ(driver->counters().used, 1U);
  EXPECT_EQ(refused(*driver, LineReason::kBadChecksum), 1U);
  EXPECT_EQ(refused(*driver, LineReason::kVoidStatus), 1U);
  EXPECT_EQ(refused(*driver, LineReason::kNotNmea), 1U);
  EXPECT_EQ(refused(*driver, LineReason::kNoChecksum), 1U);
  ASSERT_EQ(host_.refusals.size(), 5U);
  EXPECT_EQ(host_.refusals[1].reason, "void_status");
  EXPECT_EQ(host_.refusals[1].frame, "$WIMWV,270.5,R,0.2,N,V*36");
}

TEST_F(SerialLinesTest, calls_noise_a_fault_and_heals_with_the_next_sentence) {
  const auto driver = start();
  for (int i = 0; i < 60; ++i) instrument_.say("\x81\xfe\x13rubbish\r\n");
  run_until([&] { return refused(*driver, LineReason::kNotNmea) >= 59; });
  EXPECT_NE(host_.state.find("is the baud rate right?"), std::string::npos);
  instrument_.say("$WIMWV,270.5,R,0.2,N,A*21\r\n");
  run_until([&] { return host_.state == "ok"; });
}

TEST_F(SerialLinesTest, reports_a_port_that_vanishes_and_keeps_what_it_had) {
  const auto driver = start();
  instrument_.say("$WIMWV,270.5,R,0.2,N,A*21\r\n");
  run_until([&] { return driver->counters().used == 1; });
  instrument_.unplug();
  run_until([&] { return host_.state != "ok"; });
  EXPECT_NE(host_.state.find(settings_.port), std::string::npos);
  driver->stop();
  EXPECT_EQ(host_.observations.size(), 1U);  // a clean stop loses nothing
}

TEST_F(SerialLinesTest, opens_a_port_that_appears_later) {
  const std::string link = testing::TempDir() + "wayside_port_" + std::to_string(::getpid());
  settings_.port = link;
  const auto driver = start();
  EXPECT_NE(host_.state.find("No such file"), std::string::npos);
  ASSERT_EQ(::symlink(instrument_.port().c_str(), link.c_str()), 0);
  run_until([&] { return driver->counters().opened == 1; });
  instrument_.say("$WIMWV,270.5,R,0.2,N,A*21\r\n");
  run_until([&] { return host_.state == "ok"; });
  ::unlink(link.c_str());
}

TEST(SerialLinesSettings, refuse_a_baud_rate_that_does_not_exist) {
  SerialLinesSettings settings;
  const Status loaded =
      load_settings(settings, "port = \"/dev/ttyUSB0\"\nbaud = 4801\nstation_id = \"a\"\nlat = 1.0\nlon = 2.0\n", {});
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().message, "baud: is no standard rate (got 4801)");
}

TEST(LineSplitter, cuts_at_any_end_of_line_and_skips_the_rest_of_a_long_one) {
  LineSplitter splitter(4);
  std::string seen;
  splitter.feed("ab\r\ncd\ref\n\n123456789\nok\n", [&](std::string_view line) { seen += std::string(line) + "|"; });
  EXPECT_EQ(seen, "ab|cd|ef|12345|ok|");
}

}  // namespace
}  // namespace wayside::edge
