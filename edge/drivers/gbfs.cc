#include "edge/drivers/gbfs.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <unordered_map>
#include <unordered_set>

#include "common/base/log.h"
#include "common/base/readable_file.h"
#include "common/contract/names.h"
#include "edge/drivers/gbfs_decoder.h"
#include "edge/http_fetch.h"

namespace wayside::edge {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr double kBackoffMinS = 2;
constexpr double kBackoffMaxS = 300;
// A status of a station nobody has described asks for new information, at most this often.
constexpr double kUnknownStationRefreshS = 60;
constexpr MonoTime kInformationRetry{60'000};
// Fetches of information without a station after which it is retired.
constexpr int kMissingMax = 3;
// Refused items to remember; above it they are told anew.
constexpr std::size_t kRefusedMax = 10'000;

class GbfsDriver final : public Driver {
 public:
  GbfsDriver(const GbfsSettings& settings, DriverHost& host)
      : settings_(settings), host_(host), timer_(host.loop()), random_(std::random_device{}()) {}

  Status start() override {
    auto fetcher = make_curl_fetcher(host_.loop(), settings_.ca_file);
    if (!fetcher) return std::move(fetcher).error();
    fetcher_ = std::move(*fetcher);
    for (const auto& [station, print] : host_.recall_all()) {
      if (!print.empty()) sent_[station] = std::strtoull(print.c_str(), nullptr, 16);
    }
    poll();
    return {};
  }

  void stop() override {
    stopping_ = true;
    timer_.cancel();
    fetcher_.reset();
  }

  void poll_once(std::function<void(const Status&)> done) override { once_ = std::move(done); }

 private:
  /// One round: feeds when they are not known, information when it is due, then status.
  void poll() {
    if (status_url_.empty() || feeds_due_) return fetch(settings_.url, "", &GbfsDriver::take_feeds);
    if (information_due()) return fetch(information_url_, information_etag_, &GbfsDriver::take_information);
    poll_status();
  }

  void poll_status() { fetch(status_url_, status_etag_, &GbfsDriver::take_status); }

  bool information_due() const {
    const MonoTime now = host_.clock().monotonic();
    if (now < information_retry_at_) return false;
    const double age_s = Seconds(now - information_at_).count();
    return !has_information_ || age_s >= std::max(settings_.information_interval_s, information_ttl_s_) ||
           (unknown_station_ && age_s >= std::max(kUnknownStationRefreshS, information_ttl_s_));
  }

  void fetch(const std::string& url, const std::string& etag, Status (GbfsDriver::*take)(const FetchAnswer&)) {
    FetchRequest request{url, etag, static_cast<std::uint32_t>(settings_.timeout_s)};
    fetcher_->fetch(std::move(request), [this, url, take](Result<FetchAnswer> answer) {
      if (stopping_) return;
      const double retry_after_s = answer ? answer->retry_after_s.value_or(0) : 0;
      Status taken = !answer ? Status(std::move(answer).error()) : check_answer(*answer, take);
      if (taken.ok()) return;
      const std::string why = url_for_people(url) + ": " + taken.error().message;
      // Stations can do without new information, but not without readings.
      if (take == &GbfsDriver::take_information) return information_failed(why, retry_after_s);
      failed(why, retry_after_s);
    });
  }

  Status check_answer(const FetchAnswer& answer, Status (GbfsDriver::*take)(const FetchAnswer&)) {
    if (answer.status != 200 && answer.status != 304) return Error{"HTTP " + std::to_string(answer.status), ""};
    return (this->*take)(answer);
  }

  void information_failed(const std::string& why, double retry_after_s) {
    log_limited(LogLevel::kWarn, "gbfs_information_failed", url_for_people(settings_.url), {{"why", why}});
    const auto asked_for = std::chrono::duration_cast<MonoTime>(Seconds(retry_after_s));
    information_retry_at_ = host_.clock().monotonic() + std::max(kInformationRetry, asked_for);
    poll_status();
  }

  Status take_feeds(const FetchAnswer& answer) {
    auto feeds = parse_gbfs_feeds(answer.body, settings_.language);
    if (!feeds) return std::move(feeds).error();
    move_to(feeds->urls["station_information"], information_url_, information_etag_);
    move_to(feeds->urls["station_status"], status_url_, status_etag_);
    feeds_due_ = false;
    log_info("gbfs_system", {{"url", url_for_people(settings_.url)}, {"version", feeds->version}});
    poll();
    return {};
  }

  /// An ETag belongs to its address: at another one it would say "nothing new" of what was never read.
  static void move_to(const std::string& address, std::string& url, std::string& etag) {
    if (url != address) etag.clear();
    url = address;
  }

  Status take_information(const FetchAnswer& answer) {
    if (answer.status == 200) {
      auto information = parse_gbfs_information(answer.body, settings_.language);
      if (!information) return std::move(information).error();
      information_ttl_s_ = information->ttl_s;
      described_.clear();
      for (const GbfsStation& station : information->stations) announce(station);
      information_etag_ = answer.etag;
    }
    retire_missing();
    has_information_ = true;
    unknown_station_ = false;
    information_at_ = host_.clock().monotonic();
    poll();
    return {};
  }

  void announce(const GbfsStation& station) {
    const std::string id = station_id(station.station_id);
    if (!valid_station_id(id)) {
      return refuse_once({"bad_station_id", "over 64 characters when encoded", station.station_id}, station.station_id);
    }
    auto info = nlohmann::json::parse(station.info);
    info["station_id"] = id;
    info["streams"] = {{"bike_status", {{"report_interval_s", settings_.report_interval_s}}}};
    described_.insert(id);
    host_.announce({id, info.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)});
  }

  /// A station that kMissingMax successive fetches of information do not name, nor the status, is no more. A feed that
  /// names none at all is taken for broken.
  void retire_missing() {
    if (described_.empty()) return;
    std::vector<std::string> gone;
    for (const auto& [station, print] : sent_) {
      const bool there = described_.contains(station) || reporting_.contains(station);
      const int missing = missing_[station] = there ? 0 : missing_[station] + 1;
      if (missing >= kMissingMax) gone.push_back(station);
    }
    std::vector<Memory> memories;
    for (const std::string& station : gone) {
      sent_.erase(station);
      missing_.erase(station);
      memories.push_back({station, ""});
      host_.retire(station);
    }
    if (!gone.empty()) host_.accept({}, std::move(memories), [](const Status&) {});
  }

  std::string station_id(const std::string& feed_id) const { return encode_station_id(settings_.station_prefix + feed_id); }

  Status take_status(const FetchAnswer& answer) {
    if (answer.status == 304) {
      succeeded(last_ttl_s_);
      return {};
    }
    auto feed = parse_gbfs_status(answer.body);
    if (!feed) return std::move(feed).error();
    last_ttl_s_ = feed->ttl_s;
    for (const std::string& object : feed->refused) {
      refuse_once({"bad_status", "no station_id, last_reported is no time, or nested too deep", object}, object);
    }
    if (feed->stations.empty() && !feed->refused.empty()) {
      failed(url_for_people(status_url_) + ": none of its stations can be read", last_ttl_s_);
      return {};
    }
    std::vector<Observation> observations;
    std::vector<Memory> memories;
    std::unordered_map<std::string, std::uint64_t> prints;
    reporting_.clear();
    for (GbfsStatus& status : feed->stations) {
      const std::string id = station_id(status.station_id);
      if (!valid_station_id(id)) {
        refuse_once({"bad_station_id", "over 64 characters when encoded", status.station_id}, status.station_id);
        continue;
      }
      if (!reporting_.insert(id).second) {
        refuse_once({"named_twice", "the first object of the station counts", status.station_id}, status.station_id);
        continue;
      }
      if (!described_.contains(id)) unknown_station_ = true;
      if (!status.last_reported) continue;  // never reported: no reading
      const auto sent = sent_.find(id);
      if (sent != sent_.end() && sent->second == status.fingerprint) continue;
      note_left_out(id, status.left_out);
      prints[id] = status.fingerprint;
      memories.push_back({id, hex(status.fingerprint)});
      observations.push_back({id, Stream::kBikeStatus, status.last_reported, std::move(status.values)});
    }
    commit(std::move(observations), std::move(memories), std::move(prints), answer.etag);
    return {};
  }

  /// What stays wrong is told once, not at every poll: it would push all else out of the ring of refused frames.
  void refuse_once(RefusedFrame frame, const std::string& what) {
    if (refused_.size() >= kRefusedMax) refused_.clear();
    if (refused_.insert(std::hash<std::string>{}(frame.reason + '\n' + what)).second) host_.refused(std::move(frame));
  }

  void note_left_out(const std::string& station, const std::vector<std::string>& fields) {
    for (const std::string& field : fields) {
      host_.left_out(LeftOut::kValue);
      log_limited(LogLevel::kWarn, "value_dropped", station_id("") + field, {{"station_id", station}, {"field", field}});
    }
  }

  /// The ETag counts only after the commit: a feed whose readings were not kept is fetched again.
  void commit(std::vector<Observation> observations, std::vector<Memory> memories,
              std::unordered_map<std::string, std::uint64_t> prints, std::string etag) {
    if (observations.empty()) {
      status_etag_ = std::move(etag);
      return succeeded(last_ttl_s_);
    }
    host_.accept(std::move(observations), std::move(memories),
                 [this, prints = std::move(prints), etag = std::move(etag)](const Status& status) {
                   if (stopping_) return;
                   // The feed was fetched: not again before its ttl, whatever our own disk says.
                   if (!status.ok() && !refused_by_contract(status)) return failed(status.error().message, last_ttl_s_);
                   for (const auto& [station, print] : prints) sent_[station] = print;
                   status_etag_ = etag;
                   finish_once(status);  // a poll of which nothing could be taken is not what --once was asked for
                   succeeded(last_ttl_s_);
                 });
  }

  static std::string hex(std::uint64_t value) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
    return text;
  }

  void succeeded(double ttl_s) {
    backoff_s_ = 0;
    host_.report_ok();
    finish_once({});
    again_in(std::max(ttl_s, settings_.poll_interval_s));
  }

  /// Tries again after the back-off, and not before `wait_min_s`.
  void failed(const std::string& why, double wait_min_s) {
    host_.report_fault(why);
    log_limited(LogLevel::kWarn, "gbfs_poll_failed", url_for_people(settings_.url), {{"why", why}});
    finish_once(Error{why, "check the source's url"});
    backoff_s_ = std::min(kBackoffMaxS, std::max(kBackoffMinS, backoff_s_ * 2));
    // A feed that moves names its new place in gbfs.json.
    feeds_due_ = backoff_s_ >= 60;
    std::uniform_real_distribution<double> jitter(0.75, 1.25);
    again_in(std::max(wait_min_s, backoff_s_ * jitter(random_)));
  }

  void finish_once(const Status& status) {
    if (!once_) return;
    const auto done = std::move(once_);
    once_ = nullptr;
    done(status);
  }

  void again_in(double wait_s) {
    timer_.expires_after(std::chrono::duration_cast<std::chrono::milliseconds>(Seconds(wait_s)));
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error && !stopping_) poll();
    });
  }

  const GbfsSettings& settings_;
  DriverHost& host_;
  boost::asio::steady_timer timer_;
  std::minstd_rand random_;
  std::unique_ptr<HttpFetcher> fetcher_;
  bool stopping_ = false;
  std::string information_url_;
  std::string information_etag_;
  double information_ttl_s_ = 0;
  MonoTime information_at_{};
  MonoTime information_retry_at_{};
  bool has_information_ = false;
  bool unknown_station_ = false;
  std::unordered_set<std::string> described_;     // by the last information
  std::unordered_set<std::string> reporting_;     // in the last status
  std::unordered_map<std::string, int> missing_;  // by station that was sent: fetches of information without it
  std::string status_url_;
  bool feeds_due_ = false;
  std::unordered_set<std::size_t> refused_;  // hashes of what was refused
  std::string status_etag_;
  double last_ttl_s_ = 0;
  double backoff_s_ = 0;
  std::unordered_map<std::string, std::uint64_t> sent_;  // station id to fingerprint of the object last sent
  std::function<void(const Status&)> once_;
};

}  // namespace

void GbfsSettings::describe(SettingsVisitor& visitor) {
  visitor.text("url", url, "Address of the system's gbfs.json (GBFS 1.x, 2.x or 3.0).", Presence::kRequired);
  visitor.text("language", language, "Language to take where the feed has several; empty: the first.");
  visitor.text("station_prefix", station_prefix, "Put before each station id, so that two systems can each have a \"72\".");
  visitor.text("ca_file", ca_file, "PEM authorities for https; empty: the system's.");
  visitor.real("poll_interval_s", poll_interval_s, {0.05, 86'400}, "Poll at most this often, and never before the feed's ttl.");
  visitor.real("information_interval_s", information_interval_s, {1, 604'800}, "Fetch station_information this often.");
  visitor.integer("timeout_s", timeout_s, {1, 600}, "Give a request up after this long.");
  visitor.integer("report_interval_s", report_interval_s, {1, 86'400},
                  "How often a healthy station is expected to report; late after 2, silent after 5 of these.");
}

Status GbfsSettings::validate() const {
  const bool web = url.starts_with("http://") || url.starts_with("https://");
  const std::size_t host = url.find("://") + 3;
  if (!web || host >= url.size() || std::string_view("/:?#").find(url[host]) != std::string_view::npos) {
    return Error{"url: must be http:// or https:// with a host (got " + url + ")", "the address of a gbfs.json"};
  }
  return check_readable({{"ca_file", ca_file}});
}

DriverEntry gbfs_driver() {
  return {"gbfs", "polls a bike share system's GBFS feed", [] { return std::make_unique<GbfsSettings>(); },
          [](const SettingsGroup& settings, DriverHost& host) -> std::unique_ptr<Driver> {
            return std::make_unique<GbfsDriver>(dynamic_cast<const GbfsSettings&>(settings), host);
          }};
}

}  // namespace wayside::edge
