#include "edge/intake.h"

#include "common/base/log.h"

namespace wayside::edge {

Intake::Intake(boost::asio::io_context& loop, Outbox& outbox, TimeKeeper& time, std::int64_t commit_delay_ms,
               std::function<void()> committed)
    : outbox_(outbox),
      time_(time),
      commit_delay_(commit_delay_ms),
      committed_(std::move(committed)),
      timer_(loop),
      rate_since_(std::chrono::steady_clock::now()) {}

void Intake::accept(const std::string& source, std::vector<Observation> observations, std::vector<Memory> memories,
                    const std::function<void(const Observation&, const Refusal&)>& refused,
                    std::function<void(const Status&)> done) {
  for (Observation& observation : observations) {
    // What the bridge would refuse must not get a number first.
    const Reading probe{observation.station_id, observation.stream, "", 0,
                        observation.observed_at.value_or(UtcTime{0}), ClockQuality::kSynced, observation.values};
    parser_.parse(encode_reading(probe), nullptr, parsed_);
    if (parsed_.size() != 1 || parsed_.front().refusal) {
      refused(observation, parsed_.empty() ? Refusal{} : *parsed_.front().refusal);
      continue;
    }
    const Stamp stamp = time_.stamp(observation.observed_at);
    readings_.push_back({std::move(observation), stamp});
  }
  for (Memory& memory : memories) memories_.push_back({source, std::move(memory)});
  done_.push_back(std::move(done));
  if (readings_.size() >= kGroupMax || commit_delay_.count() == 0) return commit();
  if (armed_) return;
  armed_ = true;
  timer_.expires_after(commit_delay_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    armed_ = false;
    if (!error) commit();
  });
}

void Intake::flush() {
  timer_.cancel();
  commit();
}

void Intake::commit() {
  if (done_.empty()) return;
  Status status;
  const std::uint64_t before = outbox_.bytes();
  if (!readings_.empty() || !memories_.empty()) status = outbox_.accept(readings_, memories_);
  if (status.ok()) {
    accepted_total_ += readings_.size();
    note_rate(outbox_.bytes() > before ? outbox_.bytes() - before : 0);
  } else {
    log_limited(LogLevel::kError, "accept_failed", "outbox",
                {{"error", status.error().message}, {"readings", readings_.size()}, {"try", status.error().hint}});
  }
  readings_.clear();
  memories_.clear();
  const auto done = std::move(done_);
  done_.clear();
  for (const auto& callback : done) callback(status);
  if (status.ok()) committed_();
}

void Intake::note_rate(std::uint64_t bytes) {
  const auto now = std::chrono::steady_clock::now();
  if (now - rate_since_ > std::chrono::hours(1)) {
    rate_since_ = now;
    rate_bytes_ = 0;
  }
  rate_bytes_ += bytes;
}

std::optional<double> Intake::hours_until(std::uint64_t bytes_max, std::uint64_t bytes_now) const {
  const double hours = std::chrono::duration<double, std::ratio<3600>>(std::chrono::steady_clock::now() - rate_since_).count();
  if (rate_bytes_ == 0 || hours <= 0 || bytes_now >= bytes_max) return std::nullopt;
  return static_cast<double>(bytes_max - bytes_now) / (static_cast<double>(rate_bytes_) / hours);
}

}  // namespace wayside::edge
