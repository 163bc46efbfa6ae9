#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "edge/disk_room.h"
#include "edge/reading_store.h"

namespace wayside::edge {

struct OutboxLimits {
  std::uint64_t bytes_max = 512ULL * 1024 * 1024;  ///< of stored readings; above it the oldest become a loss statement
  std::uint64_t disk_free_min = 0;                 ///< below this much free space nothing is taken; 0: not watched
  FreeBytes disk_free = {};                        ///< empty: of the file system of the outbox
  std::function<Stamp()> now = {};                 ///< dates loss statements; empty: as the last reading accepted
  bool in_memory_first = false;                    ///< for FlashSaver: a new epoch at every start
};

/// A reading that has its numbers and is in memory only.
struct NumberedReading {
  OutboxId id{};
  std::uint64_t seq = 0;
  NewReading reading;
};

/// The agent's store of accepted readings: a reading stays here until its receipt. Every accepted reading has got a
/// (station, epoch, seq). SQLite with full synchronisation: what accept() has returned survives a power cut.
/// A new epoch begins with a new outbox and after every unclean stop. When that stop took memory with it (in_memory_first),
/// a loss statement `epoch_closed` says per station how far its numbers went, and the drivers' memories are forgotten: older
/// than what was published, they are worse than none. Single-threaded.
class Outbox final : public ReadingStore {
 public:
  /// Opens or creates `path`. `boot_id` names this boot of the machine, for readings without time.
  static Result<std::unique_ptr<Outbox>> open(const std::string& path, const OutboxLimits& limits, std::string boot_id);
  ~Outbox() override;
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  /// Numbers and commits the readings and memories as one transaction, with the trims that wait. At the limit the
  /// oldest readings go and a loss statement stands for them; readings that do not fit even then are refused, as all are
  /// while the disk has less than `disk_free_min`. On error nothing has changed.
  Status accept(std::span<const NewReading> readings, std::span<const SourceMemory> memories);

  // For FlashSaver: readings that stay in memory for now.
  /// Gives each its place and number. Writes nothing but stations that were never seen before.
  Result<std::vector<NumberedReading>> number(std::vector<NewReading> readings);
  /// Commits numbered readings as accept() does and refuses as it does, and how far the numbers of the stations in `marks` have gone.
  Status keep(std::span<const NumberedReading* const> readings, std::span<const std::string> marks,
              std::span<const SourceMemory> memories);
  /// Counts a numbered reading that was let go and never kept.
  void settle_unkept(Outcome outcome);

  Status take(std::vector<NewReading> readings, std::vector<SourceMemory> memories, Accepted accepted) override;
  Status flush() override { return {}; }
  Result<std::vector<StoredReading>> read(OutboxId after, OutboxId until, std::size_t limit) override;
  OutboxId last_id() const override;
  void settle(const StoredReading& stored, Outcome outcome) override;
  std::size_t settled_waiting() const override;
  Status trim() override;
  Status date_readings(std::int64_t wall_minus_monotonic_ms, UtcTime boot_start) override;
  std::vector<EpochAccount> accounts() const override;
  std::uint64_t waiting() const override;
  std::uint64_t waiting_in_memory() const override { return 0; }
  std::uint64_t bytes() const override;
  const std::string& epoch() const override;
  const std::string& fault() const override;
  bool remember_info(const std::string& station_id, const std::string& json) override;
  void forget_info(const std::string& station_id) override;
  Result<std::map<std::string, std::string>> infos() override;
  Result<std::map<std::string, std::string>> memories(const std::string& source) override;
  Status close() override;

  class Impl;

 private:
  explicit Outbox(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace wayside::edge
