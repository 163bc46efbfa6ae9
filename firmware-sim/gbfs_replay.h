#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/time.h"
#include "common/history/recorded_files.h"
#include "firmware-sim/gbfs_feed.h"

namespace wayside::sim {

/// What makes a replay go on to the next snapshot.
enum class ReplayStep : std::uint8_t {
  kConfirmed,  ///< a request that holds the current snapshot's ETag: the client has taken it. Counts are exact.
  kTime,       ///< the clock
};

struct GbfsReplayOptions {
  std::string recording;    ///< folder or archive of station_status*.json
  std::string information;  ///< station_information file; empty: found beside the snapshots
  ReplayStep step = ReplayStep::kConfirmed;
  double step_s = 10;  ///< of kTime: seconds between snapshots
  double speed = 0;    ///< of kTime: over 0, the recorded gaps divided by this, instead of step_s
  int ttl_s = -1;      ///< below 0: as recorded
};

/// Recorded snapshots, served one after the other. All times are shifted by one constant, so that the last snapshot falls
/// on the end of the replay (for kConfirmed, whose end nobody knows, on its start) and none lies ahead of the clock;
/// everything else stays as recorded.
class GbfsReplay final : public GbfsFeed {
 public:
  static Result<std::shared_ptr<GbfsReplay>> open(const GbfsReplayOptions& options, UtcTime start);

  /// For kTime: milliseconds from the start at which the next snapshot is due; below 0 when the last is served.
  std::int64_t next_due_ms() const;
  /// For kTime: goes on to the next snapshot.
  void advance();

  std::string version() const override { return version_; }
  int ttl_s() const override { return ttl_s_; }
  std::int64_t last_updated_s() const override { return last_updated_s_; }
  std::vector<std::string> names() const override;
  std::shared_ptr<const GbfsDocument> document(std::string_view name, std::string_view held_etag) override;
  /// {"source":"replay","snapshot":k,"snapshots":N,"finished":bool,"shift_s":…}; k counts from 1.
  std::string status() const override;

 private:
  GbfsReplay(GbfsReplayOptions options, RecordedFiles files, UtcTime start)
      : options_(std::move(options)), files_(std::move(files)), start_(start) {}

  Status plan();
  Status load_sides();
  Status load_side(const std::string& path, const std::string& name, std::shared_ptr<const GbfsDocument>& document);
  Status load(std::size_t number);
  void finish();

  GbfsReplayOptions options_;
  RecordedFiles files_;
  UtcTime start_;
  std::vector<std::int64_t> due_ms_;  ///< from the start, one per snapshot; for kTime
  std::int64_t shift_s_ = 0;
  std::size_t current_ = 0;
  bool finished_ = false;
  std::string version_;
  int ttl_s_ = 0;
  std::int64_t last_updated_s_ = 0;
  std::shared_ptr<const GbfsDocument> snapshot_;
  std::shared_ptr<const GbfsDocument> information_;
  std::shared_ptr<const GbfsDocument> system_;
};

}  // namespace wayside::sim
