#pragma once

#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "edge/outbox.h"

namespace boost::asio {
class io_context;
}

namespace wayside::edge {

struct FlashSaverOptions {
  MonoTime write_after{10'000};                         ///< a reading without a receipt is on flash when it is this old
  std::uint64_t memory_bytes_max = 8ULL * 1024 * 1024;  ///< of readings in memory; above it all are written
};

/// The way of running that spares the flash: readings are published from memory, and only what has no receipt after
/// `write_after` is written to the outbox behind it. A power cut costs what was neither: at most the readings of the last
/// `write_after`. Drivers' memories are written at a clean stop only. On the agent's loop.
class FlashSaver final : public ReadingStore {
 public:
  /// `outbox` was opened with in_memory_first.
  FlashSaver(boost::asio::io_context& loop, const Clock& clock, std::unique_ptr<Outbox> outbox, FlashSaverOptions options);

  /// Writes the readings that must not stay in memory until the next call, write_after / 4 from now. By its own timer.
  void write_overdue();

  /// An error only when memory is full and the flash cannot be written.
  Status take(std::vector<NewReading> readings, std::vector<SourceMemory> memories, Accepted accepted) override;
  Status flush() override;
  Result<std::vector<StoredReading>> read(OutboxId after, OutboxId until, std::size_t limit) override;
  OutboxId last_id() const override { return outbox_->last_id(); }
  void settle(const StoredReading& stored, Outcome outcome) override;
  std::size_t settled_waiting() const override { return outbox_->settled_waiting(); }
  Status trim() override { return outbox_->trim(); }
  Status date_readings(std::int64_t wall_minus_monotonic_ms, UtcTime boot_start) override;
  std::vector<EpochAccount> accounts() const override;
  std::uint64_t waiting() const override { return outbox_->waiting() + held_.size(); }
  std::uint64_t waiting_in_memory() const override { return held_.size(); }
  std::uint64_t bytes() const override { return outbox_->bytes() + bytes_; }
  const std::string& epoch() const override { return outbox_->epoch(); }
  const std::string& fault() const override { return outbox_->fault(); }
  bool remember_info(const std::string& station_id, const std::string& json) override {
    return outbox_->remember_info(station_id, json);
  }
  void forget_info(const std::string& station_id) override { outbox_->forget_info(station_id); }
  Result<std::map<std::string, std::string>> infos() override { return outbox_->infos(); }
  Result<std::map<std::string, std::string>> memories(const std::string& source) override;
  Status close() override;

 private:
  /// Readings that came together: their source hears of them when the last one is safe.
  struct Group {
    std::size_t unsafe = 0;
    Accepted accepted;
  };
  struct Held {
    NumberedReading numbered;
    MonoTime since{};
    std::shared_ptr<Group> group;
  };
  using HeldReadings = std::map<OutboxId, Held>;

  MonoTime pause() const { return options_.write_after / 4; }
  /// Writes the readings up to `end`, oldest first.
  Status write_until(HeldReadings::iterator end);
  Status write_memories();
  void arm();

  const Clock& clock_;
  std::unique_ptr<Outbox> outbox_;
  FlashSaverOptions options_;
  boost::asio::steady_timer timer_;
  bool armed_ = false;
  HeldReadings held_;
  std::uint64_t bytes_ = 0;
  std::map<std::string, std::map<std::string, std::string>> memories_;  // by source and key: not written yet
};

}  // namespace wayside::edge
