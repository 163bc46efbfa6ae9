#include "edge/drivers/http_push.h"

#include <boost/asio/post.hpp>
#include <deque>
#include <random>
#include <unordered_map>

#include "common/base/log.h"
#include "common/contract/message.h"
#include "common/http/server.h"
#include "edge/drivers/device_times.h"
#include "edge/drivers/http_push_dialect.h"
#include "edge/drivers/rail_intake.h"
#include "edge/drivers/rate_limit.h"
#include "edge/drivers/weather_intake.h"

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
        times_(host),
        weather_(host, times_),
        rail_(settings.rail, host, times_),
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
    WAYSIDE_TRY(rail_.start());
    WAYSIDE_TRY(server_->start());
    for (const auto& device : settings_.devices) host_.announce(device->station.info());
    log_info("http_push_listening", {{"listen", settings_.listen}, {"port", server_->port()}, {"devices", devices_.size()}});
    host_.report_ok();
    return {};
  }

  void stop() {
    rail_.stop();
    if (server_) server_->stop();
  }

  std::uint16_t port() const { return server_ ? server_->port() : 0; }
  HttpPushCounters counters() const {
    HttpPushCounters counters = counters_;
    counters.device_time = times_.counters();
    counters.dropped_values = weather_.dropped_values();
    return counters;
  }

  std::map<std::string, std::uint64_t> counts() const {
    const HttpServerCounters http = server_ ? server_->counters() : HttpServerCounters{};
    return {{"not_stored", counters_.not_stored},
            {"refused_connections", http.refused_connections},
            {"bad_requests", http.bad_requests},
            {"too_many", counters_.too_many},
            {"device_clock_behind", times_.counters().behind}};
  }

 private:
  /// One request on its way through the commit.
  struct Pending {
    std::shared_ptr<HttpExchange> exchange;
    ParsedRequest parsed;
    std::vector<UploadOutcome> outcomes;
    RailGroup group;  ///< weather has no part of it but the readings and memories
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
    if (!pending->parsed.counts) return take_all(pending);
    counting_.push_back(pending);
    if (counting_.size() == 1) take_all(pending);
  }

  void take_all(const std::shared_ptr<Pending>& pending) {
    for (PushedUpload& upload : pending->parsed.uploads) pending->outcomes.push_back(take(upload, *pending));
    rail_.finish(pending->group, pending->exchange->request().body);
    if (pending->group.observations.empty()) {
      respond(*pending);
      return next_counting(*pending);
    }
    host_.accept(std::move(pending->group.observations), std::move(pending->group.memories),
                 [weak = weak_from_this(), pending](const Status& status) {
                   const auto self = weak.lock();
                   if (!self) return;
                   self->committed(*pending, status);
                   self->next_counting(*pending);
                 });
  }

  /// What counts waits for the commit of what was counted before: a count that was not kept must not be in the next total.
  void next_counting(const Pending& done) {
    if (!done.parsed.counts) return;
    counting_.pop_front();
    if (counting_.empty()) return;
    boost::asio::post(host_.loop(), [weak = weak_from_this(), next = counting_.front()] {
      if (const auto self = weak.lock()) self->take_all(next);
    });
  }

  /// All records of a request have the same key: the first one that can be read stands for them.
  bool over_device_limit(const ParsedRequest& parsed) {
    for (const PushedUpload& decoded : parsed.uploads) {
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

  UploadOutcome take(PushedUpload& decoded, Pending& pending) {
    if (const auto* refusal = std::get_if<FrameRefusal>(&decoded)) return refuse(*refusal, pending);
    if (const auto* arrival = std::get_if<ArrivalRecord>(&decoded))
      return accepted_unless(rail_.take(*arrival, pending.group), pending);
    if (const auto* person = std::get_if<PersonRecord>(&decoded))
      return accepted_unless(rail_.take(*person, pending.group), pending);
    WeatherUpload& upload = std::get<WeatherUpload>(decoded);
    const HttpPushDevice* device = find_device(upload);
    if (device == nullptr) return refuse_unknown(upload, pending);
    if (!device->password.empty() && !same_secret(device->password.reveal(), upload.password)) {
      return refuse({FrameReason::kBadPassword, "station " + device->station.station_id}, pending);
    }
    auto taken = weather_.take(upload, *device);
    if (auto* refusal = std::get_if<FrameRefusal>(&taken)) return refuse(std::move(*refusal), pending);
    auto& [observation, memory] = std::get<WeatherIntake::Taken>(taken);
    pending.group.observations.push_back(std::move(observation));
    if (memory) pending.group.memories.push_back(std::move(*memory));
    return {Kind::kAccepted, {}, 0};
  }

  UploadOutcome accepted_unless(std::optional<FrameRefusal> refusal, Pending& pending) {
    if (refusal) return refuse(std::move(*refusal), pending);
    return {Kind::kAccepted, {}, 0};
  }

  const HttpPushDevice* find_device(const WeatherUpload& upload) const {
    for (const std::string& key : upload.keys) {
      const auto found = devices_.find(fold_key(key));
      if (found != devices_.end()) return found->second;
    }
    return nullptr;
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
      weather_.forget_uncommitted();
      rail_.forget_uncommitted();
      log_limited(LogLevel::kError, "upload_not_stored", "http_push", {{"error", status.error().message}});
    }
    respond(pending);
  }

  void respond(const Pending& pending) { pending.exchange->respond(answer(pending.parsed, pending.outcomes, host_.now())); }

  const HttpPushSettings& settings_;
  DriverHost& host_;
  DeviceTimes times_;
  WeatherIntake weather_;
  RailIntake rail_;
  std::deque<std::shared_ptr<Pending>> counting_;  ///< the first one is under way; as many as there are connections
  RateLimit per_address_;
  RateLimit per_device_;
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
HttpPushCounters HttpPushDriver::counters() const { return impl_->counters(); }
std::map<std::string, std::uint64_t> HttpPushDriver::counts() const { return impl_->counts(); }

DriverEntry http_push_driver() {
  return {
      "http_push",
      "hardware that uploads by HTTP: weather (Weather Underground, Ecowitt, Sensor.Community, Kafka REST), rail (Kafka REST)",
      [] { return std::make_unique<HttpPushSettings>(); },
      [](const SettingsGroup& settings, DriverHost& host) -> std::unique_ptr<Driver> {
        return std::make_unique<HttpPushDriver>(static_cast<const HttpPushSettings&>(settings), host);
      },
      [](const SettingsGroup& group) {
        const auto& settings = static_cast<const HttpPushSettings&>(group);
        std::vector<std::string> stations;
        for (const auto& device : settings.devices) stations.push_back(device->station.station_id);
        if (const auto rail = load_rail_stations(settings.rail)) {  // else start() says why
          for (const auto& [key, station] : *rail) stations.push_back(station.station_id);
        }
        return stations;
      }};
}

}  // namespace wayside::edge
