#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "central/alert_rule.h"
#include "common/base/result.h"
#include "common/base/sqlite.h"

namespace wayside::central {

/// One row of table `alert`.
struct Alert {
  std::int64_t id = 0;
  AlertKey key;
  std::string detail;
  UtcTime since;
  UtcTime opened_at;
  std::optional<UtcTime> closed_at;
  std::string closed_because;
};
/// Columns in the order in which `read_alert` takes them.
inline constexpr std::string_view kAlertColumns =
    "alert_pk, rule, subject, name, detail, since, opened_at, closed_at, coalesce(closed_because, '')";
Alert read_alert(const SqlStatement& row);
/// The members of an alert's JSON object, without braces.
void append_alert(std::string& out, const Alert& alert);

/// Something to be told to webhook and broker.
struct AlertNotice {
  std::int64_t id = 0;
  std::string json;
};

struct AlertStoreOptions {
  std::int64_t keep_ms = 365LL * 86'400'000;
  std::int64_t rows_max = 200'000;    ///< of closed alerts
  std::int64_t notices_max = 10'000;  ///< that wait
  std::vector<std::string> channels;  ///< who is to be told
};

/// The file of alerts: their history, what is open, and which notices each channel still has to take. A file of its own
/// beside the database, so that alerts are written while folding has stopped. One connection, any thread.
class AlertStore {
 public:
  static Result<std::unique_ptr<AlertStore>> open(const std::string& path, AlertStoreOptions options);

  Result<std::vector<Alert>> open_alerts();
  /// Writes all of it in one transaction; returns the alerts as they are now. Opening what is open changes nothing.
  Result<std::vector<Alert>> apply(const std::vector<AlertNews>& news);
  /// Deletes closed alerts that are over the limits.
  Status trim(UtcTime now);

  /// The oldest notices that the channel has not taken.
  Result<std::vector<AlertNotice>> waiting(const std::string& channel, std::int64_t limit);
  Status taken(const std::string& channel, std::int64_t notice_id);
  struct ChannelCounts {
    std::int64_t waiting = 0;
    std::int64_t dropped = 0;  ///< over notices_max, ever
  };
  Result<ChannelCounts> counts(const std::string& channel);

 private:
  AlertStore(SqlDatabase database, AlertStoreOptions options) : database_(std::move(database)), options_(std::move(options)) {}
  Status prepare();
  Status prepare_channels();
  Result<std::optional<Alert>> write(const AlertNews& news);
  Status note(const Alert& alert, bool opened);
  Status drop_notices();
  Status run(std::string_view sql, const std::vector<std::int64_t>& numbers, std::string_view text = {});

  std::mutex mutex_;
  SqlDatabase database_;
  AlertStoreOptions options_;
};

}  // namespace wayside::central
