#include "edge/agent.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>

#include "common/base/log.h"
#include "common/base/version.h"
#include "edge/flash_saver.h"
#include "edge/intake.h"
#include "edge/refusals.h"
#include "edge/source.h"
#include "edge/state_lock.h"
#include "edge/status_socket.h"
#include "edge/time_keeper.h"
#include "edge/uplink.h"

namespace wayside::edge {
namespace {

namespace asio = boost::asio;

std::string will_payload(const std::string& agent, UtcTime at) {
  return "{\"agent\":\"" + agent + "\",\"status\":\"offline\",\"started_at\":\"" + format_rfc3339(at) + "\"}";
}

std::uint64_t mebibytes(std::int64_t count) { return static_cast<std::uint64_t>(count) * 1024 * 1024; }

}  // namespace

class Agent::Impl {
 public:
  Impl(asio::io_context& loop, AgentSettings& settings)
      : loop_(loop),
        settings_(settings),
        time_(clock_, settings.clock == "trust", kernel_clock_is_set),
        health_timer_(loop),
        once_timer_(loop) {}

  Status start(int& exit_code) {
    exit_code = 2;
    std::error_code error;
    std::filesystem::create_directories(settings_.state_dir, error);
    if (error) {
      return Error{"state_dir: " + error.message() + " (got " + settings_.state_dir + ")", "a folder this user may write to"};
    }
    auto lock = StateLock::take(settings_.state_dir);
    if (!lock) return std::move(lock).error();
    lock_ = std::move(*lock);
    exit_code = 1;
    WAYSIDE_TRY(open_outbox());
    exit_code = 2;
    started_at_ = time_.now();
    if (time_.known()) date_readings();
    make_uplink();
    intake_ =
        std::make_unique<Intake>(loop_, *outbox_, time_, settings_.outbox.commit_delay_ms, [this] { uplink_->outbox_grew(); });
    for (const auto& source : settings_.sources) {
      sources_.push_back(std::make_unique<Source>(loop_, clock_, time_, *source, *intake_, *outbox_, *uplink_, refusals_));
    }
    if (auto status = start_sources(); !status.ok()) {
      stop();  // a clean one: an agent that cannot start shall not begin an epoch each time
      return status;
    }
    uplink_->start();
    arm_health();
    log_info("outbox", {{"mode", settings_.outbox.mode},
                        {"epoch", outbox_->epoch()},
                        {"waiting", outbox_->waiting()},
                        {"bytes", outbox_->bytes()}});
    return {};
  }

  void stop() {
    if (stopping_) return;
    stopping_ = true;
    health_timer_.cancel();
    once_timer_.cancel();
    status_.close();
    flush();  // devices that wait for their answer get it while their connection is there
    for (const auto& source : sources_) source->stop();
    flush();
    if (uplink_) uplink_->stop();
    if (!outbox_) return;
    const std::uint64_t waiting = outbox_->waiting();
    if (auto status = outbox_->close(); !status.ok()) log_error("outbox_close", {{"error", status.error().message}});
    log_info("stopped", {{"waiting", waiting}});
  }

  void run_once(std::function<void(int)> done) {
    once_left_ = sources_.size();
    once_deadline_ = clock_.monotonic() + MonoTime(settings_.once_timeout_s * 1000);
    once_done_ = std::move(done);
    for (const auto& source : sources_) {
      source->poll_once([this](const Status& status) {
        once_failed_ = once_failed_ || !status.ok();
        if (!status.ok()) log_error("poll_failed", {{"error", status.error().message}});
        --once_left_;
      });
    }
    watch_once();
  }

 private:
  Status open_outbox() {
    OutboxLimits limits;
    limits.bytes_max = mebibytes(settings_.outbox.max_mb);
    limits.disk_free_min = mebibytes(settings_.outbox.disk_free_mb);
    limits.now = [this] { return time_.stamp(std::nullopt); };
    limits.in_memory_first = settings_.outbox.mode == "flash-saver";
    auto outbox = Outbox::open(settings_.outbox_path(), limits, kernel_boot_id());
    if (!outbox) return std::move(outbox).error();
    if (limits.in_memory_first) {
      const FlashSaverOptions options{MonoTime(settings_.outbox.write_after_s * 1000), mebibytes(settings_.outbox.memory_mb)};
      outbox_ = std::make_unique<FlashSaver>(loop_, clock_, std::move(*outbox), options);
    } else {
      outbox_ = std::move(*outbox);
    }
    return {};
  }

  /// All that sources have handed in is on flash.
  void flush() {
    if (intake_) intake_->flush();
    if (!outbox_) return;
    if (auto status = outbox_->flush(); !status.ok()) log_error("flush_failed", {{"error", status.error().message}});
  }

  Status start_sources() {
    for (const auto& source : sources_) {
      if (auto status = source->start(); !status.ok()) return std::move(status).error().while_doing("source " + source->name());
    }
    return status_.listen(loop_, settings_.socket_path(), [this] { return status_json(); });
  }

  void make_uplink() {
    MqttLinkOptions link;
    link.mqtt = settings_.mqtt;
    if (link.mqtt.username.empty() && !link.mqtt.password.empty()) link.mqtt.username = settings_.agent;
    link.client_id = settings_.agent;
    link.subscribe_topic = receipts_topic(settings_.agent);
    link.will_topic = health_topic(settings_.agent);
    link.will_payload = will_payload(settings_.agent, started_at_);
    time_known_->store(time_.known());
    link.time_known = time_known_;
    link.in_flight_max = static_cast<int>(settings_.mqtt.window);
    UplinkOptions options;
    options.agent = settings_.agent;
    options.window = static_cast<std::size_t>(settings_.mqtt.window);
    options.backlog_per_s = static_cast<std::uint32_t>(settings_.mqtt.backlog_per_s);
    uplink_ = std::make_unique<Uplink>(loop_, clock_, *outbox_, MqttLink::make(loop_, std::move(link)), options,
                                       UplinkEvents{[this] { return encode_agent_health(health()); },
                                                    [this](UtcTime now) {
                                                      if (time_.learn(now)) time_became_known();
                                                    }});
  }

  void time_became_known() {
    time_known_->store(true);
    log_info("time_known", {{"clock", time_.quality()}, {"now", format_rfc3339(time_.now())}});
    date_readings();
  }

  /// Dates what was read before the time was known, with what still waits for its commit.
  void date_readings() {
    if (intake_) intake_->flush();
    const std::int64_t offset = time_.wall_minus_monotonic_ms();
    const Status status = outbox_->date_readings(offset, UtcTime{offset});
    dating_due_ = !status.ok();
    if (!status.ok()) {
      return log_limited(LogLevel::kError, "dating_failed", "outbox",
                         {{"error", status.error().message}, {"try", status.error().hint}});
    }
    if (uplink_) uplink_->outbox_dated();
  }

  void arm_health() {
    health_timer_.expires_after(std::chrono::seconds(settings_.mqtt.health_interval_s));
    health_timer_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      if (time_.check_kernel()) time_became_known();
      if (dating_due_) date_readings();
      check_size();
      uplink_->publish_health();
      arm_health();
    });
  }

  /// Warns when the outbox would not hold the outage that it shall hold, once until it would again.
  void check_size() {
    const auto hours = intake_->hours_until(mebibytes(settings_.outbox.max_mb), 0);
    const bool too_small = hours && *hours < static_cast<double>(settings_.outbox.hours);
    if (too_small && !too_small_) {
      log_warn("outbox_small", {{"holds_hours", *hours}, {"hours", settings_.outbox.hours}, {"try", "raise outbox.max_mb"}});
    }
    too_small_ = too_small;
  }

  AgentHealth health() const {
    AgentHealth health;
    health.agent = settings_.agent;
    health.status = stopping_ ? "offline" : "online";
    health.version = kVersion;
    health.at = time_.now();
    health.started_at = started_at_;
    health.clock = time_.quality();
    health.outbox_readings = outbox_->waiting();
    health.outbox_bytes = outbox_->bytes();
    health.outbox_bytes_max = mebibytes(settings_.outbox.max_mb);
    health.outbox_hours_left = intake_ ? intake_->hours_until(health.outbox_bytes_max, health.outbox_bytes) : std::nullopt;
    health.outbox_fault = outbox_->fault();
    health.unpublishable_total = uplink_->unpublishable().count;
    health.unpublishable_last = uplink_->unpublishable().last;
    for (const auto& source : sources_) health.drivers.push_back(source->health());
    health.epochs = outbox_->accounts();
    return health;
  }

  std::string status_json() const { return compose_status(health(), uplink_->online(), uplink_->in_flight(), refusals_); }

  bool source_in_fault() const {
    return std::any_of(sources_.begin(), sources_.end(), [](const auto& source) { return source->health().state == "fault"; });
  }

  void watch_once() {
    static_cast<void>(outbox_->trim().ok());  // what fails here shows as waiting
    if (once_left_ == 0 && outbox_->waiting() == 0 && (uplink_->announced() || once_failed_)) {
      return once_done_(once_failed_ || source_in_fault() ? 1 : 0);
    }
    if (clock_.monotonic() > once_deadline_) {
      log_error("once_timeout", {{"waiting", outbox_->waiting()},
                                 {"online", uplink_->online()},
                                 {"try", "check broker, bridge and Kafka; the readings stay in the outbox"}});
      return once_done_(1);
    }
    once_timer_.expires_after(std::chrono::milliseconds(50));
    once_timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) watch_once();
    });
  }

  asio::io_context& loop_;
  AgentSettings& settings_;
  SystemClock clock_;
  TimeKeeper time_;
  std::shared_ptr<std::atomic<bool>> time_known_ = std::make_shared<std::atomic<bool>>(false);  // for the link's thread
  UtcTime started_at_;
  StateLock lock_;
  std::unique_ptr<ReadingStore> outbox_;
  std::unique_ptr<Uplink> uplink_;
  std::unique_ptr<Intake> intake_;
  Refusals refusals_;
  std::vector<std::unique_ptr<Source>> sources_;
  StatusSocket status_;
  asio::steady_timer health_timer_;
  asio::steady_timer once_timer_;
  bool stopping_ = false;
  bool too_small_ = false;
  bool dating_due_ = false;  // the disk was full when the time became known
  std::size_t once_left_ = 0;
  bool once_failed_ = false;
  MonoTime once_deadline_{};
  std::function<void(int)> once_done_;
};

Agent::Agent(asio::io_context& loop, AgentSettings& settings) : impl_(std::make_unique<Impl>(loop, settings)) {}
Agent::~Agent() = default;
Status Agent::start(int& exit_code) { return impl_->start(exit_code); }
void Agent::stop() { impl_->stop(); }
void Agent::run_once(std::function<void(int)> done) { impl_->run_once(std::move(done)); }

}  // namespace wayside::edge
