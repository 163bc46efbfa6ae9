#include "edge/uplink.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <optional>
#include <random>
#include <unordered_map>

#include "common/base/fault_point.h"
#include "common/base/log.h"
#include "common/base/mutant.h"
#include "common/contract/names.h"
#include "edge/backlog_pace.h"
#include "edge/token_bucket.h"

namespace wayside::edge {
namespace {

namespace asio = boost::asio;

// Station information is retained and unnumbered; this many publications of it wait for their PUBACK at a time.
constexpr std::size_t kInfosInFlight = 64;
constexpr std::size_t kSettledMax = 2000;
// Readings that could not go out for this long are no longer live.
constexpr MonoTime kLiveFor{5'000};
constexpr auto kTick = std::chrono::milliseconds(100);
// A disk that could not be written may be free again after this.
constexpr std::uint32_t kTrimRetryMs = 5'000;

}  // namespace

class Uplink::Impl {
 public:
  Impl(asio::io_context& loop, const Clock& clock, ReadingStore& outbox, std::unique_ptr<MqttLink::Interface> link,
       UplinkOptions options, UplinkEvents events)
      : clock_(clock),
        outbox_(outbox),
        link_(std::move(link)),
        options_(std::move(options)),
        events_(std::move(events)),
        window_(options_.window, options_.times, std::random_device{}()),
        backlog_tokens_(options_.backlog_per_s, options_.window),
        backlog_pace_(options_.window),
        tick_(loop),
        trim_timer_(loop) {}

  void start() {
    backlog_until_ = live_from_ = outbox_.last_id();
    link_->start({[this] { connected(); }, [this](const std::string&) { disconnected(); },
                  [this](int id, PublishOutcome outcome) { published(id, outcome); },
                  [this](std::string_view payload) { received(payload); }});
  }

  void stop() {
    tick_.cancel();
    trim_timer_.cancel();
    publish_health();
    link_->stop();
    online_ = false;
    if (auto status = outbox_.trim(); !status.ok()) log_error("trim_failed", {{"error", status.error().message}});
  }

  void outbox_dated() {
    // Dated readings have old ids: read everything again, past what is in flight. What a failed trim leaves is sent twice.
    static_cast<void>(trim());
    backlog_after_ = OutboxId{0};
    backlog_until_ = live_from_ = outbox_.last_id();
    pump();
  }

  void announce(const std::string& station_id, const std::string& json) {
    if (!online_) return;  // connected() takes them all from the outbox
    infos_.emplace_back(station_id, json);
    pump();
  }

  void publish_health() {
    if (!online_) return;
    const std::string payload = events_.health();
    const std::string topic = health_topic(options_.agent);
    const Published health = link_->publish(topic, payload, true);
    if (health.queued()) window_.health_sent();
    if (health.refused()) note_unpublishable(topic, payload.size());
  }

  void pump() {
    if (!online_) return;
    send_infos();
    if (!infos_.empty() || infos_in_flight_ > 0) return;  // a station is announced before its readings
    const MonoTime now = clock_.monotonic();
    for (const auto& resend : window_.due(now, options_.window)) {
      ++resent_;
      send(*resend.reading, resend.publication);
    }
    send_new(live_from_, outbox_.last_id(), window_.room(), now);
    if (live_from_ >= outbox_.last_id()) {
      live_waits_since_.reset();
    } else if (!live_waits_since_) {
      live_waits_since_ = now;
    }
    if (backlog_after_ < backlog_until_ && now >= backlog_starts_) {
      const std::size_t sent =
          send_new(backlog_after_, backlog_until_,
                   std::min({window_.room(), backlog_tokens_.available(now), backlog_pace_.room(window_.in_flight())}), now);
      backlog_tokens_.take(sent);
    }
    arm_tick();
  }

  bool online_ = false;
  const SendWindow& window() const { return window_; }
  const Unpublishable& unpublishable() const { return unpublishable_; }
  bool announced() const { return online_ && infos_.empty() && infos_in_flight_ == 0; }

  double receipted_per_s() const {
    const auto elapsed = std::chrono::duration<double>(clock_.monotonic() - rate_since_).count();
    return elapsed > 1 ? static_cast<double>(rate_count_) / elapsed : 0;
  }

 private:
  void connected() {
    online_ = true;
    publications_.clear();
    infos_.clear();
    infos_in_flight_ = 0;
    auto infos = outbox_.infos();
    if (!infos) log_error("infos_unreadable", {{"error", infos.error().message}});
    if (infos) {
      for (auto& [station, json] : *infos) infos_.emplace_back(station, std::move(json));
    }
    window_.session_started(clock_.monotonic());
    backlog_pace_.session_started();
    live_becomes_backlog();
    publish_health();
    pump();
  }

  void disconnected() {
    online_ = false;
    publications_.clear();
  }

  /// What could not go out while it was fresh comes second from now on. Not while settled readings cannot be trimmed: the
  /// backlog is read from the outbox, and they would go out again.
  void live_becomes_backlog() {
    if (!trim()) return;
    live_waits_since_.reset();
    if (backlog_after_ >= backlog_until_) backlog_after_ = live_from_;
    backlog_until_ = live_from_ = outbox_.last_id();
    const MonoTime now = clock_.monotonic();
    const auto waiting = outbox_.waiting();
    // A long backlog begins at a random moment, so that a thousand agents do not begin together.
    std::uniform_int_distribution<std::int64_t> jitter(0, waiting > options_.window ? 2000 : 0);
    backlog_starts_ = now + MonoTime(jitter(random_));
  }

  void send_infos() {
    while (!infos_.empty() && infos_in_flight_ < kInfosInFlight) {
      const auto& [station, json] = infos_.front();
      const std::string topic = info_topic(options_.agent, station);
      const Published info = link_->publish(topic, json, true);
      if (info.as == Published::As::kOffline) return;
      if (info.refused()) {
        note_unpublishable(topic, json.size());  // the readings can do without it
      } else {
        publications_[info.message_id] = 0;
        ++infos_in_flight_;
      }
      infos_.pop_front();
    }
  }

  /// Publishes up to `room` readings behind `after`, moving it on. Returns how many went out.
  std::size_t send_new(OutboxId& after, OutboxId until, std::size_t room, MonoTime now) {
    if (room == 0 || after >= until) return 0;
    auto readings = outbox_.read(after, until, room);
    if (!readings) {
      log_limited(LogLevel::kError, "outbox_unreadable", "read", {{"error", readings.error().message}});
      return 0;
    }
    if (readings->size() < room) after = until;  // the rest of the stretch holds nothing that can go out now
    std::size_t sent = 0;
    for (StoredReading& reading : *readings) {
      if (readings->size() >= room) after = reading.id;
      if (window_.contains(reading.reading)) continue;
      const std::string payload = encode_reading(reading.reading);
      const std::string topic = reading_topic(options_.agent, reading.reading.station_id, reading.reading.stream);
      Receipt own;
      if (mutant("trim_on_puback")) {
        own.epoch = reading.reading.epoch;
        own.stations[reading.reading.station_id].insert(reading.reading.seq);
      }
      const std::uint64_t publication = window_.sent(std::move(reading), now);
      if (mutant("trim_on_puback")) mutant_receipts_[publication] = std::move(own);
      publish(topic, payload, publication);
      ++sent;
    }
    return sent;
  }

  void send(const StoredReading& reading, std::uint64_t publication) {
    publish(reading_topic(options_.agent, reading.reading.station_id, reading.reading.stream), encode_reading(reading.reading),
            publication);
  }

  void publish(const std::string& topic, const std::string& payload, std::uint64_t publication) {
    // Offline: the connection has just gone, and the next session sends it again.
    const Published reading = link_->publish(topic, payload, false);
    if (reading.queued()) publications_[reading.message_id] = publication;
    if (reading.refused()) {
      note_unpublishable(topic, payload.size());
      outbox_.settle(window_.withdraw(publication), ReadingStore::Outcome::kUnpublishable);
      schedule_trim();
    }
    fault_point("after_publish");
  }

  void note_unpublishable(const std::string& topic, std::size_t bytes) {
    ++unpublishable_.count;
    unpublishable_.last = topic + " (" + std::to_string(bytes) + " bytes)";
    log_limited(
        LogLevel::kError, "unpublishable", "uplink",
        {{"topic", topic},
         {"bytes", bytes},
         {"try", "raise the broker's Maximum Packet Size (mosquitto: max_packet_size); readings that are larger are lost"}});
  }

  void published(int id, PublishOutcome outcome) {
    const auto entry = publications_.find(id);
    if (entry == publications_.end()) return;  // health
    const std::uint64_t publication = entry->second;
    publications_.erase(entry);
    if (publication == 0) {
      --infos_in_flight_;
      pump();
    } else if (outcome == PublishOutcome::kNoSubscriber) {
      log_limited(LogLevel::kWarn, "no_bridge", "unheard",
                  {{"try", "start wayside-bridge beside the broker; readings wait in the outbox"}});
      window_.unheard(publication);
    } else if (mutant("trim_on_puback")) {
      if (const auto own = mutant_receipts_.extract(publication)) {
        for (const std::string& text : encode_receipt(own.mapped())) received(text);
      }
    }
  }

  void received(std::string_view payload) {
    auto receipt = parse_receipt(payload);
    if (!receipt) {
      log_limited(LogLevel::kWarn, "bad_receipt", "parse", {{"error", receipt.error().message}});
      return;
    }
    fault_point("before_receipt");
    const MonoTime now = clock_.monotonic();
    const SendWindow::Settled settled = window_.receipt(*receipt, now);
    if (settled.longest_wait) backlog_pace_.settled(settled.receipted.size(), *settled.longest_wait, now);
    for (const StoredReading& reading : settled.receipted) {
      outbox_.settle(reading, ReadingStore::Outcome::kReceipted);
      fault_point("mid_receipt");
    }
    for (const StoredReading& reading : settled.refused) outbox_.settle(reading, ReadingStore::Outcome::kRefused);
    if (!settled.refused.empty()) {
      log_limited(LogLevel::kWarn, "readings_refused", "bridge",
                  {{"count", settled.refused.size()},
                   {"station", settled.refused.front().reading.station_id},
                   {"try", "see the quarantine of wayside-central for the reason"}});
    }
    if (receipt->backlog_per_s) backlog_tokens_.set_rate(*receipt->backlog_per_s);
    if (receipt->now) events_.time_received(*receipt->now);
    if (!settled.receipted.empty()) note_flow(settled.receipted.size(), now);
    schedule_trim();
    pump();
  }

  void note_flow(std::size_t count, MonoTime now) {
    if (live_waits_since_ && now - *live_waits_since_ > kLiveFor) live_becomes_backlog();
    if (now - rate_since_ > MonoTime(60'000)) {
      rate_since_ = now;
      rate_count_ = 0;
    }
    rate_count_ += count;
  }

  bool trim() {
    trim_scheduled_ = false;
    const Status status = outbox_.trim();
    if (!status.ok()) {
      log_limited(LogLevel::kError, "trim_failed", "outbox", {{"error", status.error().message}, {"try", status.error().hint}});
      trim_in(kTrimRetryMs);
    }
    return status.ok();
  }

  void schedule_trim() {
    if (outbox_.settled_waiting() >= kSettledMax) {
      static_cast<void>(trim());
    } else if (outbox_.settled_waiting() > 0 && !trim_scheduled_) {
      trim_in(options_.trim_delay_ms);
    }
  }

  void trim_in(std::uint32_t delay_ms) {
    trim_scheduled_ = true;
    trim_timer_.expires_after(std::chrono::milliseconds(delay_ms));
    trim_timer_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;   // cancelled: stopped, and perhaps destroyed
      if (trim()) pump();  // a loss statement may have come of it
    });
  }

  /// While something waits, time alone can make it due.
  void arm_tick() {
    const bool backlog = backlog_after_ < backlog_until_;
    if (tick_armed_ || (window_.in_flight() == 0 && !backlog)) return;
    tick_armed_ = true;
    tick_.expires_after(kTick);
    tick_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;  // cancelled: stopped, and perhaps destroyed
      tick_armed_ = false;
      pump();
    });
  }

  const Clock& clock_;
  ReadingStore& outbox_;
  std::unique_ptr<MqttLink::Interface> link_;
  UplinkOptions options_;
  UplinkEvents events_;
  SendWindow window_;
  TokenBucket backlog_tokens_;
  BacklogPace backlog_pace_;
  asio::steady_timer tick_;
  asio::steady_timer trim_timer_;
  bool tick_armed_ = false;
  bool trim_scheduled_ = false;
  std::minstd_rand random_{std::random_device{}()};
  // Sent so far: the backlog up to backlog_after_ of backlog_until_, live readings up to live_from_.
  OutboxId backlog_after_{0};
  OutboxId backlog_until_{0};
  OutboxId live_from_{0};
  MonoTime backlog_starts_{};
  std::optional<MonoTime> live_waits_since_;  // the window has had no room for a live reading since then
  MonoTime rate_since_{};
  std::uint64_t rate_count_ = 0;
  std::uint64_t resent_ = 0;
  Unpublishable unpublishable_;
  std::deque<std::pair<std::string, std::string>> infos_;  // station id, JSON: to be published
  std::size_t infos_in_flight_ = 0;
  std::unordered_map<std::uint64_t, Receipt> mutant_receipts_;
  std::unordered_map<int, std::uint64_t> publications_;  // message id to publication of the window; 0: information
};

Uplink::Uplink(asio::io_context& loop, const Clock& clock, ReadingStore& outbox, std::unique_ptr<MqttLink::Interface> link,
               UplinkOptions options, UplinkEvents events)
    : impl_(std::make_unique<Impl>(loop, clock, outbox, std::move(link), std::move(options), std::move(events))) {}
Uplink::~Uplink() = default;
void Uplink::start() { impl_->start(); }
void Uplink::stop() { impl_->stop(); }
void Uplink::outbox_grew() { impl_->pump(); }
void Uplink::outbox_dated() { impl_->outbox_dated(); }
void Uplink::announce(const std::string& station_id, const std::string& json) { impl_->announce(station_id, json); }
void Uplink::publish_health() { impl_->publish_health(); }
bool Uplink::online() const { return impl_->online_; }
std::size_t Uplink::in_flight() const { return impl_->window().in_flight(); }
bool Uplink::announced() const { return impl_->announced(); }
const Unpublishable& Uplink::unpublishable() const { return impl_->unpublishable(); }
double Uplink::receipted_per_s() const { return impl_->receipted_per_s(); }

}  // namespace wayside::edge
