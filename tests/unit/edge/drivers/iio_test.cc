// Proves the IIO driver on a tree of files like the kernel's: units by the driver's name, raw values, a device that moves to another
// number, reads that fail. EIO comes from a file that the kernel itself refuses to read: the first page of /proc/self/mem.
#include "edge/drivers/iio.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "edge/drivers/iio_channels.h"
#include "tests/unit/edge/drivers/expect_values.h"
#include "tests/unit/edge/drivers/fake_host.h"
#include "tests/unit/edge/drivers/run_loop.h"

namespace wayside::edge {
namespace {

namespace fs = std::filesystem;

double value_of(std::string_view driver, const char* channel, const char* input) {
  const auto decoded = decode_iio(driver, {channel, input, "", "1", "0"});
  return std::holds_alternative<IioValue>(decoded) ? std::get<IioValue>(decoded).value : -999;
}

TEST(IioChannels, takes_units_by_the_drivers_name) {
  EXPECT_DOUBLE_EQ(value_of("bme280", "in_temp", "21450"), 21.45);
  EXPECT_DOUBLE_EQ(value_of("bme280", "in_temp", "-8300\n"), -8.3);
  EXPECT_DOUBLE_EQ(value_of("bme280", "in_humidityrelative", "46333"), 46.333);               // from 5.17 on
  EXPECT_DOUBLE_EQ(value_of("bme280", "in_humidityrelative", "46.333007812"), 46.333007812);  // before
  EXPECT_DOUBLE_EQ(value_of("bme280", "in_pressure", "100.309824"), 1003.09824);              // kPa
  EXPECT_DOUBLE_EQ(value_of("bme680", "in_temp", "24540"), 24.54);
  EXPECT_DOUBLE_EQ(value_of("bme680", "in_humidityrelative", "41.074000000"), 41.074);
  EXPECT_DOUBLE_EQ(value_of("bme680", "in_pressure", "1014.350000000"), 1014.35);  // hPa
  EXPECT_DOUBLE_EQ(value_of("bme680", "in_pressure", "101.435"), 1014.35);         // should it be mended one day
  EXPECT_DOUBLE_EQ(value_of("tsl2561", "in_illuminance", "440"), 440);
}

TEST(IioChannels, reckons_raw_values) {
  const auto decoded = decode_iio("bmp280", {"in_temp", std::nullopt, "2145", "10", "-5"});
  EXPECT_DOUBLE_EQ(std::get<IioValue>(decoded).value, 21.4);
  EXPECT_EQ(std::get<IioReason>(decode_iio("bmp280", {"in_temp", std::nullopt, "2145", "x", "0"})), IioReason::kNotANumber);
}

TEST(IioChannels, refuses_what_cannot_be) {
  for (const char* input : {"", "abc", "nan", "12 13"}) {
    EXPECT_EQ(std::get<IioReason>(decode_iio("bme280", {"in_temp", input, "", "1", "0"})), IioReason::kNotANumber) << input;
  }
  EXPECT_EQ(value_of("bme280", "in_temp", "180000"), -999);
  EXPECT_EQ(value_of("bme280", "in_pressure", "0"), -999);
  EXPECT_EQ(value_of("bme280", "in_humidityrelative", "110000000"), -999);
}

class IioTest : public testing::Test {
 protected:
  IioTest() : root_(fs::path(testing::TempDir()) / ("iio_" + std::to_string(::getpid()))) {
    fs::remove_all(root_);
    fs::create_directories(root_);
    settings_.device = "bme280";
    settings_.sysfs = root_.string();
    settings_.retry_ms = 5;
    settings_.station.station_id = "roof";
    settings_.station.report_interval_s = 3600;
  }
  ~IioTest() override { fs::remove_all(root_); }

  void write(const std::string& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text << "\n";
  }
  void bme280(const std::string& folder) {
    write(folder + "/name", "bme280");
    write(folder + "/in_temp_input", "21450");
    write(folder + "/in_humidityrelative_input", "46333");
    write(folder + "/in_pressure_input", "100.309824");
  }
  std::unique_ptr<IioDriver> start() {
    auto driver =
        std::make_unique<IioDriver>(settings_, host_, BackOff(std::chrono::milliseconds(5), std::chrono::milliseconds(10)));
    EXPECT_TRUE(driver->start().ok());
    return driver;
  }

  fs::path root_;
  FakeHost host_;
  IioSettings settings_;
};

TEST_F(IioTest, finds_a_sensor_by_its_name_whatever_its_number) {
  write("iio:device0/name", "ads1115");
  write("iio:device0/in_temp_input", "99");
  bme280("iio:device7");
  const auto driver = start();
  run_until(host_.io, [&] { return host_.observations.size() == 1; });
  expect_values(host_.observations[0].values,
                {{"air_temperature_C", 21.45}, {"relative_humidity_pct", 46.333}, {"surface_air_pressure_hPa", 1003.0982}});
  EXPECT_EQ(host_.state, "ok");
  EXPECT_EQ(host_.announced.size(), 1U);
}

TEST_F(IioTest, waits_for_a_sensor_that_is_not_there_yet_and_says_what_is) {
  write("iio:device0/name", "ads1115");
  const auto driver = start();
  run_until(host_.io, [&] { return host_.state.find("0 devices named bme280") != std::string::npos; });
  EXPECT_NE(host_.state.find("(there: ads1115)"), std::string::npos) << host_.state;
  bme280("iio:device1");
  run_until(host_.io, [&] { return host_.state == "ok"; });
}

TEST_F(IioTest, does_not_guess_between_two_of_a_name) {
  bme280("iio:device0");
  bme280("iio:device1");
  const auto driver = start();
  run_until(host_.io, [&] { return host_.state.find("2 devices named bme280") != std::string::npos; });
  EXPECT_TRUE(host_.observations.empty());
}

TEST_F(IioTest, tells_two_of_a_name_apart_by_their_path) {
  bme280("bus/1-0076");
  bme280("bus/1-0077");
  write("bus/1-0077/in_temp_input", "-5000");
  settings_.sysfs = (root_ / "devices").string();
  settings_.path = "1-0077";
  fs::create_directories(settings_.sysfs);
  fs::create_directory_symlink(root_ / "bus/1-0076", root_ / "devices/iio:device0");
  fs::create_directory_symlink(root_ / "bus/1-0077", root_ / "devices/iio:device1");
  const auto driver = start();
  run_until(host_.io, [&] { return host_.observations.size() == 1; });
  EXPECT_DOUBLE_EQ(nlohmann::json::parse(host_.observations[0].values).at("air_temperature_C").get<double>(), -5.0);
}

TEST_F(IioTest, tries_a_read_that_fails_with_eio_again_and_takes_the_other_channels) {
  bme280("iio:device0");
  fs::remove(root_ / "iio:device0/in_temp_input");
  fs::create_symlink("/proc/self/mem", root_ / "iio:device0/in_temp_input");  // reading address 0: EIO
  const auto driver = start();
  run_until(host_.io, [&] { return host_.state.find("in_temp_input: Input/output error") != std::string::npos; });
  EXPECT_GE(driver->counts().at("retries"), 2U);
  ASSERT_GE(host_.observations.size(), 1U);
  expect_values(host_.observations[0].values, {{"relative_humidity_pct", 46.333}, {"surface_air_pressure_hPa", 1003.0982}});
  fs::remove(root_ / "iio:device0/in_temp_input");
  write("iio:device0/in_temp_input", "21450");
  run_until(host_.io, [&] { return host_.state == "ok"; });
}

TEST_F(IioTest, refuses_a_value_that_air_cannot_have) {
  bme280("iio:device0");
  write("iio:device0/in_temp_input", "180000");
  write("iio:device0/in_pressure_input", "broken");
  const auto driver = start();
  run_until(host_.io, [&] { return host_.refusals.size() >= 2; });
  EXPECT_EQ(host_.refusals[0].reason, "not_a_number");
  EXPECT_EQ(host_.refusals[1].reason, "implausible");
  EXPECT_EQ(host_.refusals[1].frame, "in_temp=180000");
  expect_values(host_.observations.at(0).values, {{"relative_humidity_pct", 46.333}});
}

}  // namespace
}  // namespace wayside::edge
