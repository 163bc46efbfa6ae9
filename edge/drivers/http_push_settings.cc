#include "edge/drivers/http_push_settings.h"

#include <algorithm>
#include <cctype>
#include <set>

namespace wayside::edge {

void HttpPushDevice::describe(SettingsVisitor& visitor) {
  visitor.text("key", key,
               "What the device calls itself: Weather Underground ID, Acurite bridge id or id/sensor, Oregon mac or "
               "mac/rid, esp8266-<id>, or topics/<name> for the Kafka REST path.");
  visitor.secret("key", secret_key, "", "File with an Ecowitt or Ambient PASSKEY, instead of key.");
  visitor.secret("password", password, "",
                 "File with the password the device must send (PASSWORD, or that of HTTP Basic); none: not checked.");
  station.describe(visitor, "How often the device uploads, in seconds.");
  visitor.boolean("use_device_time", use_device_time,
                  "Take the time the device sends; false for devices that send local time as UTC.");
}

Status HttpPushDevice::validate() const {
  if (key.empty() == secret_key.empty()) {
    return Error{"key: give either key or key_file (got " + std::string(key.empty() ? "none" : "both") + ")",
                 "key = \"KPOST1\", or key_file = \"/etc/wayside/post.passkey\" for a PASSKEY"};
  }
  if (looks_masked(key) || looks_masked(secret_key.reveal())) {
    return Error{"key: is masked, as wayside-agent status shows it (got " + key + ")",
                 "write the whole key, as it stands in the device"};
  }
  if (looks_like_passkey(key)) {
    return Error{"key: is a PASSKEY, which is a secret (got 32 hex digits)",
                 "write it into a file that only the agent can read, and name that file by key_file"};
  }
  return station.validate();
}

void HttpPushSettings::describe(SettingsVisitor& visitor) {
  visitor.text("listen", listen,
               "Address and port to listen on. Devices on the network need the address of this machine there, such as "
               "0.0.0.0:8085.");
  visitor.integer("connections_max", connections_max, {1, 4096}, "Connections at a time; further ones are closed.");
  visitor.integer("connections_per_address_max", connections_per_address_max, {1, 4096},
                  "Of one remote address; more than connections_max: no limit of its own.");
  visitor.integer("request_timeout_s", request_timeout_s, {1, 600}, "Seconds for one request to arrive.");
  visitor.integer("header_timeout_s", header_timeout_s, {1, 60}, "Seconds for the head of a request to arrive.");
  visitor.integer("requests_per_minute_max", requests_per_minute_max, {1, 1'000'000},
                  "Requests of one remote address; further ones get 429.");
  visitor.integer("uploads_per_minute_max", uploads_per_minute_max, {1, 1'000'000},
                  "Uploads of one device; further ones get 429.");
  visitor.integer("body_bytes_max", body_bytes_max, {1024, 1'048'576}, "Largest request body; a larger one gets 413.");
  visitor.integer("records_max", records_max, {1, 1000}, "Most records in one Kafka REST request.");
  visitor.list_of("device", devices, "A device that may upload, and the station its readings belong to.");
  visitor.group("rail", rail, "Rail stations whose train sensors and turnstiles push here (Kafka REST records).");
}

Status HttpPushSettings::validate() const {
  if (devices.size() > kDevicesMax) {
    return Error{"device: too many (got " + std::to_string(devices.size()) + ")", "at most 1000 devices a source"};
  }
  std::set<std::string> keys;
  std::set<std::string> stations;
  for (const auto& device : devices) {
    if (!keys.insert(fold_key(device->identity())).second) {
      const std::string shown = device->key.empty() ? "[secret]" : device->key;
      return Error{"device: two devices have the same key (got " + shown + ")", "one [[source.device]] per device"};
    }
    if (!stations.insert(device->station.station_id).second) {
      return Error{"device: two devices have the same station_id (got " + device->station.station_id + ")",
                   "give each device its own station; the sensors of one bridge share its key"};
    }
  }
  return {};
}

std::string fold_key(std::string_view key) {
  std::string folded(key);
  std::transform(folded.begin(), folded.end(), folded.begin(),
                 [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  return folded;
}

bool looks_masked(std::string_view key) { return key.find("***") != std::string_view::npos; }

bool looks_like_passkey(std::string_view key) {
  return key.size() == 32 &&
         std::all_of(key.begin(), key.end(), [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; });
}

}  // namespace wayside::edge
