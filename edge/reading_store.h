#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/contract/message.h"
#include "common/contract/reading.h"
#include "edge/driver.h"

namespace wayside::edge {

/// Place of a reading in the store: grows with every reading taken, never given twice while the store is open.
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

struct NewReading {
  Observation observation;
  Stamp stamp;
};

struct SourceMemory {
  std::string source;
  Memory memory;
};

/// Where readings are until their receipt; each has got a (station, epoch, seq). Two ways: Outbox (`strict`) commits
/// before anything is published, FlashSaver writes only what has no receipt in time. Single-threaded.
class ReadingStore {
 public:
  using Accepted = std::function<void(const Status&)>;
  enum class Outcome {
    kReceipted,
    kRefused,
    kUnpublishable,  ///< the broker takes no message of its size: counted as dropped, and named in stream `loss`
  };

  virtual ~ReadingStore() = default;

  /// Numbers the readings and takes them, all or none; then they can be read. `accepted` is called, in this call or later,
  /// when each of them is committed or has its receipt. On error it is not called.
  virtual Status take(std::vector<NewReading> readings, std::vector<SourceMemory> memories, Accepted accepted) = 0;
  /// Commits what has been taken.
  virtual Status flush() = 0;

  /// The next dated readings in the order in which they were taken with after < id <= until.
  virtual Result<std::vector<StoredReading>> read(OutboxId after, OutboxId until, std::size_t limit) = 0;
  /// Highest id given so far.
  virtual OutboxId last_id() const = 0;

  /// Lets go of a reading. What is on flash is deleted with the next commit or trim(): a crash before that only makes it go
  /// out again, as a repeat.
  virtual void settle(const StoredReading& stored, Outcome outcome) = 0;
  /// How many settle() has noted for the next trim().
  virtual std::size_t settled_waiting() const = 0;
  /// Writes what settle() has noted.
  virtual Status trim() = 0;

  /// Time has come: dates the undated readings of this boot (observed_at = monotonic + offset, clock "dated"); those of
  /// earlier boots get `boot_start` and clock "unknown".
  virtual Status date_readings(std::int64_t wall_minus_monotonic_ms, UtcTime boot_start) = 0;

  /// Accounts of the current epoch and of older ones that matter still, newest first.
  virtual std::vector<EpochAccount> accounts() const = 0;
  virtual std::uint64_t waiting() const = 0;
  /// Of readings that wait in memory only; part of waiting().
  virtual std::uint64_t waiting_in_memory() const = 0;
  virtual std::uint64_t bytes() const = 0;
  virtual const std::string& epoch() const = 0;
  /// Why nothing could be committed the last time, for health; empty when it could.
  virtual const std::string& fault() const = 0;

  /// Keeps station information, written with the next commit or trim(); true when it differs from what was kept,
  /// or is the first one of this station since the store was opened.
  virtual bool remember_info(const std::string& station_id, const std::string& json) = 0;
  /// The station is no more: its information becomes empty, which retires it.
  virtual void forget_info(const std::string& station_id) = 0;
  /// Information of the stations that were announced since the store was opened, by station id; empty: retired.
  virtual Result<std::map<std::string, std::string>> infos() = 0;
  virtual Result<std::map<std::string, std::string>> memories(const std::string& source) = 0;

  /// Marks a clean stop, after a flush. Nothing may be called after it.
  virtual Status close() = 0;
};

}  // namespace wayside::edge
