#include "edge/drivers/mqtt_in.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <random>

#include "edge/drivers/devices_heard.h"
#include "edge/drivers/driver_state.h"
#include "edge/drivers/json_line.h"
#include "edge/drivers/weather_reporter.h"

namespace wayside::edge {
namespace {

constexpr auto kSilenceCheck = std::chrono::seconds(5);

std::string random_client_id() {
  std::random_device random;
  return "wayside-in-" + std::to_string(random());
}

}  // namespace

void MqttInBroker::describe(SettingsVisitor& visitor) {
  visitor.text("host", host, "Name or address of the devices' MQTT broker.");
  visitor.integer("port", port, {1, 65535}, "Its port: 1883 plain, 8883 with TLS.");
  visitor.text("username", username, "MQTT user; empty for a broker that lets anybody in.");
  visitor.secret("password", password, "", "File whose first line is the MQTT password.");
  visitor.boolean("tls", tls, "Speak TLS; implied by ca_file.");
  visitor.text("ca_file", ca_file, "PEM file of the authority that signed the broker's certificate; empty: the system's.");
  visitor.text("cert_file", cert_file, "PEM client certificate, where the broker asks for one.");
  visitor.text("key_file", key_file, "PEM key of cert_file.");
}

void MqttInValueSettings::describe(SettingsVisitor& visitor) {
  visitor.text("field", field, "The contract's field of stream weather, such as air_temperature_C.", Presence::kRequired);
  visitor.text("pointer", pointer,
               "JSON pointer to the number, such as /AHT1X-0x38/Temperature; empty: the message is the number.");
  visitor.real("scale", scale, {}, "The value is number * scale + offset; from °F: 0.5555556.");
  visitor.real("offset", offset, {}, "Added after scaling; from °F: -17.7777778.");
}

Status MqttInValueSettings::validate() const {
  const auto fields = value_fields(Stream::kWeather);
  const bool known = std::any_of(fields.begin(), fields.end(), [this](const ValueField& known_field) {
    return known_field.name == field && known_field.type == ValueType::kNumber;
  });
  if (!known) return Error{"field: is no number of stream weather (got " + field + ")", "air_temperature_C, …"};
  if (!valid_pointer(pointer)) return Error{"pointer: is no JSON pointer (got " + pointer + ")", "/Sensor/Temperature"};
  return {};
}

void MqttInTopic::describe(SettingsVisitor& visitor) {
  visitor.text("filter", filter, "Topic of the device's messages; + and # as MQTT has them.", Presence::kRequired);
  visitor.texts("match", match,
                "What must stand in a message, where several devices share a topic: [\"/model=Bresser-5in1\", \"/id=118\"].");
  visitor.list_of("value", values, "The values to take.");
  visitor.integer("silent_after_s", silent_after_s, {1, 604'800},
                  "Without a message for this long the device is a fault in health.");
  station.describe(visitor, "How often the device sends, at least.");
}

Status MqttInTopic::validate() const {
  if (mosquitto_sub_topic_check(filter.c_str()) != MOSQ_ERR_SUCCESS || filter.empty()) {
    return Error{"filter: is no topic filter (got " + filter + ")", "tele/roof/SENSOR"};
  }
  for (const std::string& text : match) {
    if (!parse_match(text)) return Error{"match: is no pointer=text (got " + text + ")", "/model=Bresser-5in1"};
  }
  if (values.empty()) return Error{"value: there is none", "add a [[source.topic.value]] table"};
  return station.validate();
}

void MqttInSettings::describe(SettingsVisitor& visitor) {
  visitor.group("broker", broker, "The broker that the devices use; not the agent's own, unless that is the same one.");
  visitor.text("client_id", client_id, "MQTT client id there; empty: a new one at each start.");
  visitor.list_of("topic", topics, "The devices to take.");
}

Status MqttInSettings::validate() const {
  if (topics.empty()) return Error{"topic: there is none", "add a [[source.topic]] table"};
  return {};
}

class MqttInDriver::Impl : public std::enable_shared_from_this<MqttInDriver::Impl> {
 public:
  Impl(const MqttInSettings& settings, DriverHost& host)
      : settings_(settings),
        host_(host),
        state_(host, settings.broker.host),
        handover_(host, settings.broker.host),
        reporter_(host, handover_),
        silence_(host.loop()) {
    std::vector<std::string> filters;
    for (const auto& topic : settings.topics) {
      Device& device = devices_.emplace_back();
      device.settings = topic.get();
      for (const auto& value : topic->values)
        device.values.push_back({value->field, value->pointer, value->scale, value->offset});
      for (const std::string& text : topic->match) device.matches.push_back(*parse_match(text));
      heard_.add(topic->filter, std::chrono::seconds(topic->silent_after_s), host.clock().monotonic());
      if (std::find(filters.begin(), filters.end(), topic->filter) == filters.end()) filters.push_back(topic->filter);
    }
    subscriber_ = std::make_unique<MqttSubscriber>(
        host.loop(), settings.broker, settings.client_id.empty() ? random_client_id() : settings.client_id, std::move(filters));
  }

  void start() {
    for (const auto& topic : settings_.topics) host_.announce(topic->station.info());
    subscriber_->start({[this] {
                          broker_fault_.clear();
                          subscribed_ = true;
                          judge();
                        },
                        [this](const std::string& why) {
                          broker_fault_ = why;
                          judge();
                        },
                        [this](const MqttArrived& arrived) { take(arrived); }});
    watch_silence();
  }

  void stop() {
    silence_.cancel();
    subscriber_->stop();
  }

  std::map<std::string, std::uint64_t> counts() const {
    return {{"not_stored", handover_.not_stored()},
            {"dropped_messages", subscriber_->dropped()},
            {"repeats", heard_.repeats()},
            {"retained", retained_},
            {"other_messages", other_messages_}};
  }

  void take(const MqttArrived& arrived) {
    if (arrived.retained) {
      ++retained_;
      return;
    }
    bool taken = false;
    std::optional<MqttInReason> reason;
    for (std::size_t i = 0; i < devices_.size(); ++i) {
      const Device& device = devices_[i];
      bool matches = false;
      mosquitto_topic_matches_sub(device.settings->filter.c_str(), arrived.topic.c_str(), &matches);
      if (!matches) continue;
      auto decoded = arrived.payload.size() > MqttSubscriber::kPayloadMax
                         ? MqttInReason::kTooLarge
                         : decode_mqtt_message(arrived.payload, device.values, device.matches);
      if (const auto* why = std::get_if<MqttInReason>(&decoded)) {
        reason = *why;
      } else if (auto* weather = std::get_if<MqttInWeather>(&decoded)) {
        taken = true;
        report(i, *weather, arrived);
      }
    }
    if (!taken && reason) refuse(*reason, arrived);
    if (!taken && !reason) ++other_messages_;
  }

  void judge() {
    if (!broker_fault_.empty()) return state_.fault(broker_fault_);
    const auto silent = heard_.silent(host_.clock().monotonic());
    if (silent.count > 0) return state_.fault("silent: " + silent.names);
    if (subscribed_) state_.ok();
  }

 private:
  struct Device {
    const MqttInTopic* settings = nullptr;
    std::vector<MqttInValue> values;
    std::vector<MqttInMatch> matches;
  };

  void report(std::size_t device, MqttInWeather& weather, const MqttArrived& arrived) {
    // rtl_433 passes every repeat of a transmission on.
    if (!heard_.is_news(device, weather.fields, weather.rain, host_.clock().monotonic())) return;
    if (!reporter_.report(devices_[device].settings->station.station_id, std::move(weather.fields), weather.rain)) {
      return refuse(MqttInReason::kNoValues, arrived);
    }
    judge();
  }

  void refuse(MqttInReason reason, const MqttArrived& arrived) {
    host_.refused({std::string(to_text(reason)), shown_bytes(arrived.topic), shown_bytes(arrived.payload)});
  }

  void watch_silence() {
    silence_.expires_after(kSilenceCheck);
    silence_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      const auto self = weak.lock();
      if (error || !self) return;
      self->judge();
      self->watch_silence();
    });
  }

  const MqttInSettings& settings_;
  DriverHost& host_;
  DriverState state_;
  Handover handover_;
  WeatherReporter reporter_;
  boost::asio::steady_timer silence_;
  std::vector<Device> devices_;
  DevicesHeard heard_;
  std::string broker_fault_;
  bool subscribed_ = false;
  std::uint64_t retained_ = 0;
  std::uint64_t other_messages_ = 0;
  std::unique_ptr<MqttSubscriber> subscriber_;
};

MqttInDriver::MqttInDriver(const MqttInSettings& settings, DriverHost& host) : impl_(std::make_shared<Impl>(settings, host)) {}
MqttInDriver::~MqttInDriver() { impl_->stop(); }
Status MqttInDriver::start() {
  impl_->start();
  return {};
}
void MqttInDriver::stop() { impl_->stop(); }
std::map<std::string, std::uint64_t> MqttInDriver::counts() const { return impl_->counts(); }
void MqttInDriver::take(const MqttArrived& arrived) { impl_->take(arrived); }
void MqttInDriver::check_silence() { impl_->judge(); }

DriverEntry mqtt_in_driver() {
  return {"mqtt_in", "weather devices of other makers on a local MQTT broker (Tasmota, Zigbee2MQTT, rtl_433)",
          [] { return std::make_unique<MqttInSettings>(); },
          [](const SettingsGroup& settings, DriverHost& host) -> std::unique_ptr<Driver> {
            return std::make_unique<MqttInDriver>(static_cast<const MqttInSettings&>(settings), host);
          },
          [](const SettingsGroup& settings) {
            std::vector<std::string> stations;
            for (const auto& topic : static_cast<const MqttInSettings&>(settings).topics)
              stations.push_back(topic->station.station_id);
            return stations;
          }};
}

}  // namespace wayside::edge
