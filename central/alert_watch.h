#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "central/alert_book.h"
#include "central/alert_settings.h"
#include "central/board.h"

namespace wayside::central {

/// What the rules want to know of a station, taken off the board.
struct StationFacts {
  struct Value {
    std::string name;
    std::string text;  ///< as JSON
    UtcTime observed_at;
  };
  std::string id;
  bool gone = false;
  StationState state = StationState::kNever;
  std::string detail;         ///< of a state that is wrong
  std::optional<bool> empty;  ///< nothing: cannot be told, or out of service
  std::optional<bool> full;
  std::vector<Value> watched;
  std::string impossible;  ///< what of its present cannot be; empty: nothing
};
StationFacts facts_of(const BoardStation& station, const std::vector<std::string>& watched);

/// What an agent said about itself last.
struct AgentFacts {
  std::string name;
  bool offline = false;
  bool bad_clock = false;
  double outbox_pct = 0;     ///< how full
  std::string outbox_fault;  ///< why it can take nothing
};

/// How far central itself is.
struct LineFacts {
  bool folding = false;
  std::string why_not;
  std::int64_t lag = 0;  ///< records in Kafka that are not folded yet
};

/// The rules: turns facts into conditions. Knows no thread, no clock and no disk.
class AlertWatch {
 public:
  explicit AlertWatch(const AlertSettings& settings);

  const AlertBook& book() const { return book_; }
  /// An alert that was open when central ended.
  void restore(const AlertKey& key, UtcTime now);
  void see_station(const StationFacts& facts, UtcTime now);
  void see_agent(const AgentFacts& facts, UtcTime now);
  /// A value of the station was refused as out of range.
  void see_refused(const std::string& station_id, const std::string& detail, UtcTime now);
  /// To be called about once a second.
  void see_line(const LineFacts& facts, UtcTime now);
  std::vector<AlertNews> tick(UtcTime now);

 private:
  struct Frozen {
    std::string text;
    UtcTime since;
    bool changed = false;  ///< seen since the start
  };
  void see_values(const StationFacts& facts, UtcTime now);

  std::int64_t frozen_ms_;
  std::int64_t impossible_ms_;
  std::int64_t backlog_records_;
  double outbox_pct_;
  AlertBook book_;
  std::map<std::string, std::map<std::string, Frozen>> frozen_;  ///< by station and value
  std::map<std::string, UtcTime> impossible_;                    ///< by station: when the last one came
  std::int64_t lag_before_ = 0;                                  ///< a minute ago
  UtcTime lag_at_;
  bool grows_ = false;
};

}  // namespace wayside::central
