#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/contract/message.h"
#include "common/contract/reading.h"
#include "edge/driver.h"

namespace wayside::edge {

/// Place of a reading in the outbox: grows with every accepted reading, never given twice while the outbox is open.
enum class OutboxId : std::int64_t {};

struct StoredReading {
  OutboxId id{};
  Reading reading;
};

/// When a reading was observed, as far as the agent knows at that moment.
struct Stamp {
  std::optional<UtcTime> observed_at;  ///< nothing: dated later from `monotonic`
  ClockQuality clock = ClockQuality::kUnknown;
  MonoTime monotonic{};
};

struct OutboxLimits {
  std::uint64_t bytes_max = 512ULL * 1024 * 1024;  ///< of stored readings; above it the oldest become a loss statement
  std::function<Stamp()> now;                      ///< dates loss statements; empty: as the last reading accepted
};

struct NewReading {
  Observation observation;
  Stamp stamp;
};

struct SourceMemory {
  std::string source;
  Memory memory;
};

/// The agent's store of accepted readings: a reading stays here until its receipt. Every accepted reading has got a
/// (station, epoch, seq). SQLite with full synchronisation: what accept() has returned survives a power cut.
/// A new epoch begins with a new outbox and after every unclean stop. Single-threaded.
class Outbox {
 public:
  /// Opens or creates `path`. `boot_id` names this boot of the machine, for readings without time.
  static Result<std::unique_ptr<Outbox>> open(const std::string& path, const OutboxLimits& limits, std::string boot_id);
  ~Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  /// Numbers and commits the readings and memories as one transaction, with the trims that wait. At the limit the
  /// oldest readings go and a loss statement stands for them.
  Status accept(std::span<const NewReading> readings, std::span<const SourceMemory> memories);

  /// The next dated readings in order of acceptance with after < id <= until.
  Result<std::vector<StoredReading>> read(OutboxId after, OutboxId until, std::size_t limit);
  /// Highest id given so far.
  OutboxId last_id() const;

  enum class Outcome { kReceipted, kRefused };
  /// Lets go of a reading. It is deleted and counted with the next accept() or trim(): a crash before that only makes
  /// it go out again, as a repeat.
  void settle(const StoredReading& stored, Outcome outcome);
  std::size_t settled_waiting() const;
  /// Writes what settle() has noted.
  Status trim();

  /// Time has come: dates the undated readings of this boot (observed_at = monotonic + offset, clock "dated"); those of
  /// earlier boots get `boot_start` and clock "unknown".
  Status date_readings(std::int64_t wall_minus_monotonic_ms, UtcTime boot_start);

  /// Accounts of the current epoch and of older ones that matter still, newest first.
  std::vector<EpochAccount> accounts() const;
  std::uint64_t waiting() const;
  std::uint64_t bytes() const;
  const std::string& epoch() const;

  /// Keeps station information, written with the next accept() or trim(); true when it differs from what was kept.
  bool remember_info(const std::string& station_id, const std::string& json);
  /// All station information, by station id.
  Result<std::map<std::string, std::string>> infos();
  Result<std::map<std::string, std::string>> memories(const std::string& source);

  /// Marks a clean stop: the next open goes on in this epoch. Nothing may be called after it.
  Status close();

  class Impl;

 private:
  explicit Outbox(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// 16 random hex digits.
std::string random_epoch();

}  // namespace wayside::edge
