#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/settings.h"
#include "common/mqtt/mosquitto_handle.h"
#include "edge/driver.h"
#include "edge/drivers/mqtt_message.h"
#include "edge/drivers/mqtt_subscriber.h"
#include "edge/drivers/weather_station_settings.h"

namespace wayside::edge {

/// The devices' broker. Its password never comes from WAYSIDE_MQTT_PASSWORD, which is for the agent's own.
struct MqttInBroker final : MqttSettings {
  void describe(SettingsVisitor& visitor) override;
};

struct MqttInValueSettings final : SettingsGroup {
  std::string field;
  std::string pointer;
  double scale = 1;
  double offset = 0;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
};

struct MqttInTopic final : SettingsGroup {
  std::string filter;
  std::vector<std::string> match;
  std::vector<std::unique_ptr<MqttInValueSettings>> values;
  std::int64_t silent_after_s = 900;
  WeatherStationSettings station{.station_id = {}, .name = {}, .lat = 0, .lon = 0, .report_interval_s = 300};

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
};

struct MqttInSettings final : SettingsGroup {
  MqttInBroker broker;
  std::string client_id;
  std::vector<std::unique_ptr<MqttInTopic>> topics;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
};

/// Takes weather from devices of other makers on a local MQTT broker: topic filter and JSON pointers are settings. Repeats within
/// 2 s and what the broker had retained are left out; a device that has fallen silent is a fault. Lives on the host's loop.
class MqttInDriver final : public Driver {
 public:
  MqttInDriver(const MqttInSettings& settings, DriverHost& host);
  ~MqttInDriver() override;

  Status start() override;
  void stop() override;
  std::map<std::string, std::uint64_t> counts() const override;
  /// A message, as the broker would bring it.
  void take(const MqttArrived& arrived);
  /// Looks for silent devices; the driver does so by itself every few seconds.
  void check_silence();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

DriverEntry mqtt_in_driver();

}  // namespace wayside::edge
