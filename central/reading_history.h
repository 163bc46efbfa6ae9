#pragma once

#include <optional>
#include <string>
#include <vector>

#include "central/answer_format.h"
#include "central/query_params.h"
#include "common/base/sqlite.h"
#include "common/contract/reading.h"

namespace wayside::central {

/// Where a reading stands in a history: by time, and of one time by stream, account and number.
struct ReadingKey {
  std::int64_t observed_at = 0;
  std::int64_t stream = -1;
  std::int64_t account = -1;
  std::int64_t seq = -1;
  friend auto operator<=>(const ReadingKey&, const ReadingKey&) = default;
};

/// Which readings of a station a request asks for.
struct HistoryQuery {
  static constexpr std::int64_t kPageMax = 10'000;
  static constexpr std::int64_t kEndless = std::int64_t{1} << 53;

  std::string station_id;
  std::vector<Stream> streams;
  std::optional<std::string> stream_name;  ///< as asked for
  ListFormat format = ListFormat::kJson;
  std::int64_t since = 0;
  std::int64_t until = 0;  ///< not included
  std::int64_t limit = 0;
  ReadingKey after;

  /// What cannot be read is noted in `params`. JSON comes in pages; CSV and NDJSON without a limit unless one is given.
  static HistoryQuery read(QueryParams& params, const std::string& station_id, ListFormat format);
};

/// Writes a station's readings, oldest first, in parts of bounded size.
class HistoryWriter {
 public:
  HistoryWriter(HistoryQuery query, std::int64_t station_pk) : query_(std::move(query)), station_pk_(station_pk) {}

  /// What comes before the first reading.
  std::string beginning() const;
  /// Appends the next readings to `out`, and what follows the last one; false when that was all.
  Result<bool> next(SqlDatabase& database, std::string& out);

 private:
  struct Row {
    ReadingKey key;
    std::string text;
  };
  struct Tables;
  struct Item;
  Status read_stream(Tables& tables, Stream stream, std::int64_t limit, std::vector<Row>& rows) const;
  std::string row_json(const Item& item) const;
  std::string row_csv(const Item& item) const;
  void append_end(std::string& out, bool more) const;

  HistoryQuery query_;
  std::int64_t station_pk_;
  bool first_ = true;
};

}  // namespace wayside::central
