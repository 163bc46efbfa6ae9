#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "edge/driver.h"
#include "edge/drivers/gpio.h"
#include "edge/drivers/handover.h"
#include "edge/drivers/kept_counters.h"

namespace wayside::edge {

/// What the lines of one station say: occupied docks, totals, arrivals. Changes wait for report_changes(); each total's step
/// waits until the one before it is committed. On the host's loop.
class GpioStation {
 public:
  GpioStation(const StationSettings& settings, const std::vector<std::unique_ptr<GpioLineSettings>>& lines, DriverHost& host,
              Handover& handover, KeptCounters& counters);

  const std::string& id() const { return settings_.station_id; }
  StationInfo info() const { return settings_.info(streams_); }

  void set_level(const GpioLineSettings& line, bool active);
  /// The chip is gone: nobody knows which docks are occupied.
  void forget_levels() { docks_.clear(); }
  /// An edge, and `lost_before` edges of the same kind before it whose times are lost.
  void take(const GpioLineSettings& line, bool rising, std::uint32_t lost_before, std::optional<UtcTime> at);

  void report_changes();
  /// Says that it is alive when its interval has passed, unless the lines are not watched.
  void report_when_due(bool watched);

 private:
  /// A set of totals that share a counter_id: the turnstile's, or one rain bucket's.
  struct Counting {
    std::string key;
    Stream stream;
    double mm_per_pulse = 0;  ///< of rain
    KeptCounters::Counts pending{};
    bool committing = false;
    bool due = false;
  };

  void report_docks();
  void report_counting(Counting& counting);
  Counting& counting_of(const GpioLineSettings& line);

  const StationSettings& settings_;
  DriverHost& host_;
  Handover& handover_;
  KeptCounters& counters_;
  std::vector<Stream> streams_;
  std::size_t dock_lines_ = 0;
  std::map<std::int64_t, bool> docks_;  ///< by offset: occupied
  bool docks_changed_ = false;
  std::vector<std::unique_ptr<Counting>> countings_;
  MonoTime last_report_{};
};

}  // namespace wayside::edge
