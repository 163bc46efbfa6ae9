#pragma once

#include <array>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "central/alert_sender.h"
#include "central/alert_store.h"
#include "central/alert_watch.h"
#include "central/ingest_status.h"
#include "common/base/clock.h"

namespace wayside::central {

struct AlertCounters {
  std::array<std::size_t, kAlertRuleCount> open{};
  std::array<std::uint64_t, kAlertRuleCount> opened{};
  std::array<std::uint64_t, kAlertRuleCount> closed{};
  std::uint64_t errors = 0;  ///< a disk that did not take them, or give health and refused items
  std::vector<AlertSenderCounters> channels;
};

/// Alerts, end to end: takes the board's changes once a second, holds them against the rules in a thread of its own, writes
/// what was opened or closed, then says it in the log and to webhook and broker. An alert is said after it is written.
class AlertDesk {
 public:
  /// `database` is central's; alerts lie beside it in `<database>.alerts`.
  static Result<std::unique_ptr<AlertDesk>> open(const AlertSettings& settings, const std::string& database,
                                                 const std::string& database_id, const Clock& clock);
  static std::string path_beside(const std::string& database) { return database + ".alerts"; }
  ~AlertDesk();
  AlertDesk(const AlertDesk&) = delete;
  AlertDesk& operator=(const AlertDesk&) = delete;

  /// From the main loop, once a second.
  void look_at(const Board& board, const IngestStatus& ingest);
  /// From the main loop: the station has been retired.
  void station_gone(const std::string& id);
  /// From any thread.
  AlertCounters counters() const;

 private:
  AlertDesk(const AlertSettings& settings, std::string database, std::unique_ptr<AlertStore> store, const Clock& clock);
  Status begin(const std::string& database_id);
  void run(const std::stop_token& stop);
  void work(UtcTime now);
  Status open_reader();
  Status look_into_database(UtcTime now);
  Status look_at_health(SqlDatabase& database, UtcTime now);
  Status look_at_quarantine(SqlDatabase& database, UtcTime now);
  void save();
  void say(const Alert& alert);
  void fail(const Error& error);

  const AlertSettings& settings_;
  std::string database_;
  const Clock& clock_;
  std::unique_ptr<AlertStore> store_;

  // The main loop's.
  std::uint64_t version_ = 0;  ///< of the board, at the last look

  // Between the threads.
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  std::map<std::string, StationFacts> mail_;  ///< the newest of each station
  LineFacts line_;
  bool fresh_ = false;
  AlertCounters counters_;

  // The thread's.
  AlertWatch watch_;
  std::vector<AlertNews> unsaved_;
  std::unique_ptr<SqlDatabase> reader_;
  std::int64_t quarantine_seen_ = 0;
  std::int64_t health_seen_ms_ = 0;
  UtcTime next_look_;
  UtcTime next_trim_;

  std::vector<std::unique_ptr<AlertSender>> senders_;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace wayside::central
