#include "edge/flash_saver.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <set>

#include "common/base/log.h"

namespace wayside::edge {
namespace {

// A reading in memory costs about this much beside its values.
constexpr std::uint64_t kHeldBytes = 300;

std::uint64_t held_bytes(const NewReading& reading) { return reading.observation.values.size() + kHeldBytes; }

StoredReading stored_reading(const NumberedReading& numbered, const std::string& epoch) {
  const Observation& observation = numbered.reading.observation;
  const Stamp& stamp = numbered.reading.stamp;
  return {
      numbered.id,
      {observation.station_id, observation.stream, epoch, numbered.seq, *stamp.observed_at, stamp.clock, observation.values}};
}

void log_failed(const Status& status) {
  if (status.ok()) return;
  log_limited(LogLevel::kError, "flash_write_failed", "outbox",
              {{"error", status.error().message}, {"try", status.error().hint}});
}

}  // namespace

FlashSaver::FlashSaver(boost::asio::io_context& loop, const Clock& clock, std::unique_ptr<Outbox> outbox,
                       FlashSaverOptions options)
    : clock_(clock), outbox_(std::move(outbox)), options_(options), timer_(loop) {}

Status FlashSaver::take(std::vector<NewReading> readings, std::vector<SourceMemory> memories, Accepted accepted) {
  if (bytes_ > options_.memory_bytes_max) WAYSIDE_TRY(flush());
  auto numbered = outbox_->number(std::move(readings));
  if (!numbered) return std::move(numbered).error();
  for (SourceMemory& memory : memories) memories_[memory.source][memory.memory.key] = std::move(memory.memory.value);
  if (numbered->empty()) {
    accepted({});
    return {};
  }
  const auto group = std::make_shared<Group>(Group{numbered->size(), std::move(accepted)});
  for (NumberedReading& reading : *numbered) {
    bytes_ += held_bytes(reading.reading);
    const OutboxId id = reading.id;
    held_.emplace_hint(held_.end(), id, Held{std::move(reading), clock_.monotonic(), group});
  }
  if (bytes_ > options_.memory_bytes_max) log_failed(flush());
  arm();
  return {};
}

Status FlashSaver::flush() { return write_until(held_.end()); }

void FlashSaver::write_overdue() {
  const MonoTime taken_before = clock_.monotonic() - (options_.write_after - pause());
  const auto young =
      std::find_if(held_.begin(), held_.end(), [&](const auto& entry) { return entry.second.since > taken_before; });
  log_failed(write_until(young));
}

Status FlashSaver::write_until(HeldReadings::iterator end) {
  if (end == held_.begin()) return {};
  std::vector<const NumberedReading*> readings;
  for (auto held = held_.begin(); held != end; ++held) readings.push_back(&held->second.numbered);
  std::set<std::string> young;
  for (auto held = end; held != held_.end(); ++held) young.insert(held->second.numbered.reading.observation.station_id);
  WAYSIDE_TRY(outbox_->keep(readings, std::vector(young.begin(), young.end()), {}));
  std::vector<std::shared_ptr<Group>> safe;
  for (auto held = held_.begin(); held != end; held = held_.erase(held)) {
    bytes_ -= held_bytes(held->second.numbered.reading);
    if (--held->second.group->unsafe == 0) safe.push_back(std::move(held->second.group));
  }
  for (const auto& group : safe) group->accepted({});
  return {};
}

Result<std::vector<StoredReading>> FlashSaver::read(OutboxId after, OutboxId until, std::size_t limit) {
  std::vector<StoredReading> found;
  if (outbox_->waiting() > 0) {
    auto written = outbox_->read(after, until, limit);
    if (!written) return written;
    found = std::move(*written);
  }
  const std::size_t on_flash = found.size();
  for (auto held = held_.upper_bound(after); held != held_.end() && held->first <= until; ++held) {
    if (found.size() - on_flash >= limit) break;
    if (held->second.numbered.reading.stamp.observed_at) found.push_back(stored_reading(held->second.numbered, epoch()));
  }
  const auto middle = found.begin() + static_cast<std::ptrdiff_t>(on_flash);
  std::inplace_merge(found.begin(), middle, found.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  if (found.size() > limit) found.resize(limit);
  return found;
}

void FlashSaver::settle(const StoredReading& stored, Outcome outcome) {
  const auto held = held_.find(stored.id);
  if (held == held_.end()) return outbox_->settle(stored, outcome);
  if (outcome == Outcome::kUnpublishable) {
    // Its loss statement and its end belong into one commit. When it cannot be written now, it goes out after the next start.
    const Status written = flush();
    return written.ok() ? outbox_->settle(stored, outcome) : log_failed(written);
  }
  outbox_->settle_unkept(outcome);
  bytes_ -= held_bytes(held->second.numbered.reading);
  const auto group = std::move(held->second.group);
  held_.erase(held);
  if (--group->unsafe == 0) group->accepted({});
}

Status FlashSaver::date_readings(std::int64_t wall_minus_monotonic_ms, UtcTime boot_start) {
  WAYSIDE_TRY(outbox_->date_readings(wall_minus_monotonic_ms, boot_start));
  for (auto& [id, held] : held_) {
    Stamp& stamp = held.numbered.reading.stamp;
    if (stamp.observed_at) continue;
    stamp.observed_at = UtcTime{stamp.monotonic.count() + wall_minus_monotonic_ms};
    stamp.clock = ClockQuality::kDated;
  }
  return {};
}

std::vector<EpochAccount> FlashSaver::accounts() const {
  auto accounts = outbox_->accounts();
  accounts.front().waiting += held_.size();
  accounts.front().accepted += held_.size();
  return accounts;
}

Result<std::map<std::string, std::string>> FlashSaver::memories(const std::string& source) {
  auto all = outbox_->memories(source);
  if (!all) return all;
  if (const auto unwritten = memories_.find(source); unwritten != memories_.end()) {
    for (const auto& [key, value] : unwritten->second) (*all)[key] = value;
  }
  return all;
}

Status FlashSaver::close() {
  timer_.cancel();
  WAYSIDE_TRY(flush());
  WAYSIDE_TRY(write_memories());
  return outbox_->close();
}

Status FlashSaver::write_memories() {
  std::vector<SourceMemory> all;
  for (const auto& [source, memories] : memories_) {
    for (const auto& [key, value] : memories) all.push_back({source, {key, value}});
  }
  if (all.empty()) return {};
  return outbox_->accept({}, all);
}

void FlashSaver::arm() {
  if (armed_ || held_.empty()) return;
  armed_ = true;
  timer_.expires_after(pause());
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;  // cancelled: closed, and perhaps destroyed
    armed_ = false;
    write_overdue();
    arm();
  });
}

}  // namespace wayside::edge
