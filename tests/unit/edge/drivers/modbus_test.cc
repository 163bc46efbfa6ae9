// Proves the modbus driver on the documented frames of a WN90LP, spoken byte by byte on a pseudo terminal and checked by
// libmodbus, and on libmodbus's own server over TCP; values worked out by hand. The loop goes on while a device is silent.
#include "edge/drivers/modbus.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <modbus.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/steady_timer.hpp>
#include <cstring>
#include <thread>

#include "tests/unit/edge/drivers/expect_values.h"
#include "tests/unit/edge/drivers/fake_host.h"
#include "tests/unit/edge/drivers/run_loop.h"

namespace wayside::edge {
namespace {

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    while (hex[i] == ' ') ++i;
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

const std::string kRequest = from_hex("90 03 01 65 00 09");  // 9 registers: the map does not use the fine rain
const std::string kAnswer = from_hex("90 03 12 06e7 000d 0296 003c 0000 0000 0096 0000 271a");  // without their CRC

std::uint16_t crc16(std::string_view bytes) {
  std::uint16_t crc = 0xFFFF;
  for (const char c : bytes) {
    crc = static_cast<std::uint16_t>(crc ^ static_cast<unsigned char>(c));
    for (int bit = 0; bit < 8; ++bit) crc = static_cast<std::uint16_t>((crc & 1U) != 0 ? (crc >> 1U) ^ 0xA001U : crc >> 1U);
  }
  return crc;
}
std::string with_crc(std::string frame) {
  const std::uint16_t crc = crc16(frame);
  frame += static_cast<char>(crc & 0xFFU);
  frame += static_cast<char>(crc >> 8U);
  return frame;
}

ModbusRegisters registers_of(ModbusTable table, std::uint16_t address, const std::vector<std::uint16_t>& values) {
  ModbusRegisters registers;
  for (const std::uint16_t value : values) registers[{table, address++}] = value;
  return registers;
}

TEST(ModbusRegisters, reads_the_documented_frame_of_a_wn90lp) {
  const auto map = *shipped_modbus_map("wn90lp");
  EXPECT_EQ(plan_requests(map), (std::vector<ModbusSpan>{{ModbusTable::kHolding, 0x0165, 9}}));
  const auto weather = decode_registers(
      map, registers_of(ModbusTable::kHolding, 0x0165, {0x06e7, 0x000d, 0x0296, 0x003c, 0, 0, 0x0096, 0, 0x271a, 0x0012}));
  expect_values(weather.fields.json(), {{"illuminance_lx", 17670.0},
                                        {"ultraviolet_index", 1.3},
                                        {"air_temperature_C", 26.2},
                                        {"relative_humidity_pct", 60.0},
                                        {"wind_speed_m_s", 0.0},
                                        {"wind_speed_of_gust_m_s", 0.0},
                                        {"wind_from_direction_deg", 150.0},
                                        {"surface_air_pressure_hPa", 1001.0}});
  ASSERT_TRUE(weather.rain);
  EXPECT_DOUBLE_EQ(weather.rain->mm, 0.0);
}

TEST(ModbusRegisters, leaves_out_what_says_invalid_or_is_missing) {
  const auto map = *shipped_modbus_map("wn90lp");
  const auto all = decode_registers(map, registers_of(ModbusTable::kHolding, 0x0165, std::vector<std::uint16_t>(9, 0xFFFF)));
  EXPECT_FALSE(all.fields.has_measurement());
  EXPECT_FALSE(all.rain);
  const auto one = decode_registers(map, registers_of(ModbusTable::kHolding, 0x0167, {0x0296, 0xFFFF}));
  expect_values(one.fields.json(), {{"air_temperature_C", 26.2}});
}

TEST(ModbusRegisters, reads_every_type_and_word_order) {
  const auto read = [](ModbusType type, std::uint16_t first, std::uint16_t second, double scale = 1) {
    const std::vector<ModbusValue> values{{"air_temperature_C", ModbusTable::kInput, 7, type, scale, 0, {}}};
    return decode_registers(values, registers_of(ModbusTable::kInput, 7, {first, second}))
        .fields.number("air_temperature_C")
        .value_or(-99);
  };
  EXPECT_DOUBLE_EQ(read(ModbusType::kU16, 21, 0), 21);
  EXPECT_DOUBLE_EQ(read(ModbusType::kI16, 0xFF05, 0, 0.01), -2.51);
  EXPECT_DOUBLE_EQ(read(ModbusType::kU32, 0x0001, 0x87D5, 0.0001), 10.0309);  // 100309
  EXPECT_DOUBLE_EQ(read(ModbusType::kU32Swapped, 0x87D5, 0x0001, 0.0001), 10.0309);
  EXPECT_DOUBLE_EQ(read(ModbusType::kI32, 0xFFFF, 0xEFC0, 0.001), -4.16);
  EXPECT_DOUBLE_EQ(read(ModbusType::kI32Swapped, 0xEFC0, 0xFFFF, 0.001), -4.16);
  EXPECT_DOUBLE_EQ(read(ModbusType::kF32, 0x41AC, 0x0000), 21.5);
  EXPECT_DOUBLE_EQ(read(ModbusType::kF32Swapped, 0x0000, 0x41AC), 21.5);
  EXPECT_DOUBLE_EQ(read(ModbusType::kF32, 0x7FC0, 0x0000), -99);  // not a number
  const auto sensecap = *shipped_modbus_map("sensecap_one");
  const auto pressure = decode_registers(sensecap, registers_of(ModbusTable::kInput, 4, {0x05FA, 0x9B40}));  // 100309.824 Pa
  EXPECT_DOUBLE_EQ(pressure.fields.number("surface_air_pressure_hPa").value_or(0), 1003.0982);
}

TEST(ModbusRegisters, plans_few_requests) {
  const auto value = [](ModbusTable table, std::uint16_t address, ModbusType type = ModbusType::kU16) {
    return ModbusValue{"air_temperature_C", table, address, type, 1, 0, {}};
  };
  const auto holding = ModbusTable::kHolding;
  const std::vector<ModbusValue> values{value(holding, 10), value(holding, 500), value(ModbusTable::kInput, 11),
                                        value(holding, 15, ModbusType::kU32), value(holding, 0xFFFF)};
  EXPECT_EQ(plan_requests(values),
            (std::vector<ModbusSpan>{{holding, 10, 7}, {holding, 500, 1}, {holding, 0xFFFF, 1}, {ModbusTable::kInput, 11, 1}}));
}

class ModbusTest : public testing::Test {
 protected:
  ~ModbusTest() override {
    driver_ = nullptr;
    if (line_ >= 0) ::close(line_);
  }
  /// The device's end of a serial line.
  std::string open_line() {
    line_ = ::posix_openpt(O_RDWR | O_NOCTTY);
    EXPECT_EQ(::grantpt(line_), 0);
    EXPECT_EQ(::unlockpt(line_), 0);
    char name[64] = "";
    EXPECT_EQ(::ptsname_r(line_, name, sizeof name), 0);
    return name;
  }
  void start(const std::string& toml) {
    const Status loaded = load_settings(settings_, toml, {});
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    driver_ = std::make_unique<ModbusDriver>(settings_, host_, make_modbus_bus(settings_.bus()),
                                             BackOff(std::chrono::milliseconds(20), std::chrono::milliseconds(50)));
    ASSERT_TRUE(driver_->start().ok());
  }
  static std::string device(const std::string& more, const std::string& station) {
    return "[[device]]\n" + more + "\nstation_id = \"" + station + "\"\nlat = 1.0\nlon = 2.0\n";
  }
  /// What the driver has sent, while its loop runs on.
  std::string heard(std::size_t size) {
    std::string bytes;
    run_until(host_.io, [&] {
      pollfd ready{line_, POLLIN, 0};
      char buffer[64];
      if (::poll(&ready, 1, 0) == 1 && (ready.revents & POLLIN) != 0) {
        const ssize_t got = ::read(line_, buffer, size - bytes.size());
        if (got > 0) bytes.append(buffer, static_cast<std::size_t>(got));
      }
      return bytes.size() >= size;
    });
    return bytes;
  }
  void say(const std::string& bytes) const {
    EXPECT_EQ(::write(line_, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }

  FakeHost host_;
  ModbusSettings settings_;
  std::unique_ptr<ModbusDriver> driver_;
  int line_ = -1;
};

TEST_F(ModbusTest, asks_and_understands_a_wn90lp_on_the_wire) {
  ASSERT_EQ(with_crc(from_hex("90 03 01 65 00 0a")), from_hex("90 03 01 65 00 0a c8 af"));  // the published frames' CRCs
  ASSERT_EQ(with_crc(from_hex("90 03 14 06e7 000d 0296 003c 0000 0000 0096 0000 271a 0012")).substr(23), from_hex("4f 82"));
  start("port = \"" + open_line() + "\"\n" + device("unit = 144\nmap = \"wn90lp\"", "mast"));
  EXPECT_EQ(heard(8), with_crc(kRequest));
  say(with_crc(kAnswer));
  run_until(host_.io, [&] { return host_.observations.size() == 1; });
  expect_values(host_.observations[0].values, {{"illuminance_lx", 17670.0},
                                               {"ultraviolet_index", 1.3},
                                               {"air_temperature_C", 26.2},
                                               {"relative_humidity_pct", 60.0},
                                               {"wind_speed_m_s", 0.0},
                                               {"wind_speed_of_gust_m_s", 0.0},
                                               {"wind_from_direction_deg", 150.0},
                                               {"surface_air_pressure_hPa", 1001.0},
                                               {"precipitation_total_mm", 0.0},
                                               {"counter_id", std::string("register/20261022")}});
  EXPECT_EQ(host_.state, "ok");
}

TEST_F(ModbusTest, refuses_damage_exceptions_and_silence_each_by_its_name_and_recovers) {
  start("port = \"" + open_line() + "\"\ntimeout_ms = 100\n" + device("unit = 144\nmap = \"wn90lp\"", "mast"));
  heard(8);
  say(kAnswer + "\x01\x02");
  run_until(host_.io, [&] { return host_.state.find("Invalid CRC") != std::string::npos; });
  heard(8);
  say(from_hex("90 83 02 91 1c"));  // the documented exception
  run_until(host_.io, [&] { return host_.state.find("Illegal data address") != std::string::npos; });
  EXPECT_NE(host_.state.find("unit 144, registers from 357"), std::string::npos) << host_.state;
  heard(8);
  run_until(host_.io, [&] { return host_.state.find("timed out") != std::string::npos; });
  heard(8);
  say(with_crc(from_hex("90 03 12") + std::string(18, '\xff')));
  run_until(host_.io, [&] { return host_.state.find("all of its values are invalid") != std::string::npos; });
  EXPECT_EQ(host_.refusals.back().reason, "no_values");
  heard(8);
  say(with_crc(kAnswer));
  run_until(host_.io, [&] { return host_.state == "ok"; });
  EXPECT_EQ(host_.observations.size(), 1U);
  EXPECT_EQ(driver_->counts().at("failed_polls"), 4U);
}

TEST_F(ModbusTest, never_holds_up_the_loop_and_one_silent_device_not_the_other) {
  start("port = \"" + open_line() + "\"\ntimeout_ms = 400\n" + device("unit = 9\nmap = \"wn90lp\"", "dead") +
        device("unit = 144\nmap = \"wn90lp\"", "mast"));
  int ticks = 0;
  boost::asio::steady_timer timer(host_.io);
  std::function<void()> tick = [&] {
    timer.expires_after(std::chrono::milliseconds(1));
    timer.async_wait([&](boost::system::error_code error) {
      if (error) return;
      ++ticks;
      tick();
    });
  };
  tick();
  EXPECT_EQ(heard(8)[0], '\x09');
  const int before = ticks;
  EXPECT_EQ(heard(8)[0], '\x90');  // after the time-out of unit 9
  EXPECT_GT(ticks - before, 50);
  say(with_crc(kAnswer));
  run_until(host_.io, [&] { return host_.observations.size() == 1; });
  EXPECT_EQ(host_.observations[0].station_id, "mast");
  EXPECT_NE(host_.state.find("unit 9"), std::string::npos);
  timer.cancel();
}

TEST_F(ModbusTest, reads_values_of_the_settings_from_a_tcp_server_of_libmodbus) {
  const std::unique_ptr<modbus_t, decltype(&modbus_free)> server(modbus_new_tcp("127.0.0.1", 0), modbus_free);
  int listener = modbus_tcp_listen(server.get(), 1);
  ASSERT_GE(listener, 0);
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  unsigned char port_bytes[2];
  std::memcpy(port_bytes, reinterpret_cast<const char*>(&address) + 2, 2);
  const int port = port_bytes[0] * 256 + port_bytes[1];
  const std::unique_ptr<modbus_mapping_t, decltype(&modbus_mapping_free)> registers(modbus_mapping_new(0, 0, 50, 50),
                                                                                    modbus_mapping_free);
  registers->tab_input_registers[3] = 0xFF38;  // -200
  registers->tab_registers[20] = 0x447A;       // 1000.5f = 0x447A2000
  registers->tab_registers[21] = 0x2000;
  std::thread serving([&] {
    if (modbus_tcp_accept(server.get(), &listener) < 0) return;
    std::uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
    for (int count = 0; (count = modbus_receive(server.get(), query)) >= 0;)
      modbus_reply(server.get(), query, count, registers.get());
  });
  start("port = \"tcp://127.0.0.1:" + std::to_string(port) + "\"\n" + device("unit = 1\nreport_interval_s = 1", "roof") +
        "[[device.value]]\nfield = \"air_temperature_C\"\nfunction = 4\naddress = 3\ntype = \"i16\"\nscale = 0.1\n"
        "[[device.value]]\nfield = \"surface_air_pressure_hPa\"\naddress = 20\ntype = \"f32\"\n"
        "[[device.value]]\nfield = \"relative_humidity_pct\"\naddress = 22\ninvalid = \"0\"\n");
  run_until(host_.io, [&] { return host_.observations.size() == 1; });
  expect_values(host_.observations[0].values, {{"air_temperature_C", -20.0}, {"surface_air_pressure_hPa", 1000.5}});
  run_until(host_.io, [&] { return host_.observations.size() == 2; });  // each interval
  driver_ = nullptr;                                                    // closes the connection, which ends the server
  serving.join();
  ::close(listener);
}

TEST_F(ModbusTest, says_why_a_port_cannot_be_opened_and_goes_on_trying) {
  start("port = \"/dev/nowhere\"\n" + device("map = \"wn90lp\"", "mast"));
  run_until(host_.io, [&] { return driver_->counts().at("failed_polls") >= 3; });
  EXPECT_EQ(host_.state, "opening /dev/nowhere: No such file or directory (is the device plugged in? ls -l /dev/serial/by-id)");
}

TEST(ModbusSettings, say_what_cannot_work) {
  const auto refused = [](const std::string& toml) {
    ModbusSettings settings;
    const Status loaded = load_settings(settings, toml, {});
    return loaded.ok() ? "" : loaded.error().message;
  };
  const std::string station = "station_id = \"a\"\nlat = 1.0\nlon = 2.0\n";
  EXPECT_EQ(refused("port = \"/dev/ttyS0\"\n[[device]]\nmap = \"wn90lp\"\n" + station), "");
  EXPECT_NE(refused("port = \"/dev/ttyS0\"\n").find("device: there is none"), std::string::npos);
  EXPECT_NE(refused("port = \"/dev/ttyS0\"\n[[device]]\n" + station).find("map: is none"), std::string::npos);
  EXPECT_NE(refused("port = \"tcp://host\"\n[[device]]\nmap = \"wn90lp\"\n" + station).find("port: is no address"),
            std::string::npos);
  const std::string value = "port = \"/dev/ttyS0\"\n[[device]]\n" + station + "[[device.value]]\n";
  EXPECT_NE(refused(value + "field = \"temperature\"\n").find("is no number of stream weather (got temperature)"),
            std::string::npos);
  EXPECT_NE(refused(value + "field = \"air_temperature_C\"\ninvalid = \"none\"\n").find("invalid: is no number"),
            std::string::npos);
  EXPECT_NE(refused(value + "field = \"air_temperature_C\"\nfunction = 6\n").find("function"), std::string::npos);
}

}  // namespace
}  // namespace wayside::edge
