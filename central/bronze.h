#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "central/bronze_format.h"
#include "common/base/result.h"
#include "common/base/settings.h"

namespace wayside::central {

struct BronzeSettings : SettingsGroup {
  std::string dir;
  std::int64_t keep_days = 30;
  std::int64_t max_mb = 20'000;
  std::int64_t zstd_level = 3;

  void describe(SettingsVisitor& visitor) override;
};

struct BronzeCounters {
  std::uint64_t records = 0;        ///< written since the start
  std::uint64_t repeated = 0;       ///< not written, because they are there
  std::uint64_t bytes = 0;          ///< written
  std::uint64_t files_deleted = 0;  ///< by age or size
  std::uint64_t bytes_cut = 0;      ///< torn ends
  std::uint64_t failures = 0;       ///< batches that the disk did not take; they are read again
};

/// Keeps raw records as they came, in compressed files, one a UTC day of writing (DESIGN 7). Written before the transaction
/// that folds them, so that bronze has all that the database has; a record that is there by (cluster, topic, partition,
/// offset) is not written again. Survives kill -9; a power cut may take back what the kernel had not written yet, unless
/// every block is synced. Belongs to the ingest thread.
class Bronze {
 public:
  /// `gaps` is the number of gaps in Kafka's logs that operators have accepted: after one of them the same offset may be
  /// another record. Cuts a torn end off the newest file.
  static Result<std::unique_ptr<Bronze>> open(const BronzeSettings& settings, std::int64_t gaps, bool sync);
  virtual ~Bronze() = default;

  /// All of them or none; `headers` (bronze_format.h) are those of each record. A failure may be tried again.
  virtual Status write(const std::string& cluster, std::span<const Record> records, std::span<const std::string> headers,
                       UtcTime now) = 0;
  /// From where on bronze has nothing of a partition; nothing where it never had any, or had it before an accepted gap.
  virtual std::optional<std::int64_t> next_offset(const std::string& cluster, const PartitionId& id) const = 0;
  /// From any thread.
  virtual BronzeCounters counters() const = 0;
};

struct BronzeCommand {
  std::string day;    ///< of Kafka's time, UTC, "2026-11-20"; empty: since and until
  std::string since;  ///< RFC 3339; empty: from the first
  std::string until;  ///< not included; empty: to the last
  std::string topic;  ///< empty: all
};
/// `wayside-central bronze`: prints the records kept, one JSON object a line (README). Returns the exit code. May run beside
/// a central that writes.
int run_bronze(const BronzeSettings& settings, const BronzeCommand& command);

}  // namespace wayside::central
