#include "edge/drivers/http_push.h"

#include <random>
#include <unordered_map>

#include "common/base/log.h"
#include "common/contract/message.h"
#include "common/http/server.h"
#include "edge/drivers/device_lag.h"
#include "edge/drivers/http_push_dialect.h"
#include "edge/drivers/rate_limit.h"
#include "edge/drivers/weather_rain.h"

namespace wayside::edge {
namespace {

using Kind = UploadOutcome::Kind;

constexpr std::size_t kFrameBytesMax = 4096;

/// Compares in a time that does not tell how much of a guess was right.
bool same_secret(std::string_view a, std::string_view b) {
  unsigned char difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  return difference == 0;
}

/// Enough of a key for its owner to know it again, and a mark that tells two keys apart. The mark is salted anew in each
/// process: the rest of a PASSKEY (the MD5 of a MAC) cannot be computed from it.
std::string mask_key(std::string_view key) {
  static const std::string kSalt = std::to_string((std::uint64_t{std::random_device{}()} << 32) + std::random_device{}());
  char mark[8];
  std::snprintf(mark, sizeof mark, "%04zx", std::hash<std::string>{}(kSalt + fold_key(key)) & 0xffff);
  std::string shown;
  for (const char c : key.substr(0, key.size() > 6 ? 4 : 1)) shown += c > ' ' && c < 127 && c != '"' && c != '\\' ? c : '?';
  return shown + "***" + mark;
}

/// As a TOML string. Devices send what they like, and people paste what `status` shows.
std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string settings_hint(const std::string& masked, bool secret) {
  const std::string key =
      secret ? "key_file = \"/etc/wayside/weather-1.passkey\"  # first line: the whole PASSKEY, not " + masked
             : "key = " + quoted(masked) + (looks_masked(masked) ? "  # the whole key, as it stands in the device" : "");
  return "[[source.device]]\n" + key +
         "\nstation_id = \"weather-1\"\nname = \"Weather 1\"\nlat = 0.0  # where it stands\nlon = 0.0\nreport_interval_s = "
         "60\n";
}

/// The request as it is shown to people: no headers (Authorization), secrets and an unknown device's key masked.
std::string shown_frame(const HttpRequest& request, const std::string& unknown_key) {
  std::string frame = request.method + " " + request.target + (request.body.empty() ? "" : "\n") + request.body;
  frame = mask_secrets(frame);
  for (std::size_t at = 0; !unknown_key.empty() && (at = frame.find(unknown_key, at)) != std::string::npos;) {
    const std::string masked = mask_key(unknown_key);
    frame.replace(at, unknown_key.size(), masked);
    at += masked.size();
  }
  if (frame.size() > kFrameBytesMax) frame.resize(kFrameBytesMax);
  return frame;
}

}  // namespace

class HttpPushDriver::Impl : public std::enable_shared_from_this<HttpPushDriver::Impl> {
 public:
  Impl(const HttpPushSettings& settings, DriverHost& host)
      : settings_(settings),
        host_(host),
        rain_(host),
        per_address_(static_cast<std::size_t>(settings.requests_per_minute_max)),
        per_device_(static_cast<std::size_t>(settings.uploads_per_minute_max)) {}

  Status start() {
    for (const auto& device : settings_.devices) devices_.emplace(fold_key(device->identity()), device.get());
    HttpServerOptions options;
    options.listen = settings_.listen;
    options.connections_max = static_cast<std::size_t>(settings_.connections_max);
    options.connections_per_address_max = static_cast<std::size_t>(settings_.connections_per_address_max);
    options.header_timeout_s = static_cast<std::uint32_t>(settings_.header_timeout_s);
    options.on_refused = [weak = weak_from_this()](const HttpRefusal& refusal) {
      if (const auto self = weak.lock()) self->refuse_no_request(refusal);
    };
    options.request_timeout_s = static_cast<std::uint32_t>(settings_.request_timeout_s);
    options.body_bytes_max = static_cast<std::size_t>(settings_.body_bytes_max);
    server_ =
        std::make_unique<HttpServer>(host_.loop(), options, [weak = weak_from_this()](std::shared_ptr<HttpExchange> exchange) {
          if (const auto self = weak.lock()) self->serve(std::move(exchange));
        });
    WAYSIDE_TRY(server_->start());
    for (const auto& device : settings_.devices) host_.announce(device->station.info());
    log_info("http_push_listening", {{"listen", settings_.listen}, {"port", server_->port()}, {"devices", devices_.size()}});
    host_.report_ok();
    return {};
  }

  void stop() {
    if (server_) server_->stop();
  }

  std::uint16_t port() const { return server_ ? server_->port() : 0; }
  const HttpPushCounters& counters() const { return counters_; }

  std::map<std::string, std::uint64_t> counts() const {
    const HttpServerCounters http = server_ ? server_->counters() : HttpServerCounters{};
    return {{"not_stored", counters_.not_stored},
            {"refused_connections", http.refused_connections},
            {"bad_requests", http.bad_requests},
            {"too_many", counters_.too_many},
            {"device_clock_behind", counters_.device_clock_behind}};
  }

 private:
  /// One request on its way through the commit.
  struct Pending {
    std::shared_ptr<HttpExchange> exchange;
    ParsedRequest parsed;
    std::vector<UploadOutcome> outcomes;
    std::vector<Observation> observations;
    std::vector<Memory> memories;
  };

  void serve(std::shared_ptr<HttpExchange> exchange) {
    if (!per_address_.take(exchange->request().remote, host_.clock().monotonic())) {
      note_too_many("address " + exchange->request().remote);
      return exchange->respond(answer_too_many(exchange->request()));
    }
    const auto pending = std::make_shared<Pending>();
    pending->parsed = parse_request(exchange->request(), static_cast<std::size_t>(settings_.records_max));
    pending->exchange = std::move(exchange);
    if (over_device_limit(pending->parsed)) {
      pending->outcomes.push_back({Kind::kTooMany, {}, 0});
      return respond(*pending);
    }
    for (DecodedUpload& upload : pending->parsed.uploads) pending->outcomes.push_back(take(upload, *pending));
    if (pending->observations.empty()) return respond(*pending);
    host_.accept(std::move(pending->observations), std::move(pending->memories),
                 [weak = weak_from_this(), pending](const Status& status) {
                   if (const auto self = weak.lock()) self->committed(*pending, status);
                 });
  }

  /// All records of a request have the same key: the first one that can be read stands for them.
  bool over_device_limit(const ParsedRequest& parsed) {
    for (const DecodedUpload& decoded : parsed.uploads) {
      const auto* upload = std::get_if<WeatherUpload>(&decoded);
      const HttpPushDevice* device = upload == nullptr ? nullptr : find_device(*upload);
      if (device == nullptr) continue;
      if (per_device_.take(device->station.station_id, host_.clock().monotonic())) return false;
      note_too_many("station " + device->station.station_id);
      return true;
    }
    return false;
  }

  void note_too_many(const std::string& who) {
    ++counters_.too_many;
    log_limited(LogLevel::kWarn, "too_many_uploads", settings_.listen,
                {{"listen", settings_.listen},
                 {"from", who},
                 {"try", "uploads_per_minute_max or requests_per_minute_max, if it is meant to be so"}});
  }

  /// What the HTTP server answered by itself: no dialect, no device, but somebody may be looking for the reason.
  void refuse_no_request(const HttpRefusal& refusal) {
    const bool large = refusal.status == 413 || refusal.status == 431;
    const FrameReason reason = large ? FrameReason::kTooLarge : FrameReason::kBadRequest;
    ++counters_.refused[static_cast<std::size_t>(reason)];
    host_.refused({std::string(to_text(reason)),
                   "HTTP " + std::to_string(refusal.status) + ": " + refusal.why + " (from " + refusal.remote + ")",
                   mask_secrets(refusal.head)});
  }

  UploadOutcome take(DecodedUpload& decoded, Pending& pending) {
    if (const auto* refusal = std::get_if<FrameRefusal>(&decoded)) return refuse(*refusal, pending);
    WeatherUpload& upload = std::get<WeatherUpload>(decoded);
    const HttpPushDevice* device = find_device(upload);
    if (device == nullptr) return refuse_unknown(upload, pending);
    if (!device->password.empty() && !same_secret(device->password.reveal(), upload.password)) {
      return refuse({FrameReason::kBadPassword, "station " + device->station.station_id}, pending);
    }
    const std::string& station_id = device->station.station_id;
    const auto observed_at = observation_time(upload, *device);
    add_rain(upload, station_id, observed_at ? observed_at : host_.now(), pending);
    count_dropped(upload.fields, station_id);
    if (!upload.fields.has_measurement()) return refuse(nothing_usable(upload.fields), pending);
    pending.observations.push_back({station_id, Stream::kWeather, observed_at, upload.fields.json()});
    return {Kind::kAccepted, {}, 0};
  }

  const HttpPushDevice* find_device(const WeatherUpload& upload) const {
    for (const std::string& key : upload.keys) {
      const auto found = devices_.find(fold_key(key));
      if (found != devices_.end()) return found->second;
    }
    return nullptr;
  }

  std::optional<UtcTime> observation_time(const WeatherUpload& upload, const HttpPushDevice& device) {
    if (!device.use_device_time) return std::nullopt;
    if (upload.device_time_unreadable) {
      ++counters_.device_time_unreadable;
      host_.left_out(LeftOut::kDeviceTime);
    }
    const auto now = host_.now();
    const DeviceClock clock = judge_device_time(upload.device_time, now);
    if (clock == DeviceClock::kNone) return std::nullopt;
    if (clock == DeviceClock::kGood) {
      if (now) warn_when_behind(device.station.station_id, *upload.device_time, *now);
      return upload.device_time;
    }
    const bool unset = clock == DeviceClock::kUnset;
    ++(unset ? counters_.device_clock_unset : counters_.device_clock_ahead);
    host_.left_out(LeftOut::kDeviceTime);
    log_limited(LogLevel::kWarn, "device_clock_wrong", device.station.station_id,
                {{"station_id", device.station.station_id},
                 {"problem", unset ? "unset" : "ahead"},
                 {"device_time", format_rfc3339(*upload.device_time)}});
    return std::nullopt;
  }

  void warn_when_behind(const std::string& station_id, UtcTime device_time, UtcTime now) {
    if (!lags_.clock_is_behind(station_id, device_time, now)) return;
    ++counters_.device_clock_behind;
    log_limited(LogLevel::kWarn, "device_clock_wrong", station_id,
                {{"station_id", station_id},
                 {"problem", "behind"},
                 {"device_time", format_rfc3339(device_time)},
                 {"try", "set the device's clock, or use_device_time = false"}});
  }

  void add_rain(WeatherUpload& upload, const std::string& station_id, std::optional<UtcTime> at, Pending& pending) {
    if (!upload.rain) return;
    upload.fields.set_number("precipitation_total_mm", upload.rain->mm);
    if (!upload.fields.number("precipitation_total_mm")) return;
    auto step = rain_.advance(station_id, *upload.rain, at);
    if (!step) step = RainCounters::Step{upload.rain->counter + "/unkept", std::nullopt};
    upload.fields.set_text("counter_id", step->counter_id);
    if (step->memory) pending.memories.push_back(std::move(*step->memory));
  }

  void count_dropped(const WeatherFields& fields, const std::string& station_id) {
    for (const DroppedValue& dropped : fields.dropped()) {
      const std::string key = std::string(dropped.field) + "/" + std::string(to_text(dropped.fault));
      ++counters_.dropped_values[key];
      host_.left_out(LeftOut::kValue);
      log_limited(LogLevel::kWarn, "value_dropped", station_id + "/" + key,
                  {{"station_id", station_id}, {"field", dropped.field}, {"fault", to_text(dropped.fault)}});
    }
  }

  static FrameRefusal nothing_usable(const WeatherFields& fields) {
    std::string detail;
    bool only_texts = !fields.dropped().empty();
    for (const DroppedValue& dropped : fields.dropped()) {
      detail += (detail.empty() ? "" : ", ") + std::string(dropped.field) + " " + std::string(to_text(dropped.fault));
      only_texts = only_texts && dropped.fault == ValueFault::kNotANumber;
    }
    if (detail.empty()) detail = "no value of the contract's fields";
    return {only_texts ? FrameReason::kNotANumber : FrameReason::kNoValues, detail};
  }

  UploadOutcome refuse(FrameRefusal refusal, Pending& pending, const std::string& unknown_key = {}) {
    ++counters_.refused[static_cast<std::size_t>(refusal.reason)];
    const std::string_view reason = to_text(refusal.reason);
    const HttpRequest& request = pending.exchange->request();
    // A browser's or scanner's look at a path is no frame of hardware.
    const bool frame = pending.parsed.dialect != Dialect::kUnknown || !request.query.empty() || !request.body.empty();
    if (frame) {
      const std::string from = " (" + std::string(to_text(pending.parsed.dialect)) + " from " + request.remote + ")";
      host_.refused({std::string(reason), refusal.detail + from, shown_frame(request, unknown_key)});
    }
    return {Kind::kRefused, std::move(refusal), 0};
  }

  UploadOutcome refuse_unknown(const WeatherUpload& upload, Pending& pending) {
    const bool topic = pending.parsed.dialect == Dialect::kKafkaRest;  // whose names Kafka allows: no secret, no trick
    const std::string masked = topic ? upload.keys.front() : mask_key(upload.keys.front());
    host_.unknown_device({masked, "http_push", settings_hint(masked, upload.key_is_secret)});
    return refuse({FrameReason::kUnknownDevice, "key " + masked}, pending, topic ? "" : upload.keys.front());
  }

  void committed(Pending& pending, const Status& status) {
    for (UploadOutcome& outcome : pending.outcomes) {
      if (outcome.kind != Kind::kAccepted) continue;
      if (status.ok()) {
        outcome.offset = counters_.accepted++;
      } else {
        outcome.kind = Kind::kNotStored;
        ++counters_.not_stored;
      }
    }
    if (!status.ok()) {
      rain_.forget_uncommitted();
      log_limited(LogLevel::kError, "upload_not_stored", "http_push", {{"error", status.error().message}});
    }
    respond(pending);
  }

  void respond(const Pending& pending) { pending.exchange->respond(answer(pending.parsed, pending.outcomes, host_.now())); }

  const HttpPushSettings& settings_;
  DriverHost& host_;
  RainCounters rain_;
  RateLimit per_address_;
  RateLimit per_device_;
  DeviceLags lags_;
  std::unordered_map<std::string, const HttpPushDevice*> devices_;
  std::unique_ptr<HttpServer> server_;
  HttpPushCounters counters_;
};

HttpPushDriver::HttpPushDriver(const HttpPushSettings& settings, DriverHost& host)
    : impl_(std::make_shared<Impl>(settings, host)) {}
HttpPushDriver::~HttpPushDriver() { impl_->stop(); }
Status HttpPushDriver::start() { return impl_->start(); }
void HttpPushDriver::stop() { impl_->stop(); }
std::uint16_t HttpPushDriver::port() const { return impl_->port(); }
const HttpPushCounters& HttpPushDriver::counters() const { return impl_->counters(); }
std::map<std::string, std::uint64_t> HttpPushDriver::counts() const { return impl_->counts(); }

DriverEntry http_push_driver() {
  return {"http_push", "weather hardware that uploads by HTTP (Weather Underground, Ecowitt, Sensor.Community, Kafka REST)",
          [] { return std::make_unique<HttpPushSettings>(); },
          [](const SettingsGroup& settings, DriverHost& host) -> std::unique_ptr<Driver> {
            return std::make_unique<HttpPushDriver>(static_cast<const HttpPushSettings&>(settings), host);
          },
          [](const SettingsGroup& settings) {
            std::vector<std::string> stations;
            for (const auto& device : static_cast<const HttpPushSettings&>(settings).devices) {
              stations.push_back(device->station.station_id);
            }
            return stations;
          }};
}

}  // namespace wayside::edge
