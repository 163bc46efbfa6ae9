#include "central/alert_sender.h"

#include <algorithm>

#include "common/base/log.h"

namespace wayside::central {
namespace {

constexpr std::int64_t kNoticesAtOnce = 100;

}  // namespace

AlertSender::AlertSender(AlertStore& store, std::unique_ptr<AlertChannel> channel, AlertSenderOptions options)
    : store_(store),
      channel_(std::move(channel)),
      options_(options),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

AlertSender::~AlertSender() {
  thread_.request_stop();
  thread_.join();
}

void AlertSender::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_.notify_all();
}

void AlertSender::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (send_some(stop)) continue;
    std::unique_lock lock(mutex_);
    if (retry_.count() > 0) {
      wake_.wait_for(lock, stop, retry_, [] { return false; });
    } else {
      wake_.wait(lock, stop, [this] { return woken_; });
    }
    woken_ = false;
  }
}

Result<std::size_t> AlertSender::send_waiting(const std::stop_token& stop) {
  auto notices = store_.waiting(channel_->name(), kNoticesAtOnce);
  if (!notices) return std::move(notices).error();
  if (notices->empty()) return std::size_t{0};
  WAYSIDE_TRY(channel_->send(*notices, stop));
  WAYSIDE_TRY(store_.taken(channel_->name(), notices->back().id));
  return notices->size();
}

bool AlertSender::send_some(const std::stop_token& stop) {
  const auto sent = send_waiting(stop);
  if (sent && *sent == 0) return false;
  if (sent) {
    sent_ += *sent;
    retry_ = {};
    return true;
  }
  if (stop.stop_requested()) return false;
  ++failed_;
  log_limited(LogLevel::kWarn, "alert_not_sent", channel_->name(),
              {{"channel", channel_->name()}, {"error", sent.error().message}, {"try", sent.error().hint}});
  retry_ = std::clamp(retry_ * 2, options_.retry_min, options_.retry_max);
  return false;
}

AlertSenderCounters AlertSender::counters() const {
  AlertSenderCounters counters{channel_->name(), sent_, failed_};
  if (auto stored = store_.counts(counters.channel); stored.ok()) {
    counters.waiting = stored->waiting;
    counters.dropped = stored->dropped;
  }
  return counters;
}

}  // namespace wayside::central
