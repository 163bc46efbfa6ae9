// Proves the Davis driver on packets written by hand from the manual (values worked out: hPa = inHg * 33.86389, °C = (°F - 32) / 1.8,
// m/s = mph * 0.44704), on the recorded one, and in conversation with a console that is played on a pseudo terminal and over TCP.
#include "edge/drivers/davis.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "edge/drivers/davis_loop.h"
#include "tests/unit/edge/drivers/captures.h"
#include "tests/unit/edge/drivers/expect_values.h"
#include "tests/unit/edge/drivers/fake_host.h"
#include "tests/unit/edge/drivers/run_loop.h"

namespace wayside::edge {
namespace {

/// A packet with everything dashed; `set` puts values in.
class PacketWriter {
 public:
  PacketWriter() : bytes_(97, '\xff') {
    bytes_.replace(0, 3, "LOO");
    bytes_[4] = 0;
    for (const std::size_t at : {9U, 12U, 16U, 44U}) u16(at, 0x7FFF);
    u16(7, 0);
    bytes_[86] = 0;
    bytes_.replace(95, 2, "\n\r");
  }
  PacketWriter& u8(std::size_t at, unsigned value) {
    bytes_[at] = static_cast<char>(value);
    return *this;
  }
  PacketWriter& u16(std::size_t at, unsigned value) { return u8(at, value & 0xFFU).u8(at + 1, value >> 8U); }
  std::string bytes() const {
    const std::uint16_t crc = davis_crc(bytes_);
    return bytes_ + static_cast<char>(crc >> 8U) + static_cast<char>(crc & 0xFFU);
  }

 private:
  std::string bytes_;
};

std::string full_packet() {
  return PacketWriter()
      .u16(7, 29'921)   // 29.921 inHg
      .u16(12, 0xFFD8)  // -4.0 °F
      .u8(33, 81)
      .u8(14, 10)  // mph
      .u16(16, 360)
      .u16(41, 12)  // clicks/h
      .u8(43, 35)
      .u16(44, 640)
      .u16(54, 828)
      .u8(86, 1)
      .bytes();
}

DavisReason refused(const std::string& packet) {
  const auto decoded = decode_davis_loop(packet, 0.2);
  if (std::holds_alternative<DavisReason>(decoded)) return std::get<DavisReason>(decoded);
  ADD_FAILURE() << "taken";
  return DavisReason::kBadLength;
}

TEST(DavisLoop, reads_a_full_packet) {
  const auto loop = std::get<DavisLoop>(decode_davis_loop(full_packet(), 0.2));
  expect_values(loop.fields.json(), {{"air_pressure_at_mean_sea_level_hPa", 1013.2415},
                                     {"air_temperature_C", -20.0},
                                     {"relative_humidity_pct", 81.0},
                                     {"wind_speed_m_s", 4.4704},
                                     {"wind_from_direction_deg", 360.0},
                                     {"precipitation_rate_mm_h", 2.4},
                                     {"ultraviolet_index", 3.5},
                                     {"solar_irradiance_W_m2", 640.0},
                                     {"battery_low", true}});
  EXPECT_NEAR(loop.rain->mm, 165.6, 1e-9);
  const auto imperial = std::get<DavisLoop>(decode_davis_loop(full_packet(), 0.254));
  EXPECT_NEAR(imperial.rain->mm, 210.312, 1e-9);
}

TEST(DavisLoop, leaves_dashed_values_out) {
  const auto one = std::get<DavisLoop>(decode_davis_loop(PacketWriter().u8(33, 50).bytes(), 0.2));
  expect_values(one.fields.json(), {{"relative_humidity_pct", 50.0}, {"battery_low", false}});
  EXPECT_FALSE(one.rain);
  const auto calm = std::get<DavisLoop>(decode_davis_loop(PacketWriter().u8(14, 0).u16(16, 0).bytes(), 0.2));
  expect_values(calm.fields.json(), {{"wind_speed_m_s", 0.0}, {"battery_low", false}});
}

TEST(DavisLoop, refuses_damage_by_its_kind) {
  const std::string good = full_packet();
  EXPECT_EQ(refused(good.substr(1)), DavisReason::kBadLength);
  EXPECT_EQ(refused(good + "x"), DavisReason::kBadLength);
  EXPECT_EQ(refused("LAA" + good.substr(3)), DavisReason::kNotLoop);
  EXPECT_EQ(refused(good.substr(0, 95) + "\r\n" + good.substr(97)), DavisReason::kNotLoop);
  for (std::size_t at = 3; at < good.size(); ++at) {
    if (at == 95 || at == 96) continue;
    std::string damaged = good;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    EXPECT_EQ(refused(damaged), DavisReason::kBadChecksum) << at;
  }
  EXPECT_EQ(refused(PacketWriter().u8(4, 1).bytes()), DavisReason::kUnsupported);
  EXPECT_EQ(refused(PacketWriter().bytes()), DavisReason::kNoValues);
}

using DavisCaptures = Captures;

TEST_F(DavisCaptures, the_recorded_packet_reads_as_worked_out_by_hand) {
  const std::string packet = text("davis_loop1_99bytes.bin");
  EXPECT_EQ(davis_crc(packet), 0);
  EXPECT_EQ(davis_crc(packet.substr(0, 97)), 0x2A3C);
  const auto loop = std::get<DavisLoop>(decode_davis_loop(packet, 0.2));
  // 31.572 inHg; everything outdoors is dashed; 828 tips this year.
  expect_values(loop.fields.json(), {{"air_pressure_at_mean_sea_level_hPa", 1069.1507}, {"battery_low", false}});
  EXPECT_NEAR(loop.rain->mm, 165.6, 1e-9);
}

class DavisTest : public testing::Test {
 protected:
  DavisTest() : line_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    EXPECT_EQ(::grantpt(line_), 0);
    EXPECT_EQ(::unlockpt(line_), 0);
    char name[64] = "";
    EXPECT_EQ(::ptsname_r(line_, name, sizeof name), 0);
    settings_.port = name;
    settings_.answer_ms = 100;
    settings_.station.station_id = "hill";
    settings_.station.report_interval_s = 1;
  }
  ~DavisTest() override {
    driver_ = nullptr;
    ::close(line_);
  }
  void start() {
    driver_ = std::make_unique<DavisDriver>(settings_, host_, make_console_port(settings_.port, 19'200),
                                            BackOff(std::chrono::milliseconds(5), std::chrono::milliseconds(10)));
    ASSERT_TRUE(driver_->start().ok());
  }
  /// Answers the wake-up, but for the first `asleep` ones, and waits for the command.
  void wait_for_command(int asleep = 0) {
    run_until(host_.io, [&] {
      pollfd ready{line_, POLLIN, 0};
      char byte = 0;
      while (::poll(&ready, 1, 0) == 1 && (ready.revents & POLLIN) != 0 && ::read(line_, &byte, 1) == 1) {
        heard_ += byte;
        if (byte != '\n') continue;
        const std::string line = std::exchange(heard_, "");
        if (line == "LOOP 1\n") return true;
        EXPECT_EQ(line, "\n");
        if (asleep-- <= 0) say("\n\r");
      }
      return false;
    });
  }
  void say(const std::string& bytes) const {
    EXPECT_EQ(::write(line_, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  void wait_for_state(const std::string& words) {
    run_until(host_.io, [&] { return host_.state.find(words) != std::string::npos; });
  }

  int line_;
  std::string heard_;
  FakeHost host_;
  DavisSettings settings_;
  std::unique_ptr<DavisDriver> driver_;
};

TEST_F(DavisTest, wakes_the_console_and_takes_a_packet_each_interval) {
  start();
  wait_for_command(1);
  const std::string packet = full_packet();
  say("\x06" + packet.substr(0, 40));
  say(packet.substr(40));
  run_until(host_.io, [&] { return host_.observations.size() == 1; });
  const auto values = nlohmann::json::parse(host_.observations[0].values);
  EXPECT_DOUBLE_EQ(values.at("precipitation_total_mm").get<double>(), 165.6);
  EXPECT_EQ(values.at("counter_id"), "yearrain/20261022");
  EXPECT_EQ(host_.state, "ok");
  wait_for_command();
  say("\x06" + packet);
  run_until(host_.io, [&] { return host_.observations.size() == 2; });
}

TEST_F(DavisTest, says_what_is_wrong_and_recovers) {
  start();
  wait_for_state("does not wake up");
  wait_for_command();
  say("\x15");  // NAK
  wait_for_state("does not take the command LOOP (said 15)");
  wait_for_command();
  std::string damaged = full_packet();
  damaged[20] = 'x';
  say("\x06" + damaged);
  wait_for_state("the packet is refused: bad_checksum");
  EXPECT_EQ(host_.refusals.back().reason, "bad_checksum");
  EXPECT_EQ(host_.refusals.back().frame.substr(0, 11), "4c 4f 4f ff");
  wait_for_command();
  say("\x06" + full_packet());
  wait_for_state("ok");
}

TEST_F(DavisTest, says_why_a_port_cannot_be_opened) {
  settings_.port = "/dev/nowhere";
  start();
  wait_for_state("opening /dev/nowhere: No such file or directory");
  run_until(host_.io, [&] { return driver_->counts().at("failed_polls") >= 3; });
}

TEST_F(DavisTest, speaks_over_tcp_too) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  settings_.port = "tcp://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  start();
  ::close(line_);
  line_ = -1;
  run_until(host_.io, [&] { return (line_ = ::accept(listener, nullptr, nullptr)) >= 0; });
  wait_for_command();
  say("\x06" + full_packet());
  wait_for_state("ok");
  ::close(listener);
}

}  // namespace
}  // namespace wayside::edge
