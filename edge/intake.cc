#include "edge/intake.h"

#include <memory>
#include <utility>

#include "common/base/log.h"

namespace wayside::edge {
namespace {

constexpr const char* kLongestEpoch = "0000000000000000";
constexpr UtcTime kSomeTime{1'500'000'000'000};

}  // namespace

Intake::Intake(boost::asio::io_context& loop, ReadingStore& store, TimeKeeper& time, std::int64_t commit_delay_ms,
               std::function<void()> taken)
    : store_(store), time_(time), commit_delay_(commit_delay_ms), taken_(std::move(taken)), timer_(loop) {}

void Intake::accept(const std::string& source, std::vector<Observation> observations, std::vector<Memory> memories,
                    const std::function<void(const Observation&, const Refusal&)>& refused, Done done) {
  for (Observation& observation : observations) {
    // What the bridge would refuse must not get a number first: checked with the longest number it can get.
    const Reading probe{
        observation.station_id, observation.stream, kLongestEpoch, kSeqMax, observation.observed_at.value_or(kSomeTime),
        ClockQuality::kUnknown, observation.values};
    parser_.parse(encode_reading(probe), nullptr, parsed_);
    if (parsed_.size() != 1 || parsed_.front().refusal) {
      refused(observation, parsed_.empty() ? Refusal{} : *parsed_.front().refusal);
      continue;
    }
    group_bytes_ += observation.values.size();
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
    if (error) return;  // cancelled: flushed, and perhaps destroyed
    armed_ = false;
    commit();
  });
}

void Intake::flush() {
  timer_.cancel();
  armed_ = false;
  commit();
}

void Intake::commit() {
  if (done_.empty()) return;
  const std::size_t count = readings_.size();
  const std::uint64_t bytes = std::exchange(group_bytes_, 0);
  auto waiting = std::make_shared<std::vector<Done>>(std::exchange(done_, {}));
  const Status status = store_.take(std::exchange(readings_, {}), std::exchange(memories_, {}), [waiting](const Status& safe) {
    for (const Done& done : *waiting) done(safe);
  });
  if (!status.ok()) {
    log_limited(LogLevel::kError, "accept_failed", "outbox",
                {{"error", status.error().message}, {"readings", count}, {"try", status.error().hint}});
    for (const Done& done : *waiting) done(status);
    return;
  }
  accepted_total_ += count;
  rate_.note(bytes, std::chrono::steady_clock::now());
  taken_();
}

std::optional<double> Intake::hours_until(std::uint64_t bytes_max, std::uint64_t bytes_now) const {
  if (bytes_now >= bytes_max) return 0.0;
  const auto per_hour = rate_.per_hour(std::chrono::steady_clock::now());
  if (!per_hour || *per_hour <= 0) return std::nullopt;
  return static_cast<double>(bytes_max - bytes_now) / *per_hour;
}

void FillRate::note(std::uint64_t bytes, Time now) {
  if (!since_) since_ = now;
  if (now - *since_ >= std::chrono::hours(1)) {
    last_hour_ = Hours(now - *since_).count() < 2 ? static_cast<double>(bytes_) / Hours(now - *since_).count() : 0;
    since_ = now;
    bytes_ = 0;
  }
  bytes_ += bytes;
}

std::optional<double> FillRate::per_hour(Time now) const {
  if (!since_) return std::nullopt;
  const double hours = Hours(now - *since_).count();
  // A feed's first poll is no rate; nor is the beginning of an hour.
  if (now - *since_ < kSettling) return last_hour_;
  return static_cast<double>(bytes_) / hours;
}

}  // namespace wayside::edge
