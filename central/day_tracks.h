#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "central/silver_row.h"

namespace wayside::central {

/// The readings of one station, stream and closed UTC day, small enough to be kept for every station: when each was
/// observed, and which of the day's different values it had. Readings with `clock: "unknown"` are not in it: they are no
/// station's present. Never changes; any thread.
class DayTrack {
 public:
  struct Value {
    std::int64_t clock = 0;  ///< ClockQuality
    std::int64_t shape = 0;  ///< ShapePk
    std::string cells;
    bool heartbeat() const { return cells.empty() || cells == "{}"; }
    friend bool operator==(const Value&, const Value&) = default;
  };

  DayTrack(const std::vector<SilverRow>& rows, std::int64_t day);

  /// How many readings were observed at `at` (ms since 1970) or before.
  std::size_t until(std::int64_t at) const;
  std::int64_t time(std::size_t i) const { return from_ + points_[i].at; }
  const Value& value(std::size_t i) const { return values_[points_[i].value]; }
  std::size_t bytes() const;

 private:
  struct Point {
    std::uint32_t at = 0;  ///< ms of the day
    std::uint32_t value = 0;
  };
  std::int64_t from_;
  std::vector<Point> points_;  ///< in the order of the present: (observed_at, Kafka offset)
  std::vector<Value> values_;
};

struct DayTracksCounters {
  std::size_t bytes = 0;
  std::uint64_t made_total = 0;     ///< blocks that had to be read
  std::uint64_t dropped_total = 0;  ///< taken out over the limit, least recently used first
};

/// The tracks that were asked for last, up to a limit of bytes. Any thread.
class DayTracks {
 public:
  static constexpr std::size_t kBytesMax = std::size_t{64} << 20U;

  explicit DayTracks(std::size_t bytes_max = kBytesMax) : bytes_max_(bytes_max) {}

  /// Which block of silver, and which writing of it: a day that was closed again is another block.
  struct Block {
    std::int64_t key = 0;
    std::int64_t sealed_at = 0;
    std::int64_t readings = 0;
    friend bool operator==(const Block&, const Block&) = default;
  };
  /// Null when it is not there.
  std::shared_ptr<const DayTrack> find(const Block& block);
  void keep(const Block& block, std::shared_ptr<const DayTrack> track);
  DayTracksCounters counters() const;

 private:
  struct Kept {
    Block block;
    std::shared_ptr<const DayTrack> track;
  };
  void drop(std::list<Kept>::iterator kept);

  const std::size_t bytes_max_;
  mutable std::mutex mutex_;
  std::list<Kept> kept_;  ///< last used first
  std::unordered_map<std::int64_t, std::list<Kept>::iterator> by_key_;
  DayTracksCounters counters_;
};

}  // namespace wayside::central
