#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/settings.h"
#include "edge/drivers/rail_stations.h"
#include "edge/drivers/weather_station_settings.h"

namespace wayside::edge {

/// One `[[source.device]]`: a device that may upload, and the station its readings belong to.
struct HttpPushDevice final : SettingsGroup {
  std::string key;
  Secret secret_key;
  Secret password;
  WeatherStationSettings station;
  bool use_device_time = true;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
  /// `key`, or the content of key_file.
  const std::string& identity() const { return key.empty() ? secret_key.reveal() : key; }
};

struct HttpPushSettings final : SettingsGroup {
  std::string listen = "127.0.0.1:8085";
  std::int64_t connections_max = 256;
  std::int64_t connections_per_address_max = 64;
  std::int64_t request_timeout_s = 30;
  std::int64_t header_timeout_s = 5;
  std::int64_t requests_per_minute_max = 6000;
  std::int64_t uploads_per_minute_max = 600;
  std::int64_t body_bytes_max = 65'536;
  std::int64_t records_max = 500;
  std::vector<std::unique_ptr<HttpPushDevice>> devices;
  RailSettings rail;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;

  static constexpr std::size_t kDevicesMax = 1000;
};

/// Keys are compared without regard to case: a PASSKEY is an MD5 in hex, an id is typed by hand.
std::string fold_key(std::string_view key);
/// Whether it is a key as `wayside-agent status` shows it: `KPOS***1f3a`.
bool looks_masked(std::string_view key);
/// 32 hex digits, as Ecowitt's PASSKEY has.
bool looks_like_passkey(std::string_view key);

}  // namespace wayside::edge
